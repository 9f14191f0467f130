"""Mail that is stored without a conversation and without copies: nobody wrote it to a mailbox, or nobody can read it."""

from router.routing.aftermath import OTHERWISE, Aftermath
from router.routing.aftermath import UNCOPIED as UNCOPIED_RETURN
from router.routing.batch import Batch
from router.routing.identify import Found, Identity
from router.routing.places import Role
from router.routing.routed import Routed
from router.routing.rows import message_row
from router.store import messages
from router.store.erase import came_again
from router.store.ids import message_id
from router.store.messages import Stored

# Why a message that came by no mailbox's address has no copies.
UNCOPIED = {Role.OUTBOUND: "answer", Role.JOURNAL: "journal-report", Role.OWN: "to-router"}


def damaged(batch: Batch, routed: Routed) -> None:
    """A journal report that could not be taken apart is kept as it is; `release` tries again."""
    seen, message = routed.analysis.seen, message_id(routed.analysis.seen.id)
    why = batch.damaged.get(seen.id, "released")
    routed.message, routed.found = message, Found(Identity.FAULT, why=why)
    told = {"why": why, "message": message, "sighting": seen.id, "peer": seen.peer}
    routed.alarm("journal-unreadable", why, told, batch.now)
    keep(batch, routed, UNCOPIED[Role.JOURNAL])


def stray(batch: Batch, routed: Routed) -> None:
    """Machine mail to the router itself: nobody wrote it to anybody, whatever it replies to."""
    routed.message = message_id(routed.analysis.seen.id)
    routed.alarm("stray-report", routed.analysis.verdict.kind.value, {"message": routed.message}, batch.now)
    keep(batch, routed, UNCOPIED[Role.OWN])


def returned(batch: Batch, routed: Routed) -> None:
    """A mail about a copy: recorded there, and nowhere else."""
    this, back = routed.analysis, routed.analysis.back
    assert back is not None
    original = batch.known.originals.get(back.message)
    if original is not None and original.forgotten:
        # It may return the whole mail of somebody who was erased.
        for statement, row in came_again(this.seen.id, this.seen.content.sha256):
            routed.write(statement, row)
        return
    routed.message = message_id(routed.analysis.seen.id)
    keep(batch, routed, UNCOPIED_RETURN.get(back.kind, OTHERWISE), original.customer if original else None)
    Aftermath(batch.places.inboxes, batch.known.originals, batch.now).of(routed, back)


def keep(batch: Batch, routed: Routed, why: str, customer: str | None = None) -> None:
    """Store the message, without copies for this reason; `customer` is whose mail it may return."""
    message = str(routed.message)
    routed.thread, routed.uncopied = message, why
    row = message_row(batch, routed, Role.OWN)
    routed.write(messages.ADD_MESSAGE, row | {"customer": customer, "customer_name": None, "topic": None})
    batch.known.messages[message] = Stored(message, (), set())
    batch.remember(routed)
