"""What a journal report leaves behind: the mail that it encloses, as a sighting of its own, or nothing.

The report itself is settled in the commit that stores its mail: whenever the process dies, there is one of the two. Its
bytes go with it, since the mail is kept exactly and the envelope stands in the sighting.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from router.store.content import SMALL, Content
from router.store.erase import BLANK_SENDER, drop_bytes
from router.store.raw import ADD_CHUNK, ADD_RAW, check_whole, chunk_row, raw_row
from router.store.rows import Row
from router.store.tables import sighting
from router.store.upsert import ignoring
from router.store.writer import Statement

# The same report may be unwrapped twice, by two routers or after a restore: its mail has the same id each time.
ADD_ENCLOSED = Statement(ignoring(sighting))


@dataclass(frozen=True, slots=True)
class Report:
    """A journal report that is not settled yet."""

    sighting: str
    sha256: bytes
    size: int
    chunk: Row | None  # of its mail, where that is not stored yet


def is_settled(connection: Connection, name: str) -> bool:
    """Whether a report has been seen to: then its bytes may be gone."""
    routed = select(sighting.c.routed).where(sighting.c.id == name)
    return connection.execute(routed).scalar() is not None


def chunk_of(content: Content) -> Row | None:
    """The row of a mail that has only one; a large one goes in by commits of its own. May compress: not for the loop."""
    return chunk_row(content.sha256, 0, content.head) if content.size <= SMALL else None


def kept(report: Report, mail: Row, content: Content, now: datetime) -> list[tuple[Statement, Row]]:
    """The writes that put the enclosed mail in the place of its report; `mail` is the row of its sighting."""
    chunk = [] if report.chunk is None else [(ADD_CHUNK, report.chunk)]
    return [*chunk, (ADD_RAW, raw_row(content, now)), (ADD_ENCLOSED, mail), *drop_bytes(report.sha256, report.size)]


def kept_out(report: Report, content: Content) -> list[tuple[Statement, Row]]:
    """The writes that leave nothing of either but that there was a report."""
    blank: list[tuple[Statement, Row]] = [(BLANK_SENDER, {"b_id": report.sighting})]
    return blank + drop_bytes(report.sha256, report.size) + drop_bytes(content.sha256, content.size)


def whole_after(check: Callable[[Connection], None] | None, hashes: Collection[bytes], connection: Connection) -> None:
    """As T1 does it for these mails: no piece is missing; but first `check` whether the transaction may end at all."""
    if check is not None:
        check(connection)
    for sha256 in hashes:
        check_whole(connection, sha256)
