"""Signs that programs write for programs: RFC 3464, RFC 6522, RFC 8098, RFC 5965, RFC 5546, and Gmail's reactions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from router.mail import dsn
from router.mail.kind import wordings
from router.mail.kind.kinds import Kind
from router.mail.kind.signs import Mail
from router.mail.text.splitting import is_forward

Found = tuple[Kind, str]  # a kind and its reason

_STATUS = ("message/delivery-status", "message/global-delivery-status")
_RECEIPT = ("message/disposition-notification", "message/global-disposition-notification")
_FEEDBACK = "message/feedback-report"
_REACTION = "text/vnd.google.email-reaction+json"

_REFUSALS = ("rejected:", "automatically rejected mail")
_REACTION_CAP = 120  # characters of a line that says so

_ACTION = re.compile(r"^action[ \t]*+:[ \t]*+([a-z]++)", re.MULTILINE)
_METHOD = re.compile(r"^method[ \t]*+:[ \t]*+([a-z]++)", re.MULTILINE)
# RFC 6522 section 3: the parameter that names the kind of report, even where its part was lost on the way.
_REPORT_TYPE = re.compile(rb"report-type\s*+=\s*+\"?([a-z-]{1,40}+)", re.IGNORECASE)
_PARAMETERS = 2_000  # octets of Content-Type in which it is looked for
_TYPES = {
    b"delivery-status": Kind.BOUNCE,
    b"disposition-notification": Kind.READ_RECEIPT,
    b"feedback-report": Kind.FEEDBACK_REPORT,
}

# RFC 3464 section 2.3.3. The worst news about any recipient is the news.
ACTIONS = {
    "failed": Kind.BOUNCE,
    "delayed": Kind.DELAY,
    "delivered": Kind.DELIVERY_REPORT,
    "relayed": Kind.DELIVERY_REPORT,
    "expanded": Kind.DELIVERY_REPORT,
    # Postfix, asked whether a mail would be delivered.
    "undeliverable": Kind.BOUNCE,
    "deliverable": Kind.DELIVERY_REPORT,
}


def reports(mail: Mail) -> Iterator[Found]:
    """Reports whose parts say what they are."""
    types = mail.body.content_types
    # Only as the mail itself: somebody who forwards a bounce is a person.
    if types[:1] == ("multipart/report",):
        yield from _delivery_status(mail)
        if any(each in types for each in _RECEIPT):
            if _rejected(mail):
                yield Kind.BOUNCE, "subject=rejected"
            yield Kind.READ_RECEIPT, "content-type=message/disposition-notification"
        if _FEEDBACK in types:
            yield Kind.FEEDBACK_REPORT, f"content-type={_FEEDBACK}"
        found = _REPORT_TYPE.search((mail.message.header.first("content-type") or b"")[:_PARAMETERS])
        if found and (kind := _TYPES.get(found[1].lower())) and not (kind is Kind.BOUNCE and _says_more(mail)):
            yield kind, f"report-type={found[1].decode('ascii').lower()}"
    elif types[:1] in tuple((each,) for each in _RECEIPT):
        yield Kind.READ_RECEIPT, f"content-type={types[0]}"
    if "x-failed-recipients" in mail.marks:
        # Exim names them in the header, and writes its report in prose; for a delay it does not.
        value = mail.value("x-failed-recipients") or ""
        yield Kind.BOUNCE, f"x-failed-recipients={value[:80]}"


def _rejected(mail: Mail) -> bool:
    """Whether a mailbox refuses a mail by the receipt that its server writes (RFC 5429 section 2.2.1)."""
    replied = mail.value("auto-submitted") if "auto-submitted" in mail.marks else None
    return mail.subject.startswith(_REFUSALS) or "(rejected)" in (replied or "")


def _says_more(mail: Mail) -> bool:
    return any(each in mail.body.content_types for each in _STATUS)


def _delivery_status(mail: Mail) -> Iterator[Found]:
    report = mail.report(*_STATUS)
    if report is None:
        return
    said = {each[:40] for each in _ACTION.findall(report)}
    for action, kind in ACTIONS.items():
        if action in said:
            yield kind, f"action={action}"
    if not said.intersection(ACTIONS):
        yield Kind.BOUNCE, "report-type=delivery-status"


def calendar(mail: Mail) -> Iterator[Found]:
    """The answers to an invitation (RFC 5546 section 3.2). A request is mail of a person."""
    report = mail.report("text/calendar") if mail.body.reports and not is_forward(mail.subject) else None
    for method in _METHOD.findall(report) if report else ():
        if method in ("reply", "counter", "declinecounter", "refresh"):
            yield Kind.CALENDAR, f"calendar-method={method}"


def invitation(mail: Mail) -> bool:
    """Whether it asks for somebody's time: a person does that, though his calendar sends it."""
    report = mail.report("text/calendar") if mail.body.reports else None
    return report is not None and "request" in _METHOD.findall(report)


def reaction(mail: Mail) -> Iterator[Found]:
    """An emoji beside a mail of ours."""
    if _REACTION in mail.body.content_types:
        yield Kind.REACTION, f"content-type={_REACTION}"
    said = mail.body.said.new_text
    # Where that is all, for whoever wants to say more does.
    if mail.replies and len(said) <= _REACTION_CAP and "\n" not in said and "?" not in said:
        low = said.lower()
        if words := next((each for each in wordings.REACTED if each in low), None):
            yield Kind.REACTION, f"words={words}"


def fate_kind(mail: Mail) -> Kind:
    """What a report in prose says."""
    actions = {fate.action for fate in dsn.fates(mail.message, mail.body)}
    return next((kind for action, kind in ACTIONS.items() if action in actions), Kind.BOUNCE)
