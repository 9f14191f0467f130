"""To whom a mail of a watched account came, and whether it is any of our business. Pure.

IMAP tells no envelope. Where the servers on the last hops wrote it down (X-Gm-Original-To, X-Original-To, Delivered-To),
that is taken; else To and Cc. A forged line leads a mail to another mailbox of ours at most, as a forged To does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from router.conversation.customer import parties
from router.conversation.links import ANYBODY, Strand, key_of, links
from router.conversation.threadindex import guid
from router.intake.imap.source import Company, Kind, Role, Source
from router.mail.address import addresses
from router.mail.message import Message
from router.mail.trace import FIELDS, traced
from router.store.acquaintance import Acquaintance

_MENTIONED = 50  # Message-IDs that are looked up for one mail, the newest
_COPY = "x-router-copy"


@dataclass(frozen=True, slots=True)
class Envelope:
    """As if it had come by SMTP."""

    sender: str  # "" is the null sender
    recipients: tuple[str, ...]


def ties(company: Company, message: Message, *, sent: bool) -> tuple[bytes, ...]:
    """What it mentions, in the name of the outsider who wrote it or of those to whom we did, as threading ties mails."""
    among = parties(message, _sender(message, sent=sent), written_to(message), sent, company.ours)
    if among.ours and not sent:
        return ()  # a colleague's word
    references = message.references[-_MENTIONED:]
    letter = Strand(
        message.message_ids, message.in_reply_to, references, among, guid(message.header.first("thread-index"))
    )
    return tuple(one.key for one in links(letter) if not one.carried and not one.key.endswith(ANYBODY))


def mentions(message: Message) -> tuple[bytes, ...]:
    """What it mentions, whoever has to do with it."""
    ids = dict.fromkeys((*message.in_reply_to, *message.references[-_MENTIONED:]))
    return tuple(key_of(one, ANYBODY) for one in ids)


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
    for field in FIELDS:
        if found := _those(company, traced(message, field), "inbound"):
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
    return _addresses(company.outbound, names)


def _own(company: Company, message: Message) -> tuple[str, ...]:
    """The plus form tells which mail it is about: nothing that bears one is lost under a plain address."""
    found = [one for field in FIELDS for one in traced(message, field)] + list(written_to(message))
    ours = _those(company, found, "own")
    tagged = tuple(one for one in ours if one != company.router)
    return tagged or ours or ((company.router,) if company.router else ())


def _of_somebody(
    source: Source, company: Company, message: Message, known: Acquaintance, *, sent: bool
) -> tuple[str, ...]:
    """What of somebody's own account belongs to us: as little as is needed."""
    if is_our_copy(message, company):
        return ()
    if not sent or source.kind is Kind.EXECUTIVE:
        places = company.outbound if sent else company.inbound
        return _addresses(places, _whose(ties(company, message, sent=sent), known))
    if all(company.ours(one) for one in written_to(message)):
        return ()  # to colleagues alone
    return _addresses(company.outbound, _mailboxes(company, message, known))


def _mailboxes(company: Company, message: Message, known: Acquaintance) -> list[str]:
    """Whose conversation our own mail is in: by those whom it answers, else by what, else by whom it goes to."""
    names = _whose(ties(company, message, sent=True), known) or _whose(mentions(message), known)
    if not names:
        customers = (one for one in written_to(message) if not company.ours(one))
        names = list(dict.fromkeys(name for one in customers for name in known.customers.get(one, ())))
    return names


def _whose(keys: Sequence[bytes], known: Acquaintance) -> list[str]:
    return list(dict.fromkeys(name for one in keys for name in known.conversations.get(one, ())))


def _addresses(of: Mapping[str, str], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(address for name in names if (address := of.get(name)) is not None)


def _those(company: Company, found: Sequence[str], role: Role) -> tuple[str, ...]:
    """The addresses of that role, each once."""
    wanted = (one for one in found if (place := company.resolve(one)) is not None and place[1] == role)
    return tuple(dict.fromkeys(wanted))
