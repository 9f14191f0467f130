"""A new mail: its conversation, its copies by the rules, and where the conversation stands with it."""

from collections.abc import Sequence

from router.conversation.story import stand
from router.mail.kind import MACHINE
from router.routing import beside, loops, orders, unthreaded
from router.routing.analysis import UNREADABLE
from router.routing.batch import Batch
from router.routing.journal import Way
from router.routing.places import Role
from router.routing.placing import put
from router.routing.routed import Routed
from router.routing.rows import message_row
from router.store import messages
from router.store.history import IMPORTED
from router.store.ids import message_id
from router.store.letters import letter
from router.store.messages import Stored
from router.store.rows import Row
from router.store.standings import columns
from router.store.texts import ADD_TEXT, text_rows
from router.store.threads import ADD_THREAD


def add(batch: Batch, routed: Routed, way: Way) -> None:
    """Store it as what its way says that it is."""
    if way.role is Role.JOURNAL:
        unthreaded.damaged(batch, routed)
    elif way.role is Role.OWN and routed.analysis.back is not None and routed.analysis.back.reply:
        orders.received(batch, routed)
    elif way.role is Role.OWN and routed.analysis.verdict.kind in MACHINE:
        unthreaded.stray(batch, routed)
    else:
        _join(batch, routed, way)
        if orders.is_also_ordering(batch, routed):
            orders.ordered(batch, routed)


def _join(batch: Batch, routed: Routed, way: Way) -> None:
    """It belongs to a conversation."""
    role, mailboxes = way.role, way.mailboxes
    this, message = routed.analysis, message_id(routed.analysis.seen.id)
    routed.message = message
    why, is_new = put(routed, batch.ties_of(this), batch.known, message)
    decision = batch.decide(this, mailboxes) if way.by_rules else None
    answer = beside.decide_answer(batch, routed, way)
    routed.uncopied = IMPORTED if this.seen.history else unthreaded.UNCOPIED.get(role)
    if answer is not None:
        routed.rules, routed.uncopied = answer.rules, None
    if decision is not None and not this.seen.history:
        routed.rules = decision.rules
        routed.uncopied = None if decision.copies or decision.withheld else "no-rule"
    row = message_row(batch, routed, role, mailboxes, why, decision)
    routed.write(messages.ADD_MESSAGE, row)
    if texts := text_rows(message, row["kind"], this.said.new_text):
        routed.write(ADD_TEXT, *texts)
    batch.known.said(row)
    _stand(batch, routed, row, is_new)
    if role is Role.OUTBOUND:
        batch.answers_seen(routed, mailboxes)
    stored = Stored(str(routed.thread), mailboxes, set(), recipients=set(this.seen.recipients))
    stored.ours, stored.people = role is Role.OUTBOUND, row["people"]
    batch.known.messages[message] = stored
    batch.remember(routed)
    batch.event(routed, "received", {"sighting": this.seen.id})
    if decision is not None and not this.seen.history:
        batch.copies.add(routed, stored, mailboxes, decision, _held(batch, routed, mailboxes))
        beside.remember(routed, batch.known)
    if answer is not None:
        batch.copies.add(routed, stored, mailboxes, answer, loops.held(this), read=True)
    if UNREADABLE in this.faults:
        routed.alarm("unreadable-message", message, {"faults": list(this.faults)}, batch.now)


def _stand(batch: Batch, routed: Routed, row: Row, is_new: bool) -> None:
    """Where the conversation stands now: of a new one that is known here, of others the store computes it."""
    if is_new:
        fresh = {"id": row["id"], "merged_into": None, "created": batch.now}
        routed.write(ADD_THREAD, fresh | columns(stand([letter(row)])))
    else:
        routed.restate.add(str(routed.thread))


def _held(batch: Batch, routed: Routed, mailboxes: Sequence[str]) -> str | None:
    """Why all copies wait for a person, if they do."""
    this = routed.analysis
    seen, signs = this.seen, batch.signs.get(this.seen.id)
    if signs is not None and not seen.released:
        before = signs.count(batch.known.hits, seen.received)
        batch.count(routed, signs.rows)
        if before >= batch.places.loop_limit:
            routed.alarm("loop", signs.inbox, {"inbox": signs.inbox, "message": routed.message}, batch.now)
            return "loop"
    if loops.too_many_hops(this) and not seen.released:
        about = ",".join(mailboxes) or "unknown"
        routed.alarm("too-many-hops", about, {"message": routed.message}, batch.now)
        return "too-many-hops"
    return None
