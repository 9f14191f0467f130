"""Who speaks in a mail, to whom, and which of them is the customer: pure policy over what the header and envelope say.

Inbound mail is its writer's. Where its From is one of our own, somebody else may stand behind it: a list of ours rewrote
it (X-Original-From, else Reply-To, else X-Original-Sender), or a form wrote it for a customer (Reply-To); so may a form
service that says "noreply", or a foreign list ("Jane via List"). Otherwise it is our staff's, and about the outsider
whom it addresses. Our own mail is about the first outsider that it addresses: To before Cc, before the envelope. An
address of ours is the customer only where nobody else is there.

`person` is what makes two addresses one customer: lower case, without a plus-tag, which the same hand adds and leaves
out, and which no common mail system gives to another. Dots stay: only Gmail ignores them, and people write theirs always alike.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from router.mail.address import Address, addresses, base, domain
from router.mail.message import Message

CIRCLE = 10  # outsiders of one mail that become part of a conversation
ANNOUNCED = 3  # domains that our mail goes to when it is no answer: an announcement
PEOPLE_CAP = 100

_IMPERSONAL = (
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "do-not-reply",
    "do_not_reply",
    "nepasrepondre",
    "wordpress",
)

Ours = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Parties:
    """The people of one mail."""

    customer: Address | None
    writer: str | None  # the outsider who speaks; None: our side, or nobody
    ours: bool  # our side speaks
    circle: tuple[str, ...]  # outsiders who may speak of this mail; none where it is an announcement
    announcement: bool  # ours to many, who are nothing to each other


def person(addr: str) -> str:
    """What makes two addresses one customer."""
    return base(addr.lower())


def parties(mail: Message, sender: str, recipients: Sequence[str], outbound: bool, ours: Ours) -> Parties:
    """The people of a mail; `sender` and `recipients` are the envelope's, `ours` knows the addresses of our side."""
    if outbound:
        return _from_us(mail, None, recipients, ours)
    origin = _origin(mail, sender, ours)
    if origin is not None and ours(origin.addr):
        return _from_us(mail, origin, (), ours)
    if origin is None:
        return Parties(None, None, False, (), False)
    named = (origin, *mail.from_, *mail.reply_to, *mail.to, *mail.cc)
    circle = _outsiders((one.addr for one in named), ours)
    return Parties(origin, origin.addr, False, circle[:CIRCLE], False)


def author(mail: Message, sender: str) -> str | None:
    """The address in From, else the envelope's."""
    return mail.from_[0].addr if mail.from_ else sender.lower() or None


def people(mail: Message, recipients: Sequence[str], ours: Ours) -> list[str]:
    """The outsiders in To and Cc and in the envelope."""
    named = (*(one.addr for one in (*mail.to, *mail.cc)), *(one.lower() for one in recipients))
    return list(_outsiders(named, ours)[:PEOPLE_CAP])


def _outsiders(addrs: Iterable[str], ours: Ours) -> tuple[str, ...]:
    return tuple(addr for addr in dict.fromkeys(addrs) if addr and not ours(addr))


def _from_us(mail: Message, staff: Address | None, recipients: Sequence[str], ours: Ours) -> Parties:
    """Our side's mail; `staff` is its writer where it came in."""
    shown = [one for one in (*mail.to, *mail.cc) if not ours(one.addr)]
    hidden = [Address("", addr) for addr in _outsiders((one.lower() for one in recipients), ours)]
    # Whoever reads only that a mail was sent "to undisclosed recipients" has nothing to do with the others.
    circle = tuple(dict.fromkeys(one.addr for one in (shown or hidden)))
    many = len(circle) > 1 and (not shown or _is_announcement(mail, circle))
    inside = [staff] if staff is not None else [*mail.to, *mail.cc]
    customer = next(iter([*shown, *hidden, *inside]), None)
    return Parties(customer, None, True, () if many else circle[:CIRCLE], many or (not circle and _is_bulk(mail)))


def _is_announcement(mail: Message, circle: Sequence[str]) -> bool:
    if _is_bulk(mail):
        return True
    wide = len(circle) > CIRCLE or len({domain(addr) for addr in circle}) >= ANNOUNCED
    return wide and not mail.in_reply_to and not mail.references


def _is_bulk(mail: Message) -> bool:
    precedence = (mail.header.first("precedence") or b"").strip().lower()
    return precedence in (b"bulk", b"list", b"junk") or any(
        mail.header.first(name) is not None for name in ("list-id", "list-unsubscribe")
    )


def _origin(mail: Message, sender: str, ours: Ours) -> Address | None:
    """Who wrote an inbound mail."""
    from_ = mail.from_ or ((Address("", sender.lower()),) if sender else ())
    first = next((one for one in from_ if not ours(one.addr)), None)
    behind = _first_outsider(mail.reply_to, ours)
    if first is not None:
        return behind if behind is not None and _speaks_for(first, behind) else first
    rewritten = _named(mail, "x-original-from", ours) or behind or _named(mail, "x-original-sender", ours)
    return rewritten or next(iter(from_), None)


def _named(mail: Message, field: str, ours: Ours) -> Address | None:
    value = mail.header.first(field)
    return None if value is None else _first_outsider(addresses(value), ours)


def _first_outsider(people: Iterable[Address], ours: Ours) -> Address | None:
    return next((one for one in people if not ours(one.addr)), None)


def _speaks_for(first: Address, behind: Address) -> bool:
    """Whether a From that nobody reads, or that a list wrote, stands for somebody of another house."""
    local = first.addr.partition("@")[0].partition("+")[0]
    if " via " not in first.name and not local.startswith(_IMPERSONAL):
        return False
    here, there = domain(first.addr), domain(behind.addr)
    return not (here == there or here.endswith(f".{there}") or there.endswith(f".{here}"))
