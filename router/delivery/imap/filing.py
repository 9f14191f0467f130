"""Filing copies into one folder that stands open: looking, appending, looking again.

An attempt that may have arrived is looked for first. What is appended after that is looked for once more, since the
server may have been slow to take the first: then the earlier one stays, and the later one is removed.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from imapclient import IMAPClient

from router.delivery.courier import Copy, Delivered, Outcome, Permanent, Transient, Unknown
from router.delivery.forms import DATE, Wrapper, for_store, wants_receipt
from router.delivery.imap.append import Letter, append, internal_date
from router.delivery.imap.look import Read, look, remove, sought
from router.delivery.imap.refusals import of_date, of_flags, outcome
from router.imap.errors import ImapError, InDoubt, NoFolder, Refused, Trouble
from router.imap.folders import Folder, Folders
from router.store.content import SMALL

log = logging.getLogger(__name__)

TOGETHER = 2_000_000  # octets of several mails in one command
_MDN_SENT = "$MDNSent"  # RFC 3503: nobody is told again that the mail was read

Batch = Sequence[tuple[Copy, Letter]]


@dataclass(frozen=True, slots=True)
class Session:
    """What lasts as long as a connection."""

    client: IMAPClient
    folders: Folders
    limit: int | None  # octets of a mail; None: the server does not say
    several: bool  # mails in one command
    read: Read = field(default_factory=dict)  # for as long as there are doubts


def arrived(session: Session, folder: Folder, copies: Sequence[Copy], now: datetime) -> dict[str, Delivered]:
    """What is there already, by the id of the copy; it is looked for where its last attempt went, too."""
    found: dict[str, Delivered] = {}
    for place in (folder, *_earlier(session, folder, copies)):
        found = _found(session, place, [copy for copy in copies if copy.id not in found], now) | found
    return found


def _earlier(session: Session, folder: Folder, copies: Sequence[Copy]) -> Iterator[Folder]:
    for name in sorted({str(copy.note["folder"]) for copy in copies if "folder" in copy.note} - {folder.name}):
        with suppress(NoFolder):
            yield session.folders.state(name)


def _found(session: Session, folder: Folder, copies: Sequence[Copy], now: datetime) -> dict[str, Delivered]:
    wanted = {copy.id: one for copy in copies if (one := sought(copy, now))}
    there = look(session.client, folder, list(wanted.values()), session.read) if wanted else {}
    return {
        name: _kept(session, folder, uids, one.first_uid(folder), found=True)
        for name, one in wanted.items()
        if (uids := there[one.token])
    }


def _kept(session: Session, folder: Folder, uids: Sequence[int], ours: int, **also: Any) -> Delivered:
    """The first of them; later ones from UID `ours` on were appended by us, and go. 0: nobody knows which."""
    if spare := [uid for uid in uids[1:] if ours and uid >= ours]:
        remove(session.client, folder.name, spare)
        also["removed"] = spare
    return Delivered({"folder": folder.name, "uidvalidity": folder.uidvalidity, "uid": uids[0], **also})


@dataclass(slots=True)
class Filing:
    """Copies on their way into one folder."""

    session: Session
    folder: Folder
    wrapper: Wrapper
    now: datetime
    ends: dict[str, Outcome]  # what became of each copy, by its id; filled in as it becomes known
    _made: bool = field(default=False, init=False)

    def file(self, copies: Sequence[Copy]) -> None:
        """Settle each copy. Raises `Trouble` where the connection ends, `NoFolder`; the rest is not settled then."""
        if doubtful := [copy for copy in copies if copy.look_first]:
            self.ends.update(arrived(self.session, self.folder, doubtful, self.now))
        else:
            self.session.read.clear()
        for batch in self._batches([copy for copy in copies if copy.id not in self.ends]):
            self._append(batch)

    def _batches(self, copies: Sequence[Copy]) -> Iterator[Batch]:
        """In order; several small ones together where the server takes that."""
        batch: list[tuple[Copy, Letter]] = []
        size = 0
        for copy in copies:
            try:
                letter = self._letter(copy)
            except ImapError:
                raise
            except Exception as error:  # one mail that cannot be read holds up no other
                log.exception("copy %s has no form", copy.id)
                self.ends[copy.id] = Transient(f"{type(error).__name__}: {error}")
                continue
            if self.session.limit is not None and letter.form.size > self.session.limit:
                words = f"too large: {letter.form.size} octets, the server takes {self.session.limit}"
                self.ends[copy.id] = Permanent(words, of_size=True)
                continue
            together = self.session.several and letter.form.size <= SMALL and size + letter.form.size <= TOGETHER
            if batch and not together:
                yield batch
                batch, size = [], 0
            batch.append((copy, letter))
            size += letter.form.size if letter.form.size <= SMALL else TOGETHER
        if batch:
            yield batch

    def _letter(self, copy: Copy) -> Letter:
        asks = wants_receipt(copy) and self.session.folders.keeps(self.folder.name, _MDN_SENT.encode("ascii"))
        flags = (*(["\\Seen"] if copy.seen else []), *([_MDN_SENT] if asks else []))
        form = for_store(copy, self.wrapper, mdn_flag=asks)
        return Letter(form, flags, internal_date(copy.received, self.now))

    def _append(self, batch: Batch) -> None:
        try:
            uids = append(self.session.client, self.folder.name, [letter for _, letter in batch])
        except InDoubt as doubt:
            self.ends.update((copy.id, Unknown(doubt.words, self.folder.note)) for copy, _ in batch)
            raise Trouble(doubt.words) from doubt
        except Refused as refused:
            self._refused(batch, refused)
        else:
            self._appended(batch, uids)

    def _refused(self, batch: Batch, refused: Refused) -> None:
        if len(batch) > 1:
            for one in batch:  # none of them arrived (RFC 3502 section 3), and only one of them may be at fault
                self._append([one])
        elif refused.code == "TRYCREATE" and not self._made:
            self._made = True  # it was there a moment ago: somebody has deleted it
            self.folder = self.session.folders.open(self.folder.name)
            self._append(batch)
        elif (plainer := self._plainer(*batch[0], refused)) is not None:
            self._append([(batch[0][0], plainer)])
        else:
            self.ends[batch[0][0].id] = outcome(refused)

    def _plainer(self, copy: Copy, letter: Letter, refused: Refused) -> Letter | None:
        """The same with less beside the mail, where that may be what is refused: a keyword, then the date."""
        if _MDN_SENT in letter.flags and of_flags(refused):
            self.session.folders.drops(self.folder.name, _MDN_SENT.encode("ascii"))
            return self._letter(copy)
        if letter.date is not None and of_date(refused):
            return replace(letter, date=None, form=replace(letter.form, changed=(*letter.form.changed, DATE)))
        return None

    def _appended(self, batch: Batch, uids: tuple[int, list[int]] | None) -> None:
        """Receipts; and a second look, where an earlier attempt may have come through after the first look."""
        where: dict[str, Any] = {"folder": self.folder.name, "uidvalidity": self.folder.uidvalidity}
        for at, (copy, letter) in enumerate(batch):
            receipt = where | ({"uidvalidity": uids[0], "uid": uids[1][at]} if uids else {})
            self.ends[copy.id] = Delivered(receipt, letter.form.changed)
        unseen = {
            copy.id: replace(one, note=self.folder.note)  # it came since this attempt began
            for copy, _ in batch
            if (copy.look_first or not uids) and (one := sought(copy, self.now))
        }
        if not unseen:
            return
        try:
            there = look(self.session.client, self.folder, list(unseen.values()), self.session.read)
            for copy, letter in batch:
                if copy.id in unseen and (found := there[unseen[copy.id].token]):
                    ours = self.folder.uidnext if copy.look_first else 0
                    kept = _kept(self.session, self.folder, found, ours)
                    self.ends[copy.id] = Delivered(kept.receipt, letter.form.changed)
        except ImapError as error:
            # One of two may have to go yet: the next attempt finds them by this note.
            unsure = [copy.id for copy, _ in batch if copy.look_first and copy.id in unseen]
            self.ends.update((name, Unknown(error.words, self.folder.note)) for name in unsure)
            raise Trouble(error.words) from error
