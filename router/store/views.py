"""What people ask: reading queries for `trace` and `queue`, as plain dictionaries in the words of the contract."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from unicodedata import normalize

from sqlalchemy import Connection, RowMapping, Select, or_, select

from router.conversation.edition import Kind
from router.mail import mark
from router.store.ids import enclosed_id
from router.store.keeping import any_signing_key
from router.store.tables import edition, message, outbox, reply, sighting, thread

View = dict[str, Any]
OWN = "own"  # the kind of what we have written ourselves


def _folded(words: str) -> str:
    """As it is compared: without case, and with accents written in one way (The Unicode Standard, section 3.13)."""
    return normalize("NFC", normalize("NFD", words).casefold())


def find_messages(connection: Connection, what: str, most: int) -> list[RowMapping]:
    """Messages by an id, a Message-ID (with or without brackets), an address, or words of the subject; newest first."""
    bare = what.strip().removeprefix("<").removesuffix(">")
    # What the listener answered to a journal report is the id of the report: its mail has one of its own.
    by_sighting = select(sighting.c.message).where(sighting.c.id.in_((bare, enclosed_id(bare))))
    exact = or_(message.c.message_id == bare, message.c.id == bare, message.c.id.in_(by_sighting))
    columns = select(message).order_by(message.c.received.desc(), message.c.id.desc()).limit(most)
    if found := list(connection.execute(columns.where(exact)).mappings()):
        return found
    if "@" in bare:
        envelopes = select(sighting.c.message).where(sighting.c.sender == bare.lower())
        people = or_(message.c.customer == bare.lower(), message.c.id.in_(envelopes))
        return list(connection.execute(columns.where(people)).mappings())
    by_subject = message.c.id.in_(_by_subject(connection, _folded(bare).split(), most))
    return list(connection.execute(columns.where(by_subject)).mappings())


def _by_subject(connection: Connection, words: Sequence[str], most: int) -> list[str]:
    """The newest messages with all these words in the subject.

    Compared here: SQLite ignores the case of ASCII letters only, and PostgreSQL of those that its locale knows. No index
    would help either of them with a part of a word.
    """
    if not words:
        return []
    subjects = select(message.c.id, message.c.subject).order_by(message.c.received.desc(), message.c.id.desc())
    with connection.execute(subjects.execution_options(yield_per=1000)) as rows:
        found = (row.id for row in rows if all(word in _folded(row.subject) for word in words))
        return list(islice(found, most))


def trace(connection: Connection, messages: Sequence[RowMapping]) -> Iterator[View]:
    """The whole way of each message: sightings, conversation, copies."""
    for row in messages:
        seen = select(sighting).where(sighting.c.message == row["id"]).order_by(sighting.c.received, sighting.c.id)
        copies = select(outbox).where(outbox.c.message == row["id"]).order_by(outbox.c.inbox)
        yield {
            "message": row["id"],
            "message_id": row["message_id"],
            "sha256": row["sha256"].hex(),
            "subject": row["subject"],
            "customer": row["customer"],
            "kind": row["kind"],
            "direction": row["direction"],
            "received": row["received"],
            "mailboxes": row["mailboxes"],
            "sightings": [_sighting(one) for one in connection.execute(seen).mappings()],
            "thread": row["thread"] if connection.execute(_is_thread(row["thread"])).first() else None,
            "why": row["thread_why"],
            "rules": row["rules"],
            "marks": row["marks"],
            "uncopied": row["uncopied"],
            "reply": _reply(connection, row["id"]),
            "copies": [_copy(one) for one in connection.execute(copies).mappings()],
            "digest": None,
        }


def find_editions(connection: Connection, what: str, most: int) -> list[RowMapping]:
    """Editions of digests by an id, a Message-ID (with or without brackets), or the name of the digest; newest first."""
    bare = what.strip().removeprefix("<").removesuffix(">")
    key = any_signing_key(connection) if "@" in bare else None
    named = bare if key is None else mark.verify_id(key, bare)
    which = or_(edition.c.id == named, edition.c.digest == bare) & (edition.c.kind != Kind.BEGUN)
    rows = connection.execute(select(edition).where(which).order_by(edition.c.made.desc()).limit(most))
    return list(rows.mappings())


def trace_editions(connection: Connection, editions: Sequence[RowMapping]) -> Iterator[View]:
    """The way of each letter of a digest, in the same words as that of a mail."""
    for row in editions:
        seen = select(sighting).where(sighting.c.message == row["id"]).order_by(sighting.c.received, sighting.c.id)
        rows = select(outbox).where(outbox.c.message == row["id"]).order_by(outbox.c.inbox)
        copies = list(connection.execute(rows).mappings())
        yield {
            "message": row["id"],
            "message_id": None,
            "sha256": copies[0]["sha256"].hex() if copies else None,
            "subject": f"{row['digest']}, {row['slot']}",
            "customer": None,
            "kind": OWN,
            "direction": "out",
            "received": row["made"],
            "mailboxes": [],
            "sightings": [_sighting(one) for one in connection.execute(seen).mappings()],
            "thread": None,
            "why": [],
            "rules": [],
            "marks": [],
            "uncopied": None,
            "reply": None,
            "copies": [_copy(one) for one in copies],
            "digest": {key: row[key] for key in ("digest", "kind", "slot", "at", "made", "recipients", "missed")},
        }


def _reply(connection: Connection, name: str) -> View | None:
    """What became of it as a reply to a digest."""
    columns = (reply.c.state, reply.c.why, reply.c.recipient, edition.c.digest, edition.c.at)
    query = select(*columns).join(edition, edition.c.id == reply.c.edition, isouter=True).where(reply.c.message == name)
    found = connection.execute(query).mappings().one_or_none()
    return None if found is None else dict(found)


def _is_thread(name: str) -> Select[tuple[str]]:
    return select(thread.c.id).where(thread.c.id == name)


def _sighting(row: RowMapping) -> View:
    view = {key: row[key] for key in ("id", "received", "source", "peer", "helo", "sender", "recipients", "size")}
    return view | {"sha256": row["sha256"].hex(), "verdict": row["verdict"], "repeat_of": row["repeat_of"]}


def _copy(row: RowMapping) -> View:
    keys = (
        *("id", "inbox", "state", "receipt", "changed", "folder", "reason", "attempts", "due", "last_error", "rules"),
        *("created", "ended", "answered"),
    )
    return {key: row[key] for key in keys} | {"came_back": row["came_back"] or []}


def resolve_thread(connection: Connection, name: str) -> str | None:
    """The conversation that a name or the id of one of its messages leads to today, mergers followed; None if unknown."""
    bare = name.strip().removeprefix("<").removesuffix(">")
    by_message = select(message.c.thread).where(or_(message.c.id == bare, message.c.message_id == bare)).limit(1)
    known = select(thread.c.id).where(thread.c.id == bare)
    found: str | None = connection.execute(known).scalar() or connection.execute(by_message).scalar()
    while found is not None:
        into = connection.execute(select(thread.c.merged_into).where(thread.c.id == found)).scalar()
        if into is None:
            return found
        found = into
    return None


def queue(connection: Connection, states: Sequence[str] | None) -> Iterator[View]:
    """The outbox in the order of its making, all of it or some states."""
    wanted = select(outbox).order_by(outbox.c.id)
    if states is not None:
        wanted = wanted.where(outbox.c.state.in_(states))
    keys = (
        "id",
        "message",
        "inbox",
        "state",
        "attempts",
        "due",
        "last_error",
        "receipt",
        "changed",
        "reason",
        "thread",
        "created",
    )
    for row in connection.execution_options(yield_per=1000).execute(wanted).mappings():
        yield {key: row[key] for key in keys}
