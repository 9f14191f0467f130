"""Mails over a session, within a budget of octets: sizes first, many small ones at a time, a large one alone in pieces.

BODY.PEEK sets no flag (RFC 3501 section 6.4.5). What a server says of sizes is a hint: Exchange computes it before it
rebuilds the mail. What counts is that there is a mail at all.
"""

import imaplib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from router.imap.errors import GONE, Trouble, text
from router.intake.imap.answers import Meaning, meaning
from router.intake.imap.session import Session, understood
from router.intake.imap.source import Limits
from router.intake.spilled import Spilled

_FIELDS = (
    "FROM SENDER REPLY-TO TO CC BCC MESSAGE-ID IN-REPLY-TO REFERENCES DATE RETURN-PATH X-ROUTER-COPY "
    "X-GM-ORIGINAL-TO X-ORIGINAL-TO DELIVERED-TO X-ENVELOPE-TO ENVELOPE-TO"
)


class Unfetchable(Exception):
    """A server refuses one mail, or gives something that is none; the session goes on."""


@dataclass(frozen=True, slots=True)
class Size:
    """A mail before it is fetched."""

    uid: int
    octets: int
    arrived: datetime | None  # INTERNALDATE


def sizes(session: Session, uids: Sequence[int]) -> dict[int, Size]:
    """What is known of these mails; one that has gone is missing. Raises `Trouble`, `Unfetchable`."""
    found = _fetched(session, uids, ["RFC822.SIZE", "INTERNALDATE"])
    return {uid: Size(uid, _octets(parts), _arrived(parts)) for uid, parts in found.items()}


def _arrived(parts: dict[bytes, Any]) -> datetime | None:
    """The library's own kind of zone cannot go to another process."""
    when = parts.get(b"INTERNALDATE")
    return when.astimezone(UTC) if isinstance(when, datetime) else None


def _octets(parts: dict[bytes, Any]) -> int:
    size = parts.get(b"RFC822.SIZE")
    return size if isinstance(size, int) else 0


def batches(mails: Sequence[Size], limits: Limits, alone: Collection[int] = ()) -> Iterator[list[Size]]:
    """Those that are fetched together, in their order; large ones, and those of `alone`, by themselves."""
    batch: list[Size] = []
    octets = 0
    for one in mails:
        apart = one.octets >= limits.large or one.uid in alone
        if batch and (apart or octets + one.octets > limits.batch_octets or len(batch) >= limits.batch_mails):
            yield batch
            batch, octets = [], 0
        if apart:
            yield [one]
        else:
            batch.append(one)
            octets += one.octets
    if batch:
        yield batch


def headers(session: Session, uids: Sequence[int]) -> dict[int, bytes]:
    """The fields that say whose mail it is, by UID. Raises `Trouble`, `Unfetchable`."""
    found = _fetched(session, uids, [f"BODY.PEEK[HEADER.FIELDS ({_FIELDS})]"])
    values = {uid: _part(parts, b"BODY[HEADER.FIELDS") for uid, parts in found.items()}
    return {uid: value for uid, value in values.items() if value is not None}


def whole(session: Session, uids: Sequence[int]) -> dict[int, bytes]:
    """Mails as they are, by UID; one that has gone, or that is empty, is missing. Raises `Trouble`, `Unfetchable`."""
    found = _fetched(session, uids, ["BODY.PEEK[]"])
    values = {uid: parts.get(b"BODY[]") for uid, parts in found.items()}
    return {uid: value for uid, value in values.items() if isinstance(value, bytes) and value}


def in_pieces(
    session: Session, uid: int, piece: int, folder: Path | None, meanwhile: Callable[[], None]
) -> Spilled | None:
    """A mail piece by piece into a file; None where it has gone. `meanwhile` is called after each piece."""
    content = Spilled(folder)
    while True:
        parts = _fetched(session, [uid], [f"BODY.PEEK[]<{content.size}.{piece}>"]).get(uid)
        if parts is None:
            return None
        data, partial = _piece(parts)
        if len(data) > piece and partial:
            raise Unfetchable(f"{len(data)} octets came where {piece} were asked for")
        content.write(data)
        meanwhile()
        if not partial or len(data) < piece:
            if not content.size:
                raise Unfetchable("there is not one octet")
            return content


def _piece(parts: dict[bytes, Any]) -> tuple[bytes, bool]:
    """The octets, and whether they are a part: some servers give the whole whatever is asked for."""
    for key, value in parts.items():
        if key.startswith(b"BODY[]"):
            return (value if isinstance(value, bytes) else b""), b"<" in key
    raise Unfetchable("the answer has no octets of the mail")


def _part(parts: dict[bytes, Any], name: bytes) -> bytes | None:
    """Servers repeat the name of a part in a spelling of their own."""
    value = next((value for key, value in parts.items() if key.upper().startswith(name)), None)
    return value if isinstance(value, bytes) else None


def header_and_text(session: Session, uid: int) -> bytes | None:
    """A mail put together of its two halves, for servers that fail to do so."""
    parts = _fetched(session, [uid], ["BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]"]).get(uid)
    if parts is None:
        return None
    top, rest = _part(parts, b"BODY[HEADER]"), _part(parts, b"BODY[TEXT]")
    if not top:
        raise Unfetchable("there is no header")
    return top + (rest or b"")


def _fetched(session: Session, uids: Sequence[int], items: list[str]) -> dict[int, dict[bytes, Any]]:
    """What the server answers. A refusal of the mails is `Unfetchable`, one of us is `Trouble`."""
    try:
        with understood("fetch"):
            found: dict[int, dict[bytes, Any]] = session.client.fetch(uids, items)
            return found
    except GONE as error:
        raise Trouble(f"the connection ended: {text(error)}") from error
    except imaplib.IMAP4.error as error:
        words = text(error)
        if meaning(words).meaning is not Meaning.OTHER:
            raise Trouble(words) from error
        raise Unfetchable(words) from error
