"""Whose turn it is: by due, by conversation, by what an inbox takes."""

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.store import claims, outbox
from router.store.claims import ORDERED, Wanted
from router.store.database import Database
from router.store.outbox import Settled, State
from tests.store.desk import LEASE, MAIL, NOON, add_copies, change, claim_copies, opened, put

SECOND = timedelta(seconds=1)


def claimed(database: Database, most: int = 50, now: datetime = NOON, newest_first: bool = False) -> list[str]:
    """The ids of what mike gets."""
    return [one.id for one in claim_copies(database, {"mike": Wanted(most, newest_first=newest_first)}, now=now).copies]


def letters(database: Database, *threads: str, **parts: object) -> list[str]:
    """Copies for mike of these conversations, made one second after the other until noon."""
    times = [NOON - SECOND * (len(threads) - number) for number in range(len(threads))]
    rows = [{"thread": name, "created": at, "due": at} for name, at in zip(threads, times, strict=True)]
    return add_copies(database, *(row | parts for row in rows))


def test_a_copy_waits_for_an_earlier_one_of_its_conversation(database: Database) -> None:
    """Nobody reads the answer before the question; other conversations go on."""
    one, two, other = letters(database, "a", "a", "b")

    assert [claimed(database), claimed(database)] == [[one, other], []]
    change(database, one, state="delivered", ended=NOON)
    assert claimed(database) == [two]


def test_conversations_of_another_inbox_are_others(database: Database) -> None:
    """Helen's inbox that hangs must not keep mike from his answer."""
    letters(database, "a", inbox="helen", state="sending")
    (mine,) = letters(database, "a")

    assert claimed(database) == [mine]


@pytest.mark.parametrize("state", ["deferred", "unknown", "held", "failed", "delivered", "withheld", "skipped"])
def test_a_copy_waits_for_none_that_stands_still(database: Database, state: str) -> None:
    """One message that fails must not stop a conversation."""
    letters(database, "a", state=state, due=NOON + LEASE, ended=NOON if state in ("failed", "delivered") else None)
    (behind,) = letters(database, "a")

    assert claimed(database) == [behind]


@pytest.mark.parametrize("state", ["pending", "sending"])
def test_a_copy_waits_no_longer_than_a_minute(database: Database, state: str) -> None:
    """A courier that hangs, or a clock that was wrong."""
    add_copies(database, {"thread": "a", "created": NOON, "due": NOON + 2 * ORDERED, "state": state})
    (behind,) = add_copies(database, {"thread": "a", "created": NOON + SECOND, "due": NOON})

    assert claimed(database, now=NOON + ORDERED - SECOND) == []
    assert claimed(database, now=NOON + ORDERED) == [behind]


def test_an_old_backlog_of_one_conversation_comes_in_its_order_and_at_once(database: Database) -> None:
    """After an outage nothing waits for its turn a minute."""
    copies = letters(database, *"aaaaa")

    assert claimed(database, now=NOON + 2 * ORDERED) == copies


def test_newest_first_is_between_conversations(database: Database) -> None:
    """Inside one the question still comes before the answer; what was missed yesterday can be read later."""
    a1, b1, a2, c1, b2 = letters(database, *"abacb")
    later = NOON + 2 * ORDERED

    assert claimed(database, 3, later, newest_first=True) == [b1, b2, c1]
    assert claimed(database, 3, later, newest_first=True) == [a1, a2]


def test_newest_first_stays_within_what_is_wanted(database: Database) -> None:
    """A long conversation fills it from its beginning."""
    copies = letters(database, *"aaab")

    assert claimed(database, 3, NOON + 2 * ORDERED, newest_first=True) == [copies[3], *copies[:2]]


def test_newest_first_holds_for_recent_mail_too(database: Database) -> None:
    """There the earlier one must be through before the later goes."""
    a1, b1, _, c1 = letters(database, *"abac")

    assert claimed(database, newest_first=True) == [c1, b1, a1]
    assert claimed(database, newest_first=True) == []


def test_a_copy_that_failed_for_now_does_not_hide_its_conversation(database: Database) -> None:
    """Due again, it goes as itself."""
    (again,) = letters(database, "a", state="deferred")
    (new,) = letters(database, "a")

    assert set(claimed(database, now=NOON + 2 * ORDERED, newest_first=True)) == {again, new}


def test_each_inbox_gets_what_it_wants_of_octets_and_copies(database: Database) -> None:
    """The last mail may be larger than what is left."""
    add_copies(database, *({"inbox": inbox} for inbox in ("mike", "helen", "ann") for _ in range(5)))
    wanted = {"mike": Wanted(2), "helen": Wanted(9, octets=90), "ann": Wanted(9, octets=0)}

    got = [one.inbox for one in claim_copies(database, wanted).copies]

    assert got == ["mike", "mike", "helen", "helen"]


def test_a_claim_says_when_the_next_is_due(database: Database) -> None:
    """So nobody has to ask again at once."""
    add_copies(database, {}, {}, {"inbox": "helen", "due": NOON + LEASE})

    got = claim_copies(database, {"mike": Wanted(1), "helen": Wanted(1), "ann": Wanted(1)})

    assert got.next_due == {"mike": NOON, "helen": NOON + LEASE, "ann": None}


def test_what_was_delivered_lately_is_on_record(database: Database) -> None:
    """By minutes, and by the inboxes that are asked for."""
    ends = [NOON - timedelta(minutes=90), NOON - SECOND, NOON - 2 * SECOND, NOON]
    add_copies(database, *({"state": "delivered", "ended": at} for at in ends), {"inbox": "helen"})
    size = len(MAIL)

    found = database.read(lambda c: claims.delivered(c, ["mike", "helen"], NOON - timedelta(hours=1)))

    assert found == [(NOON - timedelta(minutes=1), 2, 2 * size), (NOON, 1, size)]


STEP = st.one_of(
    st.tuples(st.just("add"), st.sampled_from("abc"), st.sampled_from(["mike", "helen"])),
    st.tuples(st.just("claim"), st.integers(1, 4), st.booleans()),
    st.tuples(st.just("settle"), st.integers(0, 9), st.sampled_from([State.DELIVERED, State.DEFERRED, State.FAILED])),
    st.tuples(st.just("later"), st.integers(1, 40), st.just(None)),
)


class Model:
    """Copies in the order of their making, as one knows them from outside."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, NOON
        self.made: list[tuple[str, str, str, datetime]] = []  # id, inbox, thread, made
        self.states: dict[str, str] = {}
        self.hands: list[outbox.Claimed] = []

    def add(self, thread: str, inbox: str) -> None:
        """A mail comes."""
        self.now += timedelta(milliseconds=1)
        row = {"inbox": inbox, "thread": thread, "created": self.now, "due": self.now}
        (copy,) = add_copies(self.database, row)
        self.made.append((copy, inbox, thread, self.now))
        self.states[copy] = "pending"

    def claim(self, most: int, newest_first: bool) -> None:
        """Whatever comes, no earlier one of its conversation waits or is under way, unless it is old."""
        wanted = {inbox: Wanted(most, newest_first=newest_first) for inbox in ("mike", "helen")}
        for copy in claim_copies(self.database, wanted, now=self.now).copies:
            for earlier, inbox, thread, made in self.made:
                if earlier == copy.id:
                    break
                if (inbox, thread) == (copy.inbox, copy.thread) and self.now - made < ORDERED:
                    assert self.states[earlier] not in ("pending", "sending")
            self.states[copy.id] = "sending"
            self.hands.append(copy)

    def settle(self, which: int, state: State) -> None:
        """A courier has spoken."""
        if self.hands:
            copy = self.hands.pop(which % len(self.hands))
            due = self.now + LEASE if state is State.DEFERRED else None
            put(self.database, outbox.settlement([Settled(copy, state, due)], "me", self.now))
            self.states[copy.id] = state.value

    def later(self, seconds: int, _: None) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=30), st.booleans())
def test_no_order_of_things_overtakes_or_starves_a_copy(steps: list[tuple[str, object, object]], newest: bool) -> None:
    """A conversation keeps its order for a minute, and everything goes in the end."""
    with TemporaryDirectory() as folder, opened(Path(folder)) as database:
        model = Model(database)
        for name, *given_ in steps:
            getattr(model, name)(*given_)
        for _ in range(2 * len(model.made)):
            model.later(31, None)
            model.claim(1, newest)
            model.settle(0, State.DELIVERED)
            model.settle(0, State.DELIVERED)

        assert set(model.states.values()) <= {"delivered", "failed"}
