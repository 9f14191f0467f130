"""What the tests of the SMTP courier share: couriers for a port of this machine, and copies for two inboxes."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from router.delivery.courier import Copy
from router.delivery.forms.form import Form
from router.delivery.smtp.courier import Addressee, SmtpCourier
from router.delivery.smtp.session import Patience, Relay
from router.store.content import InMemory
from tests.bench.letters import letter
from tests.delivery.copies import a_copy

ADDRESSES = {"mike": "mike@example.com", "helen": "helen@example.com"}
HASTY = Patience(2, 2, 2, 2, 2, 2, 2, 1)


def as_is(copy: Copy) -> Form:
    """Block and mail, with nothing done to them; what the real ones do is tested by themselves."""
    pieces = (copy.block, *copy.content.pieces())
    return Form(lambda: iter(pieces), sum(map(len, pieces)), not all(map(bytes.isascii, pieces)), ())


def sender(message: str) -> str:
    """The envelope sender of a message's copies."""
    return f"router+{message}@example.com"


def relay(port: int, **parts: Any) -> Relay:
    """On this machine, with little patience."""
    values: dict[str, Any] = {"security": "none", "hostname": "router.example.com", "patience": HASTY}
    return Relay("localhost", port, **values | parts)


@asynccontextmanager
async def courier(
    port: int,
    form: Callable[[Copy], Form] = as_is,
    allowed: Callable[[str], bool] = lambda address: True,
    addresses: dict[str, str] = ADDRESSES,
    **parts: Any,
) -> AsyncIterator[SmtpCourier]:
    """For a relay on this machine; ended with the test."""
    inboxes = {inbox: Addressee(address, form) for inbox, address in addresses.items()}
    made = SmtpCourier(relay(port, **parts), inboxes, sender, allowed)
    try:
        yield made
    finally:
        await made.close()


def copies(*mails: bytes, inboxes: Sequence[str] = tuple(ADDRESSES), **parts: Any) -> list[Copy]:
    """A copy of each mail for each inbox, those of one mail side by side."""
    return [
        a_copy(id=f"{inbox}-{number}", message=f"m{number}", inbox=inbox, content=InMemory(mail), **parts)
        for number, mail in enumerate(mails)
        for inbox in inboxes
    ]


def mails(count: int) -> list[bytes]:
    """Different ones."""
    return [letter(number) for number in range(count)]
