"""Any order of claims, outcomes, expiries and commands: what must hold all the same."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from router.store import commands, outbox
from router.store.claims import Wanted
from router.store.database import Database
from router.store.outbox import Claimed, Settled, State
from tests.store.desk import LEASE, NOON, add_copies, claim_copies, opened, put, row_of

HOLDERS = ("one", "two")
OUTCOMES = (State.DELIVERED, State.DEFERRED, State.UNKNOWN, State.FAILED)
STEP = st.one_of(
    st.tuples(st.just("claim"), st.sampled_from(HOLDERS)),
    st.tuples(st.just("settle"), st.integers(0, 20), st.sampled_from(OUTCOMES)),
    st.tuples(st.just("renew"), st.sampled_from(HOLDERS)),
    st.tuples(st.sampled_from(["expire", "late", "give back", "retry", "hold", "release", "restored"])),
)


class Model:
    """One copy, and what its couriers believe."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, NOON
        (self.copy,) = add_copies(database, {})
        self.claims: list[tuple[str, Claimed]] = []  # every claim that was ever given
        self.tried = False  # some attempt may have arrived

    @property
    def row(self) -> dict[str, object]:
        return row_of(self.database, self.copy)

    def step(self, name: str, *given: object) -> None:
        """Do one thing, and look at what must never happen."""
        before = self.row
        getattr(self, "_" + name.replace(" ", "_"))(*given)
        after = self.row
        if before["state"] == State.DELIVERED:
            assert after == before, "what has arrived is done for ever"
        if after["state"] == State.SENDING:
            assert (after["holder"], after["attempts"]) == (self.claims[-1][0], self.claims[-1][1].attempts)
        else:
            assert (after["holder"], after["lease"]) == (None, None)
        assert after["due"] is not None or after["state"] not in outbox.CLAIMABLE, "nobody would ever take it"

    def _claim(self, holder: str) -> None:
        before = self.row["state"]
        got = claim_copies(self.database, {"mike": Wanted(9)}, holder, self.now).copies
        assert not got or before in outbox.CLAIMABLE, "in one hand only"
        for one in got:
            # What may have arrived is looked for: by the row's word, or since it is no first attempt.
            assert one.doubts or one.attempts > 1 or not self.tried
            self.claims.append((holder, one))
            self.tried = True

    def _settle(self, which: int, state: State) -> None:
        if not self.claims:
            return
        holder, one = self.claims[which % len(self.claims)]
        before = self.row
        due = None if state in (State.DELIVERED, State.FAILED) else self.now
        put(self.database, outbox.settlement([Settled(one, state, due=due)], holder, self.now))
        latest = (before["holder"], before["attempts"]) == (holder, one.attempts) and before["state"] == State.SENDING
        assert self.row["state"] == (state if latest else before["state"]), "only its holder's word counts"

    def _renew(self, holder: str) -> None:
        self.database.write("t", lambda c: outbox.renew(c, [self.copy], holder, self.now + LEASE))

    def _expire(self) -> None:
        self.database.write("t", lambda c: outbox.expire(c, self.now))

    def _late(self) -> None:
        self.now += LEASE + timedelta(seconds=1)
        self._expire()

    def _give_back(self) -> None:
        """Only a copy that no courier has touched is given back: then this attempt is no attempt."""
        if self.row["state"] == State.SENDING and len(self.claims) == 1:
            self.database.write("t", lambda c: outbox.give_back(c, [self.copy], self.claims[-1][0]))
            self.tried = False

    def _retry(self) -> None:
        self.database.write("t", lambda c: commands.retry(c, [self.copy], self.now))

    def _hold(self) -> None:
        self.database.write("t", lambda c: commands.hold(c, [self.copy]))

    def _release(self) -> None:
        self.database.write("t", lambda c: commands.release(c, [self.copy], self.now))

    def _restored(self) -> None:
        self.database.write("t", lambda c: commands.restored(c, self.now, []))


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=20))
def test_no_order_of_things_puts_a_copy_into_two_hands_or_loses_it(steps: list[tuple[object, ...]]) -> None:
    """Fences, leases and commands together: in one hand only, and always on its way to an end."""
    with TemporaryDirectory() as folder, opened(Path(folder)) as database:
        model = Model(database)
        for name, *given in steps:
            model.step(str(name), *given)
        for name in ("late", "release", "retry"):
            model.step(name)
        model.step("claim", "one")

        assert model.row["state"] in (State.SENDING, State.DELIVERED)
