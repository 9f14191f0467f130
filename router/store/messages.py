"""What T2 asks before it decides, and the rows that it writes: messages, what they are known by, conversations, the log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, insert, select, update

from router.store.returns import Original, originals
from router.store.rows import Row
from router.store.slices import slices
from router.store.tables import event, identity, message, outbox, sighting, thread, thread_key
from router.store.upsert import ignoring, updating
from router.store.writer import Statement

ADD_MESSAGE = Statement(insert(message))
ADD_IDENTITY = Statement(ignoring(identity))
ADD_THREAD = Statement(insert(thread))
ADD_EVENT = Statement(insert(event))
SET_THREAD_KEY = Statement(updating(thread_key, ["key"], lambda new: {"thread": new.thread}))
ADD_MAILBOXES = Statement(
    update(message).where(message.c.id == bindparam("b_id")).values(mailboxes=bindparam("mailboxes")), rank=1
)

# What a further sighting proves to be ours, or to have gone to more people.
OURS = ("direction", "needs_answer", "needs_reasons", "customer", "customer_name", "people", "phrase", "due", "letter")
BECAME_OURS = Statement(
    update(message).where(message.c.id == bindparam("b_id")).values({name: bindparam(name) for name in OURS}), rank=1
)
ADD_PEOPLE = Statement(
    update(message).where(message.c.id == bindparam("b_id")).values(people=bindparam("people")), rank=1
)

COPIED = Statement(update(message).where(message.c.id == bindparam("b_id")).values(uncopied=None), rank=1)

# A conversation that turns out to be another one: its row stays and names its successor.
_FROM: BindParameter[str] = bindparam("b_from")
_INTO: BindParameter[str] = bindparam("into")
MERGE_THREADS = (
    Statement(
        update(thread).where(thread.c.id == _FROM).values(merged_into=_INTO, since=None, promise_due=None), rank=1
    ),
    Statement(update(thread_key).where(thread_key.c.thread == _FROM).values(thread=_INTO), rank=1),
    Statement(update(message).where(message.c.thread == _FROM).values(thread=_INTO), rank=1),
    Statement(update(event).where(event.c.thread == _FROM).values(thread=_INTO), rank=1),
    Statement(update(outbox).where(outbox.c.thread == _FROM).values(thread=_INTO), rank=1),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """An earlier sighting that shares an identity key."""

    sighting: str
    message: str
    source: str
    peer: str | None
    at: datetime


@dataclass(slots=True)
class Stored:
    """A stored message as far as a further sighting of it needs."""

    thread: str
    mailboxes: tuple[str, ...]
    inboxes: set[str]  # that have a row in the outbox
    forgotten: bool = False
    recipients: set[str] = field(default_factory=set)  # of all its envelopes
    ours: bool = False  # it was seen as sent by us
    people: list[str] = field(default_factory=list)  # its recipients outside of the company


@dataclass(slots=True)
class Talk:
    """A conversation as far as a journal report on it needs."""

    mailboxes: dict[str, None] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)  # every address that an answer may go to


@dataclass(slots=True)
class Known:
    """What the store knows of a batch; T2 adds to it as it goes through the batch."""

    hits: dict[bytes, list[Hit]] = field(default_factory=dict)  # by identity key, oldest first
    message_ids: set[str] = field(default_factory=set)  # those that some stored mail carries
    threads: dict[str, str] = field(default_factory=dict)  # Message-ID → conversation
    messages: dict[str, Stored] = field(default_factory=dict)  # those that were hit
    originals: dict[str, Original] = field(default_factory=dict)  # those that something came back to
    talks: dict[str, Talk] = field(default_factory=dict)  # by conversation: those of journal reports, and new ones

    def said(self, row: Row) -> None:
        """Somebody wrote this message in a conversation."""
        talk = self.talks.setdefault(row["thread"], Talk())
        talk.mailboxes.update(dict.fromkeys(row["mailboxes"]))
        answer_to = (row["letter"] or {}).get("answer_to", ())
        people = row["people"] or () if row["direction"] == "out" else answer_to
        talk.customers.update(people, (row["customer"],) if row["customer"] else ())


# These are made once: that takes longer than to carry them out.
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_HITS = (
    select(identity, sighting.c.peer)
    .join(sighting, sighting.c.id == identity.c.sighting, isouter=True)
    .where(identity.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(identity.c.at, identity.c.sighting)
)
_CARRIED = select(message.c.message_id).where(message.c.message_id.in_(_IDS))
_THREADS = select(thread_key.c.key, thread_key.c.thread).where(thread_key.c.key.in_(_IDS))

_SAID = ("thread", "mailboxes", "customer", "people", "letter", "direction")
_TALKS = select(*(message.c[name] for name in _SAID)).where(message.c.thread.in_(_IDS))


def look_up(
    connection: Connection,
    keys: Collection[bytes],
    own_ids: Collection[str],
    all_ids: Collection[str],
    sent: Collection[str] = (),
    journaled: Collection[str] = (),
) -> Known:
    """Everything known of these identity keys, these carried and these mentioned Message-IDs, and these messages' copies.

    `journaled` are the Message-IDs that journal reports carry or mention: their conversations are looked at closer.
    """
    known = Known(originals=originals(connection, sent))
    for some in slices(keys):
        for row in connection.execute(_HITS, {"keys": some}):
            known.hits.setdefault(row.key, []).append(Hit(row.sighting, row.message, row.source, row.peer, row.at))
    for ids in slices(own_ids):
        known.message_ids.update(connection.execute(_CARRIED, {"ids": ids}).scalars())
    for ids in slices(all_ids):
        known.threads.update((row.key, row.thread) for row in connection.execute(_THREADS, {"ids": ids}))
    talks = {known.threads[one] for one in journaled if one in known.threads}
    for ids in slices(talks):
        for talk in connection.execute(_TALKS, {"ids": ids}).mappings():
            known.said(dict(talk))
    for ids in slices({hit.message for hits in known.hits.values() for hit in hits}):
        _add_messages(connection, known, ids)
    return known


def _add_messages(connection: Connection, known: Known, ids: list[str]) -> None:
    columns = (message.c.id, message.c.thread, message.c.mailboxes, message.c.forgotten)
    query = select(*columns, message.c.direction, message.c.people)
    for row in connection.execute(query.where(message.c.id.in_(ids))):
        stored = Stored(row.thread, tuple(row.mailboxes), set(), row.forgotten is not None)
        stored.ours, stored.people = row.direction == "out", row.people or []
        known.messages[row.id] = stored
    rows = connection.execute(select(outbox.c.message, outbox.c.inbox).where(outbox.c.message.in_(ids)))
    for message_id, inbox in rows:
        if message_id in known.messages:
            known.messages[message_id].inboxes.add(inbox)
    seen = select(sighting.c.message, sighting.c.recipients).where(sighting.c.message.in_(ids))
    for message_id, recipients in connection.execute(seen):
        if message_id in known.messages:
            known.messages[message_id].recipients.update(recipients)
