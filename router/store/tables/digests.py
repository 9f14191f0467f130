"""Editions of digests, and what people replied to them."""

from sqlalchemy import JSON, Column, Index, Integer, Table, Text, UniqueConstraint, text

from router.store.tables.base import Instant, metadata

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
