"""Mail as it came, what it says, and by what it is known again."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text, text

from router.store.tables.base import Instant, metadata

# Raw mail, once per sha256. A row here makes its chunks visible; chunks without it are orphans of a crash.
raw = Table(
    "raw",
    metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("stored", Instant, nullable=False),
    Index("ix_raw_stored_sha256", "stored", "sha256"),
)
chunk = Table(
    "chunk",
    metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("codec", Text, nullable=False),  # "plain" | "zlib"
    Column("data", LargeBinary, nullable=False),
)

# One row per transmission of a mail to us: T1 writes it, T2 fills message, verdict and routed.
sighting = Table(
    "sighting",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sha256", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("source", Text, nullable=False),  # "smtp", "import", or the name of a watched source
    Column("peer", Text),
    Column("helo", Text),
    Column("login", Text),  # the name that proved itself by a password when it came by SMTP
    Column("sender", Text, nullable=False),  # envelope sender; "" is the null sender
    Column("recipients", JSON, nullable=False),
    Column("received", Instant, nullable=False),
    Column("message", Text),  # the message that it turned out to be
    Column("verdict", Text),  # of routing; before it a mark of spool.py: "release", "restored", "history"
    Column("repeat_of", Text),  # the sighting that this one repeats
    Column("routed", Instant),
    Column("history", Boolean, nullable=False, server_default=text("false")),  # of the past: copied to nobody
    Index("ix_sighting_unrouted", "id", sqlite_where=text("routed IS NULL"), postgresql_where=text("routed IS NULL")),
    Index("ix_sighting_message", "message"),
)

# One row per distinct mail.
message = Table(
    "message",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sha256", LargeBinary, nullable=False),
    Column("message_id", Text),
    Column("direction", Text, nullable=False),  # "in" | "out"
    Column("kind", Text, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("needs_answer", Boolean, nullable=False),
    Column("needs_reasons", JSON, nullable=False),
    Column("customer", Text),
    Column("customer_name", Text),
    Column("subject", Text, nullable=False),
    Column("mailboxes", JSON, nullable=False),
    Column("received", Instant, nullable=False),
    Column("thread", Text, nullable=False),
    Column("thread_why", JSON, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("marks", JSON, nullable=False),  # codes worth a person's eye, such as "known-message-id"
    Column("uncopied", Text),  # why no copy exists, where none does
    Column("snippet", Text),  # its first sentence or two; null in mail of an older router
    Column("phrase", Text),  # a customer's words of nothing but thanks, or ours by which we promise; "" once erased
    Column("due", Instant),  # when that promise falls due, if it says so
    Column("letter", JSON),  # what else the state of its conversation depends on: see letters.py
    Column("forgotten", Instant),  # since when nothing personal stands here any more
    Column("author", Text),  # the address in From, else the envelope's
    Column("people", JSON(none_as_null=True)),  # outsiders in To, Cc and envelope; null: stored by an older program
    # What a guess goes by (`conversation.guess`); null where the subject proves nothing.
    Column("topic", LargeBinary),  # a hash of customer and subject
    Column("reply", Boolean),
    Column("untied", Boolean),
    Index("ix_message_sha256", "sha256"),
    Index("ix_message_message_id", "message_id"),
    Index("ix_message_thread", "thread"),
    Index("ix_message_customer", "customer"),
    Index("ix_message_received", "received"),
    Index("ix_message_topic", "topic", "direction", "reply", "received"),
)

# What a person wrote in a mail, without quotes and signature: customers' words and ours. No row where nothing was new.
new_text = Table(
    "new_text",
    metadata,
    Column("message", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

# How many customers used each word in a finished week: wordweeks.py words `counts`.
word_week = Table(
    "word_week",
    metadata,
    Column("scope", LargeBinary, primary_key=True),  # a hash of what was counted and how
    Column("begin", Instant, primary_key=True),
    Column("end", Instant, nullable=False),
    Column("messages", Integer, nullable=False),  # of any kind in that week: more of them, and it is counted anew
    Column("letters", Integer, nullable=False),
    Column("customers", Integer, nullable=False),
    Column("rare", Boolean, nullable=False),  # words of a single customer are in it still
    Column("counts", LargeBinary, nullable=False),
)

# What a mail is known by (hashes of `mail.identity`): these rows outlive the mail, so that nothing comes twice.
identity = Table(
    "identity",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("sighting", Text, primary_key=True),
    Column("message", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
