"""The stage that delivers: outcomes become states, and no inbox waits for another."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from router.delivery import stage
from router.delivery.courier import Blocking, Copy, Delivered, InThread, Outcome, Permanent, Transient, Unknown
from router.delivery.maildir import MaildirCourier
from router.delivery.retry import Again
from router.delivery.stage import Worker
from router.store import claims, keeping, outbox
from router.store.channel import Channel
from router.store.claims import Wanted
from router.store.content import SMALL
from router.store.database import Database
from router.store.handover import Handover
from tests.store.desk import LEASE, NOON, StandingClock, add_copies, claim_copies, row_of, twice_away

GIVE_UP = timedelta(days=7)


class Scripted:
    """A courier that answers as it is told: no real place fails on demand."""

    def __init__(self, answer: Callable[[Sequence[Copy]], list[Outcome]]) -> None:
        self.deliver = answer
        self.find = lambda copy: None
        self.close = lambda: None


def always(outcome: Outcome) -> Blocking:
    """The same for every copy."""
    return Scripted(lambda copies: [outcome for _ in copies])


def raising(error: Exception) -> Blocking:
    """One that breaks."""

    def deliver(copies: Sequence[Copy]) -> list[Outcome]:
        raise error

    return Scripted(deliver)


@pytest.fixture
def clock() -> StandingClock:
    """It stands."""
    return StandingClock()


@pytest.fixture
def handover(database: Database, clock: StandingClock) -> Handover:
    """Between the database and the workers."""
    return Handover(database, clock, "me", LEASE)


@asynccontextmanager
async def working(handover: Handover, **couriers: Blocking) -> AsyncIterator[list[asyncio.Task[None]]]:
    """A worker per inbox."""
    for inbox in couriers:
        handover.open(inbox)
    clock = handover._clock
    again = Again(timedelta(minutes=2), GIVE_UP)
    workers = [Worker(inbox, InThread(inbox, one), handover, clock, again) for inbox, one in couriers.items()]
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    yield tasks
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks)


async def settled(database: Database, copy: str, seconds: float = 10) -> dict[str, Any]:
    """The row of a copy once its courier has spoken."""
    for _ in range(int(seconds * 100)):
        row = row_of(database, copy)
        if row["state"] not in ("pending", "sending"):
            return row
        await asyncio.sleep(0.01)
    raise AssertionError(f"still {row['state']}")


def alarms(database: Database) -> dict[str, dict[str, Any]]:
    """The details of the open alarms."""
    return {one["key"]: one["detail"] for one in database.read(lambda c: keeping.open_alarms(c, NOON))}


@pytest.mark.parametrize(
    ("courier", "state", "error"),
    [
        (always(Delivered({"file": "f"})), "delivered", None),
        (always(Transient("no route")), "deferred", "no route"),
        (always(Permanent("no such folder")), "deferred", "no such folder"),  # somebody may make it
        (always(Unknown("cut")), "unknown", "cut"),
        (raising(RuntimeError("of the test")), "unknown", "RuntimeError: of the test"),
        (Scripted(lambda copies: []), "unknown", "RuntimeError: 0 outcomes for 1 copies"),
    ],
)
async def test_an_outcome_becomes_a_state(
    database: Database, handover: Handover, courier: Blocking, state: str, error: str | None
) -> None:
    """An exception leaves the copy unknown: it may have arrived before the courier broke."""
    (copy,) = add_copies(database, {})

    async with working(handover, mike=courier):
        row = await settled(database, copy)

    assert (row["state"], row["last_error"], row["attempts"]) == (state, error, 1)


async def test_a_receipt_says_when_and_what_was_changed(database: Database, handover: Handover) -> None:
    """By the router's clock."""
    (copy,) = add_copies(database, {})

    async with working(handover, mike=always(Delivered({"uid": 7}, ("munged",)))):
        row = await settled(database, copy)

    assert row["receipt"] == {"uid": 7, "at": "2026-11-20T12:00:00.000Z"}
    assert row["changed"] == ["munged"]


async def test_a_deferred_copy_is_due_after_its_pause(database: Database, handover: Handover) -> None:
    """And one of unknown outcome when looking for it makes sense."""
    deferred, unknown = add_copies(database, {"inbox": "mike"}, {"inbox": "helen"})

    async with working(handover, mike=always(Transient("x")), helen=always(Unknown("x"))):
        rows = [await settled(database, copy) for copy in (deferred, unknown)]

    assert timedelta(seconds=22) < rows[0]["due"] - NOON < timedelta(seconds=38)
    assert rows[1]["due"] == NOON + timedelta(minutes=2)


async def test_a_copy_that_is_given_up_raises_an_alarm(database: Database, handover: Handover) -> None:
    """Nobody would miss it otherwise."""
    (copy,) = add_copies(database, {"created": NOON - GIVE_UP})

    async with working(handover, mike=always(Permanent("mailbox gone"))):
        row = await settled(database, copy)
    raised = alarms(database)

    assert (row["state"], row["due"], row["ended"]) == ("failed", None, NOON)
    assert set(raised) == {f"copy-failed:{copy}", "inbox-refuses:mike"}
    assert {one["error"] for one in raised.values()} == {"mailbox gone"}


async def test_an_alarm_ends_when_the_copy_arrives_after_all(database: Database, handover: Handover) -> None:
    """After `router retry` nothing is wrong any more."""
    (copy,) = add_copies(database, {"attempts": 9})
    row = keeping.alarm_row("copy-failed", copy, {}, NOON)
    await handover.settle([], NOON, [(keeping.RAISE_ALARM, [row])])

    async with working(handover, mike=always(Delivered({}))):
        await settled(database, copy)

    assert alarms(database) == {}


@pytest.mark.parametrize(
    ("attempts", "state", "looks"), [(0, "pending", False), (1, "deferred", True), (1, "unknown", True)]
)
async def test_only_a_first_attempt_does_not_look(
    database: Database, handover: Handover, attempts: int, state: str, looks: bool
) -> None:
    """Whatever an earlier one said, looking costs less than a second copy."""
    got: list[Copy] = []
    courier = Scripted(lambda copies: [got.append(copy) or Delivered({}) for copy in copies])
    (copy,) = add_copies(database, {"attempts": attempts, "state": state})

    async with working(handover, mike=courier):
        for _ in range(500):
            if got:
                break
            await asyncio.sleep(0.01)

    assert [(one.id, one.look_first) for one in got] == [(copy, looks)]


async def test_copies_go_out_together(database: Database, handover: Handover) -> None:
    """One login and one sync for many."""
    calls: list[int] = []
    courier = Scripted(lambda copies: [calls.append(len(copies))] and [Delivered({})] * len(copies))
    copies = add_copies(database, *({} for _ in range(120)))

    async with working(handover, mike=courier):
        for copy in copies:
            await settled(database, copy)

    assert calls == [50, 50, 20]


async def test_a_broken_inbox_delays_no_other(database: Database, handover: Handover, tmp_path: Path) -> None:
    """One fails, one hangs, and helen has her copies."""
    release = threading.Event()
    hanging = Scripted(lambda copies: [Unknown("x") for _ in copies if release.wait(20)])
    rows = [{"inbox": inbox} for inbox in ("mike", "ann") for _ in range(60)]
    (copy, *_) = add_copies(database, {"inbox": "helen"}, *rows)

    async with working(handover, mike=hanging, ann=raising(OSError("x")), helen=MaildirCourier(tmp_path / "helen")):
        row = await settled(database, copy, 5)
        release.set()

    assert row["state"] == "delivered"


async def test_many_hanging_inboxes_delay_nobody_else(database: Database, handover: Handover, tmp_path: Path) -> None:
    """A mail server that hangs takes all the inboxes that are on it, and no more."""
    release = threading.Event()
    hanging = {
        f"x{number}": Scripted(lambda copies: [Unknown("x")] * (1 + release.wait(20) * 0)) for number in range(40)
    }
    (copy, *_) = add_copies(database, {"inbox": "helen"}, *({"inbox": inbox} for inbox in hanging))

    async with working(handover, **hanging, helen=MaildirCourier(tmp_path / "helen")):
        try:
            row = await settled(database, copy, 2)
        finally:
            release.set()

    assert row["state"] == "delivered"


async def test_a_stop_finishes_the_batch_in_hand(database: Database, handover: Handover) -> None:
    """A copy that went out and was not recorded would be looked for, and by SMTP sent again."""
    begun, release = threading.Event(), threading.Event()

    def deliver(copies: Sequence[Copy]) -> list[Outcome]:
        begun.set()
        assert release.wait(20)
        return [Delivered({}) for _ in copies]

    (copy,) = add_copies(database, {})
    async with working(handover, mike=Scripted(deliver)) as (task,):
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.sleep(0.1)
        assert not task.done()
        release.set()
        await asyncio.wait([task])

    assert row_of(database, copy)["state"] == "delivered"


async def test_an_inbox_where_everything_fails_is_let_rest(
    database: Database, handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead server is not asked a thousand times a minute, however many copies wait."""
    monkeypatch.setattr(stage, "REST", (0.3, 0.3))
    calls: list[int] = []
    courier = Scripted(lambda copies: [calls.append(1)] and [Transient("x")] * len(copies))
    add_copies(database, *({} for _ in range(500)))

    async with working(handover, mike=courier):
        await asyncio.sleep(1)

    assert 2 <= len(calls) <= 5


async def test_a_copy_taken_over_by_somebody_else_is_his(
    database: Database, handover: Handover, clock: StandingClock
) -> None:
    """An outcome that comes after the lease ran out and was taken changes nothing."""
    begun, release = threading.Event(), threading.Event()

    def deliver(copies: Sequence[Copy]) -> list[Outcome]:
        begun.set()
        assert release.wait(20)
        return [Transient("too late") for _ in copies]

    (copy,) = add_copies(database, {})
    async with working(handover, mike=Scripted(deliver)):
        await asyncio.to_thread(begun.wait, 10)
        later = clock.at + 2 * LEASE
        database.write("lease", lambda c: outbox.expire(c, later))
        claim_copies(database, {"mike": Wanted(1)}, "other", later)
        release.set()
    row = row_of(database, copy)

    assert (row["state"], row["holder"], row["last_error"]) == ("sending", "other", None)


async def test_an_error_in_strange_characters_is_recorded(database: Database, handover: Handover) -> None:
    """A server's words are not always text; the worker must not die of them."""
    (copy,) = add_copies(database, {})

    async with working(handover, mike=always(Transient("caf\udce9"))):
        row = await settled(database, copy, 1)

    assert row["state"] == "deferred"


async def test_a_store_that_cannot_be_read_for_a_moment_is_waited_out(
    database: Database, handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file handle is free: the worker must live, and deliver when one is."""
    twice_away(monkeypatch, claims, "next_due", "unable to open database file")
    (copy,) = add_copies(database, {})
    async with working(handover, mike=always(Delivered({}))):
        row = await settled(database, copy)

    assert row["state"] == "delivered"


@asynccontextmanager
async def shared(handover: Handover, courier: Blocking, *inboxes: str) -> AsyncIterator[None]:
    """A worker for a place of several inboxes."""
    handover.open("relay", [Channel(inbox) for inbox in inboxes])
    worker = Worker("relay", InThread("relay", courier), handover, handover._clock, Again(LEASE, GIVE_UP), lanes=2)
    task = asyncio.create_task(worker.run())
    yield
    task.cancel()
    await asyncio.wait([task])


def by_inbox(**outcomes: Outcome) -> Blocking:
    """The outcome that its inbox has; delivered without one."""
    return Scripted(lambda copies: [outcomes.get(copy.inbox, Delivered({})) for copy in copies])


async def test_a_full_mailbox_is_told_and_slows_no_neighbour(
    database: Database, handover: Handover, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its copies wait for days; those of the others at the same place go on while it rests."""
    monkeypatch.setattr(stage, "REST", (0.05, 30))
    rows = add_copies(database, *({"inbox": inbox} for inbox in ("mike", "helen") for _ in range(60)))
    outcomes: dict[str, Outcome] = {"mike": Transient("452 4.2.2 over quota")}

    async with shared(handover, Scripted(lambda copies: by_inbox(**outcomes).deliver(copies)), "mike", "helen"):
        for copy in rows[60:]:
            await settled(database, copy)
        first = await settled(database, rows[0])
        assert alarms(database) == {}
        clock.later(minutes=16)
        handover.look()
        raised = await eventually(lambda: alarms(database))
        assert {key: one["error"] for key, one in raised.items()} == {"inbox-unreachable:mike": "452 4.2.2 over quota"}
        del outcomes["mike"]
        await eventually(lambda: not alarms(database))

    assert first["state"] == "deferred"
    assert {row_of(database, copy)["state"] for copy in rows[60:]} == {"delivered"}


async def eventually(look: Callable[[], Any]) -> Any:
    """What is seen once there is something to see."""
    for _ in range(1000):
        if found := look():
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("nothing came")


@pytest.mark.parametrize(
    ("outcome", "raised"),
    [
        (Permanent("550 5.1.1 no such user"), {"inbox-refuses:mike"}),
        (Transient("bad password", of_login=True), {"inbox-unreachable:mike"}),
        (Permanent("550 5.7.26 unauthenticated", of_mail=True), set()),
        (Transient("451 busy"), set()),
        (Unknown("cut"), set()),
    ],
)
async def test_alarms_name_the_inbox(
    database: Database, handover: Handover, outcome: Outcome, raised: set[str]
) -> None:
    """Helen's copies on the same server go on, and nobody is told of them."""
    mike, helen = add_copies(database, {"inbox": "mike"}, {"inbox": "helen"})

    async with shared(handover, by_inbox(mike=outcome), "mike", "helen"):
        await settled(database, mike)
        await settled(database, helen)

    assert set(alarms(database)) == raised
    assert row_of(database, helen)["state"] == "delivered"


async def test_a_refused_wrapper_is_told_at_once(database: Database, handover: Handover) -> None:
    """It is a mail of ours: nothing is left to try, and days of trying are no news."""
    (copy,) = add_copies(database, {"note": {"wrapped": True}})

    async with working(handover, mike=always(Permanent("550 5.7.1 no", of_mail=True))):
        await settled(database, copy)

    assert set(alarms(database)) == {"inbox-refuses:mike"}


async def test_a_resting_inbox_is_tried_with_one_copy(
    database: Database, handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backlog that waits for a dead server stays whole: no copy of it is put off for hours."""
    monkeypatch.setattr(stage, "REST", (0.1, 0.1))
    calls: list[int] = []
    courier = Scripted(lambda copies: [calls.append(len(copies))] and [Transient("x")] * len(copies))
    add_copies(database, *({} for _ in range(300)))

    async with working(handover, mike=courier):
        await eventually(lambda: len(calls) > 3)

    assert calls[:4] == [50, 1, 1, 1]


@pytest.mark.parametrize(
    ("note", "outcome", "wrapped", "at_once"),
    [
        (None, Permanent("x", of_mail=True), True, True),
        ({"refusals": 1, "wrapped": False}, Permanent("x"), False, False),
        ({"refusals": 2, "wrapped": False}, Permanent("x"), True, True),
        ({"refusals": 3, "wrapped": True}, Permanent("x"), True, False),  # as an attachment neither
        ({"refusals": 2, "wrapped": False}, Permanent("x", of_inbox=True), False, False),  # the mailbox is full
    ],
)
async def test_a_refused_mail_is_wrapped_the_next_time(
    database: Database,
    handover: Handover,
    monkeypatch: pytest.MonkeyPatch,
    note: dict[str, Any] | None,
    outcome: Outcome,
    wrapped: bool,
    at_once: bool,
) -> None:
    """At once where the form is new; after that as any other failure."""
    monkeypatch.setattr(stage, "REST", (60, 60))
    (copy,) = add_copies(database, {"note": note, "attempts": 1, "state": "deferred"})

    async with working(handover, mike=always(outcome)):
        await eventually(lambda: row_of(database, copy)["attempts"] == 2 and row_of(database, copy)["last_error"])
    row = row_of(database, copy)

    assert (row["note"]["wrapped"], row["due"] == NOON) == (wrapped, at_once)


async def test_of_a_mail_that_is_too_large_the_beginning_goes_at_once(
    database: Database, handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to be called for that; where not even that is taken, somebody has."""
    monkeypatch.setattr(stage, "REST", (0.01, 0.01))
    got: list[tuple[bool, bool]] = []
    too_large = lambda copies: [  # noqa: E731
        got.append((copy.shortened, copy.wrapped)) or Permanent("552 5.3.4 too large", of_size=True) for copy in copies
    ]
    (copy,) = add_copies(database, {}, raw=b"Subject: x\r\n\r\n" + b"x" * SMALL)

    async with working(handover, mike=Scripted(too_large)):
        await eventually(lambda: row_of(database, copy)["attempts"] == 2 and alarms(database))

    assert got == [(False, False), (True, False)]
    assert set(alarms(database)) == {"inbox-refuses:mike"}


async def test_a_copy_of_unknown_end_takes_along_what_was_left_for_it(database: Database, handover: Handover) -> None:
    """Where to look, what was refused before, and how often nobody knew."""
    got: list[Copy] = []
    answer = lambda copies: [got.append(copy) or Unknown("cut", {"uidvalidity": 7}) for copy in copies]  # noqa: E731
    (copy,) = add_copies(database, {"note": {"wrapped": True}, "doubts": 2, "attempts": 2, "state": "unknown"})

    async with working(handover, mike=Scripted(answer)):
        await eventually(lambda: row_of(database, copy)["last_error"] == "cut")
    row = row_of(database, copy)

    assert [(one.wrapped, one.doubts, one.look_first, one.note) for one in got] == [(True, 3, True, {"wrapped": True})]
    assert (row["note"], row["doubts"]) == ({"wrapped": True, "uidvalidity": 7}, 3)
