"""What a mail says about a copy of ours: a bounce, a delay, an automatic reply that the copy set off. Pure policy.

A mail is about a copy where it names our mark: in the address that it came to, in the mail or header that it returns,
in its text, or as what it replies to. Only a mark that holds counts, and none says by itself what the mail is: a
person may well forward a copy, with words that are meant for us.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from router.mail import dsn, mark
from router.mail.body import Body
from router.mail.dsn import Fate
from router.mail.kind import MACHINE, Kind, Verdict
from router.mail.message import Message
from router.mail.words import decode
from router.routing.places import Role

_REPORTS = (Kind.BOUNCE, Kind.DELAY, Kind.DELIVERY_REPORT)
_BY_SERVERS = ("delivered-to", "x-original-to")


class By(StrEnum):
    """Where the mark was found; the strongest stands first."""

    ADDRESS = "address"  # it came to the bounce address of that copy
    ENCLOSED = "enclosed"  # it encloses the copy, or its header
    QUOTED = "quoted"  # its text quotes the header
    REFERENCE = "reference"  # it replies to a mail of ours


@dataclass(frozen=True, slots=True)
class Return:
    """A mail about a copy."""

    message: str  # whose copy it is
    by: By
    kind: Kind
    automatic: bool  # no person wrote it
    wordless: bool  # it has no text of its own
    fates: tuple[Fate, ...]  # of a report

    @property
    def reply(self) -> tuple[str, int] | None:
        """The edition of a digest and the place of the recipient whose reply address it came to."""
        return mark.replied(self.message) if self.by is By.ADDRESS else None


def about(
    message: Message, body: Body, verdict: Verdict, sender: str, recipients: Iterable[str], key: bytes
) -> Return | None:
    """Whose copy a mail is about, and what it says; None where it names no mark of ours."""
    found = next(_marked(message, body, recipients, key), None)
    if found is None:
        return None
    by, original = found
    kind = verdict.kind
    prose = kind not in MACHINE and dsn.in_prose(message, body, sender)
    fates = dsn.fates(message, body) if prose or kind in _REPORTS else ()
    if kind is Kind.READ_RECEIPT:
        fates = dsn.readers(body)
    if prose:
        kind = Kind.DELAY if all(fate.action == "delayed" for fate in fates) else Kind.BOUNCE
    submitted = decode(message.header.first("auto-submitted") or b"no").lower()
    automatic = kind in MACHINE or not submitted.startswith("no")
    return Return(original, by, kind, automatic, not body.text.strip(), fates)


def _marked(message: Message, body: Body, recipients: Iterable[str], key: bytes) -> Iterator[tuple[By, str]]:
    # A mailbox that is read by IMAP has no envelope: then the header tells where the mail came to.
    written = [decode(value).strip("<>") for name in _BY_SERVERS for value in message.header.all(name)[:10]]
    addresses = [*recipients, *written, *(one.addr for one in message.to[:10])]
    yield from _verified(By.ADDRESS, (mark.verify_address(key, one) for one in addresses))
    yield from _verified(By.ENCLOSED, (mark.verify(key, one) for one in body.enclosed))
    yield from _verified(By.QUOTED, (mark.verify(key, one) for one in body.quoted))
    mentioned = (*message.in_reply_to, *message.references)
    yield from _verified(By.REFERENCE, (mark.verify_id(key, one) for one in mentioned))


def _verified(by: By, found: Iterable[str | None]) -> Iterator[tuple[By, str]]:
    return ((by, one) for one in found if one is not None)


def is_report(this: Return, role: Role) -> bool:
    """Whether it belongs to the copy, and is no mail of a customer.

    Whatever comes to the bounce address does. Elsewhere only what no person wrote: an address that a mail program
    filled in, or a copy that somebody forwards, takes no mail from the founders.
    """
    return role is Role.OWN or (role is Role.INBOUND and this.automatic)


def is_copy(this: Return, role: Role) -> bool:
    """Whether it is the copy itself, which some machine redirected as an attachment without a word."""
    return role is Role.INBOUND and this.by is By.ENCLOSED and this.wordless
