"""To whom a mail of a watched account came, and whether it is any of our business. Pure.

IMAP tells no envelope. Where the servers on the last hops wrote it down (X-Gm-Original-To, X-Original-To, Delivered-To),
that is taken; else To and Cc. A forged line leads a mail to another mailbox of ours at most, as a forged To does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from router.intake.imap.source import Company, Kind, Role, Source
from router.mail.address import addresses
from router.mail.message import Message
from router.store.acquaintance import Acquaintance, Conversation

_TRACE = ("x-gm-original-to", "x-original-to", "delivered-to", "x-envelope-to", "envelope-to")
_MENTIONED = 50  # Message-IDs that are looked up for one mail, the newest
_COPY = "x-router-copy"


@dataclass(frozen=True, slots=True)
class Envelope:
    """As if it had come by SMTP."""

    sender: str  # "" is the null sender
    recipients: tuple[str, ...]


def mentioned(message: Message) -> tuple[str, ...]:
    """The Message-IDs of what it answers."""
    return tuple(dict.fromkeys((*message.in_reply_to, *message.references)))[-_MENTIONED:]


def written_to(message: Message) -> tuple[str, ...]:
    """Whom it went to."""
    bcc = (one for value in message.header.all("bcc") for one in addresses(value))
    return tuple(dict.fromkeys(one.addr for one in (*message.to, *message.cc, *bcc) if one.addr))


def is_our_copy(message: Message, company: Company) -> bool:
    """Whether it bears a mark that only this installation can make."""
    return any(company.is_copy(value.decode("latin-1")) for value in message.header.all(_COPY))


def envelope(
    source: Source, company: Company, message: Message, *, sent: bool, known: Acquaintance | None = None
) -> Envelope | None:
    """From and to whom it counts; None where it is none of our business. `known` is what its header refers to."""
    if source.kind is Kind.OWN:
        recipients: Sequence[str] = _own(company, message)
    elif source.kind.by_header:
        recipients = _of_somebody(source, company, message, known or Acquaintance({}, {}), sent=sent)
    elif sent:
        recipients = _outbound(source, company, message, known or Acquaintance({}, {}))
    else:
        recipients = _inbound(source, company, message)
    return Envelope(_sender(message, sent=sent), tuple(recipients)) if recipients else None


def _sender(message: Message, *, sent: bool) -> str:
    """What the last hop wrote down (RFC 5321 section 4.4); a mail that was never sent to us has no such line."""
    path = None if sent else message.header.first("return-path")
    if path is not None:
        found = addresses(path)
        return found[0].addr if found and path.strip() != b"<>" else ""
    return message.from_[0].addr if message.from_ else ""


def _inbound(source: Source, company: Company, message: Message) -> tuple[str, ...]:
    if source.mailbox is not None:
        return (company.inbound[source.mailbox],)
    for field in _TRACE:
        if found := _those(company, _traced(message, field), "inbound"):
            return found
    if found := _those(company, written_to(message), "inbound"):
        return found
    # It came here all the same: by Bcc, or through an alias that we are not told of.
    if len(company.inbound) == 1:
        return tuple(company.inbound.values())
    return (source.account.username,)


def _outbound(source: Source, company: Company, message: Message, known: Acquaintance) -> tuple[str, ...]:
    if source.mailbox is not None:
        return (company.outbound[source.mailbox],)
    authors = (one.addr for one in (*message.from_, *message.sender, *message.reply_to))
    names = [place[0] for one in authors if (place := company.resolve(one)) and place[1] == "inbound" and place[0]]
    names = names or _mailboxes(company, message, known) or list(company.outbound)[:1]
    return tuple(dict.fromkeys(company.outbound[name] for name in names if name in company.outbound))


def _own(company: Company, message: Message) -> tuple[str, ...]:
    """The plus form tells which mail it is about: nothing that bears one is lost under a plain address."""
    found = [one for field in _TRACE for one in _traced(message, field)] + list(written_to(message))
    ours = _those(company, found, "own")
    tagged = tuple(one for one in ours if one != company.router)
    return tagged or ours or ((company.router,) if company.router else ())


def _of_somebody(
    source: Source, company: Company, message: Message, known: Acquaintance, *, sent: bool
) -> tuple[str, ...]:
    """What of somebody's own account belongs to us: as little as is needed."""
    if is_our_copy(message, company):
        return ()
    if not sent:
        writers = {one.addr for one in message.from_ if not company.ours(one.addr)}
        about = [one for one in _conversations(message, known) if writers & one.customers]
        return _addresses(company.inbound, about)
    strangers = {one for one in written_to(message) if not company.ours(one)}
    conversations = _conversations(message, known)
    if source.kind is Kind.EXECUTIVE:
        return _addresses(company.outbound, [one for one in conversations if strangers & one.customers])
    names = _mailboxes(company, message, known)
    return tuple(dict.fromkeys(company.outbound[name] for name in names if name in company.outbound))


def _mailboxes(company: Company, message: Message, known: Acquaintance) -> list[str]:
    """Whose conversation it is: by what it answers, else by the customer that it goes to."""
    names = dict.fromkeys(name for one in _conversations(message, known) for name in one.mailboxes)
    if not names:
        customers = (one for one in written_to(message) if not company.ours(one))
        names = dict.fromkeys(name for one in customers for name in known.customers.get(one, ()))
    return list(names)


def _conversations(message: Message, known: Acquaintance) -> list[Conversation]:
    found = (known.conversations.get(one) for one in mentioned(message))
    return [one for one in found if one is not None]


def _addresses(of: Mapping[str, str], about: Sequence[Conversation]) -> tuple[str, ...]:
    names = dict.fromkeys(name for one in about for name in one.mailboxes)
    return tuple(address for name in names if (address := of.get(name)) is not None)


def _those(company: Company, found: Sequence[str], role: Role) -> tuple[str, ...]:
    """The addresses of that role, each once."""
    wanted = (one for one in found if (place := company.resolve(one)) is not None and place[1] == role)
    return tuple(dict.fromkeys(wanted))


def _traced(message: Message, field: str) -> list[str]:
    values = message.header.all(field)[:20]
    return [one.addr for value in values for one in addresses(value) if one.addr]
