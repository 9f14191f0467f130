"""`router lookback` over imported mail."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.bench.installation import configuration
from tests.cli.conftest import Run
from tests.cli.past import ANNA, answer, imported, question
from tests.store.desk import opened

CONFIGURATION = configuration(1).replace(
    'addresses = ["support@example.com"]', 'addresses = ["support@example.com"]\nhours = "office"'
)
MORE = """
[[mailbox]]
addresses = ["shop@example.com"]
[[hours]]
name = "office"
open = { mon-fri = "09:00-17:00" }
"""
GOALS = """
[[goal]]
name = "first reply"
mailboxes = ["support"]
within = "2h"
share = 0.9
[[goal]]
name = "next morning"
within = "16h"
clock = "customer"
measure = "every-reply"
share = 0.8
"""
FRIDAY = datetime(2025, 10, 24, 15, tzinfo=UTC)  # 16:00 in London, and the clocks are put back on Sunday
NO_FIGURES = {"median_seconds": None, "p95_seconds": None, "longest_seconds": None}


@pytest.fixture
def past(run: Run, tmp_path: Path) -> Callable[..., None]:
    """Imports letters and answers of a mailbox; without answers none has ever been seen."""
    (tmp_path / "router.toml").write_text(CONFIGURATION + MORE + GOALS)
    with opened(tmp_path):
        pass

    def put(inbox: Iterable[bytes], sent: Iterable[bytes] = (), mailbox: str = "support") -> None:
        imported(run, tmp_path, mailbox, inbox, sent)

    return put


def looked(run: Run, *options: str) -> dict[str | None, dict[str, Any]]:
    """What it says, by mailbox."""
    return {row["mailbox"]: row for row in run("lookback", "--since", "2025-10-01", "--json", *options).rows}


def ten(first: int = 0) -> tuple[list[bytes], list[bytes]]:
    """Ten letters of a Tuesday morning, of which nine were answered within the hour, and one after nine hours."""
    tuesday = datetime(2025, 10, 28, 9, tzinfo=UTC)
    numbers = range(first, first + 10)
    took = {first + 9: timedelta(hours=9)}
    return (
        [question(number, tuesday) for number in numbers],
        [answer(number, tuesday + took.get(number, timedelta(minutes=50))) for number in numbers],
    )


def test_a_week_end_and_a_change_of_the_clocks_stand_on_both_clocks(run: Run, past: Any) -> None:
    """From Friday 16:00 to Monday 10:00: sixty-seven hours for the customer, two for us."""
    past([question(1, FRIDAY)], [answer(1, FRIDAY + timedelta(hours=67))])
    row = looked(run)["support"]

    assert row["customer"] == dict.fromkeys(NO_FIGURES, 67 * 3600)
    assert row["service"] == dict.fromkeys(NO_FIGURES, 2 * 3600)
    assert {one["limit_seconds"] // 3600: (one["customer_share"], one["service_share"]) for one in row["within"]} == {
        **{1: (0.0, 0.0), 2: (0.0, 1.0), 4: (0.0, 1.0), 8: (0.0, 1.0), 16: (0.0, 1.0), 24: (0.0, 1.0)},
        **{48: (0.0, 1.0), 96: (1.0, 1.0), 168: (1.0, 1.0), 336: (1.0, 1.0)},
    }
    assert row["attainable"] == {"within_seconds": 7200, "clock": "service", "share": 1.0}
    assert [(goal["goal"], goal["share"], goal["target"]) for goal in row["goals"]] == [
        ("first reply", 1.0, 0.9),
        ("next morning", 0.0, 0.8),
    ]


def test_the_figures_have_the_keys_of_the_contract(run: Run, past: Any) -> None:
    """One answered, one answered and wrote again, which waits since a year."""
    past(
        [
            question(1, FRIDAY),
            question(2, FRIDAY),
            question(3, FRIDAY + timedelta(days=4), From="kim2@customer.example", In_Reply_To="<a2@customer.example>"),
            question(4, FRIDAY + timedelta(days=5), From="kim2@customer.example", In_Reply_To="<3@customer.example>"),
        ],
        [answer(1, FRIDAY + timedelta(hours=1)), answer(2, FRIDAY + timedelta(hours=3))],
    )
    row = looked(run, "--mailbox", "support")["support"]
    (lost,) = row["unanswered"]

    assert {key: row[key] for key in ("letters", "answered", "waiting", "never_answered", "again", "reminders")} == {
        **{"letters": 3, "answered": 2, "waiting": 0, "never_answered": 1, "again": 1, "reminders": 1}
    }
    assert (row["unknown"], row["since"]) == (None, "2025-09-30T23:00:00.000Z")
    assert (lost["customer"], lost["subject"], lost["letters"]) == ("kim2@customer.example", "Order 3", 2)
    assert (lost["waiting_since"], lost["answered"]) == ("2025-10-28T15:00:00.000Z", None)
    since = datetime.fromisoformat(lost["waiting_since"])
    assert lost["waited_seconds"] == int((datetime.fromisoformat(row["until"]) - since).total_seconds())
    assert run("thread", lost["thread"], "--json").rows[0]["customer"] == "kim2@customer.example"
    assert [(one["customer"], one["answered_by"]) for one in row["longest"]] == [
        ("kim2@customer.example", None),
        ("kim2@customer.example", ANNA),
        ("kim1@customer.example", ANNA),
    ]


@pytest.mark.parametrize(
    ("since", "letters"),
    [("2025-10-24", 1), ("2025-10-25", 0), ("2025-10-24T15:00:00Z", 1), ("2025-10-24T15:00:01Z", 0), ("3650d", 1)],
)
def test_the_receipt_decides_whether_a_letter_is_of_the_period(run: Run, past: Any, since: str, letters: int) -> None:
    """Its answer may be of another day."""
    past([question(1, FRIDAY)], [answer(1, FRIDAY + timedelta(days=3))])

    (row,) = run("lookback", "--since", since, "--mailbox", "support", "--json").rows
    assert row["letters"] == letters


def test_a_letter_after_an_earlier_answer_is_told_as_one(run: Run, past: Any) -> None:
    """The story begins before the period does."""
    again = question(3, FRIDAY + timedelta(days=9), From="kim1@customer.example", In_Reply_To="<a1@customer.example>")
    past([question(1, FRIDAY), again], [answer(1, FRIDAY + timedelta(hours=1))])
    (row,) = run("lookback", "--since", "2025-11-01", "--mailbox", "support", "--json").rows

    assert (row["letters"], row["again"]) == (1, 1)


def test_where_no_answer_was_ever_seen_nothing_is_said(run: Run, past: Any) -> None:
    """But how to show them; a mailbox that can be seen has its figures."""
    past([question(1, FRIDAY)], [answer(1, FRIDAY + timedelta(hours=1))])
    past([question(2, FRIDAY, To="shop@example.com")], mailbox="shop")
    rows, out = looked(run), run("lookback", "--since", "2025-10-01").out

    assert [*rows] == ["shop", "support"]  # no sum of what is known and what is not
    assert (rows["shop"]["unknown"], rows["support"]["unknown"]) == ("no-source", None)
    assert (rows["shop"]["letters"], rows["shop"]["never_answered"]) == (1, None)
    assert (rows["shop"]["customer"], rows["shop"]["unanswered"]) == (NO_FIGURES, [])
    assert "shop: THE STATE IS UNKNOWN" in out.splitlines()[2]
    assert "router import --mailbox shop --sent PATH" in out
    assert "shop-sent@router.example.com" in out


def test_few_answers_are_told_before_anything_else(run: Run, past: Any) -> None:
    """Three of ten; with --unknown the figures follow."""
    inbox, sent = ten()
    past(inbox, sent[:3])
    row, out = looked(run)["support"], run("lookback", "--since", "2025-10-01").out
    figures = run("lookback", "--since", "2025-10-01", "--unknown").out

    assert (row["unknown"], row["letters"], row["answered"], row["attainable"]) == ("few-answers", 10, 3, None)
    assert "3 of 10 letters show one" in out
    assert "working hours" not in out
    assert figures.index("THE STATE IS UNKNOWN") < figures.index("10 letters needed an answer")
    assert looked(run, "--unknown")["support"]["never_answered"] == 7


def test_what_a_person_settled_is_counted_apart(run: Run, past: Any) -> None:
    """`close` and `never` are no answers, `phoned` is one; the clock of a telephone call is its own."""
    inbox, sent = ten()
    past(inbox, sent[:7])
    for number, word in ((7, "close"), (8, "never"), (9, "phoned")):
        assert run(word, f"<{number}@customer.example>", "--by", ANNA).code == 0
    row = looked(run)["support"]

    assert (row["letters"], row["answered"], row["settled"], row["never_answered"]) == (8, 8, 2, 0)
    assert row["longest"][0]["customer"] == "kim9@customer.example"
    assert "2 more ended without an answer by a person's word" in run("lookback", "--since", "2025-10-01").out


def test_several_mailboxes_are_also_told_together(run: Run, past: Any) -> None:
    """Each wait on the clock of its own mailbox."""
    past(*ten())
    past(
        [question(50, FRIDAY, To="shop@example.com")],
        [answer(50, FRIDAY + timedelta(hours=67))],
        mailbox="shop",
    )
    rows = looked(run)

    assert [*rows] == ["shop", "support", None]
    assert (rows["shop"]["service"]["longest_seconds"], rows["support"]["service"]["longest_seconds"]) == (
        67 * 3600,
        8 * 3600,
    )
    assert (rows[None]["letters"], rows[None]["service"]["longest_seconds"]) == (11, 67 * 3600)
    assert [one["mailbox"] for one in rows[None]["longest"][:2]] == ["shop", "support"]
    assert [(one["goal"], one["share"]) for one in rows[None]["goals"]] == [
        ("next morning", 0.909),
        ("first reply", 0.9),
    ]


def test_it_reads_well_on_a_terminal(run: Run, past: Any) -> None:
    """Within 80 columns, however long names are; with a goal to copy."""
    inbox, sent = ten()
    long = question(77, FRIDAY, From=f"{'k' * 60}@customer.example", Subject="Where is my order? " * 9)
    past([*inbox, long], sent)
    out = run("lookback", "--since", "2025-10-01").out
    lines = out.splitlines()

    assert max(map(len, lines)) <= 80
    assert "  11 letters needed an answer: 10 answered, 0 waiting, 1 never answered" in lines
    assert "              1 h   ████████████████░░░░  81 %    ████████████████░░░░  81 %" in lines
    assert "              8 h   ████████████████░░░░  81 %    ██████████████████░░  90 %" in lines
    assert "  With 8 working hours you would have kept 90 %." in lines
    assert '  An attainable [[goal]]: within = "8h", share = 0.9, measure = "every-reply"' in lines
    assert "  Goal “first reply”, 2 h of working hours for 90 %: 81 %, missed" in lines
    assert "  Goal “next morning”, 16 h of the customer's time for 80 %: 90 %, kept" in lines
    (lost,) = [line for line in lines if "kkk" in line]
    assert lost.endswith("kkkkkkkkkkkkkkkkkkkkkkkkk…  Where is my order? Where is my …")
    assert not [line for line in lines if line != line.rstrip()]
    assert not out.endswith("\n\n")


def test_an_empty_past_says_so(run: Run, past: Any) -> None:
    """No share of nothing."""
    out = run("lookback").out

    assert "support: no letter needed an answer" in out
    assert "UNKNOWN" not in out
    assert [(row["letters"], row["customer"]) for row in run("lookback", "--json").rows] == [(0, NO_FIGURES)] * 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--since", "soon"), 'a span such as "30d"'),
        (("--since", "9999-01-01"), "a day of the past"),
        (("--since", "0001-01-01"), "a day of the past"),
        (("--since", "99999999d"), 'a span such as "30d"'),
        (("--since", ""), 'a span such as "30d"'),
        (("--mailbox", "shup"), "known: shop, support"),
    ],
)
def test_what_cannot_be_asked_is_2(run: Run, past: Any, words: tuple[str, ...], told: str) -> None:
    """With what was expected."""
    ran = run("lookback", *words)

    assert ran.code == 2
    assert told in ran.err


def test_it_changes_nothing(run: Run, past: Any, tmp_path: Path) -> None:
    """Not a byte of the database."""
    past(*ten())
    before = (tmp_path / "router.db").read_bytes()
    run("lookback", "--since", "2025-10-01")

    assert (tmp_path / "router.db").read_bytes() == before
