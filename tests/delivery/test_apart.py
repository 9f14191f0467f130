"""A courier in a process of its own: the same outcomes, the order of copies, and doubt where the process dies."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from router.delivery.apart import CourierApart
from router.delivery.courier import Copy, Delivered, Permanent, Transient, Unknown
from router.delivery.smtp.courier import Addressee, SmtpCourier, is_within
from router.store.content import SMALL, InMemory
from tests.bench.letters import letter
from tests.bench.relay import SILENCE, Relay
from tests.bench.wait import until
from tests.delivery.smtp.sending import ADDRESSES, as_is, copies, mails, relay, sender

LARGE = letter(99) + b"large\r\n" * (SMALL // 7)


@asynccontextmanager
async def courier(port: int) -> AsyncIterator[CourierApart]:
    """For a relay on this machine; ended with the test."""
    inboxes = {inbox: Addressee(address, as_is) for inbox, address in ADDRESSES.items()}
    made = CourierApart("relay", SmtpCourier(relay(port), inboxes, sender, partial(is_within, ["example.com"])))
    try:
        yield made
    finally:
        await made.close()


async def test_each_copy_has_the_outcome_that_it_would_have_here() -> None:
    """Delivered with its receipt, deferred, refused; and inboxes still share a transaction."""
    script = {"RCPT TO:<helen": ["250 2.1.5 fine", "450 4.2.1 later", "550 5.1.1 nobody"]}
    async with Relay(script) as bench, courier(bench.port) as one:
        outcomes = await one.deliver(copies(*mails(3)))

        assert [type(end) for end in outcomes[1::2]] == [Delivered, Transient, Permanent]
        assert all(isinstance(end, Delivered) and end.receipt["queue_id"] for end in outcomes[::2])
        assert bench.mails[0].recipients == ["mike@example.com", "helen@example.com"]
        assert [mail.octets for mail in bench.mails] == [copies(mail)[0].block + mail for mail in mails(3)]
        assert one.there.pid not in (None, os.getpid())


async def test_a_large_mail_is_sent_from_here_and_keeps_its_place() -> None:
    """It is taken from the database piece by piece, and nobody reads an answer before its question."""
    sent = [letter(1), LARGE, letter(2)]
    async with Relay() as bench, courier(bench.port) as one:
        outcomes = await one.deliver(copies(*sent, inboxes=["mike"]))

        assert [type(end) for end in outcomes] == [Delivered, Delivered, Delivered]
        assert [mail.octets.partition(b"mark\r\n")[2] for mail in bench.mails] == sent
        assert bench.connections[1][-1] == "QUIT"  # its session is not kept: the server counts them


async def test_what_it_had_in_hand_when_it_was_killed_is_unknown_and_the_next_batch_goes() -> None:
    """It may have arrived: it must be neither lost nor taken for failed."""
    async with Relay({"END": SILENCE}) as bench, courier(bench.port) as one:
        under_way = asyncio.create_task(one.deliver(copies(*mails(2))))
        await asyncio.to_thread(until, lambda: bench.blocks, "a mail")
        assert one.there.pid is not None
        os.kill(one.there.pid, signal.SIGKILL)

        bench.script.clear()

        assert await under_way == [Unknown("the process of the courier of relay has ended")] * 4
        assert {type(end) for end in await one.deliver(copies(*mails(2)))} == {Delivered}


async def test_one_that_cannot_start_has_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The copies are tried again, which raises the inbox's alarm after a while."""
    async with Relay() as bench, courier(bench.port) as one:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "executable", "/bin/false")
            (outcome,) = await one.deliver(copies(*mails(1), inboxes=["mike"]))

        assert isinstance(outcome, Transient)
        assert "the process of the courier of relay does not start" in outcome.error
        assert bench.mails == []


async def test_a_fault_with_a_large_mail_leaves_the_others_what_they_are(caplog: pytest.LogCaptureFixture) -> None:
    """What was delivered before it in the same batch must not go again."""
    broken = copies(letter(1), LARGE, inboxes=["mike"])

    async with Relay() as bench, courier(bench.port) as one:
        broken[1].inbox = "nobody's"  # which no setting names
        outcomes = await one.deliver(broken)

    assert [type(end) for end in outcomes] == [Delivered, Unknown]
    assert "a courier failed" in caplog.text


def test_a_large_mail_is_large() -> None:
    """Else the tests above say nothing."""
    assert InMemory(LARGE).size > SMALL >= InMemory(letter(1)).size


async def test_there_is_nowhere_to_look_for_a_copy() -> None:
    """SMTP has no way to ask; what is unknown goes again."""
    copy: Copy = copies(letter(1), inboxes=["mike"])[0]
    async with courier(1) as one:
        assert await one.find(copy) is None
