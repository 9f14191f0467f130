"""What a digest lists, in which order, under which numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from router.conversation.agenda import Waiter, agenda
from router.conversation.edition import Edition, Item, Kind, Section

MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)


def row(thread: str, hours: float, **parts: Any) -> Waiter:
    """Who has waited for so many hours."""
    at = MONDAY - timedelta(hours=hours)
    return Waiter(
        thread, ("support",), f"{thread}@customer.example", None, "", None, **{"since": at, "wrote": at} | parts
    )


def friday(*rows: Waiter, nights: int = 1) -> Edition:
    """The last edition, which listed these."""
    items = tuple(
        Item(number, one.thread, Section.NEW, one.listed_since, nights) for number, one in enumerate(rows, start=1)
    )
    at = MONDAY - timedelta(days=3)
    return Edition("friday", "d", Kind.NIGHTLY, "2026-11-20", at, at, ("anna@example.com",), items)


def told(found: Any) -> list[tuple[int, str, str, int]]:
    """Number, conversation, section and nights of each line."""
    return [(one.item.number, one.item.thread, one.item.section.value, one.item.nights) for one in found.entries]


def test_sections_have_their_order_and_the_longest_wait_comes_first_in_each() -> None:
    """Numbers run through all of them."""
    old = row("old", 90)
    rows = [
        row("thanks", 300, finished=True, again=1),
        row("young", 1),
        row("promised", 0, since=None, promise_due=MONDAY - timedelta(hours=200)),
        old,
        row("asked-twice", 2, again=1),
        row("older", 5),
        row("asked-thrice", 70, again=2),
    ]

    assert told(agenda(rows, friday(old))) == [
        (1, "asked-thrice", "again", 1),
        (2, "asked-twice", "again", 1),
        (3, "old", "still", 2),
        (4, "older", "new", 1),
        (5, "young", "new", 1),
        (6, "promised", "promised", 1),
        (7, "thanks", "finished", 1),
    ]


def test_a_wait_counts_its_nights_wherever_it_stands() -> None:
    """Who wrote again stays on top, and is not new."""
    rows = [row("a", 90, again=1), row("b", 80), row("c", 70, finished=True)]

    assert told(agenda(rows, friday(*rows, nights=4))) == [
        (1, "a", "again", 5),
        (2, "b", "still", 5),
        (3, "c", "finished", 5),
    ]


def test_a_later_wait_of_the_same_conversation_is_another_one() -> None:
    """It was answered in between: its nights begin anew, and it is not told as cleared."""
    found = agenda([row("a", 5)], friday(row("a", 90), row("b", 80)))

    assert told(found) == [(1, "a", "new", 1)]
    assert [item.thread for item in found.gone] == ["b"]


def test_a_merged_conversation_keeps_its_nights() -> None:
    """Under today's name."""
    found = agenda([row("b", 90)], friday(row("a", 90)), {"a": "b"})

    assert told(found) == [(1, "b", "still", 2)]
    assert found.gone == ()


def test_of_whom_nothing_can_be_said_any_more_nobody_says_that_he_was_cleared() -> None:
    """The mailbox has gone blind."""
    assert agenda([], friday(row("a", 90)), unseen=["a"]).gone == ()


def test_only_who_waits_is_counted_as_waiting() -> None:
    """Neither a promise nor thanks."""
    rows = [row("a", 5), row("b", 5, finished=True), row("c", 0, since=None, promise_due=MONDAY)]

    assert [entry.row.thread for entry in agenda(rows).waiting] == ["a"]
    assert [item.number for item in agenda(rows).items] == [1, 2, 3]
