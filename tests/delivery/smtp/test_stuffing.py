"""Dots and the end of a mail on the wire."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.delivery.smtp.stuffing import Stuffing
from router.intake.stuffing import Stuffing as Unstuffing
from tests.bench.smtp import stuffed

LINES = st.lists(st.sampled_from([b"", b".", b"..", b".x", b"x.", b"x" * 30, b"\xe9", b"\0"]), max_size=12)


def wire(pieces: list[bytes]) -> bytes:
    """What goes out for these pieces."""
    stuffing = Stuffing()
    return b"".join([*map(stuffing.feed, pieces), stuffing.end()])


def cut(octets: bytes, places: list[int]) -> list[bytes]:
    """The octets in pieces; some of them may be empty."""
    edges = [0, *sorted(place % (len(octets) + 1) for place in places), len(octets)]
    return [octets[begin:end] for begin, end in itertools.pairwise(edges)]


@given(lines=LINES, places=st.lists(st.integers(0, 400), max_size=8))
def test_what_arrives_is_what_was_sent(lines: list[bytes], places: list[int]) -> None:
    """For any lines, cut anywhere: by a plain writing of the rule, and by the listener's own reader."""
    octets = b"".join(line + b"\r\n" for line in lines)
    sent = wire(cut(octets, places))

    assert sent == (stuffed(octets) if octets else b".\r\n")
    assert Unstuffing().feed(sent) == (octets, b"")


@pytest.mark.parametrize(
    ("octets", "sent"),
    [
        (b"", b".\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),  # the end of a mail in a mail
    ],
)
def test_a_mail_ends_on_a_line_of_its_own(octets: bytes, sent: bytes) -> None:
    """Whatever it is."""
    assert wire([octets]) == sent
    assert wire([octets[at : at + 1] for at in range(len(octets))]) == sent
