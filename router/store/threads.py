"""Conversations: what leads to them, how two become one, what stands beside them, what was before them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, product
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, or_, select, update

from router.conversation.guess import WINDOW, Trait
from router.conversation.links import ANYBODY, HALF
from router.conversation.threads import Held
from router.store.slices import slices
from router.store.tables import event, message, outbox, thread, thread_key
from router.store.upsert import updating
from router.store.writer import Statement

RELATED = 100  # conversations beside one: an announcement of ours has thousands

ADD_THREAD = Statement(insert(thread))
SET_THREAD_KEY = Statement(
    updating(
        thread_key,
        ["key"],
        lambda new: {"thread": new.thread, "carried": or_(thread_key.c.carried, new.carried)},
    )
)

# A conversation that turns out to be another one: its row stays and names its successor.
_FROM: BindParameter[str] = bindparam("b_from")
_INTO: BindParameter[str] = bindparam("into")
_moved = select(message.c.id).where(message.c.thread == _INTO)
MERGE_THREADS = (
    Statement(
        update(thread).where(thread.c.id == _FROM).values(merged_into=_INTO, since=None, promise_due=None), rank=1
    ),
    Statement(update(thread_key).where(thread_key.c.thread == _FROM).values(thread=_INTO), rank=1),
    Statement(update(message).where(message.c.thread == _FROM).values(thread=_INTO), rank=1),
    Statement(update(event).where(event.c.thread == _FROM).values(thread=_INTO), rank=1),
    # No index has the conversation of a copy: each insert would pay for what is rare. By its message, once all of a
    # batch have moved; those of a chain of mergers go with the last.
    Statement(
        update(outbox).where(outbox.c.message.in_(_moved), outbox.c.thread != _INTO).values(thread=_INTO), rank=2
    ),
)


@dataclass(slots=True)
class Like:
    """A mail that others may be alike to, and its conversation."""

    trait: Trait
    thread: str


_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_LEAD = select(thread_key).where(thread_key.c.key.in_(_KEYS))


def lead_to(connection: Connection, keys: Collection[bytes]) -> dict[bytes, Held]:
    """The conversations that these links lead to."""
    return {
        row.key: Held(row.thread, row.carried)
        for some in slices(keys)
        for row in connection.execute(_LEAD, {"keys": some})
    }


# By direction and by whether they are replies: a machine that writes the same a thousand times a day must cost nothing.
_ALIKE = select(
    message.c.topic, message.c.received, message.c.direction, message.c.reply, message.c.untied, message.c.thread
).where(
    message.c.topic.in_(bindparam("topics", expanding=True)),
    message.c.direction == bindparam("direction"),
    message.c.reply == bindparam("reply"),
    message.c.received.between(bindparam("since"), bindparam("until")),
)


def like_them(connection: Connection, traits: Collection[Trait]) -> dict[bytes, list[Like]]:
    """Mails that may be `alike` to these, by topic; two letters of a customer's never are, nor two of his replies."""
    found: dict[bytes, list[Like]] = {}
    if not traits:
        return found
    times = [one.at for one in traits]
    window = {"since": min(times) - WINDOW, "until": max(times) + WINDOW}
    for outbound, reply in product((True, False), repeat=2):
        asked = {one.topic for one in traits if outbound or one.outbound or one.reply != reply}
        values = {"direction": "out" if outbound else "in", "reply": reply} | window
        for topics in slices(asked):
            for row in connection.execute(_ALIKE, {"topics": topics} | values):
                trait = Trait(row.topic, row.received, outbound, reply, row.untied)
                found.setdefault(row.topic, []).append(Like(trait, row.thread))
    return found


def related(connection: Connection, names: Collection[str] | None) -> dict[str, list[str]]:
    """By conversation, those that speak of a mail of it and those of whose mail it speaks, without belonging together.

    For these conversations, or for all; who has none is left out.
    """
    found = _all_related(connection) if names is None else {name: _related(connection, name) for name in names}
    return {name: sorted(others)[:RELATED] for name, others in found.items() if others}


def _related(connection: Connection, name: str) -> set[str]:
    halves: dict[bytes, bool] = {}
    spoken = select(thread_key.c.key, thread_key.c.carried).where(thread_key.c.thread == name)
    for key, carried in connection.execute(spoken):
        halves[key[:HALF]] = halves.get(key[:HALF], False) or carried
    found: set[str] = set()
    for half, bears in halves.items():
        if len(found) >= RELATED:
            break
        # Whoever bears an id stands at it for anybody; who else speaks of it matters only to him.
        everybody = thread_key.c.key.between(half + ANYBODY, half + b"\xff" * HALF)
        which = everybody if bears else (thread_key.c.key == half + ANYBODY) & thread_key.c.carried
        query = select(thread_key.c.thread).where(which, thread_key.c.thread != name).distinct().limit(RELATED)
        found.update(connection.execute(query).scalars())
    return found


def _all_related(connection: Connection) -> dict[str, set[str]]:
    """In one pass: asked for each conversation, it would take as many questions as there are mails."""
    found: dict[str, set[str]] = {}
    rows = connection.execution_options(yield_per=1000).execute(select(thread_key).order_by(thread_key.c.key))
    for _, group in groupby(rows, key=lambda row: row.key[:HALF]):
        spoken: dict[str, bool] = {}
        for row in group:
            spoken[row.thread] = spoken.get(row.thread, False) or row.carried
        if len(spoken) == 1:
            continue
        for bearer in [name for name, bears in spoken.items() if bears][:RELATED]:
            for other in spoken.keys() - {bearer}:
                for one, beside in ((bearer, other), (other, bearer)):
                    others = found.setdefault(one, set())
                    if len(others) < RELATED:
                        others.add(beside)
    return found


def earlier(connection: Connection, customer: str, name: str, began: datetime) -> int:
    """How many other conversations the same customer had before one that began then."""
    query = select(func.count(message.c.thread.distinct())).where(
        message.c.customer == customer,
        message.c.thread != name,
        message.c.received < began,
        message.c.thread.in_(select(thread.c.id)),  # what came back to copies belongs to none
    )
    return connection.execute(query).scalar_one()
