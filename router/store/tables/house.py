"""What a router knows of itself and must tell its operator: roles, keys, alarms, what was done to personal data."""

from sqlalchemy import JSON, Column, Integer, LargeBinary, Table, Text

from router.store.tables.base import Instant, metadata

# Who does what only one router may do, and until when; and which routers live.
role = Table(
    "role",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Instant, nullable=False),
)

# What this installation knows of itself: its signing key, its id.
meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

# How often policy refused something, per day.
refusal = Table(
    "refusal",
    metadata,
    Column("day", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)

# What the operator must know: open while `cleared` is null.
alarm = Table(
    "alarm",
    metadata,
    Column("key", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("first", Instant, nullable=False),
    Column("last", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Column("cleared", Instant),
    Column("told", JSON),  # by channel: what the operator was last told of it, and when
)

# What was done to personal data, when and by whom. Whose it was stands here only as a keyed hash.
audit = Table(
    "audit",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),  # the user of this machine who gave the order
    Column("action", Text, nullable=False),
    Column("subject_hash", LargeBinary),
    Column("counts", JSON, nullable=False),
)
