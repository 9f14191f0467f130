"""Owns the judgement what sort of mail a message is, and whether it needs an answer.

It must never decide whether a message is copied: it only decides what is counted as waiting. Whatever has no plain
sign is mail of a person, since a person taken for a machine is a customer who waits unnoticed, and the other way round
is one line too many in a digest. Signs: RFC 3834 section 5, RFC 6522, RFC 3464, RFC 8098, RFC 5965, RFC 5546, RFC 2919.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from router.mail import words
from router.mail.body import Body
from router.mail.message import Message


class Kind(StrEnum):
    """What sort of mail it is."""

    PERSON = "person"  # somebody wrote it, or nothing says that nobody did
    AUTO_REPLY = "auto-reply"  # out of office, and whatever else answers by itself
    ACKNOWLEDGEMENT = "acknowledgement"  # "we have received your mail", from a ticket system
    CHALLENGE = "challenge"  # "prove that you are a person before I deliver your mail"
    BOUNCE = "bounce"  # could not be delivered, for good
    DELAY = "delay"  # not delivered yet
    DELIVERY_REPORT = "delivery-report"  # was delivered
    READ_RECEIPT = "read-receipt"  # was opened, or deleted unread
    FEEDBACK_REPORT = "feedback-report"  # a recipient pressed "spam"
    CALENDAR = "calendar"  # an invitation was answered
    REACTION = "reaction"  # an emoji on a mail of ours
    LIST = "list"  # came through a mailing list
    BULK = "bulk"  # newsletters, campaigns, notifications of machines
    SPAM = "spam"  # by the verdict of a trusted hop only
    OWN = "own"  # our own copies and digests, coming back


MACHINE: frozenset[Kind] = frozenset(
    {
        Kind.AUTO_REPLY,
        Kind.ACKNOWLEDGEMENT,
        Kind.CHALLENGE,
        Kind.BOUNCE,
        Kind.DELAY,
        Kind.DELIVERY_REPORT,
        Kind.READ_RECEIPT,
        Kind.FEEDBACK_REPORT,
    }
)

# What an inbox may have a folder of its own for.
AUTOMATIC: frozenset[Kind] = MACHINE | {Kind.LIST, Kind.BULK, Kind.SPAM}

_NO_ANSWER = MACHINE | {Kind.CALENDAR, Kind.REACTION, Kind.LIST, Kind.BULK, Kind.SPAM, Kind.OWN}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement and what it rests on; reasons are codes with values, which templates word."""

    kind: Kind
    reasons: tuple[str, ...]  # the decisive one first
    needs_answer: bool
    needs_reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Mail:
    """What a sign may look at."""

    message: Message
    body: Body
    envelope_sender: str | None

    def value(self, name: str) -> str | None:
        """The first field of that name as text in lower case."""
        raw = self.message.header.first(name)
        return None if raw is None else words.decode(raw).lower()

    def word(self, name: str) -> str:
        """The first word of that field: what stands before a parameter or a comment."""
        value = self.value(name)
        return "" if value is None else re.split(r"[;(\s]", value.strip(), maxsplit=1)[0][:80]

    def report(self, *content_types: str) -> str | None:
        """The text of the machine-readable parts of these types, lower case, or None where there is none."""
        texts = [text for content_type, text in self.body.reports if content_type in content_types]
        return "\n".join(texts).lower() if texts else None


Found = tuple[Kind, str]  # a kind and its reason


def _delivery_status(mail: _Mail) -> Iterator[Found]:
    # Only as the report itself: somebody who forwards a bounce is a person.
    if mail.body.content_types[:1] != ("multipart/report",):
        return
    report = mail.report("message/delivery-status", "message/global-delivery-status")
    if report is None:
        return
    actions = {each[:40] for each in re.findall(r"^action[ \t]*+:[ \t]*+([a-z]++)", report, re.MULTILINE)}
    # RFC 3464 section 2.3.3. The worst news about any recipient is the news.
    for action, kind in (
        ("failed", Kind.BOUNCE),
        ("delayed", Kind.DELAY),
        ("delivered", Kind.DELIVERY_REPORT),
        ("relayed", Kind.DELIVERY_REPORT),
        ("expanded", Kind.DELIVERY_REPORT),
    ):
        if action in actions:
            yield kind, f"action={action}"
    if not actions:
        yield Kind.BOUNCE, "report-type=delivery-status"


def _failed_recipients(mail: _Mail) -> Iterator[Found]:
    # Exim names them in the header, and writes its report in prose.
    value = mail.value("x-failed-recipients")
    if value:
        yield Kind.BOUNCE, f"x-failed-recipients={value[:80]}"


def _notifications(mail: _Mail) -> Iterator[Found]:
    if mail.body.content_types[:1] != ("multipart/report",):
        return
    for content_type, kind in (
        ("message/disposition-notification", Kind.READ_RECEIPT),
        ("message/global-disposition-notification", Kind.READ_RECEIPT),
        ("message/feedback-report", Kind.FEEDBACK_REPORT),
    ):
        if content_type in mail.body.content_types:
            yield kind, f"content-type={content_type}"


def _calendar(mail: _Mail) -> Iterator[Found]:
    report = mail.report("text/calendar")
    if report is None:
        return
    # RFC 5546 section 3.2: the answers to an invitation. A request is mail of a person.
    for method in re.findall(r"^method[ \t]*+:[ \t]*+([a-z]++)", report, re.MULTILINE):
        if method in ("reply", "counter", "declinecounter"):
            yield Kind.CALENDAR, f"calendar-method={method}"


def _reaction(mail: _Mail) -> Iterator[Found]:
    if "text/vnd.google.email-reaction+json" in mail.body.content_types:
        yield Kind.REACTION, "content-type=text/vnd.google.email-reaction+json"


def _automatic_reply(mail: _Mail) -> Iterator[Found]:
    # RFC 3834 section 5; "no" says that a person wrote it.
    submitted = mail.word("auto-submitted")
    if submitted == "auto-replied":
        yield Kind.AUTO_REPLY, f"auto-submitted={submitted}"
    for name in ("x-autoreply", "x-auto-reply", "x-autorespond", "x-autoresponder", "x-vacation"):
        value = mail.value(name)
        if value is not None and value not in ("no", "false", "0"):
            yield Kind.AUTO_REPLY, f"{name}={value[:80]}"
    if mail.word("precedence") in ("auto_reply", "auto-reply"):
        yield Kind.AUTO_REPLY, f"precedence={mail.word('precedence')}"
    # Exchange sets the first on mail that an inbox rule sent; the second alone is on ordinary mail too.
    if mail.value("x-ms-exchange-inbox-rules-loop") is not None and mail.value("x-auto-response-suppress") is not None:
        yield Kind.AUTO_REPLY, "x-ms-exchange-inbox-rules-loop"


def _list(mail: _Mail) -> Iterator[Found]:
    value = mail.value("list-id")
    if value is not None:
        yield Kind.LIST, f"list-id={value[:80]}"


def _bulk(mail: _Mail) -> Iterator[Found]:
    for name in ("list-unsubscribe", "feedback-id"):
        if mail.value(name) is not None:
            yield Kind.BULK, name
    if mail.word("precedence") in ("bulk", "junk"):
        yield Kind.BULK, f"precedence={mail.word('precedence')}"
    submitted = mail.word("auto-submitted")
    # A form on a web site says so too, and then names the customer as the one to reply to.
    if submitted in ("auto-generated", "auto-notified") and not _replies_elsewhere(mail.message):
        yield Kind.BULK, f"auto-submitted={submitted}"


def _replies_elsewhere(message: Message) -> bool:
    senders = {sender.addr for sender in message.from_}
    return any(each.addr not in senders for each in message.reply_to)


# In the order of their weight: the first that speaks decides, what the others find is recorded behind it.
_SIGNS: tuple[Callable[[_Mail], Iterator[Found]], ...] = (
    _delivery_status,
    _failed_recipients,
    _notifications,
    _calendar,
    _reaction,
    _automatic_reply,
    _list,
    _bulk,
)


def classify(message: Message, body: Body, envelope_sender: str | None) -> Verdict:
    """Says what sort of mail it is and why."""
    mail = _Mail(message, body, envelope_sender)
    found = [each for sign in _SIGNS for each in sign(mail)]
    kind = found[0][0] if found else Kind.PERSON
    reasons = [reason for _, reason in found]
    if envelope_sender == "" and kind is not Kind.PERSON:
        # Alone it says nothing: some mailers of people have no return path either.
        reasons.append("null-sender")
    return Verdict(
        kind=kind,
        reasons=tuple(dict.fromkeys(reasons)),
        needs_answer=kind not in _NO_ANSWER,
        needs_reasons=(f"kind={kind}",),
    )
