"""The text of header values."""

from __future__ import annotations

import time

import pytest

from router.mail.words import TEXT_CAP, clean, clean_lines, decode


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"Hello", "Hello"),
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"),
        (b"=?iso-8859-1*de?Q?Gr=FC=DFe?= x", "Grüße x"),
        # white space between words is not shown, between a word and text it is
        (b"=?utf-8?q?a?= \r\n =?utf-8?q?b?=", "ab"),
        (b"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        (b"Re: =?utf-8?q?a?=", "Re: a"),
        # an underscore is a space
        (b"=?utf-8?q?a_b?=", "a b"),
        # a character cut in two between words
        (b"=?utf-8?b?w7w=?= =?utf-8?q?=C3?= =?utf-8?q?=BC?=", "üü"),
        # raw 8-bit, in both families
        (b"caf\xe9", "café"),
        ("café".encode(), "café"),
        (b"caf\xe9 =?utf-8?q?=C3=BC?=", "café ü"),
        # base64 without padding, with one character too many, with rubbish
        (b"=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
        (b"=?utf-8?b?YWJjZ?=", "abc"),
        (b"=?utf-8?b?****?=", ""),
        # unencoded spaces inside a word
        (b"=?utf-8?q?a b c?=", "a b c"),
        # a quoted-printable word that begins with an equals sign, and an empty one
        (b"=?utf-8?q?=41?=", "A"),
        (b"=?utf-8?q??=", ""),
        # no words, though they look like it
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        (b"=?utf-8?q?abc", "=?utf-8?q?abc"),
        (b"what=?", "what=?"),
        # unknown charset, and one that is no charset
        (b"=?nonsense?q?abc=FC?=", "abcü"),
        (b"=?hex?q?6869?=", "6869"),
        # nothing that controls a terminal or turns a line around gets out, encoded or not
        (b"a\x00b\x1b[31mc", "ab[31mc"),
        (b"=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
        ("a\u202eb\u2066c\u0085d".encode(), "abc d"),
        (b"=?utf-7?q?+2AA-?=", "\ufffd"),
        (b"a\r\n\t b", "a b"),
    ],
)
def test_a_value_becomes_clean_text(value, text):
    """Subjects and names go into digests, logs and terminals."""
    assert decode(value) == text


def test_a_value_is_capped():
    """A subject of a megabyte is nobody's subject."""
    assert len(decode(b"x" * 1_000_000)) == TEXT_CAP


def test_lines_keep_their_lines():
    """The text of a body is cleaned without becoming one line."""
    assert clean_lines("a\r\nb\rc\td\x00\x1b\ud800") == "a\nb\nc\td\ufffd"
    assert clean("a\r\nb\rc\td\x00\x1b\ud800") == "a b c d\ufffd"


@pytest.mark.parametrize(
    "value",
    [
        b"=?a?q?" * 20_000,
        b"=?" * 50_000,
        b"=?utf-8?q?a?= " * 10_000,
        b"=?utf-8?b?" + b"A" * 100_000,
        b"=?" + b"a" * 100_000,
        b" " * 100_000 + b"=?utf-8?q?a?=",
        b"=?utf-8?q?a?=" + b" " * 100_000 + b"x",
        b"=?idna?q?" + b"xn--" * 20_000 + b"?=",
        b"=?punycode?q?" + b"a" * 60_000 + b"?=",
    ],
)
def test_hostile_words_are_read_at_once(value):
    """A value is read in the order of its length."""
    started = time.thread_time()
    decode(value)

    assert time.thread_time() - started < 0.5
