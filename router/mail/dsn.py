"""Owns the reading of delivery reports: which recipient, what became of the mail, and why (RFC 3464, RFC 3463).

Half of the world's bounces are prose; of those it takes the addresses and the first code it finds. It must never raise
and never look at more than its caps: a report is whatever somebody sends to us. What it finds is a claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from router.mail import address, refusal, ses, words
from router.mail.body import Body
from router.mail.message import Message

RECIPIENTS_CAP = 100
PROSE_CAP = 16 * 1024  # characters of a report in prose
TEXT_CAP = 300  # characters that are kept of the words of a server

_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_RECEIPT_PARTS = ("message/disposition-notification", "message/global-disposition-notification")
_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
_PROBES = {"deliverable": "delivered", "undeliverable": "failed"}  # Postfix, asked by `sendmail -bv`
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60}+)[ \t]*+:(.*)")

# RFC 3463 section 2. Not within a version or an IP address, which have dots too.
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\d|\.\d)")
# RFC 5321 section 4.2.
_REPLY = re.compile(r"(?<![\w.@:/-])([45])\d\d(?=[ \t:-]|$)", re.MULTILINE)
# An address at the start of a line, whatever marks and words stand around it: "<a@x>:", " >>> a@x <a@x>", "To: a@x".
_LEADING = re.compile(
    r"[\s>*\-:|\"'<(]{0,40}+(?:(?:to|an|à|recipient|rcpt to|target mail address)[:\s<]{1,4}+)?"
    r"([^\s<>\"'(),;:@]++@[a-z0-9.\-]++)"
)
_BETWEEN_ADDRESSES = re.compile(r"[\s<>()\[\]\"',;:]+")
# Where prose ends and the returned mail begins.
_RETURNED = re.compile(
    r"^(?:-{2,100}+.{0,80}(?:copy|original|header|follow|returned)|(?:received|return-path|x-router-copy):)",
    re.IGNORECASE | re.MULTILINE,
)
_LATER = re.compile(
    r"delayed|will (?:be retried|keep trying|continue|try again)|still (?:trying|being)|not yet (?:been )?delivered|"
    r"only a warning|do not need to resend",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"undeliver|failure notice|returned mail|could ?n[o']t be delivered|cannot be delivered|was not delivered|"
    r"deliver\w* (?:has |have )?fail|failed to deliver|unknown user|user unknown|no such (?:user|mailbox)|"
    r"mailbox (?:is )?full|quota|permanent (?:fatal )?error|unzustellbar|nicht zugestellt|non remis|no se pudo entregar",
    re.IGNORECASE,
)
_DAEMONS = ("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "mailer_daemon", "mdaemon", "maildelivery")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mail at one recipient."""

    addresses: tuple[str, ...]  # Final-Recipient first, then by which other names it goes; lower case
    action: str  # "failed", "delayed", "delivered", "relayed", "expanded", or "" where the report does not say
    status: str  # RFC 3463, such as "5.2.2"; "" where none is given
    text: str  # the server's words, one line


@dataclass(frozen=True, slots=True)
class Bounce:
    """A bounce or a delay, summed up."""

    recipients: tuple[str, ...]  # whom it did not reach, lower case
    status: str | None  # RFC 3463, of the first of them for which one is given
    reason: str  # a code, such as "mailbox-full"


def bounce(message: Message, body: Body) -> Bounce:
    """What a mail says that is known for a bounce or a delay."""
    told = fates(message, body)
    bad = [fate for fate in told if fate.action in ("failed", "")] or [one for one in told if one.action == "delayed"]
    # Without a report, whatever address the prose holds is one of `addresses`: then the first lines tell.
    structured = len(told) > 1 or any(kind in _STATUS_PARTS for kind, _ in body.reports)
    named = [fate.addresses[:1] for fate in bad] if structured else [_failed(message, body, fate) for fate in bad]
    recipients = dict.fromkeys(addr for each in named for addr in each)
    if not recipients:
        recipients = dict.fromkeys(_failed(message, body, _of_prose(message, body.text)))
    chosen = next((fate for fate in bad if fate.status), (bad or told)[0])
    beside = f"{message.subject} {_head(body.text)}"
    return Bounce(tuple(recipients), chosen.status or None, refusal.cause(chosen.status, chosen.text, beside))


def _failed(message: Message, body: Body, fate: Fate) -> tuple[str, ...]:
    """Whom a report in prose is about: nobody whose mail it is, and rather who stands at the start of a line."""
    if (named := _failed_recipients(message)) or len(fate.addresses) < 2:
        return named or fate.addresses
    concerned = {one.addr for one in (*message.from_, *message.to, *message.cc)}
    others = tuple(addr for addr in fate.addresses if addr not in concerned and not addr.startswith(_DAEMONS))
    found = (_LEADING.match(line) for line in _head(body.text).lower().split("\n"))
    leading = {one[1].rstrip(".") for one in found if one}
    return tuple(addr for addr in others if addr in leading) or others[:1] or fate.addresses[:1]


def fates(message: Message, body: Body) -> tuple[Fate, ...]:
    """What a report says of each recipient, whatever form it has."""
    prose = _of_prose(message, body.text)
    parts = [text for kind, text in body.reports if kind in _STATUS_PARTS]
    found = list(islice((fate for text in parts for fate in _of_report(text)), RECIPIENTS_CAP))
    if len(found) == 1 and _says_less(found[0].status, prose.status):
        # OpenSMTPD and others leave the reason to the words beside the report.
        found = [replace(found[0], status=prose.status, text=prose.text)]
    elif len(found) > 1:
        lines = [line for line in _head(body.text).split("\n") if "@" in line][: 2 * RECIPIENTS_CAP]
        found = [_completed(fate, lines) for fate in found]
    return tuple(found or _of_amazon(body.text)) or (prose,)


def _completed(fate: Fate, lines: list[str]) -> Fate:
    """A fate with what the words beside the report say of that recipient."""
    if fate.status[1:] not in ("", ".0.0") or not fate.addresses:
        return fate
    for line in lines:
        if fate.addresses[0] in line.lower() and _says_less(fate.status, status := _prose_status(line)):
            return replace(fate, status=status, text=_plain(line))
    return fate


def _of_amazon(text: str) -> list[Fate]:
    told = ses.notification(text)
    if told is None:
        return []
    return [
        Fate(
            _addresses(one.get("emailAddress", "")),
            action if (action := ses.what(told)) in _ACTIONS else "",
            _status(one.get("status", ""), diagnostic := one.get("diagnosticCode", "")),
            _plain(diagnostic),
        )
        for one in ses.recipients(told)
    ]


def readers(body: Body) -> tuple[Fate, ...]:
    """Whose mail program a disposition notification is of (RFC 8098 section 3.2.4); its author may be anybody."""
    parts = [text for kind, text in body.reports if kind in _RECEIPT_PARTS]
    return tuple(islice((fate for text in parts for fate in _of_report(text)), 1))


def in_prose(message: Message, body: Body, sender: str) -> bool:
    """Whether this is a report that has no sign of one but its author and its words."""
    if any(one.addr.partition("@")[0] in _DAEMONS for one in message.from_):
        return True
    return not sender and bool(_NEVER.search(message.subject) or _NEVER.search(_head(body.text)))


def _says_less(status: str, other: str) -> bool:
    return status[1:] in ("", ".0.0") and other[1:] not in ("", ".0.0") and status[:1] in ("", other[:1])


def _of_report(text: str) -> Iterator[Fate]:
    """RFC 3464 section 2: fields of the message, a blank line, and a group of fields for each recipient."""
    for number, group in enumerate(re.split(r"\n[ \t]*\n", text)):
        if number > 2 * RECIPIENTS_CAP:
            return
        fields = _fields(group)
        names = ("final-recipient", "original-recipient", "x-actual-recipient")
        addresses = tuple(dict.fromkeys(addr for name in names for addr in _addresses(fields.get(name, ""))))
        action = fields.get("action", "").strip().lower()[:40]
        action = _PROBES.get(action) or next((one for one in _ACTIONS if action.startswith(one)), "")
        if not addresses and not action:
            continue
        words_of_server = fields.get("diagnostic-code") or fields.get("x-postfix-diagnostic") or ""
        status = _status(fields.get("status", ""), words_of_server)
        yield Fate(addresses, action, status, _plain(words_of_server or fields.get("status", "")))


def _fields(group: str) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in group.split("\n"):
        if line[:1] in (" ", "\t") and name:
            found[name] += " " + line.strip()
        elif field := _FIELD.match(line):
            name = field[1].lower()
            # Some write a field twice: the first counts, what follows the second is nobody's.
            name = "" if name in found else name
            if name:
                found[name] = field[2].strip()
    return found


def _addresses(value: str) -> tuple[str, ...]:
    """RFC 3464 section 2.3.2: a type, a semicolon, an address. Many leave out the type, or add brackets."""
    kind, semicolon, rest = value.partition(";")
    plain = (rest if semicolon else kind).strip()
    found = address.addresses(plain[: address.ADDR_CAP].encode("utf-8", "replace"))
    return tuple(one.addr for one in found[:5] if "@" in one.addr)


def _status(given: str, diagnostic: str) -> str:
    """The most telling code: a report often sums up, and quotes a server that said why."""
    codes = [found[0] for found in _ENHANCED.finditer(given[:200])]
    told = [found[0] for found in _ENHANCED.finditer(diagnostic[:2000])]
    better = [code for code in told if not codes or (code[0] == codes[0][0] and not code.endswith(".0.0"))]
    # RFC 3463 section 3: a detail of 0 is another word for "other or undefined".
    best = [code for code in better if not code.endswith(".0")]
    return (best or better or codes or [""])[0]


def _of_prose(message: Message, text: str) -> Fate:
    head = _head(text)
    addresses = [*_failed_recipients(message)]
    addresses += [word.lower().rstrip(".") for word in _BETWEEN_ADDRESSES.split(head) if "@" in word[1:-1]]
    status = _prose_status(head)
    later = status[:1] != "5" and bool(_LATER.search(message.subject) or _LATER.search(head))
    said = next((line for line in head.split("\n") if _ENHANCED.search(line) or _REPLY.search(line)), "")
    told = _plain(said or message.subject)
    return Fate(tuple(dict.fromkeys(addresses))[:RECIPIENTS_CAP], "delayed" if later else "failed", status, told)


def _failed_recipients(message: Message) -> tuple[str, ...]:
    """Whom Exim and Gmail name in the header."""
    named = [words.decode(value) for value in message.header.all("x-failed-recipients")[:RECIPIENTS_CAP]]
    each = (one for value in named for one in value.split(",")[:RECIPIENTS_CAP])
    return tuple(dict.fromkeys(addr for one in islice(each, RECIPIENTS_CAP) for addr in _addresses(one)))


def _prose_status(head: str) -> str:
    codes = sorted((found[0] for found in _ENHANCED.finditer(head)), key=lambda code: (code[0] != "5", code[0] == "2"))
    if codes and codes[0][0] != "2":
        return codes[0]
    reply = _REPLY.search(head)
    return f"{reply[1]}.0.0" if reply else ""


def _head(text: str) -> str:
    """The words of the server, without the mail that they return."""
    text = text[:PROSE_CAP]
    end = _RETURNED.search(text)
    return text[: end.start()] if end and end.start() > 0 else text


def _plain(text: str) -> str:
    kind, semicolon, rest = text.partition(";")
    # RFC 3464 section 2.3.6: a type, a semicolon, the text.
    return words.clean(rest if semicolon and len(kind) < 20 and " " not in kind.strip() else text)[:TEXT_CAP]
