"""Globs: a table of what they are, a property against a naive regular expression, and the time they take."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.routing.globs import any_matches, fold, matches


@pytest.mark.parametrize(
    ("glob", "value", "expected"),
    [
        ("mike", "mike", True),  # a plain name is a glob
        ("mike", "mikel", False),  # the whole value must match
        ("mike", "hmike", False),
        ("Mike", "mIKE", True),  # case is ignored
        ("*", "", True),  # a star may stand for nothing
        ("*", "anything at all", True),
        ("", "", True),  # nothing is matched by nothing
        ("", "x", False),
        ("?", "", False),  # a question mark stands for something
        ("?", "é", True),
        ("??", "é", False),
        ("*@example.com", "anna@example.com", True),
        ("*@example.com", "anna@example.com.evil.example", False),
        ("a*a", "a", False),  # one character cannot be both ends
        ("a*a", "aa", True),
        ("*ab*ab*", "xxabxx", False),  # a piece is not found twice in one place
        ("*ab*ab*", "abab", True),
        ("*a?c*", "xxabbabcxx", True),  # the first place that looks right is not the one
        ("*a?", "ab", True),
        ("?*?", "a", False),
        ("**x**", "x", True),  # stars in a row are one
        ("[Shop]*", "[shop] order 7", True),  # a bracket is a bracket
        ("[Shop]*", "shop order 7", False),
        ("a.c", "abc", False),  # a dot is a dot, also where a regular expression is used inside
        ("a.?", "abc", False),
        (r"\*", r"\x", True),  # a backslash protects nothing
        ("*refund*", "line one\nI want a refund\nbye", True),  # a line end is a character like any other
        ("a?b", "a\nb", True),
        ("*$?", "x$\n", True),
        ("straße", "STRASSE", True),  # case is ignored in every script
        ("ΣΊΣΥΦΟΣ", "σίσυφος", True),  # also for a letter that looks different at the end of a word
        ("m\u00fcller*", "Mu\u0308ller GmbH", True),  # an accent written in two characters is the same accent
    ],
)
def test_a_glob_covers_the_whole_value(glob: str, value: str, expected: bool) -> None:
    """Rules are read by people, who know these two signs from file names."""
    assert expected is matches(glob, value)


@given(st.text("ab?*[\n", max_size=8), st.text("abB?*[\n", max_size=12))
def test_globs_agree_with_a_naive_regular_expression(glob: str, value: str) -> None:
    """On short texts the slow and obvious way is the judge."""
    obvious = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in fold(glob))

    assert matches(glob, value) is (re.fullmatch(obvious, fold(value), re.DOTALL) is not None)


@given(st.text(max_size=10), st.text(max_size=10), st.text(max_size=10))
def test_a_star_on_both_sides_finds_what_stands_between(before: str, between: str, after: str) -> None:
    """Any characters at all; a combining one may melt into its neighbour, so that lines keep them apart."""
    plain = between.replace("*", "").replace("?", "")

    assert matches(f"*\n{plain}\n*", f"{before}\n{plain}\n{after}")


@pytest.mark.parametrize(
    ("glob", "value"),
    [
        ("*a" * 20 + "b", "a" * 200_000),  # every star could be anywhere
        ("*a?" * 20 + "b*", "a" * 200_000),
        ("*" + "a" * 50 + "b*", "a" * 200_000),  # nearly there in every place
        ("*" + "a?" * 25 + "b*", "a" * 100_000),
    ],
)
def test_a_hostile_text_does_not_take_long(glob: str, value: str) -> None:
    """Values come from strangers; a matcher that goes back would not be done this year."""
    began = time.thread_time()

    assert not matches(glob, value)
    assert time.thread_time() - began < 2


def test_any_glob_on_any_value_will_do() -> None:
    """Within a key any value."""
    assert any_matches(("x*", "b*"), ("anna", "bert"))
    assert not any_matches(("x*", "y*"), ("anna", "bert"))
    assert not any_matches((), ("anna",))
    assert not any_matches(("*",), ())
