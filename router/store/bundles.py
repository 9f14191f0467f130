"""Bundles: copies that wait for one, the freezing of one, and how its copies end. One transaction each.

    held, `rhythm`    waits for its bundle ── freeze ──▶ held, `bundled`: attached to a bundle that is on its way
        │                                       │            └── the bundle has arrived ──▶ delivered, receipt names it
        └── let go (the rhythm is `now`         └────▶ held, `listed`: named by a bundle and not attached
            again, or an exception) ──▶ pending              └── `send`, or `release` ──▶ pending

Freezing writes the edition, its letter and what becomes of each copy in one commit; the edition's slot and the copy's
row in `bundled` are unique, so that no copy is attached twice, whoever dies when. What was attached ends after its
bundle has ended, in a transaction of its own that may be repeated.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, case, delete, false, func, insert, or_, select, text, update

from router.clock import rfc3339
from router.conversation.edition import Edition
from router.store import orphans
from router.store.content import Content
from router.store.erase import drop_raw
from router.store.issue import issue
from router.store.outbox import LISTED, OPEN, State
from router.store.slices import SLICE, slices
from router.store.tables import BUNDLES, bundled, edition, message, outbox, raw, thread


class Reason(StrEnum):
    """Why a copy is held that a rhythm delays."""

    RHYTHM = "rhythm"  # waits for its bundle
    BUNDLED = "bundled"  # attached to a bundle that is on its way
    LISTED = LISTED  # a bundle has named it and not attached it


class Overtaken(Exception):
    """Something that a bundle was made of has changed meanwhile: it is made anew."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at an inbox."""

    inbox: str
    oldest: datetime
    copies: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A copy that waits for a bundle, and what is said of it there."""

    copy: str
    message: str
    sha256: bytes
    size: int
    received: datetime
    outbound: bool
    asks: bool  # needs an answer
    vip: bool
    again: bool  # wrote again after an answer of ours
    customer: str | None
    customer_name: str | None
    subject: str
    snippet: str | None
    mailbox: str | None


@dataclass(frozen=True, slots=True)
class Frozen:
    """A bundle as it is to be written."""

    edition: Edition
    inbox: str
    block: bytes  # the front of its letter, our mark in it
    letter: Content  # the rest, whose chunks are stored already
    attached: Sequence[str]  # copies, in the order of their numbers
    listed: Sequence[str]  # the same; their numbers go on


@dataclass(frozen=True, slots=True)
class Arrived:
    """A bundle that has ended, with its copies."""

    edition: str
    inbox: str
    copies: Sequence[tuple[str, str]]  # id and message
    gone: Sequence[bytes]  # raw mails whose chunks are orphans now


@dataclass(frozen=True, slots=True)
class Sent:
    """What a wish to have mails of a bundle has done, by their numbers."""

    released: tuple[int, ...]
    there: tuple[int, ...]  # attached, or sent already
    unknown: tuple[int, ...]


# The words of BUNDLES lead to its index.
_some = text(f"outbox.{BUNDLES.replace(' reason', ' outbox.reason')}")
_waits = (_some, outbox.c.reason == Reason.RHYTHM.value)
# SQLite would rather walk over all that is held, most of which bundles have named long ago.
_HINT = (outbox, "INDEXED BY ix_outbox_bundles", "sqlite")
# The customer waits now, for the answer to a letter that he wrote after one.
_again = thread.c.since.is_not(None) & (thread.c.answered < thread.c.since) & ~thread.c.finished


def waiting(connection: Connection) -> list[Waiting]:
    """What waits, by inbox."""
    query = select(outbox.c.inbox, func.min(outbox.c.created).label("oldest"), func.count().label("copies"))
    rows = connection.execute(query.with_hint(*_HINT).where(*_waits).group_by(outbox.c.inbox).order_by(outbox.c.inbox))
    return [Waiting(row.inbox, row.oldest, row.copies) for row in rows]


def candidates(connection: Connection, inbox: str) -> list[Candidate]:
    """What waits at an inbox, oldest first; without what was erased."""
    about = (message.c.direction, message.c.needs_answer, message.c.customer, message.c.customer_name)
    more = (message.c.subject, message.c.snippet, message.c.mailboxes, thread.c.vip, _again.label("again"))
    query = (
        select(
            outbox.c.id, outbox.c.message, outbox.c.sha256, outbox.c.received, raw.c.size, thread.c.since, *about, *more
        )
        .join(message, message.c.id == outbox.c.message)
        .join(raw, raw.c.sha256 == outbox.c.sha256)
        .join(thread, thread.c.id == outbox.c.thread, isouter=True)
        .where(*_waits, outbox.c.inbox == inbox)
        .order_by(outbox.c.received, outbox.c.message)
        .with_hint(*_HINT)
    )
    return [
        Candidate(
            copy=row.id,
            message=row.message,
            sha256=row.sha256,
            size=row.size,
            received=row.received,
            outbound=row.direction == "out",
            asks=row.needs_answer,
            vip=bool(row.vip),
            again=bool(row.again) and row.direction == "in" and row.received >= row.since,
            customer=row.customer,
            customer_name=row.customer_name,
            subject=row.subject,
            snippet=row.snippet,
            mailbox=next(iter(row.mailboxes), None),
        )
        for row in connection.execute(query)
    ]


def freeze(connection: Connection, frozen: Frozen) -> None:
    """Write a bundle. Raises `Overtaken` where a copy of it does not wait any more, or its slot was served."""
    this = frozen.edition
    if not issue(connection, this, frozen.inbox, frozen.block, frozen.letter):
        raise Overtaken(f"{this.digest} {this.slot} was made by another router")
    for reason, some in ((Reason.BUNDLED, frozen.attached), (Reason.LISTED, frozen.listed)):
        for ids in slices(some):
            change = update(outbox).where(outbox.c.id.in_(ids), *_waits).values(reason=reason.value)
            if connection.execute(change).rowcount != len(ids):
                raise Overtaken(f"a copy of {this.digest} {this.slot} waits no more")
    rows = [
        {"copy": copy, "edition": this.id, "number": number, "attached": number <= len(frozen.attached)}
        for number, copy in enumerate((*frozen.attached, *frozen.listed), 1)
    ]
    connection.execute(insert(bundled), rows)


_bundle = outbox.alias("bundle")


def arrived(connection: Connection) -> list[str]:
    """The bundles that have arrived, and whose copies do not say so yet."""
    query = (
        select(_bundle.c.message)
        .where(_some, outbox.c.reason == Reason.BUNDLED.value)
        .join(bundled, bundled.c.copy == outbox.c.id)
        .join(_bundle, _bundle.c.message == bundled.c.edition)
        .where(_bundle.c.state == State.DELIVERED)
        .distinct()
        .with_hint(*_HINT)
    )
    return list(connection.execute(query).scalars())


def settle(connection: Connection, bundle: str, now: datetime) -> Arrived:
    """End the copies of a bundle that has arrived; its own bytes go."""
    row = connection.execute(select(outbox).where(outbox.c.message == bundle)).one()
    copies = _settled(connection, bundle, row.ended or now)
    return Arrived(bundle, row.inbox, copies, drop_raw(connection, [row.sha256], false()))


def _settled(connection: Connection, bundle: str, ended: datetime) -> list[tuple[str, str]]:
    query = select(outbox.c.id, outbox.c.message, bundled.c.number).join(bundled, bundled.c.copy == outbox.c.id)
    attached = (bundled.c.edition == bundle, bundled.c.attached, outbox.c.reason == Reason.BUNDLED.value)
    copies = connection.execute(query.where(*attached, outbox.c.state == State.HELD).order_by(bundled.c.number)).all()
    for copy in copies:
        receipt = {"bundle": bundle, "number": copy.number, "at": rfc3339(ended)}
        # Where it lies in a bundle, nothing can mark it as answered.
        values = {"state": State.DELIVERED, "receipt": receipt, "ended": ended, "answered": None, "reason": None}
        connection.execute(update(outbox).where(outbox.c.id == copy.id).values(**values))
    return [(copy.id, copy.message) for copy in copies]


def let_go(connection: Connection, inbox: str, now: datetime) -> list[tuple[str, str]]:
    """Release some of what waits at an inbox, the oldest first; ids and messages, none where nothing is left."""
    query = select(outbox.c.id, outbox.c.message).where(*_waits, outbox.c.inbox == inbox).with_hint(*_HINT)
    rows = connection.execute(query.order_by(outbox.c.created, outbox.c.id).limit(SLICE)).all()
    _release(connection, [row.id for row in rows], now)
    return [(row.id, row.message) for row in rows]


def exceptions(connection: Connection, inboxes: Collection[str], now: datetime) -> list[tuple[str, str, str]]:
    """What must not wait at these inboxes: id, message and inbox of each copy.

    These are letters in which somebody writes again after our answer, and all letters of VIPs and of conversations in
    which a promise of ours is broken.
    """
    again = _again & (message.c.received >= thread.c.since)
    urgent: ColumnElement[bool] = or_(thread.c.vip, again, thread.c.promise_due <= now)
    query = (
        select(outbox.c.id, outbox.c.message, outbox.c.inbox)
        .join(message, message.c.id == outbox.c.message)
        .join(thread, thread.c.id == outbox.c.thread)
        .where(*_waits, outbox.c.inbox.in_(inboxes), message.c.direction == "in", urgent)
        .order_by(outbox.c.id)
        .limit(SLICE)
        .with_hint(*_HINT)
    )
    return [(row.id, row.message, row.inbox) for row in connection.execute(query)]


def go(connection: Connection, ids: Sequence[str], now: datetime) -> list[str]:
    """Release those of these copies that wait for a bundle."""
    found = select(outbox.c.id).where(outbox.c.id.in_(ids), *_waits)
    waiting = list(connection.execute(found).scalars())
    _release(connection, waiting, now)
    return waiting


def _release(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """As a person's `release` does: what was tried before is looked for first."""
    state = case((outbox.c.attempts > 0, State.UNKNOWN.value), else_=State.PENDING.value)
    for some in slices(ids):
        which = (outbox.c.id.in_(some), outbox.c.state == State.HELD)
        connection.execute(update(outbox).where(*which).values(state=state, due=now, created=now, reason=None))


def send(connection: Connection, bundle: str, numbers: Collection[int] | None, now: datetime) -> Sent:
    """Release these numbers of what a bundle has named and not attached, or all of them."""
    query = select(bundled.c.number, outbox.c.id, outbox.c.state, outbox.c.reason).join(
        outbox, outbox.c.id == bundled.c.copy
    )
    rows = connection.execute(query.where(bundled.c.edition == bundle).order_by(bundled.c.number)).all()
    wanted = [row for row in rows if numbers is None or row.number in numbers]
    held = [row for row in wanted if row.state == State.HELD and row.reason == Reason.LISTED]
    _release(connection, [row.id for row in held], now)
    released = tuple(row.number for row in held)
    there = tuple(row.number for row in wanted if row.number not in released)
    known = {row.number for row in wanted}
    return Sent(released, there, tuple(sorted(set(numbers or ()) - known)))


def release(connection: Connection, name: str, now: datetime) -> list[str]:
    """What a person means who releases a bundle, or `BUNDLE/NUMBER`, a mail that it names; the copies that go now.

    Of a bundle that was given up these are all of its mails, each by itself; of one that is held none, since it goes
    itself; of any other those that it has not attached.
    """
    bundle, _, number = name.partition("/")
    is_bundle = select(bundled.c.copy).where(bundled.c.edition == bundle).limit(1)
    if (number and not number.isdecimal()) or connection.execute(is_bundle).first() is None:
        return []
    state = None if number else connection.execute(select(outbox.c.state).where(outbox.c.message == bundle)).scalar()
    if state == State.HELD:
        return []
    before = undo(connection, bundle, now) if state == State.FAILED else []
    sent = send(connection, bundle, [int(number[:9])] if number else None, now).released
    query = select(bundled.c.copy).where(bundled.c.edition == bundle).order_by(bundled.c.number)
    return before + [
        copy for some in slices(sent) for copy in connection.execute(query.where(bundled.c.number.in_(some))).scalars()
    ]


def thaw(connection: Connection, copies: Sequence[str]) -> set[str]:
    """Take back the bundles on their way that speak of these copies: they are made anew, without what is erased.

    Returns those of `copies` whose bundle is, or may be, under way already.
    """
    under_way: set[str] = set()
    query = (
        select(bundled.c.copy, bundled.c.edition, _bundle.c.state, _bundle.c.sha256)
        .join(outbox, outbox.c.id == bundled.c.copy)
        .join(_bundle, _bundle.c.message == bundled.c.edition)
        .where(outbox.c.state == State.HELD, _bundle.c.state.in_(OPEN))
    )
    rows = [row for ids in slices(copies) for row in connection.execute(query.where(bundled.c.copy.in_(ids)))]
    for name, state, sha256 in {(row.edition, row.state, row.sha256) for row in rows}:
        if state in (State.SENDING, State.UNKNOWN):
            under_way.update(row.copy for row in rows if row.edition == name)
            continue
        theirs = select(bundled.c.copy).where(bundled.c.edition == name)
        kept = (outbox.c.id.in_(theirs), outbox.c.state == State.HELD)
        ours = outbox.c.reason.in_([Reason.BUNDLED.value, Reason.LISTED.value])
        connection.execute(update(outbox).where(*kept, ours).values(reason=Reason.RHYTHM.value))
        connection.execute(delete(bundled).where(bundled.c.edition == name))
        connection.execute(delete(outbox).where(outbox.c.message == name))
        connection.execute(delete(edition).where(edition.c.id == name))
        orphans.drop_some(connection, drop_raw(connection, [sha256], false()))
    return under_way


def undo(connection: Connection, bundle: str, now: datetime) -> list[str]:
    """Let the mails of a bundle that was given up go by themselves; it is never sent then."""
    ended = {"state": State.SKIPPED, "reason": "undone", "due": None, "ended": now}
    change = update(outbox).where(outbox.c.message == bundle, outbox.c.state == State.FAILED).values(**ended)
    if not connection.execute(change).rowcount:
        return []
    theirs = select(bundled.c.copy).where(bundled.c.edition == bundle, bundled.c.attached)
    query = select(outbox.c.id).where(outbox.c.id.in_(theirs), outbox.c.state == State.HELD)
    ids = list(connection.execute(query.order_by(outbox.c.id)).scalars())
    _release(connection, ids, now)
    return ids
