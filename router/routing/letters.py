"""What the state of a conversation will ask of a message, read once when it is routed: the columns beside its identity."""

from router.conversation.customer import Parties
from router.mail import dsn
from router.mail.kind import Kind, Verdict
from router.routing.analysis import Analysis
from router.routing.decision import Decision
from router.routing.places import Places
from router.store.rows import Row

ADDRESSES_CAP = 20


def letter_columns(this: Analysis, places: Places, among: Parties, *, ours: bool, vip: bool) -> Row:
    """Snippet, phrase, due and letter of `message`."""
    customer = among.customer.addr if among.customer else None
    promise = this.promise if ours else None
    found = {
        "answer_to": _answer_to(this, places, customer) if not ours else (),
        "founder": _founder(this, places) if ours else None,
        "failed": _failed(this),
        "about": this.body.returned[:ADDRESSES_CAP],
        "vip": vip,
        "inside": among.ours and not ours,
    }
    letter = {name: list(value) if isinstance(value, tuple) else value for name, value in found.items() if value}
    return {
        "snippet": this.said.snippet,
        "phrase": (promise.phrase if promise else None) if ours else this.courtesy,
        "due": promise.due if promise else None,
        "letter": letter or None,
    }


def needed(verdict: Verdict, decision: Decision | None, *, excused: bool) -> tuple[bool, tuple[str, ...]]:
    """Whether a mail needs an answer, and why: a person's word on its sender, else a rule, else its kind."""
    if excused:
        return False, ("never",)
    if decision is not None and decision.needs_answer is not None:
        needs, rule = decision.needs_answer
        return needs, (f"rule={rule}",)
    return verdict.needs_answer, verdict.needs_reasons


def _answer_to(this: Analysis, places: Places, customer: str | None) -> tuple[str, ...]:
    """Other addresses at which an answer reaches the writer."""
    mail = this.message
    named = dict.fromkeys(one.addr for one in (*mail.from_, *mail.reply_to, *mail.sender))
    return tuple(addr for addr in named if addr != customer and not places.ours(addr))[:ADDRESSES_CAP]


def _founder(this: Analysis, places: Places) -> str | None:
    """The inbox whose owner wrote it."""
    authors = {one.addr for one in this.message.from_}
    return next((inbox.name for inbox in places.inboxes if inbox.address in authors), None)


def _failed(this: Analysis) -> tuple[str, ...]:
    """The recipients that a bounce says have not got it."""
    if this.verdict.kind is not Kind.BOUNCE:
        return ()
    fates = (fate for fate in dsn.fates(this.message, this.body) if fate.action in ("failed", ""))
    return tuple(dict.fromkeys(addr for fate in fates for addr in fate.addresses))[:ADDRESSES_CAP]
