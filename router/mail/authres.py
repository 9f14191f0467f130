"""Owns the Authentication-Results field (RFC 8601): what a mail server says it found when it checked a sender.

It must never raise, and never believe a field by its words alone: anybody can write one. Only the topmost field counts,
and only where it names a server that is trusted by configuration; a field that cannot be read says nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from router.mail.header import Header

FIELD = "authentication-results"
VALUE_CAP = 16 * 1024
RESULTS_CAP = 100

_MARK = re.compile(rb'\\.|[()"]', re.DOTALL)
_PART = re.compile(rb'((?:[^;"]|"(?:[^"\\]|\\.)*+")*+)(?:;|\Z)', re.DOTALL)
_TEXT = rb'("(?:[^"\\]|\\.)*+"|[^\s"=;]++)'
_SERVER = re.compile(rb"\s*+" + _TEXT + rb"(?:\s++\d{1,5})?\s*+\Z")
# Section 2.2: a method with its version, and a result.
_METHOD = re.compile(rb"\s*+([a-zA-Z0-9][a-zA-Z0-9-]{0,60}+)(?:\s*+/\s*+\d{1,5})?\s*+=\s*+([a-zA-Z]{1,40}+)(?![^\s])")
# "header.d = example.com"; the reason has no dot.
_PROPERTY = re.compile(
    rb"\s*+([a-zA-Z][a-zA-Z0-9-]{0,40}+(?:\s*+\.\s*+[a-zA-Z0-9][a-zA-Z0-9_-]{0,60}+)?)\s*+=\s*+" + _TEXT, re.DOTALL
)
_PAIR = re.compile(rb"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found."""

    method: str  # "dkim", "spf", "dmarc", …
    result: str  # "pass", "fail", "none", …
    properties: Mapping[str, str] = field(default_factory=dict)  # such as "header.d"; names and values in lower case


@dataclass(frozen=True, slots=True)
class Results:
    """One field."""

    server: str  # the authserv-id, lower case
    results: tuple[Result, ...]


def trusted(header: Header, servers: Collection[str]) -> tuple[Result, ...]:
    """The results of the topmost field, where one of `servers` (lower case) wrote it; else none.

    A field below it may be the sender's own: it is not known which server would have taken it out.
    """
    value = header.first(FIELD)
    found = None if value is None or not servers else parse(value)
    return found.results if found and found.server in servers else ()


def parse(value: bytes) -> Results | None:
    """The field's value, or None where any of it cannot be read."""
    plain = _without_comments(value) if len(value) <= VALUE_CAP else None
    if plain is None:
        return None
    parts = [found[1] for found in _PART.finditer(plain)]
    server = _SERVER.match(parts[0]) if parts else None
    if server is None or len(parts) > RESULTS_CAP:
        return None
    # Section 2.2: "none" stands alone and says that nothing was checked.
    read = [_result(part) for part in parts[1:] if part.strip().lower() not in (b"", b"none")]
    results = tuple(one for one in read if one is not None)
    return Results(_text(server[1]), results) if len(results) == len(read) else None


def _result(part: bytes) -> Result | None:
    found = _METHOD.match(part)
    if found is None:
        return None
    properties: dict[str, str] = {}
    at = found.end()
    while one := _PROPERTY.match(part, at):
        properties.setdefault(b"".join(one[1].split()).decode("ascii").lower(), _text(one[2]))
        at = one.end()
    if part[at:].strip():
        return None
    return Result(found[1].decode("ascii").lower(), found[2].decode("ascii").lower(), properties)


def _without_comments(value: bytes) -> bytes | None:
    """The value without comments, which nest (RFC 5322 section 3.2.2); None where one or a quote stays open."""
    kept: list[bytes] = []
    at = depth = 0
    quoted = False
    for mark in _MARK.finditer(value):
        if mark[0].startswith(b"\\"):
            continue
        if depth:
            depth += {b"(": 1, b")": -1}.get(mark[0], 0)
            at = mark.end()
        elif mark[0] == b'"':
            quoted = not quoted
        elif not quoted:
            if mark[0] == b")":
                return None
            kept += [value[at : mark.start()], b" "]
            depth, at = 1, mark.end()
    return None if depth or quoted else b"".join(kept) + value[at:]


def _text(value: bytes) -> str:
    plain = _PAIR.sub(rb"\1", value[1:-1]) if value.startswith(b'"') else value
    return plain.decode("ascii", "replace").lower()


def aligned_dkim(results: Collection[Result], domain: str) -> bool:
    """Whether a good DKIM signature speaks for the From field's domain (RFC 7489 section 3.1.1, relaxed, but narrower)."""
    for one in results:
        if one.method == "dkim" and one.result == "pass":
            # Section 2.7.1: some servers give only the identity, "@example.com" or "anna@example.com".
            signer = one.properties.get("header.d") or one.properties.get("header.i", "").rpartition("@")[2]
            if aligned(signer, domain):
                return True
    return False


def aligned(one: str, other: str) -> bool:
    """Whether two domains are the same, or one lies within the other, which has at least two labels.

    Where registries end is not known here, so that two domains beside each other never count as one company's.
    """
    one, other = one.lower().rstrip("."), other.lower().rstrip(".")
    outer, inner = sorted((one, other), key=len)
    return "." in outer.strip(".") and (inner == outer or inner.endswith("." + outer))
