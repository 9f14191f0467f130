"""A further sighting of a known mail: by another way, in another mailbox, or where only our own mail is seen."""

from router.conversation import customer
from router.routing import beside, loops
from router.routing.batch import Batch
from router.routing.facts import ties_of
from router.routing.journal import Way
from router.routing.letters import letter_columns
from router.routing.places import Role
from router.routing.placing import tie
from router.routing.routed import Routed
from router.store import messages
from router.store.messages import Stored
from router.store.wordweeks import UNCOUNT


def add(batch: Batch, routed: Routed, message: str, way: Way) -> None:
    """Route it for its own mailboxes; one row per message and inbox makes the union."""
    this, stored, mailboxes = routed.analysis, batch.known.messages[message], way.mailboxes
    routed.message, routed.thread = message, stored.thread
    stored.recipients.update(this.seen.recipients)
    batch.remember(routed)
    batch.event(routed, "sighted", {"sighting": this.seen.id, "why": routed.found.why})
    if way.role not in (Role.INBOUND, Role.OUTBOUND):  # it came to no mailbox
        return
    if added := tuple(name for name in mailboxes if name not in stored.mailboxes):
        stored.mailboxes = (*stored.mailboxes, *added)
        routed.write(messages.ADD_MAILBOXES, {"b_id": message, "mailboxes": list(stored.mailboxes)})
        routed.write(UNCOUNT, {"b_id": message})
    decision = None
    if way.by_rules and not this.seen.history and not (stored.ours and stored.thread in batch.known.asked):
        decision = batch.decide(this, mailboxes)
    if way.role is Role.OUTBOUND:
        batch.answers_seen(routed, mailboxes)
        _ours(batch, routed, stored, vip=decision is not None and decision.vip)
    answer = beside.decide_answer(batch, routed, way)
    if (decision := decision or answer) is None:
        return
    routed.rules = decision.rules
    if decision.copies or decision.withheld:
        routed.write(messages.COPIED, {"b_id": message})
    batch.copies.add(routed, stored, mailboxes, decision, loops.held(this), read=answer is not None)
    if answer is None:
        beside.remember(routed, batch.known)


def _ours(batch: Batch, routed: Routed, stored: Stored, *, vip: bool) -> None:
    """It turns out to be ours, since whoever wrote it had put the mailbox into Cc; or to have gone to more people.

    The parts of one journal report name them one after the other.
    """
    this, places = routed.analysis, batch.places
    people = customer.people(this.message, (*stored.people, *this.seen.recipients), places.ours)
    more = not set(people) <= set(stored.people)
    if stored.ours and not more:
        return
    ties = ties_of(this, places, stored.people)
    if more:
        tie(routed, ties, batch.known, stored.thread)
    stored.ours, stored.people = True, people
    about = ties.parties.customer
    row = {
        "customer": about.addr if about else None,
        "customer_name": about.name if about else None,
        "people": people,
        **letter_columns(this, places, ties.parties, ours=True, vip=vip),
    }
    routed.write(messages.BECOME_OURS, row | {"b_id": routed.message})
    routed.write(UNCOUNT, {"b_id": routed.message})
    batch.known.said(row | {"thread": stored.thread, "mailboxes": stored.mailboxes, "direction": "out"})
    routed.restate.add(stored.thread)
