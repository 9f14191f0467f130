"""Pure courtesies: a published table of letters that are one and of letters that only look like one."""

import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.conversation.courtesy import LONGEST, courtesy

TABLE = tomllib.loads(Path(__file__).with_name("courtesies.toml").read_text("utf-8"))
PURE = [(row["text"], row.get("subject", "")) for row in TABLE["pure"]]
# What no courtesy survives, wherever a line of it is put.
SPOILERS = (
    "But it does not work.",
    "Where is my order?",
    "Please call me.",
    "The lamp is broken",
    "I still wait.",
    "See attached.",
    "My number is 4711",
    "leider nicht",
    "mais non",
    "Rückruf erbeten",
)


@pytest.mark.parametrize("row", TABLE["pure"], ids=lambda row: row["why"])
def test_a_pure_courtesy_is_known_with_its_phrase(row: dict[str, str]) -> None:
    """The phrase is the evidence: it must stand in the letter."""
    phrase = courtesy(row["text"], row.get("subject", ""))

    assert phrase
    assert phrase in " ".join((row["text"] + row.get("subject", "")).replace("🏽", "").split())


@pytest.mark.parametrize("row", TABLE["none"], ids=lambda row: row["why"])
def test_a_letter_that_only_looks_like_one_is_none(row: dict[str, str]) -> None:
    """Whoever is listed as finished by mistake waits unseen."""
    assert courtesy(row["text"], row.get("subject", "")) is None


def test_the_table_is_large_says_why_and_says_it_once() -> None:
    """Half of it are near misses; a row that stands twice tests nothing."""
    rows = [*TABLE["pure"], *TABLE["none"]]

    assert len(rows) == len({(row["text"], row.get("subject", "")) for row in rows})
    assert all(row["why"] for row in rows)
    assert len(TABLE["pure"]) >= 60
    assert len(TABLE["none"]) >= 60


@given(st.sampled_from(PURE), st.sampled_from(SPOILERS), st.booleans())
def test_one_foreign_sentence_spoils_every_courtesy(pure: tuple[str, str], spoiler: str, first: bool) -> None:
    """Above the thanks or below the signature."""
    text, subject = pure

    assert courtesy(f"{spoiler}\n{text}" if first else f"{text}\n{spoiler}", subject) is None


@given(st.sampled_from(PURE), st.sampled_from(("?", "？")))
def test_a_question_mark_spoils_every_courtesy(pure: tuple[str, str], mark: str) -> None:
    """Thanks with a question are a question."""
    text, subject = pure

    assert courtesy(text + mark, subject) is None


@given(
    st.sampled_from(PURE),
    st.sampled_from((str.upper, lambda text: text.replace("\n", "\r\n"), lambda text: f"\n {text} \n")),
)
def test_writing_does_not_matter_for_what_is_none(pure: tuple[str, str], change: Callable[[str], str]) -> None:
    """However it is written, an added word keeps it open."""
    text, subject = pure

    assert courtesy(change(text + " kaputt broken"), subject) is None


@given(st.text(max_size=300), st.text(max_size=40))
def test_no_text_raises(text: str, subject: str) -> None:
    """Mail holds every character there is."""
    assert courtesy(text, subject) is None or "".join(text.split()) or subject


@given(st.lists(st.sampled_from([word for text, _ in PURE for word in text.split()]), max_size=30).map(" ".join))
def test_words_of_courtesies_in_any_order_raise_nothing(text: str) -> None:
    """The same words reach every branch, which random characters never do."""
    phrase = courtesy(text)

    assert phrase is None or phrase.strip()


def test_a_long_letter_is_none_at_once() -> None:
    """It is read no further than its length."""
    began = time.thread_time()

    assert courtesy("thank you " * LONGEST) is None
    assert time.thread_time() - began < 0.01


@pytest.mark.parametrize(
    "text", ["thanks, " * 120, "thank you very much " * 50, "Best " * 200, ":)" * 500, "[a] " * 250]
)
def test_no_short_text_takes_long(text: str) -> None:
    """Linear, whatever is repeated."""
    began = time.thread_time()

    courtesy(text[:LONGEST], text[:LONGEST])

    assert time.thread_time() - began < 0.2  # some milliseconds where nothing else runs
