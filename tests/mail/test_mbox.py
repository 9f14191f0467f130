"""Several mails in one file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.mail.mbox import messages

FROM = b"From kim@customer.example Fri Nov 20 12:00:00 2026\n"
ONE = b"Subject: 1\n\nOne\n"
TWO = b"Subject: 2\n\nTwo\n"


@pytest.mark.parametrize(
    ("content", "mails"),
    [
        (ONE, [ONE]),  # no mbox at all
        (b"", [b""]),
        (FROM + ONE, [ONE]),
        (FROM + ONE + b"\n" + FROM + TWO, [ONE, TWO]),
        (FROM + ONE + b"\n" + FROM + TWO + b"\n", [ONE, TWO]),  # the empty line behind the last one is none of it
        (FROM.replace(b"\n", b"\r\n") + b"A: 1\r\n\r\nx\r\n\r\n" + FROM + TWO, [b"A: 1\r\n\r\nx\r\n", TWO]),
        (FROM + FROM + ONE, [FROM + ONE]),  # a separator stands behind an empty line
        (FROM + b"A: 1\n\n" + FROM + TWO, [b"A: 1\n", TWO]),  # an empty mail
        # A line of text that begins with From: no time and year, or no empty line before it.
        (FROM + b"A: 1\n\nx\n\nFrom now on we wait.\n", [b"A: 1\n\nx\n\nFrom now on we wait.\n"]),
        (FROM + b"A: 1\n\nx\nFrom a@b Fri 10:00 2026\n", [b"A: 1\n\nx\nFrom a@b Fri 10:00 2026\n"]),
        (FROM + b"A: 1\n\n>From quoted\n", [b"A: 1\n\n>From quoted\n"]),  # left as it stands
        (b"From: kim@x\n\nFrom you\n", [b"From: kim@x\n\nFrom you\n"]),  # a header is no separator
        (b"From nobody 10:00", [b"From nobody 10:00"]),  # nor is a line without an end
    ],
)
def test_the_mails_of_a_file(content: bytes, mails: list[bytes]) -> None:
    """Byte by byte, without the separators."""
    assert mails == list(messages(content))


@given(st.lists(st.binary(max_size=50).filter(lambda mail: b"From " not in mail), min_size=1, max_size=5))
def test_mails_that_were_joined_come_apart_again(mails: list[bytes]) -> None:
    """Whatever bytes they hold."""
    mails = [mail + b".\n" for mail in mails]
    joined = b"\n".join(FROM + mail for mail in mails)

    assert mails == list(messages(joined))


@given(st.binary(max_size=300))
def test_no_file_is_an_error(content: bytes) -> None:
    """`explain` takes whatever it is given."""
    assert list(messages(content))
    assert list(messages(FROM + content))


def test_a_file_full_of_lookalikes_is_read_in_no_time() -> None:
    """A search that begins anew at each of them would take hours."""
    content = FROM + b"\nFrom " * 200_000

    assert len(list(messages(content))) == 1
