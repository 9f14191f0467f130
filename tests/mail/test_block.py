"""The lines that we put before a copy."""

import re
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.mail.block import block
from router.mail.header import split
from router.mail.words import decode


def test_fields_stand_in_their_order_with_crlf() -> None:
    """As they go over the wire."""
    assert block([("X-Router-Kind", "person"), ("X-Router-Rule", "all")]) == (
        b"X-Router-Kind: person\r\nX-Router-Rule: all\r\n"
    )


@pytest.mark.parametrize("value", ["", " ", "\r\n", "a\r\nBcc: x@y", "a\nb", "a\x00b", "\x1b[31m", "ä\r\nö", "\udc80"])
def test_no_value_begins_a_field_of_its_own(value: str) -> None:
    """A rule or an address with a line end in it must not write headers."""
    lines = block([("X-A", value), ("X-B", "b")]).split(b"\r\n")

    assert [line[:4] for line in lines if not line.startswith(b" ")] == [b"X-A:", b"X-B:", b""]
    assert b"\n" not in b"".join(lines)


@given(st.lists(st.text(max_size=300), min_size=1, max_size=4))
def test_every_value_is_ascii_in_folded_lines(values: list[str]) -> None:
    """RFC 5322 section 2.1.1: no line over 998 octets, and 78 recommended; nothing breaks a signature check."""
    made = block([("X-Router-Rule", value) for value in values])

    assert made.isascii()
    assert all(re.fullmatch(rb"(X-Router-Rule:| ).*", line) for line in made.split(b"\r\n")[:-1])
    assert all(byte >= 32 for byte in made.replace(b"\r\n", b""))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=400))
def test_encoded_values_are_read_back_as_they_were(value: str) -> None:
    """By us and by Python's own reader: a customer's name in Chinese stays one."""
    made = block([("X-Router-Rule", value + "ä")])

    assert decode(split(made + b"\r\n").first("x-router-rule") or b"") == value + "ä"
    assert message_from_bytes(made + b"\r\n", policy=default)["x-router-rule"] == value + "ä"


@pytest.mark.parametrize("value", ["a b " * 1000, "ä" * 2000, "我" * 700])
def test_long_values_are_folded_within_78_octets(value: str) -> None:
    """Some servers refuse longer lines, and with them the copy."""
    assert max(map(len, block([("X-Router-Copied-To", value)]).split(b"\r\n"))) <= 78


def test_a_word_without_a_space_is_folded_too() -> None:
    """The name of a rule may be one; 998 octets is what every server takes at most."""
    assert max(map(len, block([("X-Router-Rule", "x" * 1200)]).split(b"\r\n"))) <= 998


def test_what_looks_like_an_encoded_word_is_shown_as_it_is() -> None:
    """And not as what it would be decoded to: a line end, say."""
    made = block([("X-Router-Rule", "=?utf-8?q?a=0D=0Ab?=")])

    assert decode(split(made + b"\r\n").first("x-router-rule") or b"") == "=?utf-8?q?a=0D=0Ab?="
