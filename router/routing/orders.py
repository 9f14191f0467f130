"""A reply to a digest: no conversation and no copies, but orders of the person whose reply address it came to.

Here is only decided whether it counts. It does if a person wrote it, beyond doubt the one whom that edition was sent to;
everything else is refused with a code, changes nothing, and is answered by nobody.
"""

from router.conversation import wishing
from router.conversation.replytext import words_of
from router.mail.address import base
from router.mail.kind import Kind
from router.routing import unthreaded
from router.routing.batch import Batch
from router.routing.places import Role
from router.routing.proof import author, proven
from router.routing.routed import Routed
from router.store.ids import new_id
from router.store.messages import Stored
from router.store.replies import ADD_REPLY, State, reply_row

UNCOPIED = "digest-reply"


def received(batch: Batch, routed: Routed, known: Stored | None = None) -> None:
    """Store it, and what it orders; `known`: the same mail was here already, and counts once."""
    if known is None:
        routed.message = new_id()
        unthreaded.keep(batch, routed, UNCOPIED)
    elif routed.found.hit is not None:
        routed.message, routed.thread = routed.found.hit.message, known.thread
    ordered(batch, routed)


def is_also_ordering(batch: Batch, routed: Routed) -> bool:
    """Whether a mail to a mailbox went to a reply address too, in the same envelope."""
    this = routed.analysis
    if this.back is None or this.back.reply is None:
        return False
    found = (batch.places.resolve(one) for one in this.seen.recipients)
    return not this.seen.history and any(place is not None and place[1] is Role.OWN for place in found)


def ordered(batch: Batch, routed: Routed) -> None:
    """Write down what it orders, or why it counts for nothing."""
    this = routed.analysis
    reply = this.back.reply if this.back is not None else None
    assert reply is not None
    edition, place = reply
    recipients = batch.known.recipients.get(edition, [])
    recipient = recipients[place] if place < len(recipients) else None
    why = _refusal(batch, routed, recipient)
    words = None
    if why is None:
        mail = this.message
        words = words_of(mail.subject, this.said.above, mail.from_[0].name, batch.places.address, also=wishing.is_wish)
    state = State.DUE if why is None else State.REFUSED
    routed.reply = state.value if why is None else why
    row = reply_row(str(routed.message), edition, recipient or "", state, why, words, this.seen.received)
    routed.write(ADD_REPLY, row)


def _refusal(batch: Batch, routed: Routed, recipient: str | None) -> str | None:
    """Why it changes nothing; None where it counts."""
    this = routed.analysis
    back = this.back
    if back is None or recipient is None:
        return "no-edition"
    if this.verdict.kind is not Kind.PERSON:
        return f"automatic={this.verdict.kind}"
    if back.automatic:
        return "automatic=auto-submitted"
    if not this.seen.sender:
        return "automatic=null-sender"
    writer = author(this)
    if writer is None or base(writer).lower() != base(recipient).lower():
        return "wrong-person"
    return None if proven(this, batch.places) else "unproven"
