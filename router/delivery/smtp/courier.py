"""The SMTP courier: copies of one mail for several inboxes go to their mail server in one transaction.

The same form for several inboxes is one parcel. Each recipient is taken or refused by itself, and after the end of the
mail all that are left share its fate. SMTP cannot look for a copy of unknown fate: it goes out again after a while, and
the receipt says that it may be there twice.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from router.delivery.courier import Copy, Delivered, Outcome, Permanent, Transient, Unknown
from router.delivery.forms.form import Form
from router.delivery.smtp.door import Door
from router.delivery.smtp.pool import Pool
from router.delivery.smtp.replies import Reply, queue_id
from router.delivery.smtp.session import CannotSend, Relay
from router.delivery.smtp.transactions import End, Parcel, Taken, hand_over
from router.store.content import SMALL

log = logging.getLogger(__name__)

DOUBLED = "possibly-doubled"
MOST_RECIPIENTS = 100  # in one transaction; every server takes these (RFC 5321 section 4.5.3.1.8)
_FRUITLESS = 2  # sessions in a row that end before they have taken a mail, until the rest waits
_REPLY_LENGTH = 200  # characters of it in a receipt
_ADDRESS = re.compile(r"[!-=?-~]+@[!-=?-~]+")  # ASCII, and nothing that ends a path or a command


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where the copies for an inbox go, and what they look like; equal forms are the same object."""

    address: str
    form: Callable[[Copy], Form]  # may take a while where the mail is large, and may read a disk then


@dataclass(frozen=True, slots=True)
class _Group:
    """Copies that are one parcel."""

    copies: tuple[int, ...]  # by their place in the batch
    parcel: Parcel


class SmtpCourier:
    """Hands copies to one mail server."""

    def __init__(
        self,
        relay: Relay,
        inboxes: Mapping[str, Addressee],
        sender: Callable[[str], str],
        allowed: Callable[[str], bool],
    ) -> None:
        """`sender` makes the envelope sender for a message; no copy goes to an address that is not `allowed`."""
        self._relay = relay
        self._inboxes = inboxes
        self._sender = sender
        self._allowed = allowed
        self._pool = Pool(Door(relay).enter)

    async def deliver(self, copies: Sequence[Copy]) -> list[Outcome]:
        """Deliver each copy; one outcome for each."""
        outcomes: dict[int, Outcome] = {}
        waiting = await self._groups(copies, outcomes)
        fruitless = 0
        while waiting:
            try:
                session, kept = await self._pool.borrow()
            except CannotSend as error:
                outcomes.update(_all(waiting, Transient(str(error), error.of_login)))
                break
            before = session.completed
            try:
                ends = await hand_over(session, [group.parcel for group in waiting])
            finally:
                self._pool.give_back(session)
            for group, found in zip(waiting, ends, strict=False):
                for number, end in zip(group.copies, found, strict=True):
                    outcomes[number] = self._outcome(copies[number], group.parcel, end)
            waiting = waiting[len(ends) :]
            # A kept session may have ended while nobody looked: that tells nothing of the server.
            stale = kept and not ends
            fruitless = fruitless + 1 if session.completed == before and not stale else 0
            if waiting and (session.link.timed_out or fruitless >= _FRUITLESS):
                outcomes.update(_all(waiting, Transient(f"{self._relay.host}: {session.link.fault}")))
                break
        return [outcomes[number] for number in range(len(copies))]

    async def find(self, copy: Copy) -> Delivered | None:
        """SMTP cannot look."""
        return None

    async def close(self) -> None:
        """End the sessions that are kept."""
        await self._pool.close()

    async def _groups(self, copies: Sequence[Copy], outcomes: dict[int, Outcome]) -> list[_Group]:
        """What belongs together, in the order in which it came; notes at once what cannot go."""
        alike: dict[tuple[object, ...], list[int]] = {}
        for number, copy in enumerate(copies):
            inbox = self._inboxes[copy.inbox]
            if not self._allowed(inbox.address):
                words = f"{inbox.address} is outside of copy_domains: nothing was sent"
                outcomes[number] = Permanent(words, of_inbox=True)
            elif not _ADDRESS.fullmatch(inbox.address):
                words = f"not an address that SMTP can carry: {inbox.address!r}"
                outcomes[number] = Permanent(words, of_inbox=True)
            else:
                key = (copy.message, copy.content.sha256, copy.block, copy.wrapped, copy.shortened, id(inbox.form))
                alike.setdefault(key, []).append(number)
        groups = []
        for numbers in alike.values():
            form = await _made(self._inboxes[copies[numbers[0]].inbox].form, copies[numbers[0]])
            if isinstance(form, Transient):
                outcomes.update(dict.fromkeys(numbers, form))
                continue
            for at in range(0, len(numbers), MOST_RECIPIENTS):
                some = tuple(numbers[at : at + MOST_RECIPIENTS])
                recipients = tuple(self._inboxes[copies[number].inbox].address for number in some)
                groups.append(_Group(some, Parcel(self._sender(copies[some[0]].message), recipients, form)))
        return groups

    def _outcome(self, copy: Copy, parcel: Parcel, end: End) -> Outcome:
        host = self._relay.host
        if isinstance(end, Taken):
            return _delivered(copy, parcel, end.reply, host)
        if isinstance(end, Unknown):
            return Unknown(f"{host}: {end.error}", {"relay": host, "sender": parcel.sender})
        return replace(end, error=f"{host}: {end.error}")


def is_within(domains: Collection[str], address: str) -> bool:
    """Whether an address is at one of these domains."""
    return address.rpartition("@")[2] in domains


def _delivered(copy: Copy, parcel: Parcel, reply: Reply, host: str) -> Delivered:
    receipt: dict[str, object] = {
        "relay": host,
        "reply": str(reply)[:_REPLY_LENGTH],
        "queue_id": queue_id(reply),
        "sender": parcel.sender,
    }
    changed = parcel.form.changed
    if copy.doubts:
        receipt["possibly_doubled"] = copy.doubts
        changed = (*changed, DOUBLED)
    return Delivered(receipt, changed)


async def _made(make: Callable[[Copy], Form], copy: Copy) -> Form | Transient:
    """The form of a copy; one that cannot be made holds up no other mail."""
    try:
        return make(copy) if copy.content.size <= SMALL else await asyncio.to_thread(make, copy)
    except Exception as error:
        log.exception("no form for the copies of message %s", copy.message)
        return Transient(f"{type(error).__name__}: {error}")


def _all(groups: Sequence[_Group], outcome: Outcome) -> dict[int, Outcome]:
    return {number: outcome for group in groups for number in group.copies}
