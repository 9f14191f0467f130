"""What does not wait for a slot: a customer who wrote again after our answer, and a VIP who waits past a goal.

Lead and founders are told of a conversation at once, and of the same one not again for a week. A wait that is over
meanwhile is none of it, and nothing is told of what was there before the digest was known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from router.conversation.edition import Edition, Item, Kind, Section
from router.digest.issue import Issuer
from router.digest.schedule import Plan
from router.store import editions, matters
from router.store.ids import new_id
from router.store.matters import Matter
from router.store.reading import Connection as Reading

RECENT = timedelta(days=7)  # an older wait is nothing that is told at once

VipLate = Callable[[Reading, datetime], Sequence[tuple[str, datetime]]]  # conversation, and since when


@dataclass(frozen=True, slots=True)
class Urgent:
    """Tells of matters at once."""

    issuer: Issuer
    founders: Sequence[str]  # who is told beside those whom the digest goes to
    vip_late: VipLate | None = None  # the waits of VIPs that are past their goal

    async def due(self, plans: Sequence[Plan], now: datetime) -> list[Edition]:
        """An edition for each conversation that somebody is to be told of."""
        found: dict[str, tuple[Plan, Matter, tuple[str, ...]]] = {}
        names = [plan.name for plan in plans]
        told = await self.issuer.read(partial(editions.told_at_once, digests=names, now=now))
        for plan in plans:
            for one in await self.issuer.read(partial(self._matters, plan, now, told)):
                first, matter, to = found.get(one.thread, (plan, one, ()))
                found[one.thread] = first, matter, (*to, *plan.recipients)
        return [self._edition(plan, matter, to) for plan, matter, to in found.values()]

    def _edition(self, plan: Plan, matter: Matter, to: Sequence[str]) -> Edition:
        everybody = tuple(dict.fromkeys((*to, *self.founders)))
        item = Item(1, matter.thread, Section.AGAIN if matter.word == "again" else Section.STILL, matter.since)
        made = self.issuer.clock.now()
        return Edition(new_id(), plan.name, Kind.AT_ONCE, matter.slot, matter.since, made, everybody, (item,))

    def _matters(self, plan: Plan, now: datetime, told: set[str], connection: Reading) -> list[Matter]:
        """What is to be told of the mailboxes of one digest."""
        begun = editions.begun(connection, plan.name)
        if begun is None:
            return []
        after = max(begun, now - RECENT)
        found = matters.again(connection, plan.mailboxes, after, now, told)
        if self.vip_late is not None:
            late = [(name, since) for name, since in self.vip_late(connection, now) if name not in told]
            found += matters.late(connection, plan.mailboxes, late, after, now)
        return found
