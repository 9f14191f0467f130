"""Taking journal reports apart: out of one sighting comes another one, that of the mail that the report encloses.

A report that cannot be taken apart stays what it is. The report and its mail are settled in one commit, by the planner;
only the pieces of a large mail are stored before, as T1 does it.
"""

import asyncio
import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from router.mail import journal
from router.mail.address import normal
from router.routing.journal import SOURCE
from router.routing.places import Places, Role
from router.store.content import PIECE, SMALL, Content, InMemory
from router.store.database import Database
from router.store.errors import StoreBroken, StoreBusy, StoreFull
from router.store.ids import enclosed_id
from router.store.raw import Stored
from router.store.reports import Report, chunk_of, is_settled
from router.store.spool import Sighting, add_chunks

log = logging.getLogger(__name__)

PAUSE = 0.5  # seconds before the store is asked again that was full or locked


@dataclass(frozen=True)
class Enclosed:
    """A large mail inside of its report, taken out anew each time: it is nowhere whole."""

    outer: Content
    report: journal.Report
    size: int
    sha256: bytes
    head: bytes

    def pieces(self) -> Iterator[bytes]:
        """All octets in order, each piece but the last of full length: they become chunks."""
        held = bytearray()
        for piece in journal.enclosed(self.report, self.outer.pieces()):
            held += piece
            while len(held) >= PIECE:
                yield bytes(held[:PIECE])
                del held[:PIECE]
        if held:
            yield bytes(held)


def is_report(seen: Sighting, places: Places) -> bool:
    """Whether a transmission is to be taken apart: it came to the address for reports, where T1 lets nobody else write.

    Never what was taken out of one, whoever its recipients are.
    """
    return seen.source != SOURCE and places.roles(seen.recipients)[0] is Role.JOURNAL


def opened(seen: Sighting) -> Sighting:
    """The sighting of the mail in a report. Raises `journal.Damaged`; reads the store, not for the loop."""
    report = journal.unwrap(seen.content.pieces())
    content = _content(seen.content, report)
    envelope = report.envelope
    return replace(
        seen,
        id=enclosed_id(seen.id),
        content=content,
        source=SOURCE,
        sender=normal(envelope.sender),
        recipients=envelope.addresses,
        released=False,  # a person's word was about the report
        report=Report(seen.id, seen.content.sha256, seen.content.size, chunk_of(content)),
    )


def _content(outer: Content, report: journal.Report) -> Content:
    digest, size, head = hashlib.sha256(), 0, bytearray()
    for piece in journal.enclosed(report, outer.pieces()):
        digest.update(piece)
        size += len(piece)
        if len(head) < SMALL:
            head += piece[: SMALL - len(head)]
    if size <= SMALL:
        return InMemory(bytes(head))
    return Enclosed(outer, report, size, digest.digest(), bytes(head))


async def open_all(
    batch: Sequence[Sighting], places: Places, database: Database
) -> tuple[list[Sighting], dict[str, str]]:
    """The batch with mails in the place of reports; and why each of those that are left cannot be taken apart."""
    found: list[Sighting] = []
    faults: dict[str, str] = {}
    for seen in batch:
        if not is_report(seen, places):
            found.append(seen)
            continue
        try:
            found.append(await _patiently(seen, database))
        except StoreBroken:
            raise
        except Exception as error:
            # Around a scan of the database one may be given out twice: its bytes went with the first time.
            if await database.aread(partial(is_settled, name=seen.id)):
                continue
            if isinstance(error, journal.Damaged):
                faults[seen.id] = error.fault.value
            else:  # the net under it: the report is kept, and a person looks
                log.exception("the journal report %s cannot be read", seen.id)
                faults[seen.id] = type(error).__name__
            found.append(seen)
    return found, faults


async def _patiently(seen: Sighting, database: Database) -> Sighting:
    """Wait out a store that is full or locked."""
    while True:
        try:
            mail = await asyncio.to_thread(opened, seen)
            content = mail.content
            if isinstance(content, Enclosed):
                await add_chunks(database, content)
                stored = Stored(content.sha256, content.size, content.head, database.fetch_chunk)
                mail = replace(mail, content=stored)
            return mail
        except (StoreBusy, StoreFull) as error:
            log.warning("the store refuses the mail of a journal report: %s", error)
            await asyncio.sleep(PAUSE)
