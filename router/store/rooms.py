"""Which copies of a batch of routing may go on in memory, and which wait in the database. No I/O."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from router.store.channel import Allowance, Channel, Queue
from router.store.content import Content

ROOM_COUNT = 500  # copies in memory per place
ROOM_BYTES = 16_000_000


@dataclass(slots=True)
class _Promised:
    """What one batch of routing will hand on."""

    copies: int = 0
    octets: int = 0
    held: int = 0  # octets of them in memory

    def leaves(self, allowance: Allowance) -> bool:
        return self.copies < allowance.copies and self.octets < allowance.octets

    def add(self, content: Content) -> None:
        self.copies += 1
        self.octets += content.size
        self.held += len(content.head)


class Rooms:
    """Room in memory for the copies of one batch that is being routed: what it promised counts, though not there yet."""

    def __init__(self, queues: Mapping[str, Queue], now: datetime) -> None:
        self._queues = queues
        self._now = now
        self._channels: defaultdict[str, _Promised] = defaultdict(_Promised)
        self._places: defaultdict[Queue, _Promised] = defaultdict(_Promised)
        self._full: set[str] = set()

    def __call__(self, inbox: str, content: Content) -> bool:
        """Whether one more copy may be leased and handed on; once not, no later one of the batch overtakes it."""
        queue = self._queues.get(inbox)
        if queue is None or inbox in self._full:
            return False
        mine, all_ = self._channels[inbox], self._places[queue]
        if not self._fits(queue, queue.channels[inbox], mine, all_, len(content.head)):
            self._full.add(inbox)
            return False
        mine.add(content)
        all_.add(content)
        return True

    def _fits(self, queue: Queue, channel: Channel, mine: _Promised, all_: _Promised, held: int) -> bool:
        count, octets = len(queue.ready) + all_.copies, queue.bytes + all_.held
        if channel.behind or channel.ailing or count >= ROOM_COUNT or (count and octets + held > ROOM_BYTES):
            return False
        return mine.leaves(channel.pace.allowance(self._now)) and all_.leaves(queue.pace.allowance(self._now))
