"""What is quoted of a text, and whom a text names."""

import time

import pytest

from router.conversation.weekly.quoting import name_words, named, names, passage

TOM, ANNA = "tom.baker@example.com", "anna@example.com"


@pytest.mark.parametrize(
    ("text", "quoted", "why"),
    [
        ("Hello Tom,\n\nWhere is it? I wait.", "Where is it? I wait.", "a greeting says nothing"),
        ("Where is it?\n\nMatthias", "Where is it?", "a name under a letter is no sentence"),
        ("Where is it?\n\n--Hal", "Where is it?", "nor is this"),
        ("On Mon, 23 Sep 2002, Russell wrote:\n--]Here it is.\nI see.", "I see.", "a quote that nobody knew for one"),
        ("> Here it is.\nI see.", "I see.", "another one"),
        ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nI see.", "I see.", "what a program writes"),
        ("Write to kim@customer.example. I see.", "I see.", "an address is for nobody else"),
        ("Look at https://customer.example/x. I see.", "I see.", "nor is a link"),
        ("where is my order", "where is my order", "people who write no marks have a word too"),
        ("Kim", "", "a name alone is nothing"),
        ("£15 off. That is all.", "£15 off. That is all.", "a sum is no secret"),
        ("", "", "nothing"),
    ],
)
def test_a_passage_is_what_a_person_wrote(text: str, quoted: str, why: str) -> None:
    """Whole sentences, from the top."""
    assert passage(text, 160) == quoted, why


def test_a_passage_ends_with_a_sentence_where_it_can() -> None:
    """And says so where it cannot."""
    assert passage("One is here. Two is there. Three.", 20) == "One is here."
    assert passage("One is here and there and everywhere.", 20) == "One is here and the…"


def test_who_may_not_be_named_is_not_quoted() -> None:
    """Nor does a word that is only spelled like a name hide anything."""
    hidden = name_words([TOM, "will@example.com"])

    assert hidden == {"tom", "baker", "will"}
    assert passage("Thank you, Tom! You were kind.", 160, hidden) == "You were kind."
    assert not names("I will see whether the baker is open.", hidden)
    assert names("TOM was kind.", hidden)


def test_whom_a_text_names() -> None:
    """By a name that only one of us has."""
    people = {TOM: "Tom", ANNA: "Anna", "anna.lee@example.com": "Anna"}

    assert named("Thank you, Tom, and greet Anna.", people) == [TOM]
    assert named("a tom cat", people) == []


def test_a_long_text_takes_no_time() -> None:
    """Whatever it is made of."""
    begun = time.process_time()
    for text in ("> " * 500_000, "A. " * 300_000, "x" * 1_000_000, "1:\n" * 300_000, "=" * 1_000_000):
        passage(text, 160)

    assert time.process_time() - begun < 1
