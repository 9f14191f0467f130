"""Large and suspicious mail is read in a process of its own, which may hang or die and costs nobody anything."""

import os
import signal
from collections.abc import Iterator

import pytest

from router.mail.kind import Kind
from router.mail.reading import read_mail
from router.routing.reader import Reader, suspicious
from router.store.content import SMALL, InMemory
from tests.store.driver import letter

LARGE = InMemory(letter(text="x" * 70 + "\r\n" + "y" * 400_000))


@pytest.fixture
def reader() -> Iterator[Reader]:
    """Its process ends with the test."""
    made = Reader(deadline=30.0)  # a busy machine is no reason to doubt the reader
    yield made
    made.close()


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (InMemory(letter()), False),
        (InMemory(b""), False),
        (LARGE, True),
        (InMemory(b"Subject: a\r\n" * 4000), True),  # a header of 48 kB that has no end
        (InMemory(b"Subject: a\r\n\r\n" + b"x" * (SMALL - 20)), False),
    ],
)
def test_what_is_large_or_has_an_endless_header_is_suspicious(content: InMemory, wanted: bool) -> None:
    """Everything else is read at once, where a process would only cost time."""
    assert suspicious(content) is wanted


def test_the_other_process_reads_what_this_one_would(reader: Reader) -> None:
    """Where a mail is read must not change what it says."""
    assert reader.read(LARGE, "kim@x") == read_mail(LARGE.head, LARGE.size, "kim@x")


def test_past_the_deadline_the_header_alone_is_used(reader: Reader) -> None:
    """Its copies go out, and rules that ask for the text cannot be told."""
    reader.read(LARGE, "kim@x")
    assert reader._process is not None
    os.kill(int(reader._process.pid or 0), signal.SIGSTOP)
    reader.deadline = 0.1
    found = reader.read(InMemory(b"Subject: Order\r\n" + b"X: a\r\n" * 6000), "kim@x")  # less than a pipe holds

    assert (found.message.subject, found.body.text, found.body.whole) == ("Order", "", False)
    assert found.body.defects == ("deadline",)
    assert found.verdict.kind is Kind.PERSON


def test_after_a_deadline_the_next_mail_is_read_by_a_new_process(reader: Reader) -> None:
    """One hostile mail must not spoil the reading of all others."""
    reader.deadline = 0.0
    reader.read(LARGE, "kim@x")
    reader.deadline = 30.0

    assert reader.read(LARGE, "kim@x").body.defects == ()


def test_a_process_that_was_killed_is_replaced(reader: Reader) -> None:
    """The kernel kills what takes too much memory."""
    reader.read(LARGE, "kim@x")
    assert reader._process is not None
    reader._process.kill()
    reader._process.join()

    assert reader.read(LARGE, "kim@x").body.defects == ()
