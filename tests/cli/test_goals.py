"""`router goals` over imported mail, beside figures that were worked out by hand."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from router.store import blind
from router.store.tables import alarm, watched
from tests.bench.installation import configuration
from tests.cli.conftest import Run
from tests.cli.past import ANNA, answer, imported, question
from tests.store.desk import opened

LONDON = ZoneInfo("Europe/London")
OFFICE = """
[[hours]]
name = "office"
closed = [2025-10-28]
open = { mon-fri = ["09:00-12:30", "13:30-17:00"] }
"""
SHOP = '\n[[mailbox]]\naddresses = ["shop@example.com"]\n'
GOAL = """
[[goal]]
name = "first reply"
mailboxes = ["support"]
within = "4h"
share = 0.6
"""
CONTRACT = (
    *("goal", "mailboxes", "period", "due", "kept", "share", "target", "allowed", "used", "at_risk"),
    *("median_seconds", "p95_seconds", "longest_seconds"),
)


def at(text: str) -> datetime:
    """`10-24 16:00` by the clocks of London in 2025, which were put back on 26 October."""
    return datetime.fromisoformat(f"2025-{text}").replace(tzinfo=LONDON).astimezone(UTC)


def write(folder: Path, *more: str) -> None:
    """A configuration whose support has office hours."""
    text = configuration(1, extra="".join(more)).replace(
        'addresses = ["support@example.com"]', 'addresses = ["support@example.com"]\nhours = "office"'
    )
    (folder / "router.toml").write_text(text)


@pytest.fixture
def past(run: Run, tmp_path: Path) -> Callable[..., None]:
    """Imports letters and answers of support; the goal is the first reply within four working hours."""
    write(tmp_path, OFFICE, GOAL)
    with opened(tmp_path):
        pass

    def put(inbox: Iterable[bytes], sent: Iterable[bytes] = (), mailbox: str = "support") -> None:
        imported(run, tmp_path, mailbox, inbox, sent)

    return put


def told(run: Run, when: str, *options: object) -> list[dict[str, Any]]:
    """What it says of an instant of 2025."""
    ran = run("goals", "--at", at(when).isoformat(), "--json", *options)
    assert ran.code == 0
    return ran.rows


# Number, receipt, answer.
WEEKS = (
    (1, "10-17 16:00", "10-20 11:00"),  # Friday to Monday: an hour and two; due on Monday 12:00
    (2, "10-20 09:00", "10-20 17:00"),  # seven working hours, due 14:00: missed
    (3, "10-21 08:00", "10-21 09:30"),  # half an hour of ours, one and a half of theirs
    (4, "10-22 09:00", None),  # due 14:00, and nobody answers
    (5, "10-24 11:00", "10-25 23:00"),  # due on Friday 16:00; answered on Saturday night
    (6, "10-24 14:00", "10-27 09:30"),  # due on Monday 10:00: of the week after
    (7, "10-25 10:00", "10-26 10:00"),  # from Saturday to Sunday: 25 hours, of which none was ours
    (8, "10-27 16:00", None),  # an hour on Monday, Tuesday is closed: due on Wednesday 12:00
)


@pytest.fixture
def weeks(past: Any) -> None:
    """Two weeks with the end of summer time between them."""
    past(
        [question(number, at(since)) for number, since, _ in WEEKS],
        [answer(number, at(end)) for number, _, end in WEEKS if end],
    )


def test_a_week_with_a_change_of_the_clocks_was_counted_by_hand(run: Run, weeks: None) -> None:
    """As of Tuesday noon in the week after."""
    before, now = told(run, "10-28 12:00", "--last", 2)

    assert {key: before[key] for key in CONTRACT} == {
        **{"goal": "first reply", "mailboxes": ["support"], "period": "2025-W43", "target": 0.6},
        **{"due": 5, "kept": 2, "share": 0.4, "allowed": 2, "used": 3, "at_risk": 0},
        # Of 0.5, 3, 5, 7 hours, and 28 of who waits since Wednesday: four days of seven, for Tuesday is closed.
        **{"median_seconds": 5 * 3600, "p95_seconds": 28 * 3600, "longest_seconds": 28 * 3600},
    }
    assert (before["begin"], before["end"]) == ("2025-10-19T23:00:00.000Z", "2025-10-27T00:00:00.000Z")
    assert before["service"] == {key: before[key] for key in ("median_seconds", "p95_seconds", "longest_seconds")}
    # Of 1.5, 8, 36, 67, and 148 hours: six days, three hours, and the one that came twice.
    assert list(before["customer"].values()) == [36 * 3600, 148 * 3600, 148 * 3600]
    assert (before["reached"], before["waiting"], before["outside"]) == (False, 1, 0)
    assert [(one["customer"], one["due"], one["answered"]) for one in before["misses"]] == [
        ("kim4@customer.example", "2025-10-22T13:00:00.000Z", None),
        ("kim2@customer.example", "2025-10-20T13:00:00.000Z", "2025-10-20T16:00:00.000Z"),
        ("kim5@customer.example", "2025-10-24T15:00:00.000Z", "2025-10-25T22:00:00.000Z"),
    ]

    assert {key: now[key] for key in ("period", "due", "kept", "used", "at_risk", "outside", "next_due")} == {
        **{"period": "2025-W44", "due": 2, "kept": 2, "used": 0, "at_risk": 1, "outside": 1},
        **{"next_due": "2025-10-29T12:00:00.000Z"},
    }
    assert list(now["customer"].values()) == [25 * 3600, 68.5 * 3600, 68.5 * 3600]  # Sunday's answer is in it
    assert list(now["service"].values()) == [0, 3.5 * 3600, 3.5 * 3600]


@pytest.mark.parametrize(
    ("when", "due", "at_risk", "why"),
    [
        ("10-20 08:00", 0, 1, "the letter of Friday waits"),
        ("10-20 10:59", 0, 2, "and that of nine o'clock too"),
        ("10-20 11:00", 1, 1, "the first is answered"),
        ("10-20 13:59", 1, 1, "a minute before the second falls due"),
        ("10-20 14:00", 2, 0, "it is missed"),
        ("10-26 23:59", 5, 0, "at the end of the week"),
        ("10-29 11:59", 2, 1, "in the next week, a minute ahead"),
        ("10-29 12:00", 3, 0, "and now"),
    ],
)
def test_it_is_told_as_it_was(run: Run, weeks: None, when: str, due: int, at_risk: int, why: str) -> None:
    """With the answers that had been given until then."""
    (row,) = told(run, when)

    assert (row["due"], row["at_risk"]) == (due, at_risk), why


def test_hours_and_goals_that_are_changed_change_the_past(run: Run, weeks: None, tmp_path: Path) -> None:
    """From 9 to 5 and never closed; and a limit of eight hours."""
    write(tmp_path, '[[hours]]\nname = "office"\nopen = { mon-fri = "09:00-17:00" }', GOAL)
    longer, _ = told(run, "10-28 12:00", "--last", 2)
    write(tmp_path, OFFICE, GOAL.replace("4h", "8h"))
    later, _ = told(run, "10-28 12:00", "--last", 2)
    write(tmp_path, OFFICE, GOAL.replace("4h", "8h").replace("share", 'clock = "customer"\nshare'))
    customer, _ = told(run, "10-28 12:00", "--last", 2)

    # Without lunch the letter of Friday 14:00 has three hours until closing, the other figures grow by an hour or four.
    assert (longer["due"], longer["kept"], longer["longest_seconds"]) == (5, 2, 35 * 3600)
    # In eight hours also those of Monday and Friday were in time.
    assert (later["due"], later["kept"]) == (4, 3)
    # For the customer only the letters of Tuesday and Monday were, the latter at the last moment; all but those of Friday
    # the 17th, of which the limit was over at midnight, and of the week after are due.
    assert (customer["due"], customer["kept"], customer["clock"]) == (6, 2, "customer")


def test_a_person_s_word_counts(run: Run, past: Any) -> None:
    """A telephone call is an answer; what was closed or needs none is in no figure; thanks neither."""
    past(
        [question(number, datetime.now(UTC) - timedelta(minutes=5)) for number in range(1, 5)],
        [answer(4, datetime.now(UTC) - timedelta(minutes=4))],
    )
    for number, word in ((1, "phoned"), (2, "close"), (3, "never")):
        assert run(word, f"<{number}@customer.example>", "--by", ANNA).code == 0
    ahead = (datetime.now(UTC) + timedelta(days=4)).isoformat()  # they fall due this week or in the next
    rows = run("goals", "--json", "--at", ahead, "--last", 2).rows

    assert sum(row["kept"] for row in rows) == 2
    assert sum(row["settled"] for row in rows) == 2
    assert sum(row["used"] + row["at_risk"] for row in rows) == 0


VIP = """
[[goal]]
name = "VIPs"
mailboxes = ["support"]
within = "1h"
vip = true
"""
RULE = '[[rule]]\nname = "VIPs"\nvip = true\n[rule.when]\nfrom = ["kim1@*"]\n'


def test_vips_have_their_own_goal(run: Run, past: Any, tmp_path: Path) -> None:
    """By a rule; the goal of all counts them too."""
    write(tmp_path, OFFICE, GOAL, VIP)
    text = (tmp_path / "router.toml").read_text()
    (tmp_path / "router.toml").write_text(text.replace("[router]", '[router]\nrules = "rules"'))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/10.toml").write_text(RULE)
    past(
        [question(number, at("10-20 09:00")) for number in (1, 2)],
        [answer(number, at("10-20 11:00")) for number in (1, 2)],
    )
    rows = told(run, "10-21 12:00")

    assert [(row["goal"], row["vip"], row["due"], row["kept"]) for row in rows] == [
        ("first reply", False, 2, 2),
        ("VIPs", True, 1, 0),
    ]
    assert [(one["customer"], one["vip"]) for one in rows[1]["misses"]] == [("kim1@customer.example", True)]
    out = run("goals", "--at", "2025-10-20 10:30").out
    assert "1 h of working hours for 95 % of all VIPs' first letters" in out
    assert "  Mon 20 Oct 14:00  VIP kim1@customer.examp…      1 h 30 min    1 h 30 min" in out.splitlines()
    assert [row["goal"] for row in told(run, "10-21 12:00", "--goal", "VIPs")] == ["VIPs"]


def test_a_mailbox_whose_answers_cannot_be_seen_has_no_figures(run: Run, past: Any, tmp_path: Path) -> None:
    """But the cure; and a goal of two is told of the other one."""
    both = '[[goal]]\nname = "both"\nwithin = "4h"\n'
    write(tmp_path, OFFICE, SHOP, GOAL.replace('"support"', '"shop"'), both)
    past([question(1, at("10-20 09:00"))], [answer(1, at("10-20 10:00"))])
    past([question(2, at("10-20 09:00"), To="shop@example.com")], mailbox="shop")
    shop, all_of_them = told(run, "10-21 12:00")
    out, err = run("goals", "--at", "2025-10-21 12:00").out, run("goals", "--at", "2025-10-21", "--json").err

    assert shop["unknown"] == all_of_them["unknown"] == {"shop": "no-source"}
    assert {shop[key] for key in CONTRACT[3:] if key != "target"} == {None}
    assert (all_of_them["due"], all_of_them["kept"], all_of_them["at_risk"]) == (1, 1, 0)
    for text in (out, err):
        assert "shop: UNKNOWN" in text
        assert "shop-sent@router.example.com" in text
    assert "  UNKNOWN: see above." in out.splitlines()
    assert "shop, support without shop" in out


def test_answers_that_are_not_seen_any_more_leave_no_figure(run: Run, past: Any, tmp_path: Path) -> None:
    """They were once."""
    past([question(1, at("10-20 09:00"))], [answer(1, at("10-20 10:00"))])
    with opened(tmp_path) as database:
        database.write("test", lambda c: blind.set_blind(c, "support", "no-answers", {}, datetime.now(UTC)))
    (row,) = told(run, "10-21 12:00")

    assert (row["due"], row["at_risk"], row["unknown"]) == (None, None, {"support": "no-answers"})


SOURCE = """
[[source]]
name = "mail"
host = "imap.example.com"
username = "support@example.com"
password_file = "secret"
"""


def test_an_account_that_cannot_be_read_leaves_no_figure_since_then(run: Run, past: Any, tmp_path: Path) -> None:
    """Nothing is counted over stale data; the weeks before stand."""
    (tmp_path / "secret").touch(mode=0o600)
    write(tmp_path, OFFICE, GOAL, SOURCE)
    past([question(1, at("10-20 09:00"))], [answer(1, at("10-20 10:00"))])
    broken, worked = at("10-28 03:00"), at("10-28 02:10")
    row = {"name": "mail", "state": "broken", "since": broken, "last_success": worked}
    raised = {
        "key": "source-broken:mail",
        "code": "source-broken",
        "detail": {},
        "first": broken,
        "last": broken,
        "count": 1,
    }
    with opened(tmp_path) as database:
        database.write(
            "test", lambda c: (c.execute(insert(watched).values(row)), c.execute(insert(alarm).values(raised)))
        )
    before, now = told(run, "10-28 12:00", "--last", 2)
    out = run("goals", "--at", "2025-10-28 12:00").out

    assert (before["due"], before["unknown"]) == (1, {})
    assert (now["due"], now["unknown"]) == (None, {"support": "source-broken"})
    assert "support: UNKNOWN since Tue 28 Oct 2025 02:10:00 GMT" in out
    assert "in time" not in out


def test_it_reads_well_on_a_terminal(run: Run, past: Any) -> None:
    """Both clocks side by side, within 80 columns."""
    long = question(9, at("10-24 16:30"), From=f"{'k' * 60}@customer.example", Subject="Where is my order? " * 9)
    past(
        [*(question(number, at(since)) for number, since, _ in WEEKS), long],
        [answer(number, at(end)) for number, _, end in WEEKS if end],
    )
    out = run("goals", "--at", "2025-10-25 12:00", "--last", "3").out
    lines = out.splitlines()

    assert max(map(len, lines)) <= 80
    assert lines[:2] == [
        "first reply: 4 h of working hours for 60 % of first letters",
        "support · week 43, Mon 20 Oct to Sun 26 Oct 2025 · as of Sat 12:00",
    ]
    assert "  ████████░░░░░░░░░░░░ 40 %   2 of 5 in time: MISSED so far" in lines
    assert "  3 misses, and 2 are allowed; 2 of them still wait" in lines
    assert "                          customer's time       working hours" in lines
    assert "  half waited at most           1 day 1 h                 5 h" in lines
    assert "  the longest                  3 days 3 h                21 h" in lines
    assert "  missed since                               customer's time working hours" in lines
    assert "  Wed 22 Oct 14:00  kim4@customer.example         3 days 3 h          21 h waits" in lines
    assert "  2025-W41    nothing fell due" in lines
    assert not [line for line in lines if line != line.rstrip()]
    assert not out.endswith("\n\n")


def test_nothing_configured_says_what_to_write(run: Run, past: Any, tmp_path: Path) -> None:
    """Programs read nothing, and people what a goal looks like."""
    write(tmp_path, OFFICE)
    text, rows = run("goals"), run("goals", "--json")

    assert (text.code, rows.code, rows.out) == (0, 0, "")
    for words in (text.out, rows.err):
        assert "No goal is configured" in words
        assert '  mailboxes = ["support"]' in words
        assert "router lookback" in words


def test_what_it_says_to_write_is_a_goal(run: Run, past: Any, tmp_path: Path) -> None:
    """It is copied."""
    write(tmp_path, OFFICE)
    out = run("goals").out
    write(tmp_path, OFFICE, out[out.index("[[goal]]") : out.index("`router lookback`")])

    assert run("goals", "--goal", "first reply", "--json").rows[0]["within_seconds"] == 4 * 3600


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--at", "yesterday"), 'a day such as "2026-11-23"'),
        (("--at", "0001-01-01"), "an instant such as"),
        (("--at", "9999-12-31"), "an instant such as"),
        (("--last", "0"), "0 is not in the range"),
        (("--goal", "frist reply"), "known: first reply"),
    ],
)
def test_what_cannot_be_asked_is_2(run: Run, past: Any, words: tuple[str, ...], told: str) -> None:
    """With what was expected."""
    ran = run("goals", *words)

    assert ran.code == 2
    assert told in ran.err


def test_it_changes_nothing(run: Run, weeks: None, tmp_path: Path) -> None:
    """Not a byte of the database."""
    before = (tmp_path / "router.db").read_bytes()
    run("goals", "--last", "30")

    assert (tmp_path / "router.db").read_bytes() == before
