"""Twice the mail takes about twice the time, whatever is in it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from router.mail.reading import read_mail
from router.mail.text.html import TAME_FROM

HEADER = b"From: a@x\nSubject: Re: x\nIn-Reply-To: <1@x>\nMIME-Version: 1.0\nContent-Type: "
PLAIN = HEADER + b"text/plain; charset=utf-8\n\n"
FLOWED = HEADER + b"text/plain; charset=utf-8; format=flowed\n\n"
HTML = HEADER + b"text/html; charset=utf-8\n\n"
ATTRIBUTION = b"On Mon, Nov 2, 2026 at 10:00 AM Kim <k@x.example> wrote:\n"


def of(header: bytes, piece: bytes, first: bytes = b"") -> Callable[[int], bytes]:
    """A mail of a given size that is made of one piece."""
    return lambda size: header + first + piece * (size // len(piece))


def parts(size: int, html: bytes) -> bytes:
    """A mail of parts, each of them just small enough to be parsed as it is."""
    assert len(html) < TAME_FROM
    part = b"--b\nContent-Type: text/html\n\n" + html + b"\n"
    return HEADER + b'multipart/mixed; boundary="b"\n\n' + part * (size // len(part))


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "newlines": of(PLAIN, b"\n"),
    "one-line": of(PLAIN, b"x"),
    "one-line-of-words": of(PLAIN, b"a ", b"On "),
    "one-line-of-colons": of(PLAIN, b": "),
    "one-line-of-marks": of(PLAIN, b">"),
    "one-line-of-sentences": of(PLAIN, b". "),
    "lines-with-colons": of(PLAIN, b"a:\n"),
    "quoted-lines": of(PLAIN, b"> a\n"),
    "deeper-quotes": lambda size: PLAIN + b"".join(b">" * (number % 400) + b"\n" for number in range(size // 200)),
    "attributions": of(PLAIN, ATTRIBUTION),
    "attributions-with-quotes": of(PLAIN, ATTRIBUTION + b"> a\n\nb\n"),
    "verbs": of(PLAIN, b"wrote:\n"),
    "digits": of(PLAIN, b"1. 2026 10:00 "),
    "header-lines": of(PLAIN, b"From: a@x\n"),
    "pairs-of-header-lines": of(PLAIN, b"From: a@x\nDate: 2 Nov 2026 10:00\n"),
    "forwards": of(PLAIN, b"---------- Forwarded message ----------\n> x\n"),
    "original-messages": of(PLAIN, b"x\n-----Original Message-----\n> x\n"),
    "delimiters": of(PLAIN, b"-- \n"),
    "rules": of(PLAIN, b"_" * 40 + b"\nmailing list\n"),
    "program-lines": of(PLAIN, b"Sent from my iPhone\n"),
    "names": of(PLAIN, b"\n-Kim\n"),
    "disclaimers": of(PLAIN, b"confidential intended recipient privileged disclosure in error\n\n"),
    "salutations": of(PLAIN, b"Hi,\n"),
    "joiners": of(PLAIN, "\u200d".encode()),
    "flowed": of(FLOWED, b"a \n"),
    "flowed-quotes": of(FLOWED, b"> a \n"),
    "div": of(HTML, b"<div>"),
    "blockquote": of(HTML, b"<blockquote>x"),
    "list": of(HTML, b"<ul><li>"),
    "table": of(HTML, b"<table><tr><td>x"),
    "paragraphs-in-fonts": lambda size: (
        HTML + b"".join(b"<font a=%d>" % n for n in range(size // 30)) + b"<p>" * (size // 8)
    ),
    "anchors": of(HTML, b"<a><div></a>"),
    "attributes": lambda size: HTML + b"<div " + b" ".join(b"a%d" % number for number in range(size // 7)) + b">",
    "attributes-of-a-long-name": lambda size: (
        HTML + b"<" + b"x" * 30 + b" " + b" ".join(b"a%d" % number for number in range(size // 7)) + b">"
    ),
    "attributes-of-quotes": of(HTML, b"<a b='"),
    "closing-nothing": of(HTML, b"</p>", b"<div>" * 3_000),
    "threads": of(HTML, b"<div class=gmail_quote>x"),
    "classes": of(HTML, b"<div class='" + b"x_yiv1" * 60 + b"'>x"),
    "styles": of(HTML, b"<div style='" + b"font-size:1px;max-height:0;" * 10 + b"'>x"),
    "lines-of-pre": of(HTML, b"\n", b"<pre>"),
    "entities": of(HTML, b"&#27;"),
    "parts-with-attributes": lambda size: parts(
        size, b"<div " + b" ".join(b"a%d" % number for number in range(5_000)) + b">x"
    ),
    "parts-with-lists": lambda size: parts(size, b"<ul><li>" * 4_000),
    "hidden": of(HTML, b"<div hidden>x"),
    "comments": of(HTML, b"<!--"),
    "conditional-comments": of(HTML, b"<!--[if x]>"),
}


def taken(raw: bytes) -> float:
    """Its processor time; the best of two, since the first pays for what is only made once."""
    times = []
    for _ in range(2):
        started = time.thread_time()
        read_mail(raw, len(raw), "")
        times.append(time.thread_time() - started)
    return min(times)


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_twice_the_mail_takes_about_twice_the_time(make):
    """What grows faster is a way to stop everybody's mail with a single one."""
    half, whole = taken(make(120_000)), taken(make(240_000))

    # Four times would be quadratic; a few milliseconds are noise.
    assert whole < 3.3 * half + 0.03
    assert whole < 1
