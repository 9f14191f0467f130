"""Servers that others have written: Postfix, its sink, aiosmtpd."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope

from router.delivery.courier import Copy, Delivered, Outcome, Permanent, Transient, Unknown
from router.delivery.forms.form import Form
from router.store.content import SMALL
from tests.bench.postfix import Postfix
from tests.bench.relay import Relay
from tests.bench.sink import sink
from tests.bench.wait import until
from tests.delivery.copies import BLOCK
from tests.delivery.smtp.sending import copies, courier, mails, sender

UNTOUCHED = "local_header_rewrite_clients =\n"  # it would add what a mail lacks
REFUSING = """
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ {{ helen@example.com = 550 5.1.1 no such founder }} }} permit_mynetworks reject
header_checks = regexp:{checks}
message_size_limit = 20000
"""
CHECKS = """\
/^Subject:.*letter-1$/ REJECT 5.7.26 DMARC of customer.example
/^Subject:.*letter-2$/ REJECT 5.7.1 no such mail
"""


def kinds(outcomes: list[Outcome]) -> list[type]:
    """What became of each."""
    return [type(one) for one in outcomes]


def refusing(folder: Path) -> str:
    """Settings of a Postfix that refuses some mails."""
    folder.chmod(0o755)
    (folder / "checks").write_text(CHECKS)
    return REFUSING.format(checks=folder / "checks")


async def sessions(postfix: Postfix) -> int:
    """How many said EHLO; it logs that when they have ended."""
    await asyncio.to_thread(until, lambda: " ehlo=1 " in postfix.log(), postfix.log)
    return postfix.log().count(" ehlo=1 ")


async def test_postfix_takes_mails_as_they_are(new_postfix: Callable[..., Postfix]) -> None:
    """Pipelined, eight bits, dots: behind it they arrive with one more Received line."""
    odd = b"Subject: d\xc3\xa9\r\n\r\n.\r\n..\r\n.x\r\n\xff\r\n"
    sent = [*mails(20), odd, b"Subject: large\r\n\r\n" + b".line of a large mail\r\n" * 40_000]
    async with Relay() as founders:
        postfix = await asyncio.to_thread(new_postfix, founders.port, UNTOUCHED)
        async with courier(postfix.port) as one:
            outcomes = await one.deliver(copies(*sent))
        for _ in range(300):
            if len(founders.mails) == len(sent):
                break
            await asyncio.sleep(0.1)

    assert set(kinds(outcomes)) == {Delivered}
    assert {mail.octets.partition(BLOCK)[2] for mail in founders.mails} == set(sent)
    assert {mail.command.split(">")[0] for mail in founders.mails} == {
        f"MAIL FROM:<{sender(f'm{number}')}" for number in range(len(sent))
    }
    assert all(sorted(mail.recipients) == ["helen@example.com", "mike@example.com"] for mail in founders.mails)
    queue_ids = [one.receipt["queue_id"] for one in outcomes if isinstance(one, Delivered)]
    assert all(f" {queue_id}: message-id=" in postfix.log() for queue_id in queue_ids)
    assert await sessions(postfix) == 1


async def test_postfix_refuses_and_it_is_known_why(new_postfix: Callable[..., Postfix], folder: Path) -> None:
    """An unknown recipient, DMARC, content, size: in one batch among good mails, over one session."""
    async with Relay() as founders:
        postfix = await asyncio.to_thread(new_postfix, founders.port, refusing(folder))
        async with courier(postfix.port) as one:
            large = b"Subject: large\r\n\r\n" + (b"x" * 70 + b"\r\n") * 300
            outcomes = await one.deliver(copies(*mails(4), large))

    assert kinds(outcomes[0::2]) == [Delivered, Permanent, Permanent, Delivered, Permanent]
    nobody = "localhost: RCPT: 550 5.1.1 <helen@example.com>: Recipient address rejected: no such founder"
    assert outcomes[1:-1:2] == [Permanent(nobody, of_inbox=True)] * 4
    for refused, status in ((outcomes[2], "5.7.26"), (outcomes[4], "5.7.1")):
        assert isinstance(refused, Permanent)
        assert refused.of_mail
        assert refused.error.startswith(f"localhost: the end of the mail: 550 {status} ")
    error = f"localhost: {len(BLOCK + large)} octets: the server takes no more than 20000"
    assert outcomes[-1] == Permanent(error, of_size=True)
    assert await sessions(postfix) == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), Delivered),
        (("-p",), Delivered),
        (("-e",), Delivered),  # no ESMTP
        (("-8", "-E", "-N"), Delivered),
        (("-r", "MAIL"), Transient),
        (("-r", "RCPT"), Transient),
        (("-r", "DATA"), Transient),
        (("-r", "."), Transient),
        (("-f", "CONNECT"), Transient),
        (("-f", "MAIL"), Transient),
        (("-f", "RCPT"), Permanent),
        (("-f", "DATA"), Permanent),
        (("-f", "."), Permanent),
        (("-Q", "CONNECT"), Transient),
        (("-Q", "MAIL"), Transient),
        (("-Q", "RCPT"), Transient),
        (("-Q", "DATA"), Transient),
        (("-Q", "."), Transient),
        (("-q", "MAIL"), Transient),
        (("-q", "RCPT"), Transient),
        (("-q", "DATA"), Transient),
        (("-q", "."), Unknown),
    ],
)
async def test_the_sink_does_its_worst(options: tuple[str, ...], expected: type) -> None:
    """All faults that Postfix's authors thought of."""
    with sink(*options) as port:
        async with courier(port) as one:
            outcomes = await one.deliver(copies(*mails(3)))

    assert kinds(outcomes)[:2] == [expected, expected]
    assert set(kinds(outcomes)) <= {expected, Transient}


class Keeper:
    """aiosmtpd's handler."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        """Keep it."""
        assert isinstance(envelope.original_content, bytes)
        self.mails.append(envelope.original_content)
        return "250 OK"


@asynccontextmanager
async def aiosmtpd() -> AsyncIterator[tuple[int, Keeper]]:
    """The server that others have written, on our loop."""
    keeper = Keeper()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(SMTP, keeper, hostname="relay.example.net"), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], keeper


async def test_any_mail_arrives_as_it_was_sent() -> None:
    """Lines of every kind, handed to us in pieces that are cut anywhere."""
    chance = random.Random(4)
    lines = [b"", b".", b"..", b".x", b"x", b"-" * 70, b"\xe9.", b"From x"]
    sent = [b"".join(chance.choice(lines) + b"\r\n" for _ in range(chance.randrange(30))) for _ in range(200)]

    def form(copy: Copy) -> Form:
        octets = b"H: x\r\n\r\n" + copy.content.head
        places = sorted(chance.randrange(len(octets)) for _ in range(4))
        pieces = [octets[begin:end] for begin, end in zip([0, *places], [*places, None], strict=True)]
        # Said to be large, it goes out piece by piece.
        return Form(lambda: iter(pieces), chance.choice([len(octets), SMALL + 1]), not octets.isascii(), ())

    async with aiosmtpd() as (port, keeper), courier(port, form) as one:
        outcomes = await one.deliver(copies(*sent, inboxes=["mike"]))

    assert set(kinds(outcomes)) == {Delivered}
    assert keeper.mails == [b"H: x\r\n\r\n" + one for one in sent]
