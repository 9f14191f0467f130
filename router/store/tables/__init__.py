"""The tables, as they stand after the newest migration (a test holds the two together).

Instants are whole microseconds of UTC. Ids come from `ids.new_id`, so that rows of a batch can name each other before
the commit. Addresses and header values are cleaned text; what arrived is in `chunk`, byte by byte.
"""

from router.store.tables.base import Instant, metadata
from router.store.tables.conversations import LISTED, blind, event, never, outbound, thread, thread_key
from router.store.tables.copies import ANSWERED_DUE, BUNDLES, DOUBTED, WAITING, bundled, outbox, wish
from router.store.tables.digests import REPLY_DUE, edition, reply
from router.store.tables.house import alarm, audit, meta, refusal, role
from router.store.tables.mail import chunk, identity, message, new_text, raw, sighting, word_week
from router.store.tables.watching import cursor, fetched, watched

__all__ = [
    "ANSWERED_DUE",
    "BUNDLES",
    "DOUBTED",
    "LISTED",
    "REPLY_DUE",
    "WAITING",
    "Instant",
    "alarm",
    "audit",
    "blind",
    "bundled",
    "chunk",
    "cursor",
    "edition",
    "event",
    "fetched",
    "identity",
    "message",
    "meta",
    "metadata",
    "never",
    "new_text",
    "outbound",
    "outbox",
    "raw",
    "refusal",
    "reply",
    "role",
    "sighting",
    "thread",
    "thread_key",
    "watched",
    "wish",
    "word_week",
]
