"""Forgetting a person: everything personal is blanked or deleted, what counts and what tells repeats stays.

    deleted   raw mail that is nobody else's, conversation events, what was new in the text, the counts of words of
              these weeks, as long as single people's words are in them
    blanked   messages and envelopes, the person's place in other mail of the conversation, our header lines and the
              servers' words in the outbox
    kept      hashes, ids, times, states, receipts that name a place: no mail is taken in or copied twice for it

A row that is blanked keeps `trace`, `queue` and `status` whole; a deleted one would leave copies of nothing. A mail that
comes again is known by its hashes (see `erase.came_again`); another one of the same person is new mail as ever. Work
is done in short transactions, and may be broken off and begun anew at any point.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from router.conversation.edition import Kind
from router.store import audit, bundles, keeping
from router.store.audit import Order
from router.store.bundles import Reason
from router.store.editions import take_back
from router.store.erase import BLANK_ENVELOPE, drop_raw
from router.store.outbox import State
from router.store.replies import back_to
from router.store.slices import SLICE, slices
from router.store.standings import restate
from router.store.tables import edition, event, message, never, outbox, reply, sighting
from router.store.texts import erase_texts
from router.store.upsert import pick
from router.store.wordweeks import uncount

CANCELLED = (State.PENDING, State.DEFERRED, State.HELD, State.UNKNOWN, State.FAILED)
REASON = "forgotten"
PLACES = (
    "at",
    "file",
    "folder",
    "uid",
    "uidvalidity",
    "bundle",
    "number",
)  # what a receipt says of a place, and not of a person
_BLANK: dict[str, Any] = {
    "message_id": None,
    "reasons": [],
    "needs_answer": False,
    "needs_reasons": [],
    "customer": None,
    "customer_name": None,
    "snippet": None,
    "phrase": None,
    "letter": None,
    "subject": "",
    "thread_why": [],
    "marks": ["forgotten"],
    "author": None,
    "people": [],
    "topic": None,
}


def _theirs(order: Order) -> ColumnElement[bool]:
    """The messages that an order is about."""
    return (message.c.customer == order.address) & (message.c.id < order.id)


# A courier has it: by itself, or in a bundle (`bundles.thaw` has taken back those that are not under way).
_under_way = or_(
    outbox.c.state == State.SENDING, (outbox.c.state == State.HELD) & (outbox.c.reason == Reason.BUNDLED.value)
)
_in_hand = select(outbox.c.id).where(outbox.c.message == message.c.id, _under_way).exists()


def open_copies(connection: Connection, order: Order) -> list[str]:
    """The copies that can be cancelled."""
    query = select(outbox.c.id).join(message, message.c.id == outbox.c.message)
    return list(connection.execute(query.where(_theirs(order), outbox.c.state.in_(CANCELLED))).scalars())


def in_hand(connection: Connection, order: Order) -> int:
    """How many copies a courier has."""
    query = select(func.count()).select_from(outbox).join(message, message.c.id == outbox.c.message)
    return connection.execute(query.where(_theirs(order), _under_way)).scalar_one()


def among(connection: Connection, order: Order, messages: Collection[str]) -> list[str]:
    """Those of `messages` that the order is about."""
    query = select(message.c.id).where(message.c.id.in_(messages), _theirs(order))
    return list(connection.execute(query).scalars())


def cancel(connection: Connection, order: Order, ids: Sequence[str], states: Sequence[State], now: datetime) -> int:
    """Cancel those of these copies that stand in `states`; returns how many."""
    under_way = bundles.thaw(connection, ids)
    ids = [one for one in ids if one not in under_way]
    values = {"state": State.SKIPPED, "reason": REASON, "due": None, "holder": None, "lease": None, "ended": now}
    which = (outbox.c.id.in_(ids), outbox.c.state.in_(states))
    count = connection.execute(update(outbox).where(*which).values(**values)).rowcount
    ended = [keeping.clear_row("copy-failed", one, now) for one in ids]
    connection.execute(pick(keeping.CLEAR_ALARM.sql, connection), ended)
    audit.add(connection, order, {"cancelled": count}, now)
    return count


def next_messages(connection: Connection, order: Order) -> list[str]:
    """The next messages to erase; one whose copy is in a courier's hand has to wait."""
    query = select(message.c.id).where(_theirs(order), ~_in_hand).limit(SLICE)
    return list(connection.execute(query).scalars())


def _digests(connection: Connection, order: Order) -> list[str]:
    """The editions that may name the person: all since the first mail, listed or not; bundles are seen to by `thaw`."""
    first = select(func.min(message.c.received)).where(_theirs(order)).scalar_subquery()
    query = select(edition.c.id).where(edition.c.kind.not_in((Kind.BEGUN, Kind.BUNDLE)), edition.c.made >= first)
    return list(connection.execute(query).scalars())


def digests_in_hand(connection: Connection, order: Order) -> int:
    """How many letters of such editions a courier has."""
    count = 0
    for some in slices(_digests(connection, order)):
        which = (outbox.c.message.in_(some), outbox.c.state == State.SENDING)
        count += connection.execute(select(func.count()).select_from(outbox).where(*which)).scalar_one()
    return count


def erase_digests(connection: Connection, order: Order, now: datetime) -> list[bytes]:
    """Erase the text of these editions; returns the hashes of raw mails that are gone.

    One of which no letter has gone yet is taken back, so that its slot is made anew without the person. Of others the
    letters that are left are cancelled.
    """
    gone: list[bytes] = []
    for some in slices(_digests(connection, order)):
        mine = outbox.c.message.in_(some)
        hashes = set(connection.execute(select(outbox.c.sha256).where(mine)).scalars())
        begun = select(outbox.c.message).where(mine, (outbox.c.attempts > 0) | outbox.c.state.not_in(CANCELLED))
        kept = set(connection.execute(begun).scalars())
        take_back(connection, [one for one in some if one not in kept])
        _cancel(connection, mine, now)
        gone += drop_raw(connection, hashes, message.c.forgotten.is_(None))
        gone += _erase_answers(connection, some, now)
    if gone:
        audit.add(connection, order, {"digests": len(gone)}, now)
    return gone


def _erase_answers(connection: Connection, editions: Sequence[str], now: datetime) -> list[bytes]:
    """The same of the short mails back to those who replied to them."""
    names = connection.execute(select(reply.c.message).where(reply.c.edition.in_(editions))).scalars()
    gone: list[bytes] = []
    for some in slices([back_to(name) for name in names]):
        mine = outbox.c.message.in_(some)
        hashes = set(connection.execute(select(outbox.c.sha256).where(mine)).scalars())
        _cancel(connection, mine, now)
        gone += drop_raw(connection, hashes, message.c.forgotten.is_(None))
    return gone


def _cancel(connection: Connection, which: ColumnElement[bool], now: datetime) -> None:
    cancelled = {"state": State.SKIPPED, "reason": REASON, "due": None, "ended": now}
    connection.execute(update(outbox).where(which, outbox.c.state.in_(CANCELLED)).values(**cancelled))


def erase_messages(connection: Connection, order: Order, ids: Sequence[str], now: datetime) -> list[bytes]:
    """Erase what is personal in these messages; returns the hashes of raw mails that are gone."""
    columns = select(message.c.id, message.c.sha256, message.c.thread)
    rows = connection.execute(columns.where(message.c.id.in_(ids), _theirs(order), ~_in_hand)).all()
    mine, threads = [row.id for row in rows], {row.thread for row in rows}
    seen = select(sighting.c.sha256).where(sighting.c.message.in_(mine))
    hashes = {row.sha256 for row in rows} | set(connection.execute(seen).scalars())
    erase_texts(connection, mine)
    uncount(connection, mine)
    connection.execute(update(message).where(message.c.id.in_(mine)).values(**_BLANK, forgotten=now))
    envelopes = update(sighting).where(sighting.c.message.in_(mine), sighting.c.routed.is_not(None))
    done = Counter(messages=len(mine), sightings=connection.execute(envelopes.values(**BLANK_ENVELOPE)).rowcount)
    done["copies"] = _blank_copies(connection, mine, now)
    done["events"] = _delete_events(connection, mine, threads)
    _unname(connection, order.address, threads)
    connection.execute(delete(never).where(never.c.address == order.address))
    restate(connection, threads)
    gone = drop_raw(connection, hashes, message.c.forgotten.is_(None))
    audit.add(connection, order, done + Counter(mails=len(gone)), now)
    return gone


def _unname(connection: Connection, address: str, threads: Collection[str]) -> None:
    """Other people's mail in the same conversations stays, and no longer lists the person."""
    query = select(message.c.id, message.c.author, message.c.people).where(message.c.thread.in_(threads))
    for row in connection.execute(query).all():
        others = None if row.people is None else [one for one in row.people if one != address]
        author = None if row.author == address else row.author
        if (author, others) != (row.author, row.people):
            values = {"author": author, "people": others}
            connection.execute(update(message).where(message.c.id == row.id).values(**values))


def _blank_copies(connection: Connection, messages: Sequence[str], now: datetime) -> int:
    mine = outbox.c.message.in_(messages)
    cancelled = {"state": State.SKIPPED, "reason": REASON, "due": None, "ended": now}
    connection.execute(update(outbox).where(mine, outbox.c.state.in_(CANCELLED)).values(**cancelled))
    count = connection.execute(update(outbox).where(mine).values(block=b"", last_error=None)).rowcount
    for row in connection.execute(select(outbox.c.id, outbox.c.receipt).where(mine)).all():
        if row.receipt and not row.receipt.keys() <= set(PLACES):
            place = {name: row.receipt[name] for name in PLACES if name in row.receipt}
            connection.execute(update(outbox).where(outbox.c.id == row.id).values(receipt=place))
    return count


def _delete_events(connection: Connection, messages: Sequence[str], threads: Collection[str]) -> int:
    """Those of the messages; and those of the whole conversation, where nobody else wrote in it."""
    others = select(message.c.id).where(message.c.thread == event.c.thread, message.c.forgotten.is_(None)).exists()
    which = or_(event.c.message.in_(messages), event.c.message.is_(None) & ~others)
    return connection.execute(delete(event).where(event.c.thread.in_(threads), which)).rowcount


def sent_sightings(connection: Connection, order: Order) -> list[str]:
    """Routed transmissions whose envelope still names the person: of other people's messages, or of none."""
    which = (sighting.c.sender == order.address, sighting.c.id < order.id, sighting.c.routed.is_not(None))
    theirs = select(message.c.id).where(_theirs(order))  # those wait for a courier
    others = or_(sighting.c.message.is_(None), sighting.c.message.not_in(theirs))
    return list(connection.execute(select(sighting.c.id).where(*which, others).limit(SLICE * 10)).scalars())


def erase_sightings(connection: Connection, order: Order, ids: Sequence[str], now: datetime) -> list[bytes]:
    """Blank the sender of these transmissions, and erase the mail of those that became no message."""
    nobody = select(sighting.c.sha256).where(sighting.c.id.in_(ids), sighting.c.message.is_(None))
    gone = drop_raw(connection, list(connection.execute(nobody).scalars()), message.c.forgotten.is_(None))
    blank = {name: BLANK_ENVELOPE[name] for name in ("sender", "peer", "helo", "login")}
    count = connection.execute(update(sighting).where(sighting.c.id.in_(ids)).values(**blank)).rowcount
    audit.add(connection, order, {"sightings": count, "mails": len(gone)}, now)
    return gone


def unrouted(connection: Connection, order: Order) -> int:
    """How many transmissions of the person wait to be routed: they are new mail, and stay."""
    which = (sighting.c.sender == order.address, sighting.c.routed.is_(None))
    return connection.execute(select(func.count()).where(*which)).scalar_one()
