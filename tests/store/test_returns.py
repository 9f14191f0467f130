"""What is recorded at copies that something came back to."""

from datetime import timedelta
from typing import Any

import pytest

from router.store import messages
from router.store.claims import Wanted
from router.store.database import Database
from router.store.outbox import Settled, State, settlement
from router.store.returns import GIVE_UP, NOTE_RETURN, SEND_WRAPPED, Original, Sent, originals
from tests.store.desk import NOON, add_copies, change, claim_copies, put, row_of
from tests.store.test_messages import message_row

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def copy(database: Database) -> str:
    """A delivered copy of m."""
    put(database, (messages.ADD_MESSAGE, [message_row("m"), message_row("other")]))
    row = {"message": "m", "state": "delivered", "attempts": 1, "due": None, "ended": NOON, "changed": ["munged"]}
    (copy, _) = add_copies(database, row, {"message": "other"})
    return copy


def follow(database: Database, statement: Any, copy: str) -> dict[str, Any]:
    """Carry out what follows from a bounce."""
    put(database, (statement, [{"b_id": copy, "now": LATER, "last_error": "bounced: 5.7.26 no"}]))
    return row_of(database, copy)


def test_a_message_is_found_with_its_copies_and_its_conversation(database: Database, copy: str) -> None:
    """Those that are no longer stored are left out."""
    entry = {"kind": "bounce", "status": "5.2.2"}
    put(database, (NOTE_RETURN, [{"b_id": copy, "came_back": [entry]}]))
    found = database.read(lambda c: originals(c, ["m", "gone"]))

    assert found == {"m": Original("t1", None, False, [Sent(copy, "mike", "delivered", ("munged",), [entry])])}


def test_a_refused_copy_goes_out_again_as_a_wrapper(database: Database, copy: str) -> None:
    """At once, and the time to give up is counted anew."""
    row = follow(database, SEND_WRAPPED, copy)

    assert (row["state"], row["due"], row["created"], row["ended"]) == ("deferred", LATER, LATER, None)
    assert (row["note"], row["last_error"], row["attempts"]) == ({"wrapped": True}, "bounced: 5.7.26 no", 1)


def test_a_copy_may_have_failed_after_all(database: Database, copy: str) -> None:
    """Nobody tries it again by himself."""
    row = follow(database, GIVE_UP, copy)

    assert (row["state"], row["due"], row["ended"]) == ("failed", None, LATER)


@pytest.mark.parametrize("statement", [SEND_WRAPPED, GIVE_UP])
@pytest.mark.parametrize("state", ["pending", "deferred", "held", "failed", "skipped", "withheld"])
def test_what_is_not_out_stays_as_it_is(database: Database, copy: str, statement: Any, state: str) -> None:
    """Somebody has decided otherwise between the look and the commit."""
    change(database, copy, state=state)

    assert follow(database, statement, copy)["state"] == state


@pytest.mark.parametrize("statement", [SEND_WRAPPED, GIVE_UP])
def test_the_courier_s_own_word_comes_too_late(database: Database, copy: str, statement: Any) -> None:
    """The report was quicker than the record of the 250."""
    change(database, copy, state="pending", due=NOON)
    (hand,) = claim_copies(database, {"mike": Wanted(1)}).copies
    state = follow(database, statement, copy)["state"]
    put(database, settlement([Settled(hand, State.DELIVERED, receipt={"at": "now"})], "me", LATER))

    assert row_of(database, copy)["state"] == state


def test_the_wrapper_is_claimed_with_its_note(database: Database, copy: str) -> None:
    """It is how its courier knows."""
    follow(database, SEND_WRAPPED, copy)
    hands = claim_copies(database, {"mike": Wanted(9)}, now=LATER).copies

    assert {hand.id: (hand.note, hand.attempts) for hand in hands}[copy] == ({"wrapped": True}, 2)
