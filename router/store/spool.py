"""The spool: T1 puts transmissions in, T2 takes them out in the order of their arrival.

A transmission is durable before `accept` returns. In the same process its bytes and row are handed on in memory; after
a restart, and when T2 falls so far behind that memory would grow, T2 reads them from the database instead.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice

from sqlalchemy import Connection, bindparam, case, insert, select, update

from router.store.content import SMALL, Content
from router.store.database import Database
from router.store.raw import (
    ADD_CHUNK,
    ADD_RAW,
    PLAIN_UP_TO,
    Fetch,
    Stored,
    check_whole,
    chunk_row,
    raw_row,
    read_contents,
    within_bytes,
)
from router.store.reports import Report
from router.store.rows import Row
from router.store.tables import raw, sighting
from router.store.writer import Statement, Unit

HAND_ON_COUNT = 1000  # transmissions in memory between T1 and T2
HAND_ON_BYTES = 32_000_000
RELEASABLE = ("repeat", "fault")  # verdicts of routing that a person may undo
RELEASE = "release"  # a person said: route it whatever it repeats
RESTORED = "restored"  # unrouted in a restored backup, or taken once more since: copies of it may have been delivered
RELEASE_RESTORED = f"{RELEASE}-{RESTORED}"  # both
HISTORY = "history"  # mail of the past: stored and threaded, never copied
RELEASE_HISTORY = f"{RELEASE}-{HISTORY}"  # routed whatever it repeats, and still not copied
IMPORT = "import"  # the source of what a command reads from files

_ADD_SIGHTING = Statement(insert(sighting))
SETTLE_SIGHTING = Statement(
    update(sighting)
    .where(sighting.c.id == bindparam("b_id"))
    .values(
        message=bindparam("message"),
        verdict=bindparam("verdict"),
        repeat_of=bindparam("repeat_of"),
        routed=bindparam("routed"),
    ),
    rank=1,
    by_key=True,
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One transmission of a mail: its bytes, its envelope, and where and when it was seen."""

    id: str
    content: Content
    source: str  # "smtp", IMPORT, or the name of a watched source
    peer: str | None
    helo: str | None
    sender: str  # "" is the null sender
    recipients: tuple[str, ...]
    received: datetime
    released: bool = False  # routed whatever it repeats
    restored: bool = False  # its copies are looked for before they are sent
    history: bool = False  # of the past: no copies
    login: str | None = None  # the name that proved itself by a password, by SMTP
    report: Report | None = None  # the journal report that it came in, as long as it is not stored itself


class Spool:
    """What is accepted and not yet routed."""

    def __init__(self, database: Database, look_again: float | None = None) -> None:
        """`look_again`: seconds between looks into a database in which others accept mail too."""
        self._database = database
        self._look_again = look_again
        self._looked = float("-inf")  # when, by the loop's time
        self._hands_on = True
        self._ready: deque[Sighting] = deque()
        self._bytes = 0
        self._behind = True  # the database holds more than `_ready`: at the start, and after an overflow
        self._wake = asyncio.Event()
        self._wake.set()

    async def accept(
        self,
        *several: Sighting,
        also: Sequence[tuple[Statement, list[Row]]] = (),
        check: Callable[[Connection], None] | None = None,
    ) -> None:
        """Make transmissions durable (T1), all or none. Raises `StoreError`; then nothing of them is visible.

        A large mail goes in by short commits, so that others need not wait for it; the last one makes it visible. `also`
        is written in that same commit; `check` may refuse it.
        """
        writes: list[tuple[Statement, list[Row]]] = []
        accepted = []
        for seen in several:
            content = seen.content
            if content.size <= SMALL:
                writes.append((ADD_CHUNK, [await _chunk_row(content.sha256, 0, content.head)]))
            else:
                await add_chunks(self._database, content)
                # What brought the mail may be a file that goes away: from here on the database has it.
                stored = Stored(content.sha256, content.size, content.head, self._database.fetch_chunk)
                seen = replace(seen, content=stored)
            writes += [(ADD_RAW, [raw_row(content, seen.received)]), (_ADD_SIGHTING, [sighting_row(seen)])]
            accepted.append(seen)
        large = [seen.content.sha256 for seen in accepted if seen.content.size > SMALL]
        call = partial(_last_word, large=large, check=check) if large or check else None
        await self._database.writer.submit(Unit("accept", [*writes, *also], call=call))
        for seen in accepted:
            self._hand_on(seen)

    def _hand_on(self, seen: Sighting) -> None:
        held = len(seen.content.head)
        if not self._hands_on:
            return  # another router takes it from the database
        if self._behind or len(self._ready) >= HAND_ON_COUNT or self._bytes + held > HAND_ON_BYTES:
            self._behind = True
        else:
            self._ready.append(seen)
            self._bytes += held
        self._wake.set()

    def hand_on(self, here: bool) -> None:
        """Whether this router routes; when it begins to, what others accepted is in the database."""
        if here and not self._hands_on:
            self.rescan()
        if not here:
            self._ready.clear()
            self._bytes = 0
        self._hands_on = here

    def rescan(self) -> None:
        """Look into the database again: somebody else wrote there."""
        self._behind = True
        self._wake.set()

    async def _woken(self) -> None:
        """Until there is work here, or it is time to look for what others accepted: that is never put off by our own."""
        rest = self._rest()
        if rest is None:
            await self._wake.wait()
            return
        try:
            await asyncio.wait_for(self._wake.wait(), max(rest, 0))
        except TimeoutError:
            rest = 0
        if rest <= 0:
            self.rescan()

    def _rest(self) -> float | None:
        """Seconds until it is time to look for what others accepted; None where there are no others."""
        if self._look_again is None:
            return None
        return self._looked + self._look_again - asyncio.get_running_loop().time()

    @property
    def overdue(self) -> bool:
        """Whether what others accepted has its turn: nothing more should be taken from memory before."""
        rest = self._rest()
        return rest is not None and rest <= 0

    def ready(self, most: int, wanted: Callable[[Sighting], bool]) -> list[Sighting]:
        """Up to `most` of the wanted transmissions that wait in memory, oldest first; waits for none."""
        batch = list(islice(filter(wanted, self._ready), most))
        for seen in batch:
            self._ready.remove(seen)
            self._bytes -= len(seen.content.head)
        return batch

    async def next_batch(self, most: int) -> list[Sighting]:
        """Wait for transmissions and take up to `most`, oldest first.

        One may be given out twice around a scan of the database: T2 knows it by the identity rows that name it.
        """
        while True:
            await self._woken()
            if self._ready:
                batch = [self._ready.popleft() for _ in range(min(most, len(self._ready)))]
                self._bytes -= sum(len(seen.content.head) for seen in batch)
                return batch
            if self._behind:
                self._behind = False  # before the scan: what is accepted while it runs is handed on in memory
                self._looked = asyncio.get_running_loop().time()
                more = True
                try:
                    found, more = await self._database.aread(
                        partial(unrouted, most=most, fetch=self._database.fetch_chunk)
                    )
                finally:
                    self._behind |= more  # also when we were cancelled, or could not look
                if found:
                    return found
                continue
            self._wake.clear()


def _last_word(connection: Connection, large: Sequence[bytes], check: Callable[[Connection], None] | None) -> None:
    """What can still refuse a commit: a lost chunk of a large mail, or whoever handed it over."""
    for sha256 in large:
        check_whole(connection, sha256)
    if check is not None:
        check(connection)


async def add_chunks(database: Database, content: Content) -> None:
    """Put the pieces of a large mail into the database by short commits; nothing shows them yet."""
    pieces = content.pieces()
    seq = 0
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        row = await _chunk_row(content.sha256, seq, piece)
        await database.writer.submit(Unit("chunk", [(ADD_CHUNK, [row])]))
        seq += 1


async def _chunk_row(sha256: bytes, seq: int, piece: bytes) -> Row:
    if len(piece) <= PLAIN_UP_TO:
        return chunk_row(sha256, seq, piece)
    return await asyncio.to_thread(chunk_row, sha256, seq, piece)


def sighting_row(seen: Sighting) -> Row:
    """The row of a transmission that is not routed."""
    return {
        "id": seen.id,
        "sha256": seen.content.sha256,
        "size": seen.content.size,
        "source": seen.source,
        "peer": seen.peer,
        "helo": seen.helo,
        "login": seen.login,
        "sender": seen.sender,
        "recipients": list(seen.recipients),
        "received": seen.received,
        "verdict": HISTORY if seen.history else RESTORED if seen.restored else None,
        "history": seen.history,
    }


def unrouted(connection: Connection, most: int, fetch: Fetch) -> tuple[list[Sighting], bool]:
    """The oldest transmissions that wait for T2, within `HAND_ON_BYTES` but at least one; and whether there may be more."""
    stored = select(raw.c.sha256).where(raw.c.sha256 == sighting.c.sha256).exists()  # it may have been erased
    query = select(sighting).where(sighting.c.routed.is_(None), stored).order_by(sighting.c.id).limit(most)
    found = connection.execute(query).all()
    rows = within_bytes(found, HAND_ON_BYTES)
    more = len(found) == most or len(rows) < len(found)
    contents = read_contents(connection, {row.sha256: row.size for row in rows}, fetch)
    batch = [
        Sighting(
            id=row.id,
            content=contents[row.sha256],
            source=row.source,
            peer=row.peer,
            helo=row.helo,
            sender=row.sender,
            recipients=tuple(row.recipients),
            received=row.received,
            released=row.verdict in (RELEASE, RELEASE_RESTORED, RELEASE_HISTORY),
            restored=row.verdict in (RESTORED, RELEASE_RESTORED),
            history=row.verdict in (HISTORY, RELEASE_HISTORY),
            login=row.login,
        )
        for row in rows
    ]
    return batch, more


def release_repeat(connection: Connection, sighting_id: str) -> bool:
    """Route a repeat, or one that was set aside, after all; false where there is no such sighting, or no mail any more."""
    stored = select(raw.c.sha256).where(raw.c.sha256 == sighting.c.sha256)
    mark = case((sighting.c.history, RELEASE_HISTORY), else_=RELEASE)
    done = connection.execute(
        update(sighting)
        .where(sighting.c.id == sighting_id, sighting.c.verdict.in_(RELEASABLE), stored.exists())
        .values(routed=None, verdict=mark, repeat_of=None, message=None)
    )
    return done.rowcount == 1
