"""Conversations: any order of arrival gives the same ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from router.conversation.threads import place


@dataclass(frozen=True)
class Mail:
    """What threading sees of one."""

    name: str
    carried: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()


def threaded(mails: Iterable[Mail]) -> tuple[set[frozenset[str]], dict[str, str], dict[str, tuple[str, ...]]]:
    """The partition, the name of each mail's conversation, and the reasons, with mergers as T2 carries them out."""
    known: dict[str, str] = {}
    where: dict[str, str] = {}
    why: dict[str, tuple[str, ...]] = {}
    for number, mail in enumerate(mails):
        at = place(mail.carried, mail.answered, mail.mentioned, known, f"t{number:04}")
        known.update((key, at.thread) for key in at.keys)
        where[mail.name], why[mail.name] = at.thread, at.why
        for absorbed in at.absorbed:
            known.update((key, at.thread) for key, thread in known.items() if thread == absorbed)
            where.update((name, at.thread) for name, thread in where.items() if thread == absorbed)
    return {frozenset(n for n in where if where[n] == t) for t in set(where.values())}, where, why


def partition(*mails: Mail) -> set[frozenset[str]]:
    """Which mails belong together."""
    return threaded(mails)[0]


IDS = st.sampled_from("abcdefgh")
SOME = st.lists(IDS, max_size=3).map(tuple)
MAILS = st.lists(st.tuples(SOME, SOME, SOME), max_size=9).map(
    lambda some: [Mail(f"m{number}", *parts) for number, parts in enumerate(some)]
)


@given(MAILS, st.randoms(use_true_random=False))
def test_every_order_of_arrival_gives_the_same_conversations(mails: list[Mail], chance) -> None:
    """IMAP gives the newest first, an import comes last, and two servers race."""
    shuffled = list(mails)
    chance.shuffle(shuffled)

    assert partition(*mails) == partition(*shuffled)


@given(MAILS)
def test_conversations_are_the_closure_of_shared_ids(mails: list[Mail]) -> None:
    """Two mails belong together where a chain of shared ids leads from one to the other, and only there."""
    groups = [({mail.name}, {*mail.carried, *mail.answered, *mail.mentioned}) for mail in mails]
    closed: list[tuple[set[str], set[str]]] = []
    for names, keys in groups:
        touching = [one for one in closed if one[1] & keys]
        closed = [one for one in closed if not one[1] & keys]
        closed.append((names.union(*(n for n, _ in touching)), keys.union(*(k for _, k in touching))))

    assert {frozenset(names) for names, _ in closed} == partition(*mails)


def test_an_answer_joins_its_question() -> None:
    """By In-Reply-To alone, or by References alone."""
    question = Mail("q", ("q",))
    assert len(partition(question, Mail("a", ("a",), ("q",)))) == 1
    assert len(partition(question, Mail("a", ("a",), (), ("q",)))) == 1


def test_two_answers_to_a_mail_that_was_never_seen_belong_together() -> None:
    """The first mail may have come before the router did."""
    assert len(partition(Mail("a", ("a",), ("gone",)), Mail("b", ("b",), (), ("gone", "other")))) == 1


def test_strangers_stay_apart() -> None:
    """A conversation that shows one customer's mail to another is worse than two."""
    assert len(partition(Mail("a", ("a",)), Mail("b", ("b",)), Mail("c"), Mail("d"))) == 4


def test_a_mail_that_joins_two_conversations_makes_one_with_the_older_name() -> None:
    """Links to the older one are about in the world longer."""
    mails = [Mail("a", ("a",)), Mail("b", ("b",)), Mail("c", ("c",), ("b",), ("a",))]
    at = place(("c",), ("b",), ("a",), {"a": "t0", "b": "t1"}, "t2")

    assert (at.thread, at.is_new, at.absorbed) == ("t0", False, ("t1",))
    assert set(threaded(mails)[1].values()) == {"t0000"}


def test_mails_that_refer_to_themselves_or_in_circles_are_harmless() -> None:
    """Broken mailers write both."""
    itself = Mail("s", ("s",), ("s",), ("s", "s"))
    circle = [Mail("a", ("a",), ("b",)), Mail("b", ("b",), ("c",)), Mail("c", ("c",), ("a",))]

    assert len(partition(itself, *circle)) == 2


def test_several_ids_of_one_mail_all_lead_to_it() -> None:
    """Lists and mail merges write a second Message-ID."""
    assert len(partition(Mail("a", ("a1", "a2")), Mail("b", ("b",), ("a2",)), Mail("c", ("c",), ("a1",)))) == 1


def test_thousands_of_references_are_placed_at_once() -> None:
    """Ten years of one ticket, or somebody who tries how much we bear."""
    many = tuple(f"{number}@x" for number in range(50_000))
    at = place(("new",), (), many, {many[-1]: "t1", many[0]: "t0"}, "t2")

    assert (at.thread, at.absorbed, len(at.keys)) == ("t0", ("t1",), 50_001)


def reasons(answered: Sequence[str], mentioned: Sequence[str], *known: str) -> tuple[str, ...]:
    """Why a mail with the id `me` stands where it stands."""
    return place(("me",), answered, mentioned, dict.fromkeys(known, "t0"), "t1").why


def test_each_placement_has_its_reason() -> None:
    """`trace` shows it: the plainest one, and of several references the nearest."""
    assert reasons((), ()) == ("new",)
    assert reasons(("a",), ("a",), "a") == ("in-reply-to=<a>",)
    assert reasons(("x",), ("a", "b", "c"), "a", "b") == ("references=<b>",)
    assert reasons((), (), "me") == ("mentioned-before=<me>",)
