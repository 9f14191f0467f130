"""What a digest has to prove that it may be believed: what came, from where, and what is on record of the sources."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from router.conversation.junk import is_junk
from router.conversation.proof import Proof, Source
from router.mail.kind import Kind
from router.store import keeping
from router.store.cursors import Outcome
from router.store.history import IMPORTED
from router.store.tables import cursor, fetched, message, meta, sighting, watched
from router.store.watched import BROKEN, QUIET

LATELY = timedelta(days=7)  # in which somebody has answered
_FURTHEST = timedelta(days=31)  # what came since an edition that is older than this is not counted
_MOST = 2_000  # mails whose rhythm counts
_WRITTEN = (Kind.PERSON, Kind.LIST)  # by somebody: a group of our own puts the marks of a list on its members' mail

_LIVE = message.c.uncopied.is_(None) | (message.c.uncopied != IMPORTED)


def proof(
    connection: Connection, mailboxes: Collection[str], sources: Collection[str], since: datetime, now: datetime
) -> Proof:
    """What was seen of these mailboxes and these sources, of what came since `since`."""
    recent = _recent(connection, mailboxes, now)
    unrouted = select(func.count(), func.min(sighting.c.received)).where(sighting.c.routed.is_(None))
    waiting, oldest = connection.execute(unrouted).one()
    return Proof(
        since=since,
        came=_came(connection, mailboxes, max(since, now - _FURTHEST), now),
        last=recent[0] if recent else None,
        authors=_authors(connection, mailboxes, now),
        sources=_sources(connection, sources, now),
        alive=_alive(connection),
        unrouted=waiting,
        unrouted_since=oldest,
        recent=recent,
        junk=_junk(connection, sources, since),
    )


def _came(connection: Connection, mailboxes: Collection[str], since: datetime, now: datetime) -> int:
    span = (message.c.received > since, message.c.received <= now)
    rows = connection.execute(select(message.c.mailboxes).where(*span, _LIVE)).scalars()
    return sum(not set(mailboxes).isdisjoint(names) for names in rows)


def _recent(connection: Connection, mailboxes: Collection[str], now: datetime) -> tuple[datetime, ...]:
    span = (message.c.received <= now, message.c.direction == "in")
    query = select(message.c.received, message.c.mailboxes).where(*span, _LIVE).order_by(message.c.received.desc())
    rows = connection.execute(query.limit(_MOST))
    return tuple(row.received for row in rows if not set(mailboxes).isdisjoint(row.mailboxes))


def _authors(connection: Connection, mailboxes: Collection[str], now: datetime) -> tuple[str, ...]:
    """Whose answers have been seen lately, most first: of people, and to somebody outside."""
    span = (message.c.received > now - LATELY, message.c.received <= now, message.c.direction == "out")
    written = (message.c.author.is_not(None), message.c.kind.in_(_WRITTEN), _LIVE)
    rows = connection.execute(select(message.c.author, message.c.mailboxes, message.c.people).where(*span, *written))
    reached = (row for row in rows if row.people is None or row.people)  # None: stored by an older program
    counts = Counter(row.author for row in reached if not set(mailboxes).isdisjoint(row.mailboxes))
    return tuple(author for author, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _sources(connection: Connection, names: Collection[str], now: datetime) -> tuple[Source, ...]:
    alarms = {alarm["key"] for alarm in keeping.open_alarms(connection, now)}
    sums = select(cursor.c.source, func.sum(cursor.c.server), func.sum(cursor.c.stored)).group_by(cursor.c.source)
    compared = {name: (server, stored) for name, server, stored in connection.execute(sums)}
    rows = {row["name"]: row for row in connection.execute(select(watched)).mappings()}
    found = []
    for name in sorted(names):
        row, (server, stored) = rows.get(name), compared.get(name, (None, None))
        found.append(
            Source(
                name,
                f"{BROKEN}:{name}" in alarms,
                f"{QUIET}:{name}" in alarms,
                row["last_success"] if row else None,
                row["last_mail"] if row else None,
                row["last_error"] if row else None,
                server,
                stored,
            )
        )
    return tuple(found)


def _alive(connection: Connection) -> datetime | None:
    """When a router last wrote that it lives."""
    value = connection.execute(select(meta.c.value).where(meta.c.name == "alive")).scalar()
    return datetime.fromisoformat(bytes(value).decode("ascii")) if value is not None else None


def _junk(connection: Connection, sources: Collection[str], since: datetime) -> int | None:
    """How many mails of people to whom we have written lie among what was taken for spam."""
    rows = connection.execute(select(cursor.c.source, cursor.c.folder).where(cursor.c.source.in_(sources)))
    folders = [(row.source, row.folder) for row in rows if is_junk(row.folder)]
    if not folders:
        return None
    sent = message.alias("sent")
    known = select(sent.c.id).where(sent.c.customer == message.c.customer, sent.c.direction == "out").exists()
    held = fetched.c.outcome.in_((Outcome.STORED, Outcome.SALVAGED))
    found: set[str] = set()
    for source, folder in folders:
        place = (fetched.c.source == source, fetched.c.folder == folder, fetched.c.at > since, held)
        query = select(message.c.id).join(sighting, sighting.c.message == message.c.id)
        mails = query.join(fetched, fetched.c.sighting == sighting.c.id).where(*place, known)
        found.update(connection.execute(mails).scalars())
    return len(found)
