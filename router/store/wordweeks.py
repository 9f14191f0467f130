"""How many customers used each word of a finished week: counted once, since the past does not change.

It does change where history is imported into a week, or a mail turns out to be ours. A week with more messages in the
database than were there when it was counted is counted anew; whoever changes or erases a message calls `uncount`. The
words of a single customer may be somebody's name: they go with the text (`forget_rare`), and numbers of several people
stay.
"""

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, delete, func, select, update

from router.conversation.rising import Counted
from router.conversation.weeks import Week
from router.store.slices import slices
from router.store.tables import message, word_week
from router.store.upsert import pick, updating
from router.store.writer import Statement

VERSION = 2  # of what is counted as a word: another one counts everything anew
_LEVEL = 3  # of compression: half the time of the usual one


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: of which mailboxes, by weeks of which zone, with which words of the company's own."""

    zone: ZoneInfo
    mailboxes: frozenset[str] | None = None  # None: all
    product_words: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, zone: ZoneInfo, mailboxes: Collection[str], every: Collection[str], product_words: Iterable[str] = ()
    ) -> Self:
        """Of some of `every` mailbox; two that mean the same are equal."""
        some = frozenset(mailboxes)
        return cls(zone, None if not some or some >= frozenset(every) else some, tuple(sorted(set(product_words))))

    @property
    def key(self) -> bytes:
        """Names it in the database."""
        mailboxes = None if self.mailboxes is None else sorted(self.mailboxes)
        known = [VERSION, self.zone.key, mailboxes, list(self.product_words)]
        return blake2b(json.dumps(known).encode(), digest_size=16).digest()


_SET = updating(
    word_week,
    ["scope", "begin"],
    lambda new: {name: new[name] for name in ("end", "messages", "letters", "customers", "rare", "counts")},
)

# The weeks of a message, to be counted anew; with `b_id`, the message.
_OF_MESSAGE = select(message.c.id).where(
    message.c.id == bindparam("b_id"), message.c.received >= word_week.c.begin, message.c.received < word_week.c.end
)
UNCOUNT = Statement(delete(word_week).where(word_week.c.rare, _OF_MESSAGE.exists()), rank=2)


def messages_in(connection: Connection, begin: datetime, end: datetime) -> int:
    """How many messages of any kind a week has: by the index alone."""
    query = select(func.count()).select_from(message).where(message.c.received >= begin, message.c.received < end)
    return connection.execute(query).scalar_one()


def stand_of(connection: Connection, begin: datetime, end: datetime) -> tuple[int, int]:
    """How many messages a week has, and how many of these are forgotten: equal before and after, nothing came between."""
    query = select(func.count(), func.count(message.c.forgotten))
    row = connection.execute(query.where(message.c.received >= begin, message.c.received < end)).one()
    return row[0], row[1]


def first_message(connection: Connection) -> datetime | None:
    """When the record begins."""
    first: datetime | None = connection.execute(select(func.min(message.c.received))).scalar()
    return first


def known(connection: Connection, scope: Scope, week: Week, wanted: Collection[str] | None = None) -> Counted | None:
    """What was counted of a week, of all words or of those in `wanted`; None where it has to be counted."""
    begin, end = week.begin(scope.zone), week.end(scope.zone)
    query = select(word_week).where(word_week.c.scope == scope.key, word_week.c.begin == begin)
    row = connection.execute(query).one_or_none()
    if row is None or messages_in(connection, begin, end) > row.messages:
        return None
    return Counted(row.letters, row.customers, _unpacked(row.counts, wanted))


def is_known(connection: Connection, scope: Scope, week: Week) -> bool:
    """The same question without the answer."""
    begin, end = week.begin(scope.zone), week.end(scope.zone)
    query = select(word_week.c.messages).where(word_week.c.scope == scope.key, word_week.c.begin == begin)
    counted = connection.execute(query).scalar()
    return counted is not None and messages_in(connection, begin, end) <= counted


def keep(connection: Connection, scope: Scope, week: Week, counted: Counted, messages: int) -> None:
    """Keep what was counted of a finished week, when it had so many messages."""
    row = {
        "scope": scope.key,
        "begin": week.begin(scope.zone),
        "end": week.end(scope.zone),
        "messages": messages,
        "letters": counted.letters,
        "customers": counted.customers,
        "rare": True,
        "counts": _packed(counted.words),
    }
    connection.execute(pick(_SET, connection), row)


def uncount(connection: Connection, messages: Sequence[str]) -> None:
    """These messages are erased or are somebody else's now: count their weeks anew, where their text is still there."""
    for some in slices(messages):
        theirs = select(message.c.id).where(
            message.c.id.in_(some), message.c.received >= word_week.c.begin, message.c.received < word_week.c.end
        )
        connection.execute(delete(word_week).where(word_week.c.rare, theirs.exists()))


def forget_rare(connection: Connection, before: datetime) -> bool:
    """The text of the time before is erased: words of a single customer go too, of one week; False where none is left."""
    query = select(word_week).where(word_week.c.rare, word_week.c.begin < before).limit(1)
    if (row := connection.execute(query).one_or_none()) is None:
        return False
    counts = _packed({word: count for word, count in _unpacked(row.counts).items() if count > 1})
    this = (word_week.c.scope == row.scope, word_week.c.begin == row.begin)
    connection.execute(update(word_week).where(*this).values(counts=counts, rare=False))
    return True


def prune(connection: Connection, scopes: Collection[Scope], before: datetime) -> None:
    """Drop what nobody will ask for any more: old weeks, and what another configuration counted."""
    others = word_week.c.scope.not_in([scope.key for scope in scopes])
    connection.execute(delete(word_week).where((word_week.c.begin < before) | others))


def _packed(words: Mapping[str, int]) -> bytes:
    """For each number a line with it and the words, by spaces of another kind."""
    by_count: dict[int, list[str]] = {}
    for word, customers in words.items():
        by_count.setdefault(customers, []).append(word)
    lines = ("\t".join((str(customers), *sorted(some))) for customers, some in sorted(by_count.items()))
    return zlib.compress("\n".join(lines).encode("utf-8", "replace"), _LEVEL)


def _unpacked(data: bytes, wanted: Collection[str] | None = None) -> dict[str, int]:
    found: dict[str, int] = {}
    asked = None if wanted is None else frozenset(wanted)
    for line in zlib.decompress(data).decode("utf-8").split("\n"):
        if line:
            number, *words = line.split("\t")
            found.update(dict.fromkeys(words if asked is None else asked.intersection(words), int(number)))
    return found
