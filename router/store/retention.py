"""What goes by its age: raw mail, then text, then all that is known of a message but the hashes it is known by.

Age is counted from the time of receipt. A mail of which a copy is open, failed and held ones included, keeps its bytes
and rows: nothing that somebody may still have to decide about goes behind his back. Unrouted mail is never touched.
The rows of `identity`, `thread` and `thread_key` stay in every case: hashes, names and Message-IDs, so that nothing
comes in twice and a late reply finds the name of its conversation.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, or_, select, true, tuple_, update

from router.clock import Clock
from router.conversation.edition import Kind
from router.store import orphans
from router.store.database import Database
from router.store.dialect import empty_wal
from router.store.editions import SLOTTED, take_back
from router.store.erase import clean_file, drop_raw
from router.store.outbox import OPEN, STILL_OPEN
from router.store.replies import back_to
from router.store.slices import SLICE
from router.store.standings import restate
from router.store.tables import bundled, edition, event, message, outbox, raw, reply, sighting
from router.store.texts import erase_texts, has_text
from router.store.wordweeks import forget_rare
from router.store.writer import Unit

# What people wrote, by column of `message`, and what stands there afterwards. That there was a phrase stays known, since
# the state of a conversation rests on it.
TEXT: dict[str, Any] = {"subject": "", "customer_name": None, "snippet": None}
_PHRASE = case((message.c.phrase.is_(None), None), else_="")

Place = tuple[datetime, Any]  # in the order of a walk: an instant and a key
Erased = tuple[Counter[str], list[bytes]]  # counts, and the raw mails that went
Find = Callable[[datetime, Place | None, Connection], list[Place]]
Erase = Callable[[Sequence[Any], datetime, Connection], Erased]


@dataclass(frozen=True, slots=True)
class Ages:
    """How long things are kept; None: for ever."""

    raw: timedelta | None = None
    text: timedelta | None = None
    metadata: timedelta | None = None


def _came_again(before: datetime) -> ColumnElement[bool]:
    """A message that was seen once more since: it is as young as that."""
    return select(sighting.c.id).where(sighting.c.message == message.c.id, sighting.c.received >= before).exists()


_open = select(outbox.c.id).where(outbox.c.message == message.c.id, STILL_OPEN).exists()


def _walk(instant: Any, key: Any, *where: ColumnElement[bool]) -> Find:
    """A search for the next rows before an instant, behind a place."""

    def find(before: datetime, after: Place | None, connection: Connection) -> list[Place]:
        query = select(instant, key).where(instant < before, *where).order_by(instant, key).limit(SLICE)
        if after is not None:
            query = query.where(tuple_(instant, key) > after)
        return [(row[0], row[1]) for row in connection.execute(query)]

    return find


def _erase_raw(hashes: Sequence[bytes], before: datetime, connection: Connection) -> Erased:
    """The bytes may have come again in a younger message: then they stay."""
    gone = drop_raw(connection, hashes, message.c.received >= before)
    return Counter(raw=len(gone)), gone


def _erase_text(ids: Sequence[str], before: datetime, connection: Connection) -> Erased:
    done = connection.execute(update(message).where(message.c.id.in_(ids)).values(**TEXT, phrase=_PHRASE))
    return Counter(text=done.rowcount), []


def _erase_new_text(ids: Sequence[str], before: datetime, connection: Connection) -> Erased:
    erase_texts(connection, ids)
    return Counter(), []


def _erase_messages(ids: Sequence[str], before: datetime, connection: Connection) -> Erased:
    which = (message.c.id.in_(ids), ~_open, ~_came_again(before))
    rows = connection.execute(select(message.c.id, message.c.thread).where(*which)).all()
    mine, threads = [row.id for row in rows], {row.thread for row in rows}
    of_message = sighting.c.message.in_(mine) & sighting.c.routed.is_not(None)
    hashes = {
        *connection.execute(select(message.c.sha256).where(message.c.id.in_(mine))).scalars(),
        *connection.execute(select(sighting.c.sha256).where(of_message)).scalars(),
    }
    erase_texts(connection, mine)
    connection.execute(delete(message).where(message.c.id.in_(mine)))
    others = select(message.c.id).where(message.c.thread == event.c.thread).exists()
    theirs = or_(event.c.message.in_(mine), event.c.message.is_(None) & ~others)
    connection.execute(delete(event).where(event.c.thread.in_(threads), theirs))
    copies = select(outbox.c.id).where(outbox.c.message.in_(mine))
    connection.execute(delete(bundled).where(bundled.c.copy.in_(copies)))
    connection.execute(delete(outbox).where(outbox.c.message.in_([*mine, *map(back_to, mine)])))
    connection.execute(delete(reply).where(reply.c.message.in_(mine)))
    connection.execute(delete(sighting).where(of_message))
    restate(connection, threads)
    return Counter(metadata=len(mine)), drop_raw(connection, hashes, true())


def _erase_sightings(ids: Sequence[str], before: datetime, connection: Connection) -> Erased:
    hashes = connection.execute(select(sighting.c.sha256).where(sighting.c.id.in_(ids))).scalars().all()
    connection.execute(delete(sighting).where(sighting.c.id.in_(ids)))
    return Counter(sightings=len(ids)), drop_raw(connection, hashes, true())


def _erase_editions(ids: Sequence[str], before: datetime, connection: Connection) -> Erased:
    """With what came back of them, and what was replied to them."""
    of_edition = sighting.c.message.in_(ids) & sighting.c.routed.is_not(None)
    hashes = {
        *connection.execute(select(outbox.c.sha256).where(outbox.c.message.in_(ids))).scalars(),
        *connection.execute(select(sighting.c.sha256).where(of_edition)).scalars(),
    }
    connection.execute(delete(sighting).where(of_edition))
    connection.execute(delete(reply).where(reply.c.edition.in_(ids)))
    take_back(connection, ids)
    return Counter(editions=len(ids)), drop_raw(connection, hashes, true())


# Transmissions that became no message: set aside, or of a mail whose own rows went before.
_nobodys = (sighting.c.message.is_(None), sighting.c.routed.is_not(None))
_has_text = or_(
    message.c.phrase != "",
    *(message.c[name].is_not(None) if empty is None else message.c[name] != empty for name, empty in TEXT.items()),
)
_letter_open = select(outbox.c.id).where(outbox.c.message == edition.c.id, outbox.c.state.in_(OPEN)).exists()
_newer = edition.alias("newer")
# The last one stays, or its slot would be free again; and so does that a digest is known.
_sent = (
    edition.c.kind != Kind.BEGUN,
    select(_newer.c.id)
    .where(_newer.c.digest == edition.c.digest, _newer.c.made > edition.c.made, _newer.c.kind.in_(SLOTTED))
    .exists(),
)
_METADATA: tuple[tuple[Find, Erase], ...] = (
    (_walk(message.c.received, message.c.id, ~_open), _erase_messages),
    (_walk(sighting.c.received, sighting.c.id, *_nobodys), _erase_sightings),
    (_walk(edition.c.made, edition.c.id, *_sent, ~_letter_open), _erase_editions),
)
_TEXT = (_walk(message.c.received, message.c.id, _has_text), _erase_text)
_NEW_TEXT = (_walk(message.c.received, message.c.id, has_text()), _erase_new_text)
_RAW = (_walk(raw.c.stored, raw.c.sha256), _erase_raw)


@dataclass(frozen=True, slots=True)
class Retention:
    """Does it, in short transactions; doing it twice changes nothing."""

    database: Database
    clock: Clock

    async def run(self, ages: Ages) -> Counter[str]:
        """Erase everything that is too old now; returns how much of each kind went."""
        now, done = self.clock.now(), Counter[str]()
        if ages.metadata is not None:
            for find, erase in _METADATA:
                done += await self._each(find, erase, now - ages.metadata)
        if ages.text is not None:
            done += await self._each(*_TEXT, now - ages.text)
        if texts := [age for age in (ages.raw, ages.text) if age is not None]:
            # What people wrote goes with the mail that it is out of, or before it.
            await self._each(*_NEW_TEXT, now - min(texts))
            rare = partial(forget_rare, before=now - min(texts))
            while await self.database.writer.submit(Unit("erase", call=rare)):
                pass
        if ages.raw is not None:
            done += await self._each(*_RAW, now - ages.raw)
        if done:
            await clean_file(self.database)
        else:
            # Whatever was erased by the way since the last hour, or could not be cleaned while somebody read.
            await self.database.writer.submit(Unit("erase", outside=empty_wal))
        return done

    async def _each(self, find: Find, erase: Erase, before: datetime) -> Counter[str]:
        total, after = Counter[str](), None
        while found := await self.database.aread(partial(find, before, after)):
            call = partial(erase, [key for _, key in found], before)
            done, gone = await self.database.writer.submit(Unit("erase", call=call))
            await orphans.drop(self.database, gone)
            total += done
            after = found[-1]
        return total
