"""What a subject is about."""

import pytest

from router.conversation.subject import is_reply, topic

LAMP = "my lamp is broken"


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        ("My lamp is broken", "as it was written"),
        ("  my   LAMP is broken! ", "case, white space and marks are how somebody writes"),
        ("Re: My lamp is broken", "English"),
        ("RE: AW: Antw: SV: Re: My lamp is broken", "German, Dutch, Swedish, one upon the other"),
        ("WG: My lamp is broken", "German, passed on"),
        ("TR: My lamp is broken", "French, passed on"),
        ("RIF: R: I: My lamp is broken", "Italian"),
        ("回复：My lamp is broken", "Chinese, with its own colon"),
        ("Отв: My lamp is broken", "Russian"),
        ("Re[2]: My lamp is broken", "The Bat counts"),
        ("Re(3): RE^4: My lamp is broken", "so do others"),
        ("Re : My lamp is broken", "French typography"),
        ("[support] Re: [EXTERNAL] My lamp is broken", "what lists and gateways put in front"),
        ("[Ticket#2026112010000012] My lamp is broken", "a ticket number"),
        ("Re: Ticket #4711: My lamp is broken", "the same without brackets"),
        ("My lamp is broken [#4711]", "the same at the end"),
        ("My lamp is broken (Case 4711)", "and in other brackets"),
    ],
)
def test_what_programs_put_around_a_subject_is_no_part_of_it(subject: str, why: str) -> None:
    """Question and answer have one topic."""
    assert topic(subject) == LAMP, why


@pytest.mark.parametrize(
    "subject",
    ["", "  ", "Re:", "hi", "Hello!", "Re: Question", "ORDER", "Frage", "(no subject)", "4711", "Re: [#4711]", "???"],
)
def test_what_people_write_above_anything_is_no_topic(subject: str) -> None:
    """Two letters headed "question" may have nothing in common."""
    assert topic(subject) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Order 4711 is late", "Order 4712 is late"),
        ("i am late again", "am late again"),
        ("r u there my friend", "u there my friend"),
        ("[Order 4711]", "[Order 4712]"),
        ("Returns: how?", "how?"),
    ],
)
def test_what_people_tell_apart_stays_apart(one: str, other: str) -> None:
    """A letter of a word is no prefix, and a number is a matter of its own."""
    assert topic(one) is not None
    assert topic(one) != topic(other)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Re: lamp", True),
        ("[list] AW: lamp", True),
        ("Fwd: lamp", True),
        ("lamp", False),
        ("[Re: x] lamp", False),
        ("", False),
    ],
)
def test_a_reply_says_so(subject: str, expected: bool) -> None:
    """By its prefix, behind whatever a list put in front."""
    assert is_reply(subject) is expected


@pytest.mark.parametrize("piece", ["Re: ", "[a] ", "[", "re[1", "#123", "ticket ", "(", "ﷺ", " "])
def test_a_hostile_subject_takes_no_time(piece: str) -> None:
    """Subjects of megabytes made of prefixes exist; the time limit of the suite tells."""
    topic(piece * 300_000)
    is_reply(piece * 300_000)
