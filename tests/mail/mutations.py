"""Mail that was broken on the way or on purpose: mutations of whole messages, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

SIZE_CAP = 300 * 1024

TOKENS: tuple[bytes, ...] = (
    *(
        b"\0",
        b"\r",
        b"\n",
        b"\r\n\r\n",
        b"\xff",
        b"\xc3",
        b"=?",
        b"?=",
        b'"',
        b"(",
        b"\\",
        b"<",
        b">",
        b";",
        b":",
        b"=",
    ),
    *(
        b"<div>",
        b"<blockquote>",
        b"</div>",
        b"<!--",
        b"<style>",
        b"<table><tr><td>",
        b"<a b='",
        b"&#",
        b"&#x0;",
        b"<p class=",
    ),
    *(
        b"> ",
        b">>>",
        b"-- \n",
        b"\nOn 1.1.2026 10:00 a <b@c> wrote:\n",
        b"\nFrom: a\nSent: b\nTo: c\n",
        b"-----Original Message-----",
    ),
    *(
        b"\xe2\x80\xae",
        b"\xe2\x80\x8d",
        b"=\n",
        b"=3D",
        b"charset=",
        b"boundary=",
        b"--",
        b"Content-Type: ",
        b"*0*=",
        b"%00",
    ),
    *(b"a " * 50, b"9" * 30, b".\n", b"Wrote:", b"\xe5\x86\x99\xe9\x81\x93:", b"[", b"Re: ", b"<a@b>"),
)
CHARSETS: tuple[bytes, ...] = (
    *(
        b"utf-8",
        b"us-ascii",
        b"iso-8859-1",
        b"iso-2022-jp",
        b"gb2312",
        b"gb18030",
        b"shift_jis",
        b"utf-7",
        b"utf-16",
        b"hz-gb-2312",
    ),
    *(
        b"big5",
        b"koi8-r",
        b"euc-kr",
        b"windows-1252",
        b"idna",
        b"punycode",
        b"hex",
        b"x-unknown",
        b"",
        b"iso-2022-kr",
        b"cp037",
    ),
)

Mutation = Callable[[random.Random, bytearray, Sequence[bytes]], None]


def _flip(chance: random.Random, raw: bytearray, others: Sequence[bytes]) -> None:
    for _ in range(chance.randrange(1, 12)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)


def _cut(chance: random.Random, raw: bytearray, others: Sequence[bytes]) -> None:
    at = chance.randrange(len(raw))
    del raw[at : at + chance.choice((1, 5, 80, 2_000, len(raw)))]


def _splice(chance: random.Random, raw: bytearray, others: Sequence[bytes]) -> None:
    other = chance.choice(others)
    start = chance.randrange(len(other) or 1)
    at = chance.randrange(len(raw))
    raw[at : at + chance.choice((0, 0, 200))] = other[start : start + chance.choice((20, 300, 5_000))]


def _token(chance: random.Random, raw: bytearray, others: Sequence[bytes]) -> None:
    token = chance.choice(TOKENS)
    at = chance.randrange(len(raw))
    raw[at:at] = token * chance.choice((1, 1, 2, 30, 500, 30_000 // len(token)))


def _repeat(chance: random.Random, raw: bytearray, others: Sequence[bytes]) -> None:
    at = chance.randrange(len(raw))
    piece = bytes(raw[at : at + chance.choice((1, 10, 100, 1_000))])
    raw[at:at] = piece * chance.choice((2, 20, 200))


def _swap(chance: random.Random, raw: bytearray, others: Sequence[bytes]) -> None:
    lines = bytes(raw).split(b"\n")
    one, two = chance.randrange(min(len(lines), 40)), chance.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    raw[:] = b"\n".join(lines)


def _charset(chance: random.Random, raw: bytearray, others: Sequence[bytes]) -> None:
    at = raw.lower().find(b"charset")
    new = b'charset="%b"' % chance.choice(CHARSETS)
    if at < 0:
        raw[:0] = b"Content-Type: text/plain; %b\r\n" % new
    else:
        raw[at : at + chance.choice((8, 15, 20))] = new


def _encoding(chance: random.Random, raw: bytearray, others: Sequence[bytes]) -> None:
    raw[:0] = b"Content-Transfer-Encoding: %b\r\n" % chance.choice((b"base64", b"quoted-printable", b"x-uuencode", b""))


def _html(chance: random.Random, raw: bytearray, others: Sequence[bytes]) -> None:
    raw[:0] = b"Content-Type: text/html\r\n"


def _nest(chance: random.Random, raw: bytearray, others: Sequence[bytes]) -> None:
    kind = chance.choice((b"mixed", b"alternative", b"report", b"digest"))
    for level in range(chance.choice((1, 3, 60))):
        if len(raw) > SIZE_CAP:
            return
        raw[:0] = b'Subject: x\r\nContent-Type: multipart/%b; boundary="b%d"\r\n\r\n--b%d\r\n' % (kind, level, level)


def _line_ends(chance: random.Random, raw: bytearray, others: Sequence[bytes]) -> None:
    raw[:] = (
        bytes(raw).replace(b"\r\n", b"\n").replace(b"\n", chance.choice((b"\n", b"\r\n", b"\r", b"\n\r", b"\r\r\n")))
    )


MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _cut, _splice, _token, _repeat, _swap, _charset, _encoding, _html, _nest, _line_ends),
)


def mutated(seed: int, mails: Sequence[bytes]) -> bytes:
    """One of the mails, changed once or several times."""
    chance = random.Random(seed)
    raw = bytearray(chance.choice(mails)[:SIZE_CAP] or b"\n")
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        chance.choice(MUTATIONS)(chance, raw, mails)
        raw = raw[:SIZE_CAP] or bytearray(b"\n")
    return bytes(raw)
