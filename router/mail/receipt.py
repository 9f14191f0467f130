"""Owns the time of receipt of a mail of the past, as well as its bytes and its place tell it, and who sent it.

It must never give an instant before 1990 or after now: one such date would stand at the top of every list for ever.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from router.mail.address import addresses
from router.mail.dates import date
from router.mail.header import Header

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)  # clocks differ, and zones are mistaken: so much is taken for now
_HOPS = 3  # Received fields that are asked


def received(header: Header, separator: bytes, stored: datetime, now: datetime, *, sent: bool) -> datetime:
    """When a mail was received, or sent where it is one of ours.

    `separator` is the date of its From_ line in an mbox, b"" elsewhere; `stored` when its file was written. The top
    Received field is the hop that delivered it (RFC 5321 section 4.4). A mail in a Sent folder has hardly ever one.
    """
    for told in _told(header, separator, sent=sent):
        if (found := believed(told, now)) is not None:
            return found
    return min(max(stored, EARLIEST), now)


def believed(told: datetime | None, now: datetime) -> datetime | None:
    """An instant at which a mail can have come; some servers and programs that move mail write 1970, 1601 or 2036."""
    return min(told, now) if told is not None and EARLIEST <= told <= now + _AHEAD else None


def _told(header: Header, separator: bytes, *, sent: bool) -> Iterator[datetime]:
    """What tells the time, the best first; RFC 4155 says that a From_ line does so in UTC.

    It comes last, since whoever exports an mbox is free to write the hour of the export there.
    """
    hops = [value.rpartition(b";")[2] for value in header.all("received")[:_HOPS]]
    dates = [header.first("date") or b""]
    for value in (*dates, *hops, separator) if sent else (*hops, *dates, separator):
        if (found := date(value)) is not None:
            yield found


def envelope_sender(header: Header) -> str:
    """Who sent it: the Return-Path of the last hop, "" where that is the null sender; else its author."""
    if (path := header.first("return-path")) is not None:
        named = addresses(path)
        if named or path.strip() == b"<>":
            return named[0].addr if named else ""
    author = addresses(header.first("from") or b"")
    return author[0].addr if author else ""
