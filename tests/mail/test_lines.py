"""Line ends, found and mended in pieces."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.mail.lines import canonical, canonical_header, scan

LINES = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"\0", b"\xff", b"x" * 500, b"y" * 998]), max_size=30)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(LINES, st.integers(1, 1200))
def test_every_line_is_ended_by_crlf_wherever_the_pieces_are_cut(lines: list[bytes], size: int) -> None:
    """A repeat is read in other pieces: from memory first, from the database later."""
    data = b"".join(lines)
    expected = re.sub(rb"\r\n|\r|\n", b"\r\n", data)

    assert expected == b"".join(canonical(cut(data, size)))
    assert len(expected) == scan(cut(data, size)).canonical_size


@given(LINES, st.integers(1, 1200))
def test_what_is_found_does_not_depend_on_where_the_pieces_are_cut(lines: list[bytes], size: int) -> None:
    """Else the same mail would go out in two forms."""
    data = b"".join(lines)
    found = scan(cut(data, size))

    assert found == scan([data])
    assert found.bare == len(re.findall(rb"\r(?!\n)|(?<!\r)\n", data))
    assert found.nul == (b"\0" in data)
    assert found.eight_bit == (b"\xff" in data)


@given(st.lists(st.integers(0, 1100), max_size=12), st.integers(1, 3000))
def test_a_line_is_long_from_999_octets_on(lengths: list[int], size: int) -> None:
    """RFC 5322 section 2.1.1 counts without the line end."""
    data = b"".join(b"x" * length + b"\r\n" for length in lengths)

    assert scan(cut(data, size)).long == any(length > 998 for length in lengths)
    assert scan(cut(data + b"x" * 998, size)).long == any(length > 998 for length in lengths)
    assert scan(cut(data + b"x" * 999, size)).long


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"A: 1\r\nB: 2\r\n", b"A: 1\r\nB: 2\r\n"),
        (b"A: 1\nB: 2\n", b"A: 1\r\nB: 2\r\n"),
        (b"A: 1\rB: 2\r\n", b"A: 1 B: 2\r\n"),  # nobody on the way has seen a field B
        (b"A: 1\r\r\nB: 2\r\r\n", b"A: 1\r\nB: 2\r\n"),  # nor an end of the header
        (b"A: 1\r", b"A: 1"),
    ],
)
def test_a_bare_cr_makes_no_field(header: bytes, expected: bytes) -> None:
    """What stands behind it would be believed by the next server, and was checked by none."""
    assert expected == canonical_header(header)
