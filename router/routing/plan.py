"""What T2 decides for one sighting, as rows: pure but for fresh ids.

Here is only which way each identity goes: a new mail is in `newcomer`, a known one in `further`, what came back to a copy
in `unthreaded`, the report that a mail came in in `enclosed`. What they have in common is in `batch`.
"""

from dataclasses import dataclass

from router.routing import enclosed, further, newcomer, orders, unthreaded
from router.routing.analysis import Analysis
from router.routing.batch import Batch
from router.routing.identify import Identity, identify
from router.routing.routed import Routed
from router.store.erase import came_again
from router.store.spool import SETTLE_SIGHTING


@dataclass(slots=True)
class Planner(Batch):
    """Plans the sightings of one batch, one after the other."""

    def plan(self, this: Analysis) -> Routed:
        """Decide what one sighting is and what follows from it."""
        way = enclosed.way_of(self, this)
        routed = Routed(this, identify(this, self.known.hits, way.role, self.places.address))
        if this.seen.report is not None and not enclosed.settle(self, routed, this.seen.report, way):
            return routed
        hit = routed.found.hit
        # A hash may outlive its mail: then it says only that the mail was here.
        stored = self.known.messages.get(hit.message) if hit is not None else None
        match routed.found.identity:
            case Identity.SETTLED:
                return routed
            case Identity.NEW:
                newcomer.add(self, routed, way)
            case Identity.SAME if hit is not None and stored is not None and not stored.forgotten:
                further.add(self, routed, hit.message, way)
            case Identity.OWN:
                routed.message = hit.message if hit else this.copy_of or (this.back.message if this.back else None)
            case Identity.RETURNED if this.back is not None and this.back.reply and not (stored and stored.forgotten):
                orders.received(self, routed, stored)
            case Identity.RETURNED if hit is None:
                unthreaded.returned(self, routed)
            case _:
                routed.message = hit.message if hit and stored else None
        self._settle(routed)
        if stored is not None and stored.forgotten:
            for statement, row in came_again(this.seen.id, this.seen.content.sha256):
                routed.write(statement, row)
        return routed

    def _settle(self, routed: Routed) -> None:
        hit = routed.found.hit if routed.found.identity is Identity.REPEAT else None
        row = {
            "b_id": routed.analysis.seen.id,
            "message": routed.message,
            "verdict": routed.found.identity.value,
            "repeat_of": hit.sighting if hit else None,
            "routed": self.now,
        }
        routed.write(SETTLE_SIGHTING, row)
