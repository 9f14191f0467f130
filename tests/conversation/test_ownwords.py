"""Five sentences that are worth reading."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from router.conversation.ownwords import own_words
from router.conversation.voice import Voice
from tests.conversation.year import BEGIN, letters, voice

LONDON = ZoneInfo("Europe/London")


def chosen(*given: Voice) -> list[str]:
    """The sentences, in their order."""
    return [one.text for one in own_words(given, LONDON)]


def letter(text: str, number: int = 1) -> Voice:
    """A letter of a customer of its own, about a matter of its own."""
    return replace(
        voice(0, number, f"{number}@customer.example", []),
        text=text,
        subject=f"Matter of {'abcdefghij'[number % 10]}{number}",
    )


TAKEN = [
    ("It was meant to be a beautiful present for my mother.", "a judgement, and the first person"),
    ("Ich bin so enttäuscht, dass niemand mir geantwortet hat.", "German"),
    ("Je suis très déçue par votre façon de répondre.", "French"),
    ("Estoy muy decepcionada con la pulsera que me mandaron.", "Spanish"),
    ("Sono davvero delusa dal vostro modo di rispondere.", "Italian"),
    ("Ik ben erg teleurgesteld in hoe jullie hiermee omgaan.", "Dutch"),
    ("Jag är väldigt besviken på hur ni har svarat mig.", "Swedish"),
    ("Jestem bardzo rozczarowana tym, jak mi odpisano.", "Polish"),
]


@pytest.mark.parametrize(("sentence", "why"), TAKEN, ids=[row[1] for row in TAKEN])
def test_who_speaks_of_himself_is_heard(sentence: str, why: str) -> None:
    """As he wrote it."""
    assert chosen(letter(f"Hello,\n\n{sentence} Ok.\n\nRegards")) == [sentence]


def test_the_sentence_below_a_greeting_may_begin_in_lower_case() -> None:
    """As German has it, and whoever writes "Dear all," and goes on; a later one would be a piece."""
    text = "leider ist die Uhr stehen geblieben, und ich bin sehr enttäuscht."

    assert chosen(letter(f"Guten Tag,\n\n{text} Was nun?\n\nGrüße")) == [text]
    assert chosen(letter(f"Guten Tag,\n\nWas nun?\n\n{text}\n\nGrüße")) == []


PASSED_OVER = [
    ("I am so sad about it.", "too short to be understood alone"),
    ("I am so very sad about " + "all of it and " * 12 + "more.", "too long to be read"),
    ("The order was placed on the website with a card.", "says nothing of anybody"),
    ("I am very disappointed about my order 4711 of the third.", "an order number"),
    ("I am disappointed, write to me at kim@customer.example today.", "an address"),
    ("I am disappointed by what stands on www.shop.example today.", "a URL"),
    ("I am disappointed, call me on +44 20 7946 0958 today please.", "a telephone number"),
    ("Thank you so much, I am really happy with my new watch.", "thanks"),
    ("I look forward to hearing from you, and remain with kind regards.", "a courtesy"),
    ("Please find attached my terrible picture of the broken strap.", "about an attachment"),
    ('My husband said: "I am so disappointed by all of this."', "somebody else's words"),
    ("and so I am terribly disappointed by all of this now.", "no whole sentence"),
    ("I AM TERRIBLY DISAPPOINTED BY ALL OF THIS NOW AND EVER.", "shouted"),
    ("I am so disappointed by all of this and more of it", "no end"),
]


@pytest.mark.parametrize(("sentence", "why"), PASSED_OVER, ids=[row[1] for row in PASSED_OVER])
def test_what_is_not_worth_reading_is_passed_over(sentence: str, why: str) -> None:
    """The table says why."""
    assert chosen(letter(sentence)) == []


SAD = "I am terribly disappointed by the way you treat us."
GLAD = "We love the watch, and my sister wants one too."
ANGRY = "I find it ridiculous that my parcel went back."
ASKS = "Could you tell me where my parcel may have gone?"


def test_a_customer_and_a_matter_are_heard_once() -> None:
    """However much they write."""
    first = letter(SAD, 1)
    same_customer = replace(letter(GLAD, 2), customer=first.customer)
    same_thread = replace(letter(ANGRY, 3), thread=first.thread)
    same_subject = replace(letter(ASKS, 4), subject="Re: " + first.subject)

    assert chosen(first, same_customer, same_thread, same_subject) == [SAD]


def test_the_same_sentence_is_told_once() -> None:
    """Forms and campaigns."""
    assert chosen(letter(SAD, 1), letter(SAD, 2)) == [SAD]


def test_different_feelings_go_before_the_same_one() -> None:
    """Five who are disappointed are told by the words that rise."""
    again = "I am disappointed too, since my letters get no reply."

    assert chosen(letter(SAD, 1), letter(again, 2), letter(GLAD, 3))[:2] == [SAD, GLAD]


def test_a_question_goes_behind() -> None:
    """It asks for an answer, not for ears."""
    assert chosen(letter(ASKS, 1), letter(ANGRY, 2)) == [ANGRY, ASKS]


def test_a_letter_that_is_quoted_elsewhere_is_not_quoted_again() -> None:
    """Below the five people to ring."""
    one = letter(SAD, 1)

    assert own_words([one], LONDON, without={one.message}) == []


def test_the_choice_is_the_same_in_any_order() -> None:
    """A letter that is made anew is the same letter."""
    week = [one for one in letters() if (one.at - BEGIN).days < 7]

    assert chosen(*week) == chosen(*reversed(week))
    assert len(chosen(*week)) == 5
    assert own_words(week, LONDON, most=2) == own_words(week, LONDON)[:2]
