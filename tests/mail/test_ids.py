"""Message ids in all the fields that hold them."""

from __future__ import annotations

import time

import pytest

from router.mail.ids import ID_CAP, message_ids


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<a@x>", ["a@x"]),
        (b"<a@x> <b@x>\t<c@x>", ["a@x", "b@x", "c@x"]),
        (b"<a@x><b@x>", ["a@x", "b@x"]),
        # once each, first place
        (b"<a@x> <b@x> <a@x>", ["a@x", "b@x"]),
        # case is kept: ids are compared as they are
        (b"<AbC@X>", ["AbC@X"]),
        # folded inside the brackets
        (b"<a\t b@x>", ["ab@x"]),
        # without brackets
        (b"a@x", ["a@x"]),
        (b"a1@x b2@x, c3@x", ["a1@x", "b2@x", "c3@x"]),
        (b"abc@x (their mail)", ["abc@x"]),
        # half a bracket
        (b"<a@x", ["a@x"]),
        (b"a@x>", ["a@x"]),
        # words around: prose of old mailers, whose address is no id
        (b'Your message of "Fri, 1 Jan 1999 10:00:00 GMT." <a@x>', ["a@x"]),
        (b"<a@x> from anna@example.com", ["a@x"]),
        (b"message from anna@example.com of Friday", []),
        (b"message 199901011000.AA1@x of Friday", ["199901011000.AA1@x"]),
        (b'Message from Anna <anna@x.example> of "Fri" <1.2@x>', ["1.2@x"]),
        (b"<ab.1@x> from Anna <anna@x.example>", ["ab.1@x"]),
        (b"Message from Anna <anna@x.example> of Friday", []),
        # ids without an "at"
        (b"<20080101.123>", ["20080101.123"]),
        (b"20080101.123", ["20080101.123"]),
        (b"none", []),
        # Exchange and others
        (b"<[b378@microsoft.com]>", ["[b378@microsoft.com]"]),
        # nothing
        (b"", []),
        (b"<>", []),
        (b"< >", []),
        # 8-bit and controls
        (b"<caf\xe9\x00@x>", ["caf\\xe9@x"]),
    ],
)
def test_ids_are_found_in_what_is_written(value, expected):
    """A lost id breaks a conversation; an invented one ties strangers together."""
    assert message_ids(value) == tuple(expected)


def test_long_references_keep_both_ends():
    """The root and the parents are at the ends."""
    found = message_ids(b" ".join(b"<%d@x>" % number for number in range(1_000)))

    assert len(found) == 100
    assert (found[0], found[49], found[50], found[-1]) == ("0@x", "49@x", "950@x", "999@x")


def test_a_long_id_is_cut():
    """An id goes into an index."""
    assert len(message_ids(b"<" + b"a" * 5_000 + b"@x>")[0]) == ID_CAP


@pytest.mark.parametrize("value", [b"<" * 60_000, b"<a" * 30_000, b"(" * 60_000, b"(a" * 30_000 + b")", b"@ " * 30_000])
def test_hostile_ids_are_read_at_once(value):
    """A value is read in the order of its length."""
    started = time.thread_time()
    message_ids(value)

    assert time.thread_time() - started < 0.3
