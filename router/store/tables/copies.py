"""What goes out, and what people want of it."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from router.store.tables.base import Instant, metadata

WAITING = "state IN ('pending', 'deferred', 'unknown')"  # to be repeated word by word by whoever uses its index
DOUBTED = "doubts > 0"  # the same
ANSWERED_DUE = "answered = 'due'"  # the same
BUNDLES = "state = 'held' AND reason IN ('rhythm', 'bundled')"  # the same

# One row per message and inbox, whatever became of the copy. `State` in outbox.py draws the arrows.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("message", Text, nullable=False),
    Column("sighting", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("inbox", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("received", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created", Instant, nullable=False),
    Column("due", Instant),
    Column("holder", Text),
    Column("lease", Instant),
    Column("block", LargeBinary, nullable=False),  # our header lines, frozen at T2: a repeat is the same bytes
    Column("folder", Text),
    Column("seen", Boolean, nullable=False),  # filed as already read
    Column("rules", JSON, nullable=False),
    Column("reason", Text),  # why it is held, withheld or skipped
    Column("last_error", Text),
    Column("note", JSON),  # what the last attempt left for the next one
    Column("doubts", Integer, nullable=False),  # attempts of which nobody knows whether they arrived
    Column("receipt", JSON),
    Column("came_back", JSON),  # what it has set off: bounces, delays, automatic replies, oldest first
    Column("changed", JSON, nullable=False),  # what was sent otherwise than received
    Column("ended", Instant),
    Column("answered", Text),  # `Mark` in answered.py: whether it is marked as answered; null where nothing marks it
    UniqueConstraint("message", "inbox"),
    # What waits, in the order of its turn; copies that go through memory never stand here.
    Index("ix_outbox_waiting", "inbox", "due", "id", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
    Index("ix_outbox_doubts", "doubts", sqlite_where=text(DOUBTED), postgresql_where=text(DOUBTED)),
    # The open copies of a conversation (none has ended yet), and what arrived lately.
    Index("ix_outbox_state_inbox_ended", "state", "inbox", "ended", "thread", "created"),
    # What waits for a bundle, and what a bundle on its way has with it.
    Index("ix_outbox_bundles", "inbox", "created", sqlite_where=text(BUNDLES), postgresql_where=text(BUNDLES)),
    Index("ix_outbox_answered", "inbox", "id", sqlite_where=text(ANSWERED_DUE), postgresql_where=text(ANSWERED_DUE)),
)

# Which bundle names a copy that waited for it; a copy stands in one. `number` is what people reply with.
bundled = Table(
    "bundled",
    metadata,
    Column("copy", Text, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("attached", Boolean, nullable=False),  # else it is held, and can be sent
    UniqueConstraint("edition", "number"),
)

# What a person has said, by a reply or a command, in place of the configuration; it stands until it is taken back.
wish = Table(
    "wish",
    metadata,
    Column("kind", Text, primary_key=True),  # `Kind` in wishes.py
    Column("about", Text, primary_key=True),  # the rule, where it is about one; else ""
    Column("inbox", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),  # an address
    Column("why", Text),
)
