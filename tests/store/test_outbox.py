"""The outbox: leases, fences, and the arrows between the states."""

from datetime import timedelta

import pytest

from router.store import claims, outbox
from router.store.claims import Wanted
from router.store.database import Database
from router.store.outbox import CLAIMABLE, Claimed, Settled, State
from router.store.writer import Unit
from tests.store.desk import LEASE, MAIL, NOON, add_copies, change, claim_copies, octets, row_of, states

LATER = NOON + timedelta(minutes=5)


def claim(database: Database, now=NOON, most: int = 50, holder: str = "me", inbox: str = "mike") -> list[Claimed]:
    """What a holder gets."""
    return claim_copies(database, {inbox: Wanted(most)}, holder, now).copies


def settle(database: Database, *settled: Settled, holder: str = "me") -> None:
    """Record outcomes."""
    unit = Unit("deliver", [outbox.settlement(settled, holder, LATER)])
    database.writer.enqueue([unit])
    unit.done.result(20)


def test_a_claim_puts_a_copy_under_a_lease(database: Database) -> None:
    """Whoever looks sees who has it, and until when."""
    (copy,) = add_copies(database, {"folder": "Customers"})
    (got,) = claim(database)
    row = row_of(database, copy)

    assert (row["state"], row["holder"], row["lease"], row["attempts"]) == (State.SENDING, "me", NOON + LEASE, 1)
    assert (copy, MAIL, "Customers", 1, 0) == (
        got.id,
        octets(got.content),
        got.folder,
        got.attempts,
        got.doubts,
    )


def test_no_copy_is_claimed_twice(database: Database) -> None:
    """Two couriers with the same copy are two copies."""
    add_copies(database, *({} for _ in range(20)))

    got = claim(database, most=7) + claim(database, most=7, holder="other") + claim(database, most=7)

    assert len({one.id for one in got}) == len(got) == 20
    assert claim(database) == []


@pytest.mark.parametrize("state", list(State))
def test_only_what_waits_is_claimed(database: Database, state: State) -> None:
    """A held copy that goes out cannot be called back."""
    add_copies(database, {"state": state.value})

    assert len(claim(database)) == (1 if state in CLAIMABLE else 0)


def test_only_an_unknown_copy_may_have_arrived(database: Database) -> None:
    """The others have certainly not arrived by an attempt of which we know nothing."""
    copies = add_copies(database, {"state": "pending"}, {"state": "deferred"}, {"state": "unknown"})

    assert [one.doubts for one in claim(database)] == [0, 0, 1]
    assert [row_of(database, copy)["doubts"] for copy in copies] == [0, 0, 1]


def test_what_is_due_first_goes_first_and_what_is_not_due_waits(database: Database) -> None:
    """A deferred copy must not run around its pause."""
    late, early, future = add_copies(database, {"due": LATER}, {"due": NOON}, {"due": LATER + LEASE})

    assert [one.id for one in claim(database, now=LATER)] == [early, late]
    assert database.read(lambda c: claims.next_due(c, ["mike"])) == {"mike": LATER + LEASE}
    assert row_of(database, future)["state"] == "pending"


def test_each_inbox_has_its_own_queue(database: Database) -> None:
    """Helen's backlog is not Mike's."""
    add_copies(database, {"inbox": "helen"}, {"inbox": "mike"})

    assert [one.inbox for one in claim(database, inbox="helen")] == ["helen"]
    assert database.read(lambda c: claims.next_due(c, ["helen"])) == {"helen": None}


def test_a_claim_stays_within_its_bytes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty mails of 50 MB are not taken into memory at once."""
    monkeypatch.setattr(claims, "CLAIM_BYTES", 2 * len(MAIL))
    add_copies(database, {}, {}, {})

    assert [len(claim(database)) for _ in range(3)] == [2, 1, 0]


def test_an_outcome_ends_the_lease(database: Database) -> None:
    """Receipt, changes and the end stand in the row."""
    add_copies(database, {})
    (got,) = claim(database)
    settle(database, Settled(got, State.DELIVERED, receipt={"file": "f"}, changed=("munged",)))
    row = row_of(database, got.id)

    assert (row["state"], row["receipt"], row["changed"]) == ("delivered", {"file": "f"}, ["munged"])
    assert (row["holder"], row["lease"], row["due"], row["ended"]) == (None, None, None, LATER)


def test_an_outcome_of_somebody_who_lost_the_lease_changes_nothing(database: Database) -> None:
    """His copy may be under way a second time: only the present holder knows."""
    add_copies(database, {})
    (old,) = claim(database)
    database.write("lease", lambda c: outbox.expire(c, LATER))
    (new,) = claim(database, now=LATER, holder="other")
    before = row_of(database, new.id)

    settle(database, Settled(old, State.DELIVERED, receipt={"file": "old"}))

    assert before == row_of(database, new.id)
    settle(database, Settled(new, State.DELIVERED, receipt={"file": "new"}), holder="other")
    assert row_of(database, new.id)["receipt"] == {"file": "new"}


def test_an_outcome_of_an_earlier_attempt_of_the_same_holder_changes_nothing(database: Database) -> None:
    """The same process may lose a lease and get the copy anew."""
    add_copies(database, {})
    (old,) = claim(database)
    database.write("lease", lambda c: outbox.expire(c, LATER))
    (new,) = claim(database, now=LATER)

    settle(database, Settled(old, State.FAILED))
    assert states(database) == ["sending"]
    settle(database, Settled(new, State.DELIVERED))
    assert states(database) == ["delivered"]


def test_an_outcome_counts_also_where_it_comes_late(database: Database) -> None:
    """A courier that took longer than its lease and whom nobody followed has delivered all the same."""
    add_copies(database, {})
    (got,) = claim(database)

    settle(database, Settled(got, State.DELIVERED))

    assert states(database) == ["delivered"]


def test_an_outcome_in_a_batch_meets_its_own_row_only(database: Database) -> None:
    """One statement settles many."""
    add_copies(database, {}, {})
    one, two = claim(database)

    settle(database, Settled(two, State.DEFERRED, due=LATER, last_error="full"), Settled(one, State.UNKNOWN, due=LATER))

    assert states(database) == ["unknown", "deferred"]
    assert row_of(database, two.id)["last_error"] == "full"


def test_a_lease_that_ran_out_becomes_unknown(database: Database) -> None:
    """Never pending: the copy may have arrived."""
    add_copies(database, {}, {"inbox": "helen"})
    claim(database)

    found = database.write("lease", lambda c: outbox.expire(c, NOON + LEASE * 2))

    assert [inbox for _, inbox in found] == ["mike"]
    assert states(database) == ["unknown", "pending"]


def test_a_lease_that_is_renewed_does_not_run_out(database: Database) -> None:
    """A slow courier is no dead one."""
    add_copies(database, {}, {})
    got, other = claim(database)
    until = NOON + LEASE * 3
    assert database.write("lease", lambda c: outbox.renew(c, [got.id], "me", until)) == {got.id}
    assert database.write("lease", lambda c: outbox.renew(c, [other.id], "stranger", until)) == set()

    database.write("lease", lambda c: outbox.expire(c, NOON + LEASE * 2))

    assert states(database) == ["sending", "unknown"]


def test_the_holder_of_the_lock_takes_back_every_lease(database: Database) -> None:
    """On SQLite he is alone: whoever held one is dead, however long the lease has still to run."""
    add_copies(database, {}, {}, {"state": "held"})
    claim(database)

    database.write("lease", lambda c: outbox.expire(c, NOON, everything=True))

    assert states(database) == ["unknown", "unknown", "held"]
    assert all(one.doubts for one in claim(database))


def test_what_is_given_back_was_never_tried(database: Database) -> None:
    """At a clean stop it is sent later without being looked for."""
    add_copies(database, {}, {})
    got, other = claim(database)
    database.write("lease", lambda c: outbox.give_back(c, [got.id], "me"))
    database.write("lease", lambda c: outbox.give_back(c, [other.id], "stranger"))
    row = row_of(database, got.id)

    assert (row["state"], row["attempts"], row["holder"], row["due"]) == ("pending", 0, None, NOON)
    assert states(database) == ["pending", "sending"]


def test_the_counts_name_every_state(database: Database) -> None:
    """A program that reads `status` finds each of them, also at zero."""
    add_copies(database, {}, {}, {"state": "held"})

    counted = database.read(outbox.counts)

    assert {state.value for state in State} == set(counted)
    assert (counted["pending"], counted["held"], counted["failed"]) == (2, 1, 0)


def test_a_message_has_one_row_per_inbox(database: Database) -> None:
    """It makes the union of all sightings; the database itself refuses a second copy."""
    (copy,) = add_copies(database, {})

    with pytest.raises(Exception, match=r"(?i)unique"):
        add_copies(database, {"message": row_of(database, copy)["message"]})


def test_a_copy_whose_mail_is_gone_does_not_stand_in_the_way(database: Database) -> None:
    """Whatever erased it, the copies behind it must go out."""
    change(database, add_copies(database, {})[0], sha256=b"gone")
    (behind,) = add_copies(database, {})

    assert [one.id for _ in range(2) for one in claim(database, most=1)] == [behind]
    assert states(database) == ["failed", "sending"]
