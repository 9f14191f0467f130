"""Owns the structure of a journal report: where its envelope is, and where the mail that it encloses begins and ends.

Exchange writes `multipart/mixed` of a text and a `message/rfc822`; gateways behind it encode what should not be encoded.
Of several enclosed mails the first is meant: the others are the same one, decrypted for an archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from router.mail import charset, mime
from router.mail.header import BLOCK_CAP, Header, split
from router.mail.journal.envelope import Envelope, read_envelope
from router.mail.journal.stream import Damaged, Fault, decoded, parts

__all__ = ["Damaged", "Fault", "Report", "enclosed", "unwrap"]

ENVELOPE_CAP = 2 * 1024 * 1024  # octets of the parts before the mail: some ten thousand recipients
HEADER_CAP = 64 * 1024  # octets of the header of a part
PARTS_CAP = 50
_MESSAGES = ("message/rfc822", "message/global")


@dataclass(frozen=True, slots=True)
class Report:
    """A report taken apart, and where in it the mail is."""

    envelope: Envelope
    boundary: bytes
    part: int
    begins: int  # octets of the header of that part
    encoding: str


@dataclass(slots=True)
class _Part:
    """A part that is being read."""

    number: int
    octets: bytearray = field(default_factory=bytearray)
    header: Header | None = None  # once it is there whole

    def add(self, piece: bytes) -> None:
        """Take a piece; as long as its header is not whole, look whether it is now."""
        if len(self.octets) + len(piece) > ENVELOPE_CAP:
            raise Damaged(Fault.TOO_LARGE)
        self.octets += piece
        top = bytes(self.octets[:HEADER_CAP]) if self.header is None else b""
        if top.startswith((b"\n", b"\r\n")) or b"\n\r\n" in top or b"\n\n" in top:
            self.header = mime.part_header(top)
        elif len(top) == HEADER_CAP:
            raise Damaged(Fault.TOO_LARGE)

    def text(self) -> str:
        """The words of a text, or of the texts in a container, with the line ends that they have."""
        octets = bytes(self.octets)
        # A part may have no fields; a mail that begins with a blank line is read as if it were not there.
        octets = b"Content-Type: text/plain\r\n" + octets if octets.startswith((b"\n", b"\r\n")) else octets
        texts = [one for one in mime.read_structure(octets).parts if one.content_type == "text/plain"]
        return "\r\n".join(charset.decode(one.data(), one.parameters.get("charset", "")) for one in texts)


def unwrap(pieces: Iterable[bytes]) -> Report:
    """Read the beginning of a report, up to the mail in it. Raises `Damaged`."""
    boundary, body = _opened(pieces)
    found, part, tnef = None, _Part(0), False
    for number, piece in parts(body, boundary):
        if number != part.number:
            found, tnef = found or _envelope(part), tnef or _is_tnef(part)
            part = _Part(number)
        if number > PARTS_CAP:
            break
        if number == 0:
            continue
        part.add(piece)
        if part.header is not None and _is_message(part.header):
            if found is None:
                raise Damaged(Fault.NO_ENVELOPE)
            encoding = mime.transfer_encoding(part.header)
            return Report(found, boundary, number, part.header.body_at, encoding)
    raise Damaged(Fault.TNEF if tnef or _is_tnef(part) else Fault.NO_MESSAGE)


def enclosed(report: Report, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The enclosed mail, exactly, out of the same pieces. Raises `Damaged` at the latest at its end."""
    _, body = _opened(pieces)
    top = bytearray()
    for piece in decoded(_payload(report, body), report.encoding):
        if len(top) < HEADER_CAP:
            top += piece[:HEADER_CAP]
        if piece:
            yield piece
    if not split(bytes(top)).fields:
        raise Damaged(Fault.NO_MESSAGE)


def _payload(report: Report, body: Iterable[bytes]) -> Iterator[bytes]:
    left = report.begins
    for number, piece in parts(body, report.boundary):
        if number > report.part:
            return
        if number == report.part:
            yield piece[left:]
            left = max(left - len(piece), 0)


def _opened(pieces: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The boundary of the whole, and its body."""
    waiting = iter(pieces)
    top = bytearray()
    for piece in waiting:
        top += piece
        if b"\n\r\n" in top[:BLOCK_CAP] or b"\n\n" in top[:BLOCK_CAP] or len(top) > BLOCK_CAP:
            break
    header = split(bytes(top))
    if not mime.content_type(header).startswith("multipart/") or not (boundary := mime.boundary(header)):
        raise Damaged(Fault.NO_PARTS)
    return boundary, _body(bytes(top[header.body_at :]), waiting)


def _body(first: bytes, more: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from more


def _envelope(part: _Part) -> Envelope | None:
    if part.number == 0 or _is_tnef(part):
        return None
    return read_envelope(part.text())


def _is_message(header: Header) -> bool:
    kind = mime.content_type(header)
    return kind in _MESSAGES or (kind.startswith("application/") and mime.filename(header).lower().endswith(".eml"))


def _is_tnef(part: _Part) -> bool:
    if part.header is None:
        return False
    return (
        mime.content_type(part.header) == "application/ms-tnef" or mime.filename(part.header).lower() == "winmail.dat"
    )
