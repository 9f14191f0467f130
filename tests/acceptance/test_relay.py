"""The whole router with founders behind a mail server: customer → router → Postfix → their mailboxes."""

import asyncio
from collections.abc import Callable

from tests.bench.daemon import Daemon
from tests.bench.letters import letters
from tests.bench.postfix import Postfix
from tests.bench.relay import Relay
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
COUNT = 40


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
