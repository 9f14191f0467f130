"""The row of a new message: all that is kept of a mail beside its bytes."""

from collections.abc import Sequence

from router.conversation import customer
from router.routing.batch import Batch
from router.routing.decision import Decision
from router.routing.letters import letter_columns, needed
from router.routing.places import Role
from router.routing.routed import Routed
from router.store.rows import Row


def message_row(
    batch: Batch,
    routed: Routed,
    role: Role,
    mailboxes: Sequence[str] = (),
    why: Sequence[str] = (),
    decision: Decision | None = None,
) -> Row:
    """The row of `routed.message`; `why` it stands in its conversation."""
    this, known = routed.analysis, batch.known
    ours = role is Role.OUTBOUND
    mail, verdict = this.message, this.verdict
    ties = batch.ties_of(this)
    about, trait = ties.parties.customer, ties.trait
    needs, because = needed(verdict, decision, excused=about is not None and about.addr in known.never)
    vip = decision is not None and decision.vip
    marks = list(this.faults)
    if any(key in known.message_ids for key in mail.message_ids):
        marks.append("known-message-id")
    known.message_ids.update(mail.message_ids)
    return {
        "id": routed.message,
        "sha256": this.seen.content.sha256,
        "message_id": mail.message_id,
        "direction": "out" if ours else "in",
        "kind": verdict.kind.value,
        "reasons": list(verdict.reasons),
        "needs_answer": needs and role is Role.INBOUND,
        "needs_reasons": list(because),
        "customer": about.addr if about else None,
        "customer_name": about.name if about else None,
        "subject": mail.subject,
        "mailboxes": list(mailboxes),
        "received": this.seen.received,
        "thread": routed.thread,
        "thread_why": list(why),
        "rules": list(routed.rules),
        "marks": marks,
        "uncopied": routed.uncopied,
        "author": customer.author(mail, this.seen.sender),
        "people": customer.people(mail, this.seen.recipients, batch.places.ours),
        "topic": trait.topic if trait else None,
        "reply": trait.reply if trait else None,
        "untied": trait.untied if trait else None,
        **letter_columns(this, batch.places, ties.parties, ours=ours, vip=vip),
    }
