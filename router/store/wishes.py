"""What people want in place of the configuration: the rhythm of an inbox, or that a rule that has ended goes on for it.

A wish stands until it is taken back; no file is changed by it. `check --show` and `status` name every one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, select

from router.conversation.edition import Kind as Edition
from router.conversation.rhythm import Beat
from router.store.tables import edition as editions
from router.store.tables import wish
from router.store.upsert import pick, updating


class Kind(StrEnum):
    """What a wish is about."""

    RHYTHM = "rhythm"  # of an inbox; its value is a `Beat`
    KEEP = "keep"  # of a rule and an inbox; its value is the last day after which the rule goes on


@dataclass(frozen=True, slots=True)
class Wish:
    """One of them."""

    kind: Kind
    inbox: str
    value: str
    at: datetime
    by: str  # an address
    about: str = ""  # the rule, where it is about one
    why: str | None = None


_WISH = updating(
    wish, ["kind", "about", "inbox"], lambda new: {"value": new.value, "at": new.at, "by": new.by, "why": new.why}
)


def every(connection: Connection) -> tuple[Wish, ...]:
    """All that stand, oldest first."""
    rows = connection.execute(select(wish).order_by(wish.c.at, wish.c.kind, wish.c.about, wish.c.inbox))
    return tuple(Wish(Kind(row.kind), row.inbox, row.value, row.at, row.by, row.about, row.why) for row in rows)


def say(connection: Connection, said: Wish) -> None:
    """Note a wish; it takes the place of an earlier one about the same."""
    connection.execute(
        pick(_WISH, connection),
        {
            "kind": said.kind.value,
            "about": said.about,
            "inbox": said.inbox,
            "value": said.value,
            "at": said.at,
            "by": said.by,
            "why": said.why,
        },
    )


def order(connection: Connection, said: Wish) -> list[str]:
    """Note a wish, or take it back where it has no value; the inbox, where that changes anything."""
    if not said.value:
        return [said.inbox] if take_back(connection, said.kind, said.inbox, said.about) else []
    if said.kind is Kind.RHYTHM:
        Beat(said.value)
    say(connection, said)
    return [said.inbox]


def by_reply(connection: Connection, edition: str, word: str, by: str, now: datetime) -> list[str]:
    """What the owner of an inbox replied to a letter of ours to it: `keep`, or a rhythm; the inbox, or none.

    `keep` means the rule whose end the letter told.
    """
    query = select(editions.c.digest, editions.c.kind, editions.c.slot).where(editions.c.id == edition)
    found = connection.execute(query).one_or_none()
    if found is None or found.kind not in (Edition.BUNDLE, Edition.MONTH):
        return []
    inbox = found.digest.partition(":")[2]
    if word in set(Beat):
        return order(connection, Wish(Kind.RHYTHM, inbox, word, now, by))
    rule, _, last_day = found.slot.rpartition(":")
    if word != Kind.KEEP or found.kind != Edition.MONTH:
        return []
    return order(connection, Wish(Kind.KEEP, inbox, last_day, now, by, rule))


def take_back(connection: Connection, kind: Kind, inbox: str, about: str = "") -> bool:
    """The configuration holds again; False where nothing stood in its place."""
    which = (wish.c.kind == kind.value, wish.c.inbox == inbox, wish.c.about == about)
    return connection.execute(delete(wish).where(*which)).rowcount > 0


def beats(wishes: Sequence[Wish]) -> dict[str, Beat]:
    """The rhythms that are wished, by inbox."""
    return {one.inbox: Beat(one.value) for one in wishes if one.kind is Kind.RHYTHM}


def kept(wishes: Sequence[Wish]) -> Mapping[tuple[str, str], frozenset[str]]:
    """The inboxes for which a rule goes on after a last day, by rule and day."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in wishes:
        if one.kind is Kind.KEEP:
            found.setdefault((one.about, one.value), set()).add(one.inbox)
    return {key: frozenset(inboxes) for key, inboxes in found.items()}
