"""From the paths that a person names to sightings of history, in batches that bound the memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from router.intake.files import Found, Reading, Unread
from router.mail.receipt import envelope_sender, received
from router.store.ids import new_id
from router.store.spool import IMPORT, Sighting

Item = Sighting | Unread

BATCH = 200  # mails handed in together: as many as one commit takes
BATCH_BYTES = 2_000_000  # of the octets that are in memory


@dataclass(frozen=True, slots=True)
class Place:
    """What one path gives, and to whom its mail is taken to have come."""

    read: Callable[[], Reading]
    address: str  # of the listener: by it routing knows the mailbox, and whether the mail is ours
    sent: bool


def sightings(places: Iterable[Place], now: datetime) -> Iterator[tuple[Item, Place]]:
    """The mails of these places, one after the other."""
    for place in places:
        for found in place.read():
            yield (_sighting(found, place, now) if isinstance(found, Found) else found), place


def _sighting(found: Found, place: Place, now: datetime) -> Sighting:
    return Sighting(
        id=new_id(),
        content=found.content,
        source=IMPORT,
        peer=None,
        helo=None,
        sender=envelope_sender(found.header),
        recipients=(place.address,),
        received=received(found.header, found.separator, found.stored, now, sent=place.sent),
        history=True,
    )


def next_batch(found: Iterator[tuple[Item, Place]]) -> list[tuple[Item, Place]]:
    """The next ones; none at the end."""
    batch: list[tuple[Item, Place]] = []
    held = 0
    for item, place in found:
        batch.append((item, place))
        held += len(item.content.head) if isinstance(item, Sighting) else 0
        if len(batch) >= BATCH or held >= BATCH_BYTES:
            break
    return batch
