"""Conversations, what leads to them, and what was said of them."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, LargeBinary, Table, Text, text

from router.store.tables.base import Instant, metadata

LISTED = "since IS NOT NULL OR promise_due IS NOT NULL"  # to be repeated word by word by whoever uses its index

# A conversation, and where it stands: what `conversation.story` says of its messages and events, to be found by lists.
# A merged one keeps its row and names its successor: a link to it stays good.
thread = Table(
    "thread",
    metadata,
    Column("id", Text, primary_key=True),
    Column("merged_into", Text),
    Column("created", Instant, nullable=False),
    Column("state", Text, nullable=False, server_default=""),  # "": not computed yet
    Column("since", Instant),  # the customer waits since
    Column("letter", Text),  # the message that began this wait
    Column("finished", Boolean, nullable=False, server_default=text("false")),  # probably: thanks, and nothing else
    Column("letters", Integer, nullable=False, server_default="0"),  # of customers
    Column("again", Integer, nullable=False, server_default="0"),  # of these, those after an answer of ours
    Column("answered", Instant),  # last
    Column("answered_by", Text),
    Column("answer", Text),  # the message that did; null where it was the telephone
    Column("promise", Text),  # the message that promised a further word of ours, which has not come
    Column("promise_due", Instant),
    Column("snoozed_until", Instant),
    Column("taken_by", Text),
    Column("vip", Boolean, nullable=False, server_default=text("false")),
    Index("ix_thread_listed", "since", sqlite_where=text(LISTED), postgresql_where=text(LISTED)),
)

# Senders that need no answer, by a person's word.
never = Table(
    "never",
    metadata,
    Column("address", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text),
)

# By which ways answers of a mailbox have been seen: without any, nobody can say who waits.
outbound = Table(
    "outbound",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("first", Instant, nullable=False),
    Column("last", Instant, nullable=False),
)

# Mailboxes whose answers we cannot see all the same: many people wrote, and nobody seems to have answered.
blind = Table(
    "blind",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
)

# What leads to a conversation (`conversation.links`): hashes of an id that a mail carries or mentions, together with a
# person who may speak of it. They outlive the mail, so that a late reply finds its conversation, and spell nobody's name.
thread_key = Table(
    "thread_key",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("thread", Text, nullable=False),
    Column("carried", Boolean, nullable=False),  # a mail of the conversation bears the id itself
    Index("ix_thread_key_thread", "thread"),
    sqlite_with_rowid=False,
)

# The conversation log.
event = Table(
    "event",
    metadata,
    Column("id", Text, primary_key=True),
    Column("thread", Text, nullable=False),
    Column("message", Text),
    Column("name", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("detail", JSON, nullable=False),
    Index("ix_event_thread", "thread"),
)
