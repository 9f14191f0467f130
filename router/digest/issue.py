"""Makes one edition: composes it, claims its slot, and freezes its letters into the outbox, in one commit.

A slot is claimed by its row, which is unique: whoever writes it sends it, so that any number of routers may try. A kill
before the commit leaves the slot free, a kill after it leaves the letters in the outbox, where couriers find them.

A composer that fails keeps no digest back: the next one is asked, and at last a plain letter says that there is none and
why, and an alarm tells the operator.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from router.clock import Clock
from router.conversation.edition import Edition
from router.digest.freeze import freeze
from router.digest.letter import Composed
from router.digest.plan import Compose
from router.maillog import Event, event
from router.store import editions, keeping
from router.store.database import Database
from router.store.errors import StoreError
from router.store.keeping import CLEAR_ALARM, RAISE_ALARM, alarm_row, clear_row
from router.store.reading import Connection as Reading
from router.store.rows import Row
from router.store.writer import Statement, Unit
from router.tasks import Lane

log = logging.getLogger(__name__)

FAILS = "digest-fails"  # a standing alarm: a digest could not be composed as it should be
DEADLINE = 120.0  # seconds that a composer has

Claim = Callable[[Reading], bool]  # in the transaction of an edition, before it: false where there is to be none


@dataclass(slots=True)
class Issuer:
    """Makes editions."""

    database: Database
    clock: Clock
    look: Callable[[str], None]  # tells the courier of a channel that something waits
    ways: Mapping[str, str]  # the channel to each recipient
    composers: Sequence[Compose]  # in the order in which they are tried
    plain: Callable[[Edition, str], Composed]  # where all of them fail
    deadline: float = DEADLINE
    _lane: Lane = field(default_factory=lambda: Lane("digests"))

    async def issue(self, made: Edition, claim: Claim | None = None) -> bool:
        """Let its letters go; false where somebody else has, or `claim` says that there is to be none."""
        made = replace(made, recipients=tuple(one for one in made.recipients if one in self.ways))
        # Whoever makes a digest lives, however long ago the pulse has last said so: a digest must not doubt that.
        await self.database.writer.submit(Unit("live", call=partial(keeping.touch, now=made.made)))
        composed, why = await self._compose(made)
        made = replace(made, items=composed.items)
        frozen = await asyncio.to_thread(freeze, made, composed.letters, self.ways)
        writes = [*frozen.writes, *self._alarm(made, why)]
        call = partial(editions.issue, new=made, writes=writes, hashes=frozen.hashes, claim=claim)
        if not await self.database.writer.submit(Unit("digest", call=call)):
            return False
        for channel in frozen.channels:
            self.look(channel)
        event(
            Event.DIGEST,
            edition=made.id,
            digest=made.digest,
            kind=made.kind.value,
            slot=made.slot,
            missed=made.missed or None,
            items=len(made.items),
            copies=len(frozen.channels),
        )
        if why:
            log.error("alarm %s: %s: %s", FAILS, made.digest, "; ".join(why))
        return True

    def alarm_row(self, about: str, why: Sequence[str]) -> Row:
        """That a digest could not be made as it should be."""
        return alarm_row(FAILS, about, {"digest": about, "told": [one[:300] for one in why]}, self.clock.now())

    def _alarm(self, made: Edition, why: Sequence[str]) -> list[tuple[Statement, list[Row]]]:
        if why:
            return [(RAISE_ALARM, [self.alarm_row(made.digest, why)])]
        if made.kind in editions.SLOTTED:  # others say nothing of the digest as a whole
            return [(CLEAR_ALARM, [clear_row(FAILS, made.digest, self.clock.now())])]
        return []

    async def _compose(self, made: Edition) -> tuple[Composed, list[str]]:
        """Its letters, and what went wrong on the way to them."""
        before = await self.read(partial(editions.last, digest=made.digest, before=made.made))
        why: list[str] = []
        for compose in self.composers:
            try:
                composed = await self._in_time(partial(self._composed, compose, made, before))
            except StoreError:
                raise
            except TimeoutError:
                why.append(f"not composed within {self.deadline:g} seconds")
            except Exception as error:
                log.exception("the digest %s cannot be composed", made.digest)
                why.append(f"{type(error).__name__}: {error}")
            else:
                return composed, why
        why = why or ["no composer"]
        return await asyncio.to_thread(self.plain, made, "; ".join(why)), why

    def _composed(self, compose: Compose, made: Edition, before: Edition | None) -> Composed:
        composed = self.database.read(lambda connection: compose(connection, made, before))
        if {letter.recipient for letter in composed.letters} != set(made.recipients):
            raise ValueError("the letters are not those of the recipients")
        return composed

    async def _in_time(self, work: Callable[[], Composed]) -> Composed:
        try:
            return await asyncio.wait_for(self._lane.call(work), self.deadline)
        except TimeoutError:
            self._lane = Lane("digests")  # that thread may never come back
            raise

    async def read(self, query: Callable[[Reading], Any]) -> Any:
        """What a query finds, off the loop."""
        return await asyncio.to_thread(self.database.read, query)
