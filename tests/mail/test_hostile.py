"""Messages that were made to break a reader, and a hundred thousand that broke by themselves."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.mail.body import read_body
from router.mail.identity import content_id, digest, rebuilt_id
from router.mail.kind import classify
from router.mail.message import read


def analyse(raw: bytes) -> None:
    """All that is done with a received message."""
    message = read(raw)
    body = read_body(raw)
    classify(message, body, "")
    content_id(raw, message.header)
    rebuilt_id(message, body)
    digest(raw)
    # What is kept must be storable: SQLite and JSON refuse lone surrogates, PostgreSQL refuses NUL.
    kept = [message.subject, body.text, *body.attachments, *message.references, *message.message_ids]
    kept += [text for each in (*message.from_, *message.to, *message.cc) for text in (each.name, each.addr)]
    for text in kept:
        assert "\0" not in text
        text.encode("utf-8")


def nested(kind: bytes, levels: int) -> bytes:
    return b"".join(
        b'Content-Type: %b; boundary="%d"\r\n\r\n--%d\r\n' % (kind, level, level) for level in range(levels)
    )


HOSTILE = {
    # pitfall 58: headers the standard parser raises on
    "bracketed-id": b"Message-ID: <[b378@microsoft.com]>\n\nx",
    "comment-group": b"To: (c):\n\nx",
    "name-star": b"Content-Type: text/plain; name*\n\nx",
    "open-literal": b"To: a@[1.2.3\n\nx",
    "encoded-line-end": b"From: =?utf-8?q?a=0D=0ABcc:_x?= <a@x>\n\nx",
    # 59: the quadratic headers
    "semicolons": b"Content-Type: text/plain" + b";" * 200_000 + b"\n\nx",
    "semicolons-in-part": b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: a/b' + b";" * 250_000,
    "recipients": b"To: " + b", ".join(b"Customer %d <c%d@x.com>" % (n, n) for n in range(20_000)) + b"\n\nx",
    "parentheses": b"From: " + b"(" * 200_000 + b"\n\nx",
    "quotes": b"From: " + b'"\\' * 100_000 + b"\n\nx",
    "references": b"References: " + b"<a@x> " * 100_000 + b"\n\nx",
    "encoded-words": b"Subject: " + b"=?a?q?" * 50_000 + b"\n\nx",
    "parameters": b"Content-Type: a/b" + b'; a="\\' * 50_000 + b"\n\nx",
    # 60: recursion
    "nested": nested(b"multipart/mixed", 1_500) + b"\r\nx",
    "nested-messages": b"Content-Type: message/rfc822\r\n\r\n" * 1_500 + b"x",
    "nested-digests": nested(b"multipart/digest", 1_500),
    # 61, 66: charsets
    "raw-subject": b"Subject: caf\xe9\n\nx",
    "unknown-charset": b"Content-Type: text/plain; charset=unknown-8bit\n\n\xff",
    "nul-charset": b'Content-Type: text/plain; charset="a\x00b"\n\n\xff',
    "hex": b"Content-Type: text/plain; charset=hex\nSubject: =?hex?q?00?=\n\n00",
    "punycode": b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 250_000,
    "utf-7": b"Content-Type: text/plain; charset=utf-7\n\n" + b"+2AA-" * 50_000,
    "utf-16": b"Content-Type: text/plain; charset=utf-16\n\n" + b"\xd8\x00" * 100_000,
    # 63: differentials
    "bare-cr": b"Subject: a\rX-Injected: yes\r\n\r\nx",
    "no-colon": b"From: a@x\nnonsense\nMessage-ID: <a@x>\n\nx",
    "blank-first": b"\n\nFrom: a@x\n\nx",
    "mbox": b">From a@x Fri\nSubject : x\n\nx",
    # 64, 65
    "no-from": b"Subject: x\n\nx",
    "year": b"Date: Fri, 22 Feb 99999 10:00:00 +9999\n\nx",
    # 67, 68: sizes and numbers
    "nul": b"Subject: \x00\n\n" + b"\x00" * 250_000,
    "tiny-parts": b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\n" * 100_000,
    "one-line-of-boundaries": b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b" * 80_000,
    "fields": b"A: 1\n" * 300_000 + b"\nx",
    "folds": b"A: 1\n" + b" x\n" * 300_000 + b"\nx",
    "large": b"From: a@x\nDate: x\n\n" + b"x" * 30_000_000,
    "large-lf": b"From: a@x\nDate: x\n\n" + b"\n" * 30_000_000,
    # HTML
    "html-open": b"Content-Type: text/html\n\n" + b"<" * 250_000,
    "html-tags": b"Content-Type: text/html\n\n" + b"<p>" * 80_000,
    "html-comments": b"Content-Type: text/html\n\n" + b"<!--" * 60_000,
    "html-scripts": b"Content-Type: text/html\n\n" + b"<script></script>" * 15_000 + b"<script>" * 15_000,
    "html-heads": b"Content-Type: text/html\n\n" + b"<head>" * 40_000,
    "html-entities": b"Content-Type: text/html\n\n" + b"&" * 250_000,
    "html-digits": b"Content-Type: text/html\n\n&#" + b"9" * 200_000 + b"&#x" + b"f" * 40_000,
    "html-blanks": b"Content-Type: text/html\n\n" + b" " * 250_000,
    "html-lines": b"Content-Type: text/html\n\n" + b"<br>" * 60_000,
    # reports
    "report": b'Content-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: message/delivery-status\n\n'
    + b"Action"
    + b" " * 60_000
    + b"\n" * 60_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_message_is_read_at_once(raw):
    """One such message must not stop the mail of everybody else. Its own time counts, not that of its neighbours."""
    started = time.thread_time()
    analyse(raw)

    assert time.thread_time() - started < 1


SEED = (
    b"From a@x Fri Feb 22 10:00:00 2008\r\nReceived: by mx; Fri, 22 Feb 2008 10:00:00 +0200\r\n"
    b'From: "Berg, Anna" <anna@example.com> (c)\r\nTo: Friends: =?utf-8?q?J=C3=B6rg?= <j@x.com>, b@x;\r\n'
    b"Subject: =?iso-2022-jp?b?GyRCRnxLXBsoQg==?= x\r\n y\r\nDate: Fri, 22 Feb 2008 10:00:00 -0500 (EST)\r\n"
    b"Message-ID: <a.b@x>\r\nReferences: <r@y>\r\n <p@y>\r\nAuto-Submitted: auto-replied; x=y\r\n"
    b'Content-Type: multipart/report; report-type="delivery-status"; boundary="=_b"\r\n\r\nPreamble\r\n--=_b\r\n'
    b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>a=3D&euro;</p>\r\n"
    b"--=_b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--=_b\r\n"
    b"Content-Type: application/pdf; name*0*=utf-8''%C3%BC; name*1=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"AAAA\r\n--=_b\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nMETHOD:REPLY\r\n--=_b--\r\n"
)
PIECES = (
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"\0",
    b'"',
    b"(",
    b")",
    b"<",
    b">",
    b";",
    b":",
    b"=?",
    b"?=",
    b"\\",
    b"*",
    b"\xff",
)
PIECES += (b"--=_b", b"=?utf-8?q?", b"%", b"&#", b"<!--", b"charset=", b"'", b" ", b"9" * 20, b"Content-Type: ")


def mutated(seed: int) -> bytes:
    chance = random.Random(seed)
    raw = bytearray(SEED)
    for _ in range(chance.randrange(1, 30)):
        at = chance.randrange(len(raw))
        until = at + chance.choice((0, 0, 1, 5, 60))
        raw[at:until] = chance.choice((chance.choice(PIECES), bytes(raw[chance.randrange(len(raw)) :][:80]), b""))
    return bytes(raw) or b"x"


@pytest.mark.parametrize("block", range(4))
def test_no_mutation_makes_the_reading_raise(block):
    """No exception leaves this layer: the next message would not be read either."""
    for seed in range(block * 1_000, block * 1_000 + 1_000):
        analyse(mutated(seed))


@pytest.mark.soak
def test_no_mutation_of_a_hundred_thousand_makes_the_reading_raise():
    """The same for long enough to mean something."""
    for seed in range(100_000):
        analyse(mutated(seed))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=2_000))
def test_no_bytes_make_the_reading_raise(raw):
    """Whatever arrives is a message."""
    analyse(raw)


@settings(deadline=None)
@given(st.lists(st.sampled_from([*PIECES, *SEED.split(b"\r\n")]), max_size=60))
def test_no_shuffled_message_makes_the_reading_raise(pieces):
    """Real lines in an unreal order."""
    analyse(b"\r\n".join(pieces))
