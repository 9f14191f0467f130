"""Header fields that are renamed where they stand."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.mail.fields import find, header_end, renamed, value, without_separators

PARTS = [
    b"From: a@x\r\n",
    b"from :\r\n b@x\r\n",
    b"X-From: c\r\n",
    b"nonsense\r\n",
    b" From: d@x\r\n",
    b"\tx\r\n",
    b"FROM:\r\n",
]


@given(st.lists(st.sampled_from(PARTS), max_size=20))
def test_only_the_names_change(parts: list[bytes]) -> None:
    """Order, folding and garbage stay as they came."""
    changed = renamed(b"".join(parts), ["from"], b"X-Old-")

    assert changed == b"".join(b"X-Old-" + part if part.lower().startswith(b"from") else part for part in parts)


def test_a_folded_value_is_read_to_its_end() -> None:
    """And no further."""
    header = b"A: 1\r\nDelivered-To:\r\n support@\r\n\texample.com \r\nB: 2\r\n"

    assert [value(header, one) for one in find(header, ["delivered-to"])] == [b"support@\texample.com"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"A: 1\r\n\r\nx\n\ny", 6),
        (b"A: 1\n\nx\n\r\ny", 5),
        (b"A: 1\n\r\nx", 5),
        (b"\r\nx", 0),
        (b"\nx", 0),
        (b"A: 1\r\n", -1),
        (b"", -1),
    ],
)
def test_the_header_ends_at_the_first_blank_line(head: bytes, expected: int) -> None:
    """Whichever line ends it has."""
    assert expected == header_end(head)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"From jane Fri\r\nA: 1\r\n", b"X-Mailbox-Line: From jane Fri\r\nA: 1\r\n"),
        (b">From x\r\nFrom y\r\nA: 1\r\n", b"X-Mailbox-Line: >From x\r\nX-Mailbox-Line: From y\r\nA: 1\r\n"),
        (b"From : a@x\r\n", b"From : a@x\r\n"),
        (b"A: 1\r\nFrom x\r\n", b"A: 1\r\nFrom x\r\n"),
        (b"From x", b"X-Mailbox-Line: From x"),
    ],
)
def test_a_mailbox_line_at_the_top_becomes_a_field(header: bytes, expected: bytes) -> None:
    """Behind our lines it would end the header."""
    assert expected == without_separators(header)


@pytest.mark.parametrize(
    "header", [b"From: x\r\n" * 28_000, b"From" * 64_000, b"From:" + b"\r\n x" * 64_000, b"\n" * 256_000]
)
def test_a_hostile_header_is_done_at_once(header: bytes) -> None:
    """Its size is bounded, its contents are not."""
    started = time.process_time()
    renamed(header, ["from"], b"X-", only=bool)

    assert time.process_time() - started < 1
