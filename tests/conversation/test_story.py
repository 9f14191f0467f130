"""What makes a conversation wait, and what ends it: every rule, with its reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.conversation.letter import Deed, Letter, Word
from router.conversation.standing import How, Part, Standing, State
from router.conversation.story import PROMISE_WITHOUT_A_DAY, stand
from router.mail.kind import Kind

NINE = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
JANE, BOB, ANNA, MIKE = "jane@customer.example", "bob@customer.example", "anna@example.com", "mike@example.com"
SUPPLIER = "parts@supplier.example"
_numbers = count(1)


def at(hour: float) -> datetime:
    """So many hours after nine."""
    return NINE + timedelta(hours=hour)


def asks(hour: float, who: str = JANE, **more: Any) -> Letter:
    """A customer's letter."""
    name = more.pop("id", f"m{next(_numbers):06}")
    given = {"kind": Kind.PERSON, "needs_answer": True, "author": who, "message_id": f"{name}@customer.example"}
    return Letter(id=name, at=at(hour), ours=False, customer=who, **given | more)


def says(hour: float, *to: str, by: str = ANNA, **more: Any) -> Letter:
    """A letter of ours."""
    name = more.pop("id", f"m{next(_numbers):06}")
    given = {"kind": Kind.PERSON, "author": by, "people": frozenset(to or (JANE,))}
    given["message_id"] = f"{name}@example.com"
    return Letter(id=name, at=at(hour), ours=True, needs_answer=False, customer=(to or (JANE,))[0], **given | more)


def bounce(hour: float, *failed: str, about: tuple[str, ...] = ()) -> Letter:
    """A report that a mail of ours has not arrived."""
    name = f"m{next(_numbers):06}"
    return Letter(name, at(hour), False, Kind.BOUNCE, False, None, failed=frozenset(failed), about=about)


def word(hour: float, deed: Deed, **more: Any) -> Word:
    """Tom says something."""
    return Word(at(hour), deed, "tom@example.com", **more)


def parts(standing: Standing) -> list[Part]:
    """What each letter is."""
    return list(standing.parts.values())


def test_a_letter_waits_since_its_receipt() -> None:
    """The customer's clock begins when we have the letter."""
    found = stand([asks(0)])

    assert (found.state, found.open[0].since, found.letters) == (State.WAITING, at(0), 1)


def test_an_answer_to_the_customer_ends_the_wait_and_is_the_evidence() -> None:
    """Who, when, and with which mail."""
    answer = says(2)
    found = stand([asks(0), answer])

    assert found.state is State.ANSWERED
    assert found.waits[0].end == found.answered
    assert found.answered is not None
    assert (found.answered.at, found.answered.how, found.answered.by) == (at(2), How.ANSWER, ANNA)
    assert found.answered.message == answer.id


@pytest.mark.parametrize(
    ("ours", "why"),
    [
        (says(1, SUPPLIER), "asking a supplier leaves the customer waiting"),
        (says(1, kind=Kind.AUTO_REPLY), "an out-of-office answers nobody"),
        (says(1, kind=Kind.ACKNOWLEDGEMENT), "'we have received your mail' is no answer"),
        (says(1, kind=Kind.BULK), "a campaign that reaches the customer is no answer"),
        (says(1, kind=Kind.READ_RECEIPT), "that it was read is no answer"),
        (says(1, kind=Kind.CALENDAR), "that an invitation was taken is no answer"),
        (says(1, kind=Kind.BOUNCE), "our server's own bounce is no answer"),
        (replace(says(1), people=frozenset()), "to colleagues only: nobody outside has got it"),
    ],
)
def test_it_waits_on_after_what_is_no_answer(ours: Letter, why: str) -> None:
    """A customer who waits unseen is the reason why we exist."""
    found = stand([asks(0), ours])

    assert (found.state, found.open[0].since) == (State.WAITING, at(0)), why
    assert parts(found) == [Part.LETTER, Part.ASIDE], why


def test_a_second_letter_before_the_answer_is_a_reminder_and_the_clock_goes_on() -> None:
    """Who asks twice has not waited half as long."""
    found = stand([asks(0), asks(5)])

    assert (found.open[0].since, found.letters, found.again) == (at(0), 2, 0)
    assert parts(found) == [Part.LETTER, Part.REMINDER]


def test_a_letter_after_the_answer_begins_a_new_wait_and_is_counted() -> None:
    """Answered is not solved."""
    found = stand([asks(0), says(1), asks(5)])

    assert (found.state, found.open[0].since, found.again, found.letters) == (State.WAITING, at(5), 1, 2)
    assert found.open[0].again
    assert parts(found) == [Part.LETTER, Part.ANSWER, Part.AGAIN]


def test_an_answer_by_a_founder_is_named_as_one() -> None:
    """The others learn of it."""
    found = stand([asks(0), says(1, by=MIKE, founder="mike")])

    assert found.answered is not None
    assert (found.answered.by, found.answered.founder) == (MIKE, "mike")


def test_an_answer_that_bounced_has_never_arrived() -> None:
    """The wait is as old as it was, since the customer has heard nothing."""
    answer = says(1)
    found = stand([asks(0), answer, bounce(1.1, JANE)])

    assert (found.state, found.open[0].since) == (State.WAITING, at(0))
    assert parts(found) == [Part.LETTER, Part.BOUNCED, Part.BOUNCE]


def test_a_bounce_that_names_nobody_is_about_the_mail_that_it_returns() -> None:
    """Half of the world's bounces have no list of recipients."""
    first, second = says(1), says(2)
    found = stand([asks(0), first, second, bounce(3, about=(str(first.message_id),))])

    assert found.state is State.ANSWERED
    assert found.parts[first.id] is Part.BOUNCED
    assert found.parts[second.id] is Part.ANSWER


def test_a_bounce_of_a_colleague_in_copy_takes_nothing_back() -> None:
    """The customer has got it."""
    found = stand([asks(0), says(1, JANE, BOB), bounce(1.1, BOB)])

    assert found.state is State.ANSWERED


def test_an_answer_after_the_bounce_counts() -> None:
    """To the corrected address."""
    assert stand([asks(0), says(1), bounce(1.1, JANE), says(2)]).state is State.ANSWERED


def test_a_bounce_of_something_else_changes_nothing() -> None:
    """A bounce that found its way here by a forged reference."""
    assert stand([asks(0), says(1), bounce(1.1, "nobody@elsewhere.example")]).state is State.ANSWERED


def test_an_answer_reaches_the_customer_at_the_address_that_he_asked_for() -> None:
    """Reply-To exists to be used."""
    private = "jane@home.example"
    found = stand([asks(0, answer_to=frozenset({private})), says(1, private)])

    assert found.state is State.ANSWERED


def test_two_who_ask_in_one_conversation_wait_each_for_himself() -> None:
    """An answer to one of them is none for the other."""
    found = stand([asks(0), asks(1, BOB), says(2, JANE)])

    assert [(wait.customer, wait.end is None) for wait in found.waits] == [(JANE, False), (BOB, True)]
    assert found.open[0].since == at(1)
    assert stand([asks(0), asks(1, BOB), says(2, JANE, BOB)]).state is State.ANSWERED


def test_a_mail_whose_writer_is_unknown_is_answered_by_whatever_leaves() -> None:
    """There is no address to compare with."""
    assert stand([replace(asks(0), customer=None), says(1)]).state is State.ANSWERED


def test_a_mail_that_only_says_to_be_ours_is_neither_answer_nor_question() -> None:
    """Everybody can write what he likes into From; who stands alone may be a form of ours, and waits."""
    inside = asks(1, ANNA, inside=True)

    assert parts(stand([asks(0), inside])) == [Part.LETTER, Part.ASIDE]
    assert stand([asks(0), inside]).open[0].since == at(0)
    assert stand([inside]).state is State.WAITING
    assert stand([replace(inside, customer=JANE)]).state is State.NONE  # to her, with the mailbox in Cc


def test_our_own_first_letter_waits_for_nothing_and_its_reply_is_no_second_letter() -> None:
    """We wrote first: what comes back is a first letter."""
    found = stand([says(0), asks(1)])

    assert stand([says(0)]).state is State.NONE
    assert (found.state, found.again, parts(found)) == (State.WAITING, 0, [Part.WORD, Part.LETTER])


@pytest.mark.parametrize("kind", [Kind.AUTO_REPLY, Kind.BULK, Kind.LIST, Kind.SPAM, Kind.CALENDAR, Kind.REACTION])
def test_what_needs_no_answer_waits_for_none(kind: Kind) -> None:
    """It is copied all the same."""
    found = stand([asks(0, kind=kind, needs_answer=False)])

    assert (found.state, parts(found), found.letters) == (State.NONE, [Part.NEEDS_NONE], 0)


def test_an_automatic_reply_of_the_customer_does_not_reopen() -> None:
    """His out-of-office to our answer asks nothing."""
    assert stand([asks(0), says(1), asks(1.1, kind=Kind.AUTO_REPLY, needs_answer=False)]).state is State.ANSWERED


def test_thanks_after_an_answer_are_probably_the_end() -> None:
    """Listed apart, since whoever reads it may see more in it."""
    found = stand([asks(0), says(1), asks(2, courtesy="Thanks!")])

    assert (found.state, found.open[0].courtesy, found.open[0].since) == (State.WAITING, "Thanks!", at(2))
    assert parts(found) == [Part.LETTER, Part.ANSWER, Part.COURTESY]


def test_thanks_before_an_answer_end_nothing() -> None:
    """The question stands."""
    found = stand([asks(0), asks(1, courtesy="Many thanks!")])

    assert (found.open[0].courtesy, found.open[0].since) == (None, at(0))


def test_thanks_as_the_very_first_letter_are_a_letter() -> None:
    """Nobody knows yet what for: somebody should read it."""
    assert stand([asks(0, courtesy="Thanks!")]).open[0].courtesy is None


def test_a_question_after_the_thanks_waits_from_the_question_on() -> None:
    """What was thanks is no part of the wait."""
    found = stand([asks(0), says(1), asks(2, courtesy="Thanks!"), asks(9)])

    assert [(wait.since, wait.courtesy) for wait in found.open] == [(at(9), None)]


def test_one_word_brings_what_was_thought_finished_back() -> None:
    """Since the letter that was taken for thanks."""
    found = stand([asks(0), says(1), asks(2, courtesy="Thanks!")], [word(3, Deed.REOPEN)])

    assert (found.state, found.open[0].courtesy, found.open[0].since) == (State.WAITING, None, at(2))


def test_a_telephone_call_is_an_answer_with_its_evidence() -> None:
    """Whoever phoned says so."""
    found = stand([asks(0)], [word(1, Deed.PHONED)])

    assert found.state is State.ANSWERED
    assert found.answered is not None
    assert (found.answered.how, found.answered.by, found.answered.message) == (How.PHONE, "tom@example.com", None)


def test_a_closed_conversation_is_opened_by_the_next_letter() -> None:
    """A person's word holds until the customer speaks."""
    assert stand([asks(0)], [word(1, Deed.CLOSE)]).state is State.CLOSED
    assert stand([asks(0), asks(2)], [word(1, Deed.CLOSE)]).open[0].since == at(2)


def test_what_was_closed_by_mistake_waits_since_its_letter_again() -> None:
    """Undoing is not forgetting."""
    found = stand([asks(0)], [word(1, Deed.CLOSE), word(2, Deed.REOPEN)])

    assert (found.state, found.open[0].since) == (State.WAITING, at(0))


def test_an_answer_that_was_none_can_be_taken_back() -> None:
    """'I will ask my colleague' is an answer to a machine only."""
    found = stand([asks(0), says(1)], [word(2, Deed.REOPEN)])

    assert (found.state, found.open[0].since) == (State.WAITING, at(0))


def test_a_letter_that_was_wrongly_said_to_need_no_answer_can_be_made_to_wait() -> None:
    """An order form that says bulk."""
    found = stand([asks(0, kind=Kind.BULK, needs_answer=False)], [word(1, Deed.REOPEN)])

    assert (found.state, found.open[0].since) == (State.WAITING, at(0))


def test_a_snoozed_conversation_comes_back_with_the_next_letter() -> None:
    """Tomorrow is early enough, unless the customer says otherwise."""
    snooze = word(1, Deed.SNOOZE, until=at(24))

    assert stand([asks(0)], [snooze]).state is State.SNOOZED
    assert stand([asks(0)], [snooze]).snoozed_until == at(24)
    assert stand([asks(0), asks(2)], [snooze]).state is State.WAITING
    assert stand([asks(0), says(2)], [snooze]).state is State.ANSWERED


def test_a_conversation_that_somebody_took_still_waits_until_it_is_answered() -> None:
    """Taking is no answer."""
    taken = stand([asks(0)], [word(1, Deed.TAKE)])

    assert (taken.state, taken.taken_by) == (State.WAITING, "tom@example.com")
    assert stand([asks(0), says(2)], [word(1, Deed.TAKE)]).taken_by is None


def test_never_settles_the_waits_of_that_sender_only() -> None:
    """His colleague still waits."""
    never = word(2, Deed.NEVER, customer=JANE)

    assert stand([asks(0)], [never]).state is State.NONE
    assert [wait.customer for wait in stand([asks(0), asks(1, BOB)], [never]).open] == [BOB]


def test_never_can_be_taken_back() -> None:
    """What it had settled waits again, as old as it is."""
    words = [word(2, Deed.NEVER, customer=JANE), word(3, Deed.NEVER_MIND, customer=JANE)]

    assert stand([asks(0)], words).open[0].since == at(0)


def test_a_promise_stands_until_our_next_word() -> None:
    """They said that they would come back."""
    promised = says(1, promise="I will get back to you by Friday", promise_due=at(30))
    found = stand([asks(0), promised])

    assert found.state is State.ANSWERED
    assert found.pledge is not None
    assert (found.pledge.message, found.pledge.said, found.pledge.due) == (promised.id, at(1), at(30))
    assert (found.pledge.phrase, found.pledge.by) == ("I will get back to you by Friday", ANNA)
    assert stand([asks(0), promised, says(20)]).pledge is None
    assert stand([asks(0), promised], [word(20, Deed.PHONED)]).pledge is None
    assert stand([asks(0), promised, says(20, SUPPLIER)]).pledge is not None
    assert stand([asks(0), promised, asks(20)]).pledge is not None


def test_a_promise_without_a_day_falls_due_all_the_same() -> None:
    """It has been 14 months."""
    found = stand([asks(0), says(1, promise="we will let you know")])

    assert found.pledge is not None
    assert found.pledge.due == at(1) + PROMISE_WITHOUT_A_DAY


def test_a_promise_that_bounced_was_not_heard() -> None:
    """What waits is the letter."""
    found = stand([asks(0), says(1, promise="soon"), bounce(1.1, JANE)])

    assert (found.pledge, found.state) == (None, State.WAITING)


def test_one_important_letter_makes_the_conversation_important() -> None:
    """A rule says who is."""
    assert stand([asks(0, vip=True), asks(1)]).vip
    assert not stand([asks(0)]).vip


STORY = [
    asks(0, id="a"),
    says(1, id="b"),
    asks(2, id="c"),
    says(3, id="d", promise="soon"),
    bounce(4, JANE),
    asks(5, BOB),
]
WORDS = [word(2.5, Deed.TAKE), word(6, Deed.SNOOZE, until=at(40))]


def test_no_order_of_arrival_changes_where_it_stands() -> None:
    """Imported history and a slow Sent folder come late."""
    expected = stand(STORY, WORDS)

    for order in permutations(STORY):
        assert stand(order, reversed(WORDS)) == expected


_letters = st.builds(
    lambda hour, who, kind, courtesy, ours: (
        says(hour, who, kind=kind) if ours else asks(hour, who, kind=kind, courtesy=courtesy, needs_answer=True)
    ),
    st.integers(0, 50),
    st.sampled_from([JANE, BOB]),
    st.sampled_from([Kind.PERSON, Kind.BOUNCE, Kind.AUTO_REPLY]),
    st.sampled_from([None, "Thanks"]),
    st.booleans(),
)
_words = st.builds(
    lambda hour, deed: word(hour, deed, until=at(60), customer=JANE), st.integers(0, 50), st.sampled_from(list(Deed))
)


@given(st.lists(_letters, max_size=8), st.lists(_words, max_size=4))
def test_every_story_has_a_part_for_each_letter_and_a_wait_where_it_waits(
    letters: list[Letter], words: list[Word]
) -> None:
    """Whatever people do, nothing falls out of the record."""
    found = stand(letters, words)

    assert set(found.parts) == {letter.id for letter in letters}
    assert (found.state in (State.WAITING, State.SNOOZED)) == bool(found.open)
    assert all(wait.end is None or wait.end.at >= wait.since for wait in found.waits)
