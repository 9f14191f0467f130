"""`router rhythm` and `router keep`: seen, said, taken back, and told wherever the configuration is told."""

import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import CONFIGURATION, Run

RULES = """
[[rule]]
name = "everything"
copy_to = ["*"]

[[rule]]
name = "the month"
first_day = 2026-11-01
last_day = 2026-11-30
copy_to = ["mike"]
"""
BY = ("--by", "mike@example.com")


@pytest.fixture
def ruled(installed: Path) -> Path:
    """With a rule that has a last day."""
    (installed / "rules").mkdir()
    (installed / "rules" / "1.toml").write_text(RULES)
    (installed / "router.toml").write_text(CONFIGURATION.replace("[router]", '[router]\nrules = "rules"'))
    return installed


def test_the_rhythm_of_an_inbox_is_said_shown_and_taken_back(installed: Path, run: Run) -> None:
    """No file is changed."""
    before = (installed / "router.toml").read_bytes()
    said = run("rhythm", "mike", "evening", *BY, "--why", "fewer mails")
    listed = {row["inbox"]: row for row in run("rhythm", "--json").rows}
    shown, status = run("check", "--show").out, run("status", "--json").rows[0]
    words = run("status").out
    back = run("rhythm", "mike", "configured", *BY)

    assert (said.code, back.code) == (0, 0)
    assert (listed["mike"]["rhythm"], listed["mike"]["configured"]) == ("evening", "now")
    assert listed["mike"]["by"] == "mike@example.com"
    assert (listed["helen"]["rhythm"], listed["helen"]["by"]) == ("now", None)
    assert '# in place of this, inbox "mike" has rhythm = "evening", said by mike@example.com' in shown
    assert tomllib.loads(shown)["inbox"][0]["rhythm"] == "now"
    assert [(one["kind"], one["inbox"], one["value"]) for one in status["wishes"]] == [("rhythm", "mike", "evening")]
    assert 'copies for mike go by the rhythm "evening": said by mike@example.com' in words
    assert run("status", "--json").rows[0]["wishes"] == []
    assert (installed / "router.toml").read_bytes() == before


def test_a_rule_that_has_ended_goes_on_for_an_inbox(ruled: Path, run: Run) -> None:
    """And ends again."""
    said = run("keep", "the month", "mike", *BY)
    listed = run("keep", "--json").rows
    shown = run("check", "--show").out
    back = run("keep", "the month", "mike", "--undo", *BY)

    assert (said.code, back.code) == (0, 0)
    assert [(row["rule"], row["inbox"], row["ended"]) for row in listed] == [("the month", "mike", "2026-11-30")]
    assert '# rule "the month", ended on 2026-11-30, goes on for inbox "mike"' in shown
    assert run("keep").out == "no rule goes on after its last day\n"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("rhythm", "joe", "evening", *BY), 1, "there is no inbox 'joe', but mike, helen"),
        (("rhythm", "mike", "weekly", *BY), 2, "now, evening, wrote-again or configured"),
        (("rhythm", "mike", "evening"), 2, "--by ADDRESS"),
        (("rhythm", "mike", "configured", *BY), 1, "goes by the configuration already"),
        (("keep", "the year", "mike", *BY), 1, "no rule 'the year' has a last day"),
        (("keep", "the month", "helen", *BY), 1, "copies to helen"),
        (("keep", "everything", "mike", *BY), 1, "has a last day"),
        (("keep", "the month", "mike", "--undo", *BY), 1, "does not go on for mike"),
        (("keep", "the month"), 2, "name the rule and the inbox"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    ruled: Path, run: Run, words: tuple[str, ...], code: int, told: str
) -> None:
    """Nothing is stored that has no effect."""
    ran = run(*words)

    assert ran.code == code
    assert told in ran.err
    assert run("status", "--json").rows[0]["wishes"] == []


def test_without_a_database_the_settings_are_shown_as_ever(configured: Path, run: Run) -> None:
    """`check --show` is asked before there is one."""
    ran = run("check", "--show")

    assert ran.code == 0
    assert "#" not in ran.out
