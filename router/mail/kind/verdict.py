"""The judgement: which signs are asked, in which order, and what follows for the need of an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from router.mail.body import Body
from router.mail.kind import mass, people, prose, replies, reports
from router.mail.kind.kinds import NO_ANSWER, Kind, Verdict
from router.mail.kind.reports import Found
from router.mail.kind.signs import NOBODY, Company, Mail
from router.mail.message import Message

# All header fields that any sign asks for by name: most mail has none of them, and then nothing is asked.
_TELLING: frozenset[str] = (
    replies.FIELDS
    | people.TICKETS
    | mass.FIELDS
    | people.CAMPAIGN
    | {
        "auto-submitted",
        "delivered-to",
        "x-auto-response-suppress",
        "x-failed-recipients",
        "x-ms-exchange-generated-message-source",
        "x-ms-exchange-inbox-rules-loop",
        "x-post-messageclass",
    }
)

# In the order of their weight: the first that speaks decides, what the others find is recorded behind it.
_SIGNS: tuple[Callable[[Mail], Iterator[Found]], ...] = (
    reports.reports,
    reports.calendar,
    reports.reaction,
    prose.prose,
    prose.receipt,
    replies.replies,
    mass.spam,
    mass.mass,
)
# Marks of machines that a mail of a person may have.
_MASKS = mass.FIELDS | people.TICKETS
_BROKEN = "unclassified"


def classify(message: Message, body: Body, envelope_sender: str | None, company: Company = NOBODY) -> Verdict:
    """Says what sort of mail it is and why; `envelope_sender` is None where it is not known."""
    try:
        return _classify(message, body, envelope_sender, company)
    except Exception:  # the promise of this package: what it cannot judge is a person's
        return Verdict(Kind.PERSON, (_BROKEN,), True, (_BROKEN,))


def _classify(message: Message, body: Body, envelope_sender: str | None, company: Company) -> Verdict:
    marks = _TELLING.intersection(field.name for field in message.header.fields)
    mail = Mail(message, body, envelope_sender, company, marks)
    found = [each for sign in _SIGNS for each in sign(mail)]
    kind = found[0][0] if found else Kind.PERSON
    codes = [reason for _, reason in found]
    if kind is not Kind.PERSON and mail.null_sender:
        # Alone it says nothing: some mailers of people have no return path either.
        codes.append("null-sender")
    reasons = tuple(dict.fromkeys(codes))
    return Verdict(kind, reasons, kind not in NO_ANSWER, _why(mail, kind))


def _why(mail: Mail, kind: Kind) -> tuple[str, ...]:
    """What says that it needs an answer, or none."""
    if kind is not Kind.PERSON or mail.marks.isdisjoint(_MASKS):
        return (f"kind={kind}",)
    # A machine brought it, and somebody waits behind it.
    if (customer := people.form(mail)) is not None:
        return (f"kind={kind}", f"reply-to={customer}")
    if (sign := people.ticket(mail)) is not None:
        return (f"kind={kind}", f"ticket={sign}")
    if reports.invitation(mail):
        return (f"kind={kind}", "calendar-method=request")
    return (f"kind={kind}", "own-group") if people.own_group(mail) else (f"kind={kind}",)
