"""What rises in a week, and what customers said in it: the letters and the counts that policy asks for.

Of the present week letters are read twice, and only as many are in memory as the database hands over at a time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zlib import crc32

from sqlalchemy import Connection

from router.conversation import ownwords, rising
from router.conversation.ownwords import OwnWords
from router.conversation.rising import LEAST, WEEKS, Counted, Rise
from router.conversation.weeks import Week
from router.conversation.words import WordReader, stop_words
from router.store import wordweeks
from router.store.texts import voices
from router.store.wordweeks import Scope

LOT = 3_000  # messages of a week
_HALF = timedelta(days=3.5)


@dataclass(frozen=True, slots=True)
class Rising:
    """What rises in one week."""

    week: Week
    letters: int
    customers: int
    weeks: int  # before it, that there are; with fewer than `LEAST` it is too early to say
    rises: tuple[Rise, ...]

    @property
    def too_early(self) -> bool:
        """Nobody can say yet what is unusual."""
        return self.weeks < LEAST


def rises_in(
    connection: Connection,
    scope: Scope,
    week: Week,
    stop: Collection[str] = (),
    until: datetime | None = None,
    most: int | None = None,
) -> Rising:
    """The words that rise in a week, those first that chance explains least; of its letters received before `until`.

    `most`: as many are told of at the most.
    """
    reader = WordReader(scope.product_words)
    begin, end = week.begin(scope.zone), week.end(scope.zone)
    end = end if until is None else max(begin, min(end, until))
    letters = partial(voices, connection, begin, end, scope.mailboxes)
    counted = rising.count(letters(), reader)
    often = rising.often(counted, stop_words(stop), reader)
    before = [one.words for one in _before(connection, scope, week, reader, often)]
    found = rising.risen(often, before)
    rows = tuple(rising.rises(found, len(before), letters, reader, most))
    return Rising(week, counted.letters, counted.customers, len(before), rows)


def said_in(
    connection: Connection,
    scope: Scope,
    begin: datetime,
    end: datetime,
    most: int = ownwords.MOST,
    without: Collection[str] = (),
) -> list[OwnWords]:
    """A few sentences of customers, by the rule of `ownwords`; none of the messages in `without`.

    Of very many letters `LOT` are read, drawn by their ids, which know nothing of what they say.
    """
    letters = voices(connection, begin, end, scope.mailboxes)
    share = LOT / max(LOT, wordweeks.messages_in(connection, begin, end))
    drawn = (one for one in letters if crc32(one.message.encode()) <= share * 0xFFFFFFFF)
    return ownwords.own_words(drawn, scope.zone, most, without)


def _before(
    connection: Connection, scope: Scope, week: Week, reader: WordReader, wanted: Collection[str]
) -> list[Counted]:
    """The weeks before, as far back as there are letters, with the numbers of these words."""
    first = wordweeks.first_message(connection)
    found: list[Counted] = []
    for back in range(WEEKS, 0, -1):
        one = week.earlier(back)
        begin, end = one.begin(scope.zone), one.end(scope.zone)
        # A week of which the greater part is not on record is none.
        if first is None or begin + _HALF < first:
            continue
        counted = wordweeks.known(connection, scope, one, wanted) or _of_these(
            rising.count(voices(connection, begin, end, scope.mailboxes), reader), wanted
        )
        if found or counted.letters:
            found.append(counted)
    return found


def _of_these(counted: Counted, wanted: Collection[str]) -> Counted:
    return Counted(counted.letters, counted.customers, {word: counted.words.get(word, 0) for word in wanted})


def due(connection: Connection, scopes: Sequence[Scope], now: datetime, weeks: int) -> tuple[Scope, Week] | None:
    """The next finished week that is not counted yet, the latest first."""
    if (first := wordweeks.first_message(connection)) is None:
        return None
    for back in range(1, weeks + 1):
        for scope in scopes:
            week = Week.of(now, scope.zone).earlier(back)
            if week.end(scope.zone) > first and not wordweeks.is_known(connection, scope, week):
                return scope, week
    return None
