"""The tables, as they stand after the newest migration (a test holds the two together).

Instants are whole microseconds of UTC. Ids come from `ids.new_id`, so that rows of a batch can name each other before
the commit. Addresses and header values are cleaned text; what arrived is in `chunk`, byte by byte.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as microseconds since 1970: no database can lose its zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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

# How far a folder of a watched account has been read; it moves in the transaction that stores the mail.
cursor = Table(
    "cursor",
    metadata,
    Column("source", Text, primary_key=True),
    Column("folder", Text, primary_key=True),  # the server's name of it
    Column("uidvalidity", BigInteger, nullable=False),
    Column("first_uid", BigInteger, nullable=False),  # what has a smaller one was there before us
    Column("last_uid", BigInteger, nullable=False),
    Column("first", Instant, nullable=False),  # when we saw the folder first
    Column("compared", Instant),  # when its mails were last compared with what we have of it
    Column("server", Integer),  # how many it had then, of those that concern us
    Column("stored", Integer),  # and how many of these were accounted for
)

# What became of each mail of a watched folder, by its UID: so that nothing is missed without a word.
fetched = Table(
    "fetched",
    metadata,
    Column("source", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("uidvalidity", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    Column("outcome", Text, nullable=False),  # `Outcome` of cursors.py
    Column("sighting", Text),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# How each watched account stands.
watched = Table(
    "watched",
    metadata,
    Column("name", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", Instant, nullable=False),  # of that state
    Column("last_success", Instant),  # every folder was read
    Column("last_mail", Instant),  # something new was in a folder that customers write to
    Column("last_error", Text),
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

# One issue of a digest (`conversation.edition`). The row is the claim on its slot: whoever writes it sends it.
edition = Table(
    "edition",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("made", Instant, nullable=False),
    Column("recipients", JSON, nullable=False),
    Column("items", JSON, nullable=False),  # number, thread, section, since, nights of each
    Column("missed", Integer, nullable=False, server_default="0"),
    UniqueConstraint("digest", "slot"),
    Index("ix_edition_digest_made", "digest", "made"),
)

REPLY_DUE = "state IN ('due', 'fresh')"  # to be repeated word by word by whoever uses its index

# What people replied to an edition, from its receipt until it is carried out, once.
reply = Table(
    "reply",
    metadata,
    Column("message", Text, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("recipient", Text, nullable=False),  # whose reply address it came to
    Column("state", Text, nullable=False),  # `State` of replies.py
    Column("why", Text),  # the code of a refusal
    Column("words", Text),  # what stands above the quote; null once it is carried out
    Column("at", Instant, nullable=False),
    Index("ix_reply_due", "state", sqlite_where=text(REPLY_DUE), postgresql_where=text(REPLY_DUE)),
)
