"""Owns the structure of a message: its leaf parts with their types (RFC 2045, RFC 2046 section 5).

It must never raise, never recurse and never take more than linear time. Python's `email` parser does all three on
hostile input, and ends header blocks where `header.split` does not; parts are therefore read here, by that same split.
A message inside a message is a leaf: what it says was said by somebody else.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from router.mail import charset, words
from router.mail.header import Header, split

DEPTH_CAP = 50
PARTS_CAP = 500
PARAMETERS_CAP = 8 * 1024  # bytes of a Content-Type or Content-Disposition that are looked at

_TYPE = re.compile(rb"\s*+([a-zA-Z0-9!#$&^_.+-]{1,100})/([a-zA-Z0-9!#$&^_.+*-]{1,100})")
_PARAMETER = re.compile(rb';\s*+([^=;\s"]{1,100}+)\s*+=\s*+("(?:[^"\\]|\\.)*+"|[^;\s]*+)', re.DOTALL)
# What HTML says of itself counts where the header says nothing (HTML Living Standard section 13.2.3.2).
META_CAP = 1024
_META = re.compile(rb"<meta[^<>]{0,200}?charset=[\"']?([a-zA-Z0-9_-]{1,40})", re.IGNORECASE)
_PAIR = re.compile(rb"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf."""

    content_type: str  # lower case, without parameters
    parameters: dict[str, str]  # of Content-Type
    disposition: str  # 'inline', 'attachment', …, or ''
    filename: str  # '' where it has none
    encoding: str  # of the transfer, lower case
    payload: bytes  # as transferred
    choice: int = 0  # parts with the same number are the same thing in several forms (multipart/alternative); 0: none

    def data(self) -> bytes:
        """The payload with its transfer encoding undone (RFC 2045 section 6)."""
        # Base64 holds no white space but line ends; what is called so and has words is text that was never encoded.
        if self.encoding == "base64" and self.payload.count(b" ") <= len(self.payload) // 20:
            return words.base64(self.payload)
        if self.encoding == "quoted-printable":
            return binascii.a2b_qp(self.payload)
        return self.payload

    def text(self) -> str:
        """The payload as clean lines."""
        data = self.data()
        declared = self.parameters.get("charset", "")
        if not declared and self.content_type == "text/html" and (found := _META.search(data[:META_CAP])):
            declared = found[1].decode("ascii")
        return words.clean_lines(charset.decode(data, declared))


@dataclass(slots=True)
class Structure:
    """All leaves in order, with the types of the containers around them."""

    parts: list[Part] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    defects: dict[str, None] = field(default_factory=dict)


def read_structure(raw: bytes, top: Header | None = None) -> Structure:
    """Takes a message apart; `top` is its header, where that is split already."""
    found = Structure()
    # A stack, last in first out, instead of recursion; each entry: bytes of an entity, its depth, its default type, and
    # the choice (RFC 2046 section 5.1.4) that it is in.
    waiting = [(raw, 0, "text/plain", 0)]
    while waiting:
        entity, depth, default, choice = waiting.pop()
        if len(found.types) >= PARTS_CAP:
            found.defects["too-many-parts"] = None
            break
        header = part_header(entity) if depth else top or split(entity)
        content_type, parameters = _content_type(header, default)
        found.types.append(content_type)
        payload = entity[header.body_at :]
        if content_type.startswith("multipart/"):
            inner = _inner(payload, boundary(header), found.defects)
            if depth >= DEPTH_CAP and inner:
                found.defects["too-deep"] = None
                continue
            if inner:
                # RFC 2046 section 5.1.5: in a digest the default is a message.
                default = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
                choice = len(found.types) if content_type == "multipart/alternative" else choice
                waiting.extend((each, depth + 1, default, choice) for each in reversed(inner))
                continue
            # A container without contents: whatever is there is read as text.
            content_type, parameters = "text/plain", {}
        found.parts.append(_part(header, content_type, parameters, payload, choice))
    return found


def part_header(entity: bytes) -> Header:
    """The header of a part."""
    # RFC 2046 section 5.1: a part may have no fields; then it begins with the blank line that ends them.
    if entity.startswith((b"\n", b"\r\n")):
        return Header((), 1 if entity[:1] == b"\n" else 2, ())
    return split(entity)


def _part(header: Header, content_type: str, parameters: dict[str, str], payload: bytes, choice: int) -> Part:
    disposition, more = parameterized(header.first("content-disposition") or b"")
    return Part(
        content_type=content_type,
        parameters=parameters,
        disposition=disposition,
        filename=words.clean(more.get("filename") or parameters.get("name") or "")[:255],
        encoding=transfer_encoding(header),
        payload=payload,
        choice=choice,
    )


def transfer_encoding(header: Header) -> str:
    """How a part is encoded, in lower case."""
    value = (header.first("content-transfer-encoding") or b"").partition(b";")[0].strip().lower()
    return value[:40].decode("latin-1")


def content_type(header: Header) -> str:
    """The type of a part, in lower case, without parameters."""
    return _content_type(header, "text/plain")[0]


def filename(header: Header) -> str:
    """The name of the file that a part is; '' where it has none."""
    return _part(header, "", _content_type(header, "")[1], b"", 0).filename


def _content_type(header: Header, default: str) -> tuple[str, dict[str, str]]:
    value = header.first("content-type")
    if value is None:
        return default, {}
    found = _TYPE.match(value)
    # RFC 2045 section 5.2: what cannot be read is plain text; a lone "text" is what old mailers wrote for it.
    content_type = b"/".join(found.groups()).decode("ascii").lower() if found else "text/plain"
    return content_type, parameterized(value)[1]


def parameterized(value: bytes) -> tuple[str, dict[str, str]]:
    """A structured value: its first word in lower case, and its parameters (RFC 2231 put together again)."""
    value = value[:PARAMETERS_CAP]
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, bytes]]] = {}
    for found in _PARAMETER.finditer(value):
        name = found[1].decode("latin-1").lower()
        content = _PAIR.sub(rb"\1", found[2][1:-1]) if found[2].startswith(b'"') else found[2]
        if "*" not in name:
            plain.setdefault(name, words.decode(content))
            continue
        name, _, rest = name.partition("*")
        number = rest.rstrip("*")
        if not number or (number.isascii() and number.isdigit() and len(number) <= 3):
            pieces.setdefault(name, []).append((int(number or 0), rest.endswith("*") or not rest, content))
    return _first_word(value), plain | {name: _join(each) for name, each in pieces.items()}


def _first_word(value: bytes) -> str:
    return value.partition(b";")[0].strip()[:100].decode("latin-1").lower()


def _join(pieces: list[tuple[int, bool, bytes]]) -> str:
    declared = ""
    data = b""
    for index, (_, extended, content) in enumerate(sorted(pieces, key=lambda piece: piece[0])):
        # RFC 2231 section 4: charset'language'text, in the first piece only.
        if extended and index == 0 and content.count(b"'") >= 2:
            name, _, content = content.split(b"'", 2)
            declared = name.decode("latin-1")
        data += unquote_to_bytes(content) if extended else content
    return words.clean(charset.decode(data, declared))


def boundary(header: Header) -> bytes:
    """What separates the parts of a container; empty where it does not say."""
    # As bytes: a boundary is compared, never read. The last characters cannot be white space (RFC 2046 section 5.1.1).
    for found in _PARAMETER.finditer((header.first("content-type") or b"")[:PARAMETERS_CAP]):
        if found[1].lower() in (b"boundary", b"boundary*", b"boundary*0"):
            return (_PAIR.sub(rb"\1", found[2][1:-1]) if found[2].startswith(b'"') else found[2]).rstrip()
    return b""


def _inner(payload: bytes, boundary: bytes, defects: dict[str, None]) -> list[bytes]:
    """The parts between the delimiters (RFC 2046 section 5.1.1)."""
    if not boundary:
        defects["no-boundary"] = None
        return []
    delimiter = b"--" + boundary
    parts: list[bytes] = []
    begin = -1
    at = 0
    while (at := payload.find(delimiter, at)) >= 0:
        if at and payload[at - 1] != 10:
            at += len(delimiter)
            continue
        end_of_line = payload.find(b"\n", at)
        end_of_line = len(payload) if end_of_line < 0 else end_of_line
        rest = payload[at + len(delimiter) : end_of_line].strip()
        if rest not in (b"", b"--"):
            # A longer boundary that begins with this one.
            at = end_of_line
            continue
        # Two delimiters in a row hold nothing between them.
        if 0 <= begin < at:
            parts.append(payload[begin:at].removesuffix(b"\n").removesuffix(b"\r"))
        begin = -1 if rest else end_of_line + 1
        if rest or len(parts) >= PARTS_CAP:
            break
        at = end_of_line
    if begin >= 0 and len(parts) < PARTS_CAP:
        # No closing delimiter: cut off on the way, or left out.
        defects["not-closed"] = None
        parts.append(payload[begin:])
    if not parts:
        defects["no-parts"] = None
    return parts
