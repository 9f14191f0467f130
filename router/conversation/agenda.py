"""What a nightly digest lists, in which order, under which numbers. Pure.

    again       the customer wrote again after an answer of ours: whoever has to ask twice comes first
    still       the same wait stood in the last edition
    new         everybody else who waits
    promised    nobody waits, but a promise of ours has fallen due
    finished    probably: thanks, and nothing else
    (gone)      what the last edition listed and this one does not

Within a section the longest customer's time comes first. Numbers run through all sections, also over what is too much
to be shown. What is gone has no number: a reply to this edition is about what still stands in it, and whoever wants one
back replies to the edition that listed it. A wait is known again by its conversation and its beginning, so that a later
wait of the same customer is another one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from router.conversation.edition import Edition, Item, Section

_ORDER = tuple(Section)
_WAITING = (Section.AGAIN, Section.STILL, Section.NEW)


@dataclass(frozen=True, slots=True)
class Waiter:
    """A conversation in which a customer waits, or a promise of ours has fallen due."""

    thread: str
    mailboxes: tuple[str, ...]
    customer: str | None  # an address
    customer_name: str | None
    subject: str
    snippet: str | None
    since: datetime | None  # None: nobody waits, a promise has fallen due
    wrote: datetime  # the receipt of the letter that began the wait, or of ours that promised
    letters: int = 1  # of customers, in the whole conversation
    again: int = 0  # of these, those after an answer of ours
    finished: bool = False  # probably: thanks, and nothing else
    vip: bool = False
    taken_by: str | None = None
    answered: datetime | None = None  # our last word
    answered_by: str | None = None
    phoned: bool = False  # that was the telephone
    founder: str | None = None  # the inbox whose owner wrote it
    promise: str | None = None
    promised_by: str | None = None
    promise_due: datetime | None = None

    @property
    def listed_since(self) -> datetime:
        """The beginning of what is listed: of the wait, or of the promise's being due."""
        return self.since or self.promise_due or self.wrote


@dataclass(frozen=True, slots=True)
class Entry:
    """A line."""

    item: Item
    row: Waiter


@dataclass(frozen=True, slots=True)
class Agenda:
    """What an edition lists."""

    entries: tuple[Entry, ...]
    gone: tuple[Item, ...]  # of the last edition, under today's names of their conversations

    @property
    def items(self) -> tuple[Item, ...]:
        """What the numbers mean."""
        return tuple(entry.item for entry in self.entries)

    def section(self, section: Section) -> tuple[Entry, ...]:
        """The lines of one section."""
        return tuple(entry for entry in self.entries if entry.item.section is section)

    @property
    def waiting(self) -> tuple[Entry, ...]:
        """Those in which somebody waits, and not only probably for nothing."""
        return tuple(entry for entry in self.entries if entry.item.section in _WAITING)


def agenda(
    rows: Sequence[Waiter],
    last: Edition | None = None,
    moved: Mapping[str, str] = MappingProxyType({}),
    unseen: Collection[str] = (),
) -> Agenda:
    """Put rows into sections.

    `moved` has today's names of conversations of the last edition that have others by now; of `unseen` ones nobody can
    say whether they wait, so that they are neither listed nor gone.
    """
    before = {}
    for item in last.items if last is not None else ():
        thread = moved.get(item.thread, item.thread)
        before[thread, item.since] = Item(item.number, thread, item.section, item.since, item.nights)
    placed = sorted(((_section(row, before), row) for row in rows), key=_place)
    entries = []
    for number, (section, row) in enumerate(placed, start=1):
        listed = before.get((row.thread, row.listed_since))
        nights = listed.nights + 1 if listed is not None else 1
        entries.append(Entry(Item(number, row.thread, section, row.listed_since, nights), row))
    standing = {row.thread for row in rows} | set(unseen)
    gone = tuple(item for (thread, _), item in before.items() if thread not in standing)
    return Agenda(tuple(entries), gone)


def _section(row: Waiter, before: Mapping[tuple[str, datetime], Item]) -> Section:
    if row.since is None:
        return Section.PROMISED
    if row.finished:
        return Section.FINISHED
    if row.again:
        return Section.AGAIN
    return Section.STILL if (row.thread, row.since) in before else Section.NEW


def _place(placed: tuple[Section, Waiter]) -> tuple[int, datetime, str]:
    section, row = placed
    return _ORDER.index(section), row.listed_since, row.thread
