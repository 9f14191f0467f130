"""What T2 asks before it decides, and the rows that it writes: messages, what they are known by, the log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, select, update

from router.conversation.guess import Trait
from router.conversation.threads import Held
from router.store.beside import Lying, lying
from router.store.replies import recipients_of
from router.store.returns import Original, originals
from router.store.rows import Row
from router.store.slices import slices
from router.store.spool import IMPORT
from router.store.tables import event, identity, message, never, outbox, sighting
from router.store.threads import Like, lead_to, like_them
from router.store.upsert import ignoring
from router.store.writer import Statement

ADD_MESSAGE = Statement(insert(message))
ADD_IDENTITY = Statement(ignoring(identity))
ADD_EVENT = Statement(insert(event))
ADD_MAILBOXES = Statement(
    update(message).where(message.c.id == bindparam("b_id")).values(mailboxes=bindparam("mailboxes")), rank=1
)

# Ours, although it came in as a customer's, or to more people than was known.
_OURS = ("customer", "customer_name", "people", "snippet", "phrase", "due", "letter")
BECOME_OURS = Statement(
    update(message)
    .where(message.c.id == bindparam("b_id"))
    .values(direction="out", needs_answer=False, **{name: bindparam(name) for name in _OURS}),
    rank=1,
)

COPIED = Statement(update(message).where(message.c.id == bindparam("b_id")).values(uncopied=None), rank=1)


@dataclass(frozen=True, slots=True)
class Hit:
    """An earlier sighting that shares an identity key."""

    sighting: str
    message: str
    source: str
    peer: str | None
    at: datetime
    history: bool = False  # copied to nobody


@dataclass(slots=True)
class Stored:
    """A stored message as far as a further sighting of it needs."""

    thread: str
    mailboxes: tuple[str, ...]
    inboxes: set[str]  # that have a row in the outbox
    forgotten: bool = False
    recipients: set[str] = field(default_factory=set)  # of all its envelopes
    ours: bool = False  # it was seen where only our own mail is
    people: list[str] = field(default_factory=list)  # its recipients outside of the company


@dataclass(slots=True)
class Talk:
    """A conversation as far as mail of a journal report needs, and mail that is proven to be ours."""

    mailboxes: dict[str, None] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)  # every address that an answer may go to

    def join(self, other: "Talk") -> None:
        """The two turn out to be one conversation."""
        self.mailboxes.update(other.mailboxes)
        self.customers.update(other.customers)


@dataclass(slots=True)
class Known:
    """What the store knows of a batch; T2 adds to it as it goes through the batch."""

    hits: dict[bytes, list[Hit]] = field(default_factory=dict)  # by identity key, oldest first
    message_ids: set[str] = field(default_factory=set)  # those that some stored mail carries
    threads: dict[bytes, Held] = field(default_factory=dict)  # what links lead to
    alike: dict[bytes, list[Like]] = field(default_factory=dict)  # what subjects may lead to, by topic
    messages: dict[str, Stored] = field(default_factory=dict)  # those that were hit
    never: set[str] = field(default_factory=set)  # customers that need no answer, by a person's word
    originals: dict[str, Original] = field(default_factory=dict)  # those that something came back to
    lying: dict[str, dict[str, Lying]] = field(default_factory=dict)  # by conversation and inbox; where an answer comes
    recipients: dict[str, list[str]] = field(default_factory=dict)  # of editions that are replied to
    talks: dict[str, Talk] = field(default_factory=dict)  # by conversation: those that were asked for, and new ones
    asked: set[str] = field(default_factory=set)  # conversations in which a customer has written, as far as was asked

    def said(self, row: Row) -> None:
        """Somebody wrote this message in a conversation."""
        if row["direction"] == "in":
            self.asked.add(row["thread"])
        talk = self.talks.setdefault(row["thread"], Talk())
        talk.mailboxes.update(dict.fromkeys(row["mailboxes"]))
        answer_to = (row["letter"] or {}).get("answer_to", ())
        people = row["people"] or () if row["direction"] == "out" else answer_to
        talk.customers.update(people, (row["customer"],) if row["customer"] else ())


# These are made once: that takes longer than to carry them out.
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_HITS = (
    select(identity, sighting.c.peer, sighting.c.history)
    .join(sighting, sighting.c.id == identity.c.sighting, isouter=True)
    .where(identity.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(identity.c.at, identity.c.sighting)
)
_NEVER = select(never.c.address).where(never.c.address.in_(_IDS))
_CARRIED = select(message.c.message_id).where(message.c.message_id.in_(_IDS))

_ASKED = select(message.c.thread).where(message.c.thread.in_(_IDS), message.c.direction == "in").distinct()
_SAID = ("thread", "mailboxes", "customer", "people", "letter", "direction")
_TALKS = select(*(message.c[name] for name in _SAID)).where(message.c.thread.in_(_IDS))


@dataclass(frozen=True, slots=True)
class Asked:
    """What T2 asks about a batch."""

    keys: Collection[bytes] = ()  # of identities
    own_ids: Collection[str] = ()  # Message-IDs that the mails carry
    links: Collection[bytes] = ()  # what ties them to conversations
    traits: Collection[Trait] = ()  # by which they may be alike to others
    sent: Collection[str] = ()  # messages to whose copies they may be an answer
    customers: Collection[str] = ()  # whose mail they are
    answers: Collection[bytes] = ()  # those of the links and topics that tie mail of ours
    talks: Collection[bytes] = ()  # links that lead to the conversations of mail that tells by itself what it is
    editions: Collection[str] = ()  # of digests that are replied to


def look_up(connection: Connection, asked: Asked) -> Known:
    """Everything that the store knows of it."""
    known = Known(originals=originals(connection, asked.sent))
    for editions in slices(asked.editions):
        known.recipients.update(recipients_of(connection, editions))
    known.threads = lead_to(connection, {*asked.links, *asked.talks})
    known.alike = like_them(connection, asked.traits)
    if asked.answers:
        known.lying = lying(connection, _threads(known, asked.answers))
    for addresses in slices(asked.customers):
        known.never.update(connection.execute(_NEVER, {"ids": addresses}).scalars())
    for some in slices(asked.keys):
        for row in connection.execute(_HITS, {"keys": some}):
            # Where the sighting is gone its source still tells of files.
            history = row.source == IMPORT if row.history is None else row.history
            hit = Hit(row.sighting, row.message, row.source, row.peer, row.at, history)
            known.hits.setdefault(row.key, []).append(hit)
    for ids in slices(asked.own_ids):
        known.message_ids.update(connection.execute(_CARRIED, {"ids": ids}).scalars())
    talks = {known.threads[key].thread for key in asked.talks if key in known.threads}
    for ids in slices(talks):
        for talk in connection.execute(_TALKS, {"ids": ids}).mappings():
            known.said(dict(talk))
    for ids in slices({hit.message for hits in known.hits.values() for hit in hits}):
        _add_messages(connection, known, ids)
    return known


def newest(connection: Connection) -> str:
    """The last event of any message: another one where something became known since."""
    return connection.execute(select(func.max(event.c.id))).scalar() or ""


def _threads(known: Known, keys: Collection[bytes]) -> set[str]:
    """The conversations that these links and topics may lead to."""
    linked = {known.threads[key].thread for key in keys if key in known.threads}
    return linked | {like.thread for key in keys for like in known.alike.get(key, ())}


def _add_messages(connection: Connection, known: Known, ids: list[str]) -> None:
    columns = (message.c.id, message.c.thread, message.c.mailboxes, message.c.forgotten)
    query = select(*columns, message.c.direction, message.c.people)
    for row in connection.execute(query.where(message.c.id.in_(ids))):
        stored = Stored(row.thread, tuple(row.mailboxes), set(), row.forgotten is not None)
        stored.ours, stored.people = row.direction == "out", row.people or []
        known.messages[row.id] = stored
    ours = {stored.thread for stored in known.messages.values() if stored.ours}
    for threads in slices(ours):
        known.asked.update(connection.execute(_ASKED, {"ids": threads}).scalars())
    rows = connection.execute(select(outbox.c.message, outbox.c.inbox).where(outbox.c.message.in_(ids)))
    for message_id, inbox in rows:
        if message_id in known.messages:
            known.messages[message_id].inboxes.add(inbox)
    seen = select(sighting.c.message, sighting.c.recipients).where(sighting.c.message.in_(ids))
    for message_id, recipients in connection.execute(seen):
        if message_id in known.messages:
            known.messages[message_id].recipients.update(recipients)
