"""The whole router with founders behind a mail server: customer → router → Postfix → their mailboxes."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable

from tests.bench.daemon import Daemon
from tests.bench.letters import letters
from tests.bench.postfix import Postfix
from tests.bench.relay import SILENCE, Later, Relay
from tests.bench.smtp import Mta
from tests.bench.wait import until

FOUNDERS = """
[relay]
host = "127.0.0.1"
port = {port}
security = "none"

[[inbox]]
address = "anna@example.com"
deliver = "smtp"
from_mode = "redirect"

[[inbox]]
address = "paul@example.com"
deliver = "smtp"
from_mode = "redirect"
"""
COUNT = 60


async def test_founders_get_every_mail_once(
    new_daemon: Callable[..., Daemon], new_postfix: Callable[..., Postfix]
) -> None:
    """In one transaction for both, from an address of ours, and `trace` knows it by the mail server's own name."""
    async with Relay() as founders:
        postfix = await asyncio.to_thread(new_postfix, founders.port)
        extra = FOUNDERS.format(port=postfix.port)
        daemon = new_daemon(extra=extra, router='address = "router@example.com"')
        await asyncio.to_thread(daemon.start)
        with Mta(daemon.port, letters(COUNT)) as mta:
            await asyncio.to_thread(mta.finish)
        await asyncio.to_thread(daemon.settle)
        await asyncio.to_thread(until, lambda: len(founders.mails) >= COUNT, postfix.log)
        await asyncio.to_thread(postfix.drain)
        rows = await asyncio.to_thread(daemon.rows, "trace", "kim0@customer.example")
        await asyncio.to_thread(daemon.stop)

    assert len(founders.mails) == COUNT
    assert all(sorted(mail.recipients) == ["anna@example.com", "paul@example.com"] for mail in founders.mails)
    assert {mail.octets.partition(b"X-Router-")[2][-200:] for mail in founders.mails} == {
        mail[-200:] for mail in letters(COUNT)
    }
    assert all(mail.command.startswith("MAIL FROM:<router+") for mail in founders.mails)
    (row,) = rows
    receipts = [copy["receipt"] for copy in row["copies"] if copy["inbox"] in ("anna", "paul")]
    assert {receipt["relay"] for receipt in receipts} == {"127.0.0.1"}
    assert all(f" {receipt['queue_id']}: " in postfix.log() for receipt in receipts)
    assert len({receipt["queue_id"] for receipt in receipts}) == 1


async def test_a_courier_process_that_is_killed_loses_nothing_and_doubles_are_told(
    new_daemon: Callable[..., Daemon],
) -> None:
    """What it had in hand goes again after a while; the daemon goes on, and starts another."""
    async with Relay({"END": Later(0.05)}) as founders:
        extra = FOUNDERS.format(port=founders.port) + '\n[delivery]\nresend_after = "1s"\n'
        daemon = new_daemon(extra=extra, router='address = "router@example.com"')
        await asyncio.to_thread(daemon.start)
        killed = set()
        with Mta(daemon.port, letters(COUNT)) as mta:
            for _ in range(3):
                (courier,) = await asyncio.to_thread(until, lambda: set(daemon.couriers()) - killed, daemon.tail)
                seen = len(founders.mails)
                await asyncio.to_thread(until, lambda seen=seen: len(founders.mails) > seen + 3, daemon.tail, 30, 0.01)
                os.kill(courier, signal.SIGKILL)
                killed.add(courier)
            await asyncio.to_thread(mta.finish)
        await asyncio.to_thread(daemon.settle)
        copies = await asyncio.to_thread(daemon.rows, "queue", "--all")
        await asyncio.to_thread(daemon.stop)

    which = {mail: number for number, mail in enumerate(letters(COUNT))}
    found = [(next(which[sent] for sent in which if mail.octets.endswith(sent)), mail) for mail in founders.mails]
    arrived = Counter((number, one) for number, mail in found for one in mail.recipients)
    told = [copy for copy in copies if (copy["receipt"] or {}).get("possibly_doubled")]
    assert len(killed) == 3
    assert len(arrived) == 2 * COUNT
    assert 0 < arrived.total() - len(arrived) <= len(told)


async def test_a_daemon_that_is_killed_takes_its_courier_along(new_daemon: Callable[..., Daemon]) -> None:
    """In the midst of a mail: nobody sends for a daemon that is gone, beside the one that comes after it."""
    async with Relay({"END": SILENCE}) as founders:
        daemon = new_daemon(extra=FOUNDERS.format(port=founders.port), router='address = "router@example.com"')
        await asyncio.to_thread(daemon.start)
        with Mta(daemon.port, letters(1)) as mta:
            await asyncio.to_thread(mta.finish)
        await asyncio.to_thread(until, lambda: founders.blocks, daemon.tail)
        (courier,) = daemon.couriers()
        await asyncio.to_thread(daemon.kill)
        await asyncio.to_thread(until, lambda: not os.path.exists(f"/proc/{courier}"), "its end", 2.0, 0.01)
        founders.script.clear()
        await asyncio.to_thread(daemon.start)
        await asyncio.to_thread(daemon.settle)
        copies = await asyncio.to_thread(daemon.rows, "queue", "--all")

    assert [sorted(mail.recipients) for mail in founders.mails] == [["anna@example.com", "paul@example.com"]]
    assert [copy["receipt"]["possibly_doubled"] for copy in copies if copy["inbox"] in ("anna", "paul")] == [1, 1]
