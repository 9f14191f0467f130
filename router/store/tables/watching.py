"""Watched accounts: how far each folder has been read, and how the account stands."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from router.store.tables.base import Instant, metadata

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
