"""From the paths that a person names to mails of history, and any such mails in batches that bound the memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from router.intake.files import Found, Reading, Unread
from router.intake.past import Known, Mail
from router.mail.receipt import envelope_sender, received
from router.store.ids import new_id
from router.store.spool import IMPORT, Sighting

Item = Mail | Known | Unread

BATCH = 200  # mails handed in together: as many as one commit takes
BATCH_BYTES = 2_000_000  # of the octets that are in memory


@dataclass(frozen=True, slots=True)
class Place:
    """What one path gives, and to whom its mail is taken to have come."""

    read: Callable[[], Reading]
    address: str  # of the listener: by it routing knows the mailbox, and whether the mail is ours
    sent: bool


def mails(places: Iterable[Place], now: datetime) -> Iterator[tuple[Item, bool]]:
    """The mails of these places, one after the other, each with whether it is one of ours."""
    for place in places:
        for found in place.read():
            yield (Mail(_sighting(found, place, now)) if isinstance(found, Found) else found), place.sent


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


def next_batch(found: Iterator[tuple[Item, bool]]) -> list[tuple[Item, bool]]:
    """The next ones; none at the end."""
    batch: list[tuple[Item, bool]] = []
    held = 0
    for item, sent in found:
        batch.append((item, sent))
        held += len(item.seen.content.head) if isinstance(item, Mail) else 0
        if len(batch) >= BATCH or held >= BATCH_BYTES:
            break
    return batch
