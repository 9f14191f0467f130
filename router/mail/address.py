"""Owns addresses: lists of them out of From, To and Cc (RFC 5322 sections 3.4 and 4.4), and their normal form.

It must never raise, never yield an address that is empty, and never take more than one pass over the field: nested
comments, open quotes and tens of thousands of recipients are ordinary input here. What is no address is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from router.mail import charset, words

VALUE_CAP = 64 * 1024
ADDRESSES_CAP = 5_000
_REMEMBERED = 200  # octets of a field
ADDR_CAP = 512  # RFC 5321 section 4.5.3.1 stops at 320; verp and srs senders go beyond


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox."""

    name: str  # as people read it, '' where none is given
    addr: str  # lower case, never ''


# One token each; the alternatives exclude each other, so that every byte is looked at once. Encoded words come
# first, since some mailers leave a comma or a colon inside one bare.
_TOKEN = re.compile(
    rb"""(?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*+\?=)
    |(?P<quoted>"(?:[^"\\]|\\.)*+")
    |(?P<special>[<>(),;:])
    |(?P<white>\s++)
    |(?P<text>(?:[^\s"<>(),;:=]|=(?!\?))++|=)""",
    re.VERBOSE | re.DOTALL,
)
_NAME_ENDS = re.compile(r"[._+\-\d]")
_CALLED = 40  # characters
_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_DOT_ATOM = re.compile(r"\"([^\s\"\\(),:;<>@\[\]]+)\"")


@dataclass(slots=True)
class _Scan:
    """The mailbox that is being read."""

    phrase: list[bytes] = field(default_factory=list)
    after: list[bytes] = field(default_factory=list)  # what stands behind the brackets
    angle: list[bytes] = field(default_factory=list)
    comment: list[bytes] = field(default_factory=list)
    in_angle: bool = False
    had_angle: bool = False


def addresses(value: bytes) -> tuple[Address, ...]:
    """The mailboxes in a field; groups are opened, and their names dropped."""
    # The same few mailboxes are written to by everybody. Long fields would only fill the memory.
    return _remembered(value) if len(value) <= _REMEMBERED else _addresses(value[:VALUE_CAP])


@lru_cache(maxsize=1024)
def _remembered(value: bytes) -> tuple[Address, ...]:
    return _addresses(value)


def _addresses(value: bytes) -> tuple[Address, ...]:
    found: list[Address] = []
    scan = _Scan()
    comments = b")" in value
    at = 0
    while at < len(value) and len(found) < ADDRESSES_CAP:
        token = _TOKEN.match(value, at)
        if token is None:
            # A quote that nothing closes: no later one is closed either, and all of them are dropped.
            value = value[:at] + value[at:].replace(b'"', b"")
            continue
        at = token.end()
        if token[0] == b"(" and comments:
            end = _comment_end(value, at)
            comments = end > 0  # one that nothing closes: the parenthesis alone is dropped, and no other is tried
            if comments:
                scan.comment.append(value[at : end - 1])
                at = end
        elif token.lastgroup != "special":
            _add(token, scan.angle if scan.in_angle else scan.after if scan.had_angle else scan.phrase)
        else:
            scan = _special(token[0], scan, found)
    _close(scan, found)
    return tuple(found[:ADDRESSES_CAP])


def _add(token: re.Match[bytes], to: list[bytes]) -> None:
    if token.lastgroup != "white":
        to.append(token[0])
    elif to:
        to.append(b" ")


def _special(mark: bytes, scan: _Scan, found: list[Address]) -> _Scan:
    if mark == b"<":
        if scan.had_angle:
            # "a <b@x> c <d@x>": the comma was forgotten.
            behind, scan.after = scan.after, []
            _close(scan, found)
            scan = _Scan(phrase=behind)
        scan.in_angle = scan.had_angle = True
    elif mark == b">":
        scan.in_angle = False
    elif mark == b":":
        # RFC 5322 section 3.4: what stood before is a group's name.
        if not scan.in_angle:
            return _Scan()
        # Inside angle brackets the end of an obsolete route (RFC 5322 section 4.4), or part of an IPv6 literal.
        if scan.angle and scan.angle[0].startswith(b"@"):
            scan.angle.clear()
        else:
            scan.angle.append(mark)
    elif mark in b",;" and not (scan.in_angle and scan.angle and scan.angle[0].startswith(b"@")):
        _close(scan, found)
        return _Scan()
    return scan


def _comment_end(value: bytes, at: int) -> int:
    """The offset behind the comment whose inside begins at `at`, or 0 (comments nest, RFC 5322 section 3.2.2)."""
    depth = 1
    for mark in re.finditer(rb"\\.|[()]", value[at:], re.DOTALL):
        if mark[0] in b"()":
            depth += 1 if mark[0] == b"(" else -1
            if depth == 0:
                return at + mark.end()
    return 0


def _close(scan: _Scan, found: list[Address]) -> None:
    phrase = scan.phrase or scan.after
    addr = _addr(b"".join(scan.angle)) if scan.had_angle else ""
    if not addr and phrase and (not scan.had_angle or any(b"@" in piece for piece in phrase)):
        addr, phrase = _bare(phrase)
    if addr:
        name = _text(phrase) or (words.decode(b" ".join(scan.comment)) if scan.comment else "")
        found.append(Address(name, addr))


def _bare(phrase: list[bytes]) -> tuple[str, list[bytes]]:
    """An address without brackets, and what stands around it, which is a name."""
    pieces = _pieces(phrase)
    with_at = [index for index, piece in enumerate(pieces) if b"@" in piece]
    if with_at:
        # "anna@example.com" anna@example.com: the quoted one is the name.
        index = next((index for index in with_at if not pieces[index].endswith(b'"')), with_at[0])
        rest = pieces[:index] + pieces[index + 1 :]
        return _addr(pieces[index].strip(b'"') if _quoted(pieces[index]) else pieces[index]), _spaced(rest)
    # A local account ("root", "MAILER-DAEMON") is one word; more words are only a name.
    if len(pieces) == 1 and pieces[0].isascii() and not pieces[0].startswith((b"=?", b'"')):
        return _addr(pieces[0]), []
    return "", phrase


def _pieces(phrase: list[bytes]) -> list[bytes]:
    """The words of a phrase; white space around the "at" is none (RFC 5322 section 4.4)."""
    pieces: list[bytes] = []
    joined = False
    for token in phrase:
        if token == b" ":
            joined = False
        elif pieces and (joined or token.startswith(b"@") or pieces[-1].endswith(b"@")):
            pieces[-1] += token
            joined = True
        else:
            pieces.append(token)
            joined = True
    return pieces


def _spaced(pieces: list[bytes]) -> list[bytes]:
    return [each for piece in pieces for each in (piece, b" ")]


def _quoted(piece: bytes) -> bool:
    return len(piece) > 1 and piece.startswith(b'"') and piece.endswith(b'"')


def _text(phrase: list[bytes]) -> str:
    if not phrase:
        return ""
    return words.decode(b"".join(_PAIR.sub(rb"\1", each[1:-1]) if _quoted(each) else each for each in phrase))


def _addr(raw: bytes) -> str:
    text = charset.decode(raw) if len(raw) <= ADDR_CAP else ""
    text = normal(words.clean(text)).removeprefix("mailto:")
    if '"' not in text:
        text = text.replace(" ", "")
    if text.startswith("'") and text.endswith("'"):
        text = text[1:-1]
    local, at, host = text.rpartition("@")
    if not at:
        return text
    # RFC 5321 section 4.1.2: quotes that nothing needs make no other mailbox.
    plain = _DOT_ATOM.fullmatch(local)
    local, host = plain[1] if plain else local, host.rstrip(".")
    return f"{local}@{host}" if local and host else ""


def normal(addr: str) -> str:
    """Lower case, without angle brackets and white space; the null sender is ''."""
    return addr.strip().removeprefix("<").removesuffix(">").strip().lower()


def base(addr: str) -> str:
    """The address without the plus-tag of its local part."""
    local, at, host = addr.rpartition("@")
    untagged = local.partition("+")[0]
    return f"{untagged}{at}{host}" if untagged else addr


def domain(addr: str) -> str:
    """What stands behind the last "at", or ''."""
    return addr.rpartition("@")[2] if "@" in addr else ""


def person(addr: str) -> str:
    """What somebody is called, by the address: the first name in it, such as Anna of anna.lee@…"""
    local = addr.partition("@")[0]
    first = _NAME_ENDS.split(local, maxsplit=1)[0]
    name = words.shown(first if len(first) > 1 else local, _CALLED)
    return name[:1].upper() + name[1:]
