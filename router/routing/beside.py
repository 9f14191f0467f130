"""Our answer beside the question: which inboxes get it, and in which folder. Pure.

An inbox with `answers = true` gets an answer where it has the question, or where the rules would have copied it: they are
asked as if the customer had written to us, so that what a rule withholds is not given away by the answer that quotes it.
The answer lies in the folder of the question, and waits where that is held. Whoever wrote it has it in his own Sent
folder.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from router.conversation import customer
from router.mail.address import base
from router.routing.analysis import WRITTEN, Analysis
from router.routing.batch import Batch
from router.routing.decision import Decision, Plan, Withheld
from router.routing.facts import facts_of
from router.routing.journal import Way
from router.routing.places import Places, Role
from router.routing.routed import Routed
from router.routing.rules import Facts, decide
from router.store.beside import Lying
from router.store.messages import Known
from router.store.outbox import ADD_COPY

ANSWERS = "answers"  # stands for the rules where none would have copied it: the inbox has the question


def decide_answer(batch: Batch, routed: Routed, way: Way) -> Decision | None:
    """Who gets this mail, if it is an answer of ours; None where nobody does, and where the rules are asked anyway."""
    this = routed.analysis
    if way.role is not Role.OUTBOUND or way.by_rules or this.seen.history:
        return None
    return _decide(this, way.mailboxes, batch.places, batch.known.lying.get(str(routed.thread), {}))


def _decide(this: Analysis, mailboxes: Sequence[str], places: Places, lying: Mapping[str, Lying]) -> Decision | None:
    """By the rules, and by what the inboxes have of its conversation."""
    wanted = tuple(_wanted(this, places))
    outsiders = tuple(customer.people(this.message, this.seen.recipients, places.ours))
    if not wanted or not outsiders or this.verdict.kind not in WRITTEN:
        return None
    if not lying and not this.message.in_reply_to and not this.message.references:
        return None  # it answers nothing
    facts = _turned(this, mailboxes, places, outsiders)
    asked = decide(places.rules, facts, inboxes=wanted, hours=places.hours, zone=places.zone)
    withheld = {one.inbox: one for one in asked.withheld}
    withheld |= {name: Withheld(name, lies.withheld) for name, lies in lying.items() if lies.withheld is not None}
    plans = {plan.inbox: plan for plan in asked.copies}
    found = [_plan(name, plans.get(name), lying.get(name, Lying())) for name in wanted if name not in withheld]
    copies = tuple(plan for plan in found if plan is not None)
    kept = tuple(withheld[name] for name in wanted if name in withheld)
    if not copies and not kept:
        return None
    return asked._replace(copies=copies, withheld=kept, rules=asked.rules or (ANSWERS,))


def remember(routed: Routed, known: Known) -> None:
    """The copies of a letter, for answers of the same batch."""
    for row in routed.writes.get(id(ADD_COPY), (ADD_COPY, []))[1]:
        lies = known.lying.setdefault(str(routed.thread), {}).setdefault(row["inbox"], Lying())
        lies.add(row["state"], row["folder"], row["reason"])


def _wanted(this: Analysis, places: Places) -> Iterator[str]:
    """The inboxes that want answers, but for that of whoever wrote this one."""
    mail = this.message
    authors = {base(one.addr) for one in (*mail.from_, *mail.sender)} | {base(this.seen.sender.lower())}
    return (inbox.name for inbox in places.inboxes if inbox.answers and base(inbox.address) not in authors)


def _turned(this: Analysis, mailboxes: Sequence[str], places: Places, outsiders: tuple[str, ...]) -> Facts:
    """As if it came from whom it goes to."""
    facts = facts_of(this, mailboxes)
    known_as = (places.mailbox_address.get(name, name) for name in mailboxes)
    us = tuple(dict.fromkeys((*known_as, *facts.from_)))
    return replace(facts, sender=outsiders[0], from_=outsiders, recipients=us, to=us)


def _plan(name: str, plan: Plan | None, lies: Lying) -> Plan | None:
    if not lies.there:
        return plan
    plan = plan or Plan(name, (ANSWERS,), None, None)
    return plan._replace(folder=lies.folder, hold=plan.hold or lies.held)
