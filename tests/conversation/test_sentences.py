"""Where a sentence ends."""

import time

import pytest

from router.conversation.private import has_address
from router.conversation.sentences import sentences

ENDS = [
    ("It broke. I am sad! Why? Well…", ["It broke.", "I am sad!", "Why?", "Well…"], "each mark"),
    (
        "It is of St. James, by Mr. Smith, z.B. J. Doe.",
        ["It is of St. James, by Mr. Smith, z.B. J. Doe."],
        "abbreviations",
    ),
    ("It costs 1.50 at example.com. Really.", ["It costs 1.50 at example.com.", "Really."], "points within words"),
    ('"It is." He said so.', ['"It is."', "He said so."], "quotes belong to it"),
    ("I waited... and waited.", ["I waited... and waited."], "what goes on in lower case"),
    (
        "This is a line that a mail program has wrapped\nSo it goes on.",
        ["This is a line that a mail program has wrapped So it goes on."],
        "wrapped lines",
    ),
    ("Dear all,\nMy watch broke", ["Dear all,", "My watch broke"], "short lines stand alone"),
    ("Things:\n- one\n- two", ["Things:", "- one", "- two"], "lists"),
    ("One\n\ntwo", ["One", "two"], "paragraphs"),
    ("坏了。我很失望！请回复", ["坏了。", "我很失望！", "请回复"], "Chinese has no spaces"),
    ("क्या हुआ। मैं दुखी हूँ।", ["क्या हुआ।", "मैं दुखी हूँ।"], "danda"),
    ("¿Qué pasa? ¡No llega! Nada.", ["¿Qué pasa?", "¡No llega!", "Nada."], "Spanish"),
    ("", [], "nothing"),
    (" \n.\n", ["."], "a mark alone"),
]


@pytest.mark.parametrize(("text", "expected", "why"), ENDS, ids=[row[2] for row in ENDS])
def test_sentences(text: str, expected: list[str], why: str) -> None:
    """The table says why."""
    assert list(sentences(text)) == expected


@pytest.mark.parametrize("text", [". " * 100_000, "a.b" * 60_000, "\n- x" * 50_000, "!" * 200_000, '."' * 90_000])
def test_a_text_made_to_be_slow_is_not(text: str) -> None:
    """One pass."""
    begun = time.process_time()
    list(sentences(text))

    assert time.process_time() - begun < 2


PRIVATE = [
    ("Write to kim@customer.example please.", True, "a mail address"),
    ("It is on shop.example/strap today.", True, "a URL without a scheme"),
    ("Ring me at 020 7946 0958.", True, "a telephone number"),
    ("My order 4711-0815.", True, "an order number"),
    ("I live in 12 Green Street, Bristol.", True, "a street"),
    ("Ich wohne Am Weg 7.", True, "a street in German"),
    ("It has been 14 months.", False, "a small number"),
    ("I was on the road.", False, "a road without a number"),
]


@pytest.mark.parametrize(("sentence", "expected", "why"), PRIVATE, ids=[row[2] for row in PRIVATE])
def test_what_is_private(sentence: str, expected: bool, why: str) -> None:
    """The table says why."""
    assert has_address(sentence) == expected
