"""What docs/replies.md tells leads and operators is so."""

import re

import pytest

from router.conversation.commands import read
from router.conversation.orders import Verb
from router.wording import Wording
from tests.bench.daemon import REPOSITORY

PAGE = (REPOSITORY / "docs" / "replies.md").read_text("utf-8")
ROWS = [row for row in PAGE.splitlines() if row.startswith("| `")]
EXAMPLES = [one for row in ROWS for one in re.findall(r"`([^`=…]+)`", row) if one.split()[0] in set(Verb)]
CODES = ["unproven", "wrong-person", "no-edition", "not-a-recipient", "expired", "fault"]


def test_every_word_is_told():
    """What is not told is not used."""
    assert {one.split()[0] for one in EXAMPLES} == set(Verb)


@pytest.mark.parametrize(
    "example", [*EXAMPLES, "done 3-5", "done #3", "3 7 done", "done all", PAGE.split("\n    ")[1].split("\n")[0]]
)
def test_every_example_is_an_order(example):
    """They are copied."""
    found = read(example)

    assert found.orders
    assert found.unclear == ()


@pytest.mark.parametrize("code", [*CODES, "automatic=bulk"])
def test_every_refusal_is_told_and_worded(code):
    """Whoever finds one in `trace` looks it up here."""
    worded = Wording()._environment.get_template("words.txt.j2").module.refusal(code)

    assert f"`{code.partition('=')[0]}" in PAGE
    assert worded != code
