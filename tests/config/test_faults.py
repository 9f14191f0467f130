"""The line of a fault, and the words for what was found."""

from datetime import date

import pytest

from router.config.faults import BARE, MISSING, Fault, Faults
from router.config.wording import did_you_mean, one_of

LINES = [
    (Fault("router.toml", "smtp.listen", "foo", "HOST:PORT"), 'router.toml: smtp.listen = "foo": expected HOST:PORT'),
    (Fault("router.toml", "a.b", MISSING, "a word"), "router.toml: a.b is missing: expected a word"),
    (Fault("router.toml", "a.b", BARE, "unknown key"), "router.toml: a.b: unknown key"),
    (Fault("rules/1.toml", "a", [1, "b", True], "x"), 'rules/1.toml: a = [1, "b", true]: expected x'),
    (Fault("router.toml", "a", date(2026, 12, 24), "x"), "router.toml: a = 2026-12-24: expected x"),
    (Fault("router.toml", "a", 'say "é"\n', "x"), 'router.toml: a = "say \\"é\\"\\n": expected x'),  # one line
    (Fault("router.toml", "a\x1b[2J\nb", BARE, "unknown key"), "router.toml: a\\x1b[2J\\x0ab: unknown key"),
    (Fault("router.toml", "a", {"password": "hunter2"}, "x"), "router.toml: a = a table: expected x"),
    (Fault("router.toml", "a", [{"password": "hunter2"}], "x"), "router.toml: a = [a table]: expected x"),
    (Fault("router.toml", "relay.password", "hunter2", "x"), "router.toml: relay.password = (not shown): expected x"),
    (Fault("router.toml", "a", "pg://me:hunter2@db/x", "x"), 'router.toml: a = "pg://me:(not shown)@db/x": expected x'),
    (
        Fault("router.toml", "a", "pg://db?password=hunter2", "x"),
        'router.toml: a = "pg://db?password=(not shown)": expected x',
    ),
]


@pytest.mark.parametrize(("fault", "line"), LINES)
def test_a_fault_is_one_line(fault: Fault, line: str) -> None:
    """File, key, value, and what was expected; never a secret."""
    assert line == str(fault)


def test_a_long_value_is_cut() -> None:
    """The key says where to read the rest."""
    assert len(str(Fault("router.toml", "a", "x" * 10_000, "y"))) < 200


def test_all_faults_are_told_at_once() -> None:
    """Nobody wants to start the router ten times."""
    first, second = Fault("router.toml", "a", 1, "x"), Fault("router.toml", "b", 2, "y")

    assert str(Faults([first, second])) == f"{first}\n{second}"


@pytest.mark.parametrize(
    ("word", "expected"),
    [("lisen", '; did you mean "listen"?'), ("LISTEN", '; did you mean "listen"?'), ("xyzzy", ""), ("", "")],
)
def test_a_neighbour_is_offered(word: str, expected: str) -> None:
    """Only one that is near."""
    assert expected == did_you_mean(word, ["listen", "allow_from"])


def test_choices_are_listed() -> None:
    """As a person would."""
    assert one_of(["a"]) == '"a"'
    assert one_of(["a", "b", "c"]) == '"a", "b" or "c"'
