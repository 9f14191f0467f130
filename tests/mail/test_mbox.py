"""Several mails in one file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.mail import mbox
from router.mail.mbox import Span, messages, spans, unquoted

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


WRITTEN = b"Received: from a by b; Fri, 20 Nov 2026 12:00:00 +0000\nFrom: kim@x\n\nOne\n"
DAMAGED = [
    (FROM + WRITTEN + FROM + WRITTEN, "no empty line in front of a separator"),
    (b"From kim@x\n" + WRITTEN + b"\nFrom kim@x\n" + WRITTEN, "no date"),
    (b"From kim@x 2026-11-20 12:00:00\n" + WRITTEN + b"\nFrom kim@x 2026-11-20 12:00:00\n" + WRITTEN, "another date"),
    (b"\xef\xbb\xbf" + FROM + WRITTEN + b"\n" + FROM + WRITTEN, "a byte order mark that an editor has put there"),
    (b"\n\n" + FROM + WRITTEN + b"\n" + FROM + WRITTEN, "empty lines at the top"),
]


@pytest.mark.parametrize(("content", "why"), DAMAGED, ids=[why for _, why in DAMAGED])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_header_tells_a_separator_that_is_damaged(content: bytes, why: str, end: bytes) -> None:
    """Else all mails of the file but the first would be lost in its text, and nobody would be told."""
    assert list(messages(content.replace(b"\n", end))) == [WRITTEN.replace(b"\n", end)] * 2, why


@pytest.mark.parametrize(
    "text",
    [
        b"One\n\nFrom Monday on:\nTo: Rome\n",  # what people write above a list
        b"One\nFrom Monday on\nFrom: the start\n",  # neither a date nor an empty line
        b"One\n\n>From kim@x\nReceived: by y\n",  # quoted
    ],
)
def test_text_that_looks_a_little_like_a_separator_is_text(text: bytes) -> None:
    """One sign is none."""
    assert list(messages(FROM + WRITTEN + text)) == [WRITTEN + text]


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


def found(content: bytes) -> list[Span]:
    """Where its mails stand."""
    return list(spans(lambda at, size: content[at : at + size], len(content)))


def told(body: bytes, length: int | None = None) -> bytes:
    """A mail that tells its length."""
    return b"Subject: 1\nContent-Length: %d\n\n" % (len(body) if length is None else length) + body


LOOKALIKE = b"One\n\n" + FROM + b"Two\n"


@pytest.mark.parametrize(
    ("content", "mails", "why"),
    [
        (FROM + told(LOOKALIKE) + b"\n" + FROM + TWO, [told(LOOKALIKE), TWO], "what looks like a separator is text"),
        (FROM + told(LOOKALIKE) + FROM + TWO, [told(LOOKALIKE), TWO], "no empty line in front of the separator"),
        (FROM + told(LOOKALIKE), [told(LOOKALIKE)], "the last mail"),
        (FROM + told(LOOKALIKE) + b"\n", [told(LOOKALIKE)], "the last mail, and an empty line"),
        (
            FROM + told(b"One\n", 2) + b"\n" + FROM + TWO,
            [told(b"One\n", 2), TWO],
            "a length that leads into the text is wrong",
        ),
        (FROM + told(b"One\n", 9999) + b"\n" + FROM + TWO, [told(b"One\n", 9999), TWO], "and one that leads beyond"),
    ],
)
def test_a_mail_that_tells_its_length_ends_there(content: bytes, mails: list[bytes], why: str) -> None:
    """mboxcl: its text may hold whatever it likes. Only a length that is confirmed counts."""
    assert [content[span.start : span.end] for span in found(content)] == mails, why


def test_a_separator_tells_the_date() -> None:
    """With and without a zone, and as Thunderbird writes it."""
    dates = (b"Fri Nov 20 12:00:00 2026", b"Fri Nov 20 12:00:00 +0000 2026")
    content = (
        b"\n".join(b"From kim@x %s\n" % date + ONE for date in dates) + b"\nFrom - Mon Jan  5 00:00:01 2026\n" + ONE
    )

    assert [span.date for span in found(content)] == [*dates, b"Mon Jan  5 00:00:01 2026"]


@pytest.mark.parametrize("window", [300, 301, 302, 303, 304, 1000])
def test_a_window_may_end_anywhere(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    """Large files are looked at piece by piece."""
    content = b"\n".join(FROM + ONE * number for number in range(1, 60))
    whole = found(content)
    monkeypatch.setattr(mbox, "WINDOW", window)

    assert found(content) == whole
    assert len(whole) == 59


def test_whoever_leaves_a_from_line_bare_quotes_none() -> None:
    """Then a line that begins with ">From " was written so."""
    content = FROM + ONE + b"From here\n>From there\n\n" + FROM + TWO + b">From there\n"

    assert [span.bare for span in found(content)] == [True, False]


@pytest.mark.parametrize(
    ("raw", "expected", "why"),
    [
        (b"A: 1\n\nx\n>From you\n", b"A: 1\n\nx\nFrom you\n", "what every writer quotes"),
        (b"A: 1\n\n>From you\n", b"A: 1\n\nFrom you\n", "in the first line of the text"),
        (b"A: 1\r\n\r\n>From you\r\n", b"A: 1\r\n\r\nFrom you\r\n", "with other line ends"),
        (b"A: 1\n\n>>From you\n", b"A: 1\n\n>From you\n", "mboxrd: one goes"),
        (b"A: 1\n>From you\nB: 2\n\nx\n", b"A: 1\n>From you\nB: 2\n\nx\n", "not in the header"),
        (b"A: 1\n\nx >From you\n> From\n>From:\n", b"A: 1\n\nx >From you\n> From\n>From:\n", "no such line"),
        (b"A: 1\n\nx\n>From ", b"A: 1\n\nx\nFrom ", "at the very end"),
        (b"A: 1\n", b"A: 1\n", "a header alone"),
        (b"", b"", "nothing"),
    ],
)
def test_quoting_is_taken_away(raw: bytes, expected: bytes, why: str) -> None:
    """So that it is the mail that came in live; wherever it is cut into pieces."""
    for cut in range(1, max(len(raw), 2)):
        assert b"".join(unquoted([raw[:cut], raw[cut:]])) == expected, f"{why}, cut at {cut}"
    assert b"".join(unquoted(raw[at : at + 1] for at in range(len(raw)))) == expected, why
