"""Mails of an opened folder, in steps of which each may be committed: sizes, headers where these decide, octets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from router.imap.errors import Trouble
from router.intake.imap import fetch
from router.intake.imap.addressing import envelope, is_our_copy, mentions, ties, written_to
from router.intake.imap.asking import Asking
from router.intake.imap.doubts import Doubts, Place, Way
from router.intake.imap.fetch import Size, Unfetchable
from router.intake.imap.session import Session
from router.intake.imap.source import Company, Limits, Source
from router.intake.imap.taken import Taken
from router.mail.message import Message, read
from router.mail.receipt import believed, received
from router.store.acquaintance import acquaintance
from router.store.content import Content, InMemory
from router.store.cursors import Cursor, Outcome

T = TypeVar("T")


@dataclass(slots=True)
class Mails:
    """Fetches over one session; who asks for them says what becomes of them."""

    session: Session
    source: Source
    company: Company
    desk: Asking
    doubts: Doubts
    limits: Limits
    spill: Path | None  # where large mail is put on its way

    def steps(self, at: Cursor, uids: Sequence[int], *, sent: bool) -> Iterator[tuple[list[Taken], int]]:
        """Mails by the commit that holds them, and the UID that each reaches."""
        there = self.each(at, uids, partial(fetch.sizes, self.session), lambda uid: Size(uid, 0, None))
        aside = {uid: self._gone(at, uid) for uid in uids if uid not in there}
        if self.source.kind.by_header and there:
            aside |= self._passed(at, list(there), sent=sent)
        wanted = [there[uid] for uid in uids if uid in there and uid not in aside]
        for batch in fetch.batches(wanted, self.limits, self.doubts.alone(at.folder, at.uidvalidity)):
            reached = batch[-1].uid
            taken = [aside.pop(uid) for uid in sorted(aside) if uid < reached]
            yield taken + self._fetch(at, batch, sent=sent), reached
        if aside:
            yield [aside[uid] for uid in sorted(aside)], uids[-1]

    def each(
        self, at: Cursor, uids: Sequence[int], ask: Callable[[list[int]], dict[int, T]], without: Callable[[int], T]
    ) -> dict[int, T]:
        """Ask about many mails at once, and about those that were stumbled over one by one; `without` an answer."""
        alone = self.doubts.alone(at.folder, at.uidvalidity)
        groups = [[uid for uid in uids if uid not in alone], *([uid] for uid in uids if uid in alone)]
        found: dict[int, T] = {}
        for group in filter(None, groups):
            places = [(at.folder, at.uidvalidity, uid) for uid in group]
            if len(group) == 1 and self.doubts.way(places[0]) is Way.NONE:
                found[group[0]] = without(group[0])
                continue
            try:
                found |= ask(group)
            except Unfetchable as error:
                if len(group) > 1:
                    self.doubts.suspect(places)
                    raise Trouble(f"the server refuses one of {len(group)} mails: {error}", of_mail=True) from error
                found[group[0]] = without(group[0])
            except Trouble as error:
                if len(group) > 1:
                    self.doubts.suspect(places)
                else:
                    error.of_mail = True
                    self.doubts.failed(places[0], error.words, lost=True)
                raise
        return found

    def _gone(self, at: Cursor, uid: int) -> Taken:
        """Somebody moved or deleted it before us: that happens, and is counted. Raises `Trouble` where it is still there."""
        place = (at.folder, at.uidvalidity, uid)
        if not self.session.search(str(uid)):
            return Taken(uid, Outcome.VANISHED)
        if self.doubts.way(place) is Way.NONE:
            return Taken(uid, Outcome.QUARANTINED)
        raise self._broken(place, "the server answers without the mail")

    def _passed(self, at: Cursor, uids: Sequence[int], *, sent: bool) -> dict[int, Taken]:
        """Of somebody's own account: what by its header is none of our business, or whose header cannot be had."""
        found = self.each(at, uids, partial(fetch.headers, self.session), lambda uid: b"")
        mails = {uid: read(raw) for uid, raw in found.items() if raw}
        aside = {uid: Taken(uid, self._why(mail)) for uid, mail in mails.items() if self._envelope(mail, sent) is None}
        return aside | {uid: Taken(uid, Outcome.QUARANTINED) for uid in uids if uid not in mails}

    def _why(self, mail: Message) -> Outcome:
        return Outcome.OUR_COPY if is_our_copy(mail, self.company) else Outcome.PASSED

    def belonging(self, at: Cursor, uids: Sequence[int], *, sent: bool) -> list[int]:
        """Which of these mails of somebody's own account belong to us, by what is known now."""
        found: dict[int, bytes] = {}
        for start in range(0, len(uids), self.limits.sizes):
            some = uids[start : start + self.limits.sizes]
            found |= self.each(at, some, partial(fetch.headers, self.session), lambda uid: b"")
        return sorted(uid for uid, raw in found.items() if raw and self._envelope(read(raw), sent) is not None)

    def _envelope(self, mail: Message, sent: bool) -> tuple[str, tuple[str, ...]] | None:
        known = None
        # Where the account itself says whose mail it is, nothing has to be known.
        if self.source.kind.by_header or (sent and self.source.mailbox is None):
            keys = (*ties(self.company, mail, sent=sent), *mentions(mail))
            ask = partial(acquaintance, links=keys, addresses=written_to(mail))
            known = self.desk.read(ask)
        found = envelope(self.source, self.company, mail, sent=sent, known=known)
        return (found.sender, found.recipients) if found else None

    def _fetch(self, at: Cursor, batch: Sequence[Size], *, sent: bool) -> list[Taken]:
        if len(batch) == 1:
            return [self._single(at, batch[0], sent=sent)]
        places = [(at.folder, at.uidvalidity, one.uid) for one in batch]
        try:
            found = fetch.whole(self.session, [one.uid for one in batch])
        except Unfetchable as error:
            self.doubts.suspect(places)
            raise Trouble(f"{len(batch)} mails cannot be fetched at once: {error}", of_mail=True) from error
        except Trouble:
            self.doubts.suspect(places)  # one of them may have ended the session
            raise
        self.desk.condition.progress()
        return [
            self._stored(one, InMemory(found[one.uid]), sent=sent)
            if one.uid in found
            else self._single(at, one, sent=sent)
            for one in batch
        ]

    def _single(self, at: Cursor, one: Size, *, sent: bool) -> Taken:
        """A large mail, or one that was stumbled over."""
        place = (at.folder, at.uidvalidity, one.uid)
        way = self.doubts.way(place)
        if way is Way.NONE:
            return Taken(one.uid, Outcome.QUARANTINED)
        try:
            content = self._content(one, way)
        except Trouble as error:
            error.of_mail = True
            self.doubts.failed(place, error.words, lost=True)
            raise
        except Unfetchable as error:
            raise self._broken(place, str(error)) from error
        if content is None:
            return self._gone(at, one.uid)
        return self._stored(one, content, sent=sent, salvaged=way is not Way.USUAL)

    def _broken(self, place: Place, words: str) -> Trouble:
        self.doubts.failed(place, words, lost=False)
        return Trouble(f"mail {place[2]} of {place[0]} cannot be fetched: {words}", of_mail=True)

    def _content(self, one: Size, way: Way) -> Content | None:
        """The octets; None where the server gives none."""
        if way is Way.HALVES:
            halves = fetch.header_and_text(self.session, one.uid)
            return InMemory(halves) if halves else None
        if way is Way.PIECES or one.octets >= self.limits.large:
            progress = self.desk.condition.progress
            return fetch.in_pieces(self.session, one.uid, self.limits.piece, self.spill, progress)
        found = fetch.whole(self.session, [one.uid])
        return InMemory(found[one.uid]) if one.uid in found else None

    def _stored(self, one: Size, content: Content, *, sent: bool, salvaged: bool = False) -> Taken:
        outcome = Outcome.SALVAGED if salvaged else Outcome.STORED
        mail = read(content.head, content.size)
        found = self._envelope(mail, sent)
        if found is None:  # its header has shown otherwise a moment ago
            return Taken(one.uid, Outcome.PASSED)
        now = self.desk.condition.clock.now()
        arrived = believed(one.arrived, now) or received(mail.header, b"", now, now, sent=sent)
        return Taken(one.uid, outcome, content, found[0], found[1], arrived)
