"""From bytes to text, whatever the message claims."""

from __future__ import annotations

import encodings

import pytest

from router.mail.charset import codec, decode


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        (b"plain", "", "plain"),
        ("Grüße".encode(), "utf-8", "Grüße"),
        # undeclared, and declared wrongly
        ("Grüße".encode(), "", "Grüße"),
        ("Grüße".encode(), "iso-8859-1", "Grüße"),
        ("Grüße".encode("latin-1"), "utf-8", "Grüße"),
        ("Grüße".encode("latin-1"), "us-ascii", "Grüße"),
        # Windows-1252 called Latin-1, as nearly always
        (b"\x93x\x94", "iso-8859-1", "“x”"),
        # charsets that are ASCII to the eye, or UTF-8 by accident
        ("日本".encode("iso-2022-jp"), "ISO-2022-JP", "日本"),
        ("模".encode("gb2312"), "GB2312", "模"),
        ("Привет".encode("koi8-r"), "KOI8-R", "Привет"),
        ("Привіт".encode("koi8-u"), "koi8-u", "Привіт"),
        ("שלום".encode("iso8859-8"), "iso-8859-8-i", "שלום"),
        # one broken byte does not spoil the rest
        ("日本".encode("shift_jis") + b"\x81", "shift_jis", "日本\ufffd"),
        # no charsets
        (b"6869", "hex", "6869"),
        (b"uryyb", "rot13", "uryyb"),
        (b"x", "unknown-8bit", "x"),
        (b"x", "\x00", "x"),
        (b"x", "", "x"),
        (b"xn--a", "punycode", "xn--a"),
        (b"\\x41", "unicode_escape", "\\x41"),
    ],
)
def test_text_is_read_by_a_fixed_chain(data, declared, text):
    """Real mail lies about its charset; a wrong word must never cost the message."""
    assert decode(data, declared) == text


@pytest.mark.parametrize("name", ["idna", "punycode", "hex", "rot13", "undefined", "mbcs", "zlib", "nonsense"])
def test_codecs_that_are_no_charsets_are_refused(name):
    """Some are quadratic, some are not text at all."""
    assert codec(name) is None


def test_unknown_names_do_not_reach_the_registry():
    """Python keeps every name it was ever asked for: a stream of invented charsets would fill the memory."""
    before = len(encodings._cache)
    for number in range(100):
        decode(b"\xfc", f"invented-{number}")

    assert len(encodings._cache) <= before + 1
