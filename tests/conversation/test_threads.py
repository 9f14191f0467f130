"""Conversations: who is part of them may join, and any order of arrival gives the same ones."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.conversation.guess import alike
from router.conversation.links import ANYBODY, HALF, links
from router.conversation.threads import place
from tests.conversation.threading import SUPPORT, Mail, partition, threaded

KIM, LEE, MO, EVE, ANNA = "kim@one.example", "lee@one.example", "mo@two.example", "eve@evil.example", "anna@example.com"
Q = Mail("q", KIM, subject="Lamp")
A = Mail("a", ANNA, (KIM,), answers=("q",), mentions=("q",), sent=True)
NEWS = Mail("n", ANNA, ("news@example.com",), sent=True)

WHOLE = [
    ("our answer", [Q, A]),
    ("by References alone", [Q, Mail("a", ANNA, (KIM,), mentions=("q",), sent=True)]),
    ("the customer again", [Q, A, Mail("k", KIM, answers=("a",), mentions=("q", "a"))]),
    ("the customer, to an answer that was rewritten on its way", [
        Q, Mail("k", KIM, answers=("gone",), mentions=("q", "gone"))]),
    ("the customer, to an answer that was never seen", [Mail("k", KIM, answers=("x",)), Mail("l", KIM, mentions=("x", "y"))]),
    ("the customer under a plus-address", [Q, Mail("k", "kim+lamp@one.example", answers=("q",))]),
    ("a colleague whom the customer put into Cc", [Mail("q", KIM, cc=(LEE,)), Mail("l", LEE, answers=("q",))]),
    ("whoever we put into Cc", [
        Q, Mail("a", ANNA, (KIM,), (MO,), answers=("q",), sent=True), Mail("m", MO, answers=("a",))]),
    ("our answer to that colleague", [
        Mail("q", KIM, cc=(LEE,)), Mail("l", LEE, answers=("q",)), Mail("a", ANNA, (LEE,), answers=("l",), sent=True)]),
    ("staff who answer to all, and come in", [Q, Mail("s", ANNA, (KIM, SUPPORT), answers=("q",))]),
    ("staff who write to the mailbox about it", [Q, Mail("s", ANNA, answers=("q",))]),
    ("staff among themselves", [
        Q, Mail("f", ANNA, ("boss@example.com",), answers=("q",), sent=True), Mail("g", "boss@example.com", (ANNA,),
        answers=("f",), mentions=("q", "f"), sent=True)]),
    ("the report of a server about our answer", [Q, A, Mail("b", "daemon@mx.example", answers=("a",), report=True)]),
    ("a mail of ours, and its reader's answer", [Mail("a", ANNA, (KIM,), sent=True), Mail("k", KIM, answers=("a",))]),
    ("two colleagues who answer one mail of ours", [
        Mail("a", ANNA, (KIM, LEE), sent=True), Mail("k", KIM, answers=("a",)), Mail("l", LEE, answers=("a",))]),
    ("one Thread-Index, one customer", [Mail("k", KIM, guid="g"), Mail("a", ANNA, (KIM,), guid="g", sent=True)]),
    ("several ids of one mail", [
        Mail("k", KIM, ids=("k1", "k2")), Mail("a", ANNA, (KIM,), answers=("k2",), sent=True),
        Mail("l", KIM, mentions=("k1",))]),
    ("a letter that its customer sent twice with one id", [Mail("k", KIM, ids=("x",)), Mail("l", KIM, ids=("x",))]),
    ("a circle", [Mail("a", KIM, answers=("b",)), Mail("b", KIM, answers=("c",)), Mail("c", KIM, answers=("a",))]),
    ("a mail that answers itself, and our answer", [
        Mail("q", KIM, answers=("q",), mentions=("q", "q")), Mail("a", ANNA, (KIM,), answers=("q",), sent=True)]),
    ("a guess: our answer without a word of what it answers", [Q, Mail("a", ANNA, (KIM,), subject="Re: Lamp", sent=True)]),
    ("a guess: the customer's reply", [Q, Mail("k", KIM, subject="AW: [list] lamp", days=13)]),
]  # fmt: skip

APART = [
    ("two customers", [Q, Mail("m", MO)]),
    ("a stranger who knows an id", [Q, A, Mail("e", EVE, answers=("q",), mentions=("q", "a"))]),
    ("a stranger who puts the customer into Cc", [Q, A, Mail("e", EVE, cc=(KIM,), answers=("q",), mentions=("q", "a"))]),
    ("a stranger of the same house", [Q, Mail("l", LEE, answers=("q",))]),
    ("a stranger who takes a known id for his own", [Q, Mail("e", EVE, ids=("q",))]),
    ("a stranger with the Thread-Index", [Mail("q", KIM, guid="g"), Mail("e", EVE, guid="g")]),
    ("a stranger with the subject", [Q, Mail("e", EVE, subject="Re: Lamp")]),
    ("our answer to the stranger, who quotes it all", [
        Q, Mail("e", EVE, answers=("q",)), Mail("a", ANNA, (EVE,), answers=("e",), mentions=("q", "e"), sent=True)]),
    ("what we write to somebody else out of an old mail", [Q, Mail("a", ANNA, (MO,), answers=("q",), sent=True)]),
    ("many who answer one announcement", [NEWS, Mail("k", KIM, answers=("n",)), Mail("m", MO, answers=("n",))]),
    ("many who answer one that we never saw", [Mail("k", KIM, answers=("n",)), Mail("m", MO, answers=("n",))]),
    ("an announcement to three houses", [
        Mail("n", ANNA, (KIM, MO, "x@three.example"), sent=True), Mail("k", KIM, answers=("n",)),
        Mail("m", MO, answers=("n",))]),
    ("a form that writes one id for all", [Mail("k", KIM, ids=("form",)), Mail("m", MO, ids=("form",))]),
    ("a letter that its customer begins anew", [Q, Mail("k", KIM, subject="Lamp", days=1)]),
    ("a reply after too long", [Q, Mail("k", KIM, subject="Re: Lamp", days=15)]),
    ("a subject that says nothing", [Mail("q", KIM, subject="Question"), Mail("k", KIM, subject="Re: Question")]),
    ("a reply that says what it answers", [Q, Mail("k", KIM, answers=("x",), subject="Re: Lamp", days=1)]),
]  # fmt: skip


@pytest.mark.parametrize(("why", "mails"), WHOLE, ids=[why for why, _ in WHOLE])
def test_who_is_part_of_a_conversation_joins_it(why: str, mails: list[Mail]) -> None:
    """In whatever order the mails arrive."""
    for order in permutations(mails):
        assert len(partition(*order)) == 1, why


@pytest.mark.parametrize(("why", "mails"), APART, ids=[why for why, _ in APART])
def test_who_is_not_part_of_it_has_a_conversation_of_his_own(why: str, mails: list[Mail]) -> None:
    """A conversation that shows one customer's mail to another, or hides one behind another, is worse than two."""
    first, *others = [mail.name for mail in mails if mail is not A]
    for order in permutations(mails):
        where = threaded(order).where
        assert all(where[first] != where[other] for other in others), why


def test_our_answers_to_an_announcements_readers_keep_them_apart() -> None:
    """Each answer mentions the announcement too."""
    replies = [Mail("k", KIM, answers=("n",)), Mail("m", MO, answers=("n",))]
    answers = [
        Mail(f"to-{one.name}", ANNA, (one.writer,), answers=(one.name,), mentions=("n", one.name), sent=True)
        for one in replies
    ]
    for order in permutations([NEWS, *replies, *answers]):
        assert partition(*order) == {frozenset("n"), frozenset({"k", "to-k"}), frozenset({"m", "to-m"})}


def test_whoever_we_take_into_an_answer_becomes_part_of_it() -> None:
    """A stranger too: it was our decision."""
    stranger = Mail("e", EVE, cc=(KIM,), answers=("q",), mentions=("q",))
    answer = Mail("a", ANNA, (EVE, KIM), answers=("e",), mentions=("q", "e"), sent=True)

    assert len(partition(Q, stranger, answer)) == 1


PEOPLE = st.sampled_from([KIM, LEE, MO, EVE])
IDS = st.sampled_from("abcdef")
SOME_IDS = st.lists(IDS, max_size=2, unique=True).map(tuple)
INBOUND = st.builds(
    Mail, name=st.just(""), writer=PEOPLE, cc=st.lists(PEOPLE, max_size=1).map(tuple), answers=SOME_IDS, mentions=SOME_IDS,
    ids=st.lists(IDS, max_size=2, unique=True).map(tuple), subject=st.sampled_from(["", "Lamp", "Re: Lamp"]),
    days=st.integers(0, 20), guid=st.sampled_from([None, None, "g"]),
)  # fmt: skip
OUTBOUND = st.builds(
    Mail, name=st.just(""), writer=st.just(ANNA), to=st.lists(PEOPLE, min_size=1, max_size=3).map(tuple),
    answers=SOME_IDS, mentions=SOME_IDS, ids=st.lists(IDS, max_size=1).map(tuple),
    subject=st.sampled_from(["", "Lamp", "Re: Lamp"]), days=st.integers(0, 20), sent=st.just(True),
)  # fmt: skip


def named(mails: list[Mail]) -> list[Mail]:
    """Each with a name of its own; what it bears stands in `ids`."""
    return [replace(one, name=f"m{number}") for number, one in enumerate(mails)]


MAILS = st.lists(INBOUND | OUTBOUND, max_size=8).map(named)


@given(MAILS, st.randoms(use_true_random=False))
def test_every_order_of_arrival_gives_the_same_conversations(mails: list[Mail], chance) -> None:
    """IMAP gives the newest first, an import comes last, and two servers race."""
    shuffled = list(mails)
    chance.shuffle(shuffled)

    assert partition(*mails) == partition(*shuffled)


@given(MAILS)
def test_conversations_are_the_connected_parts_of_what_pairs_of_mails_say(mails: list[Mail]) -> None:
    """Whether two mails are tied follows from the two alone; that is why the order does not matter."""
    parts = {mail.name: {mail.name} for mail in mails}
    for one in mails:
        for other in mails:
            if one is not other and tied(one, other):
                joined = parts[one.name] | parts[other.name]
                parts.update(dict.fromkeys(joined, joined))

    assert {frozenset(part) for part in parts.values()} == partition(*mails)


def tied(one: Mail, other: Mail) -> bool:
    """By a common id and person, or by a guess."""
    letters = one.letter(), other.letter()
    keys = [{link.key for link in links(letter) if link.key[HALF:] != ANYBODY} for letter in letters]
    traits = [mail.trait(letter) for mail, letter in zip((one, other), letters, strict=True)]
    return bool(keys[0] & keys[1]) or (None not in traits and alike(*traits))


INSIDE = st.builds(
    Mail, name=st.just("leaf"), writer=st.just(ANNA), to=st.just((SUPPORT,)), answers=SOME_IDS, mentions=SOME_IDS,
    ids=st.just(("leaf",)),
)  # fmt: skip


@given(MAILS, INSIDE, st.randoms(use_true_random=False))
def test_what_staff_say_among_themselves_ties_nobody_together(mails: list[Mail], leaf: Mail, chance) -> None:
    """It stands with a mail that it names; which one, where several bear the id, is all that the order may decide."""
    shuffled = [*mails, leaf]
    chance.shuffle(shuffled)
    without = {frozenset(part - {"leaf"}) for part in partition(*shuffled)} - {frozenset()}

    assert without == partition(*mails)


def test_a_name_is_the_oldest_of_those_that_went_into_it() -> None:
    """Links to the older one are about in the world longer."""
    done = threaded([Mail("a", KIM), Mail("b", KIM), Mail("c", KIM, answers=("b",), mentions=("a",))])

    assert set(done.where.values()) == {"t0000"}


def test_thousands_of_references_are_placed_at_once() -> None:
    """Ten years of one ticket, or somebody who tries how much we bear."""
    many = tuple(f"{number}@x" for number in range(20_000))
    first, last = Mail("f", KIM, answers=(many[0],)), Mail("l", KIM, answers=(many[-1],))

    assert len(partition(first, last, Mail("m", KIM, mentions=many))) == 1


def test_what_is_known_already_is_not_written_again() -> None:
    """The fortieth answer of a conversation mentions thirty-nine ids."""
    known = {}
    for mail in (Q, A):
        at = place(links(mail.letter()), known, "t")
        known.update(at.keys)
    again = place(links(Mail("k", KIM, answers=("a",), mentions=("q", "a")).letter()), known, "u")

    assert len(again.keys) == 2  # its own id, for Kim and for anybody


@pytest.mark.parametrize(
    ("mail", "why"),
    [
        (Mail("k", KIM), ("new",)),
        (Mail("k", EVE, answers=("q",)), ("new",)),
        (Mail("k", KIM, answers=("q",), mentions=("q",)), ("in-reply-to=<q>",)),
        (Mail("k", KIM, answers=("x",), mentions=("q", "a", "y")), ("references=<a>",)),
        (Mail("later", KIM), ("mentioned-before=<later>",)),
        (Mail("k", KIM, guid="g"), ("thread-index=g",)),
        (Mail("k", KIM, subject="Re: Lamp"), ("guess=subject",)),
        (Mail("s", ANNA, mentions=("q",)), ("references=<q>",)),
    ],
)
def test_each_placement_has_its_reason(mail: Mail, why: tuple[str, ...]) -> None:
    """`trace` shows it: the plainest one, of several references the nearest, and a guess as a guess."""
    known = [Q, Mail("a", ANNA, (KIM,), answers=("q",), mentions=("later",), guid="g", sent=True)]

    assert threaded([*known, mail]).why[mail.name] == why
