"""Alarms by mail: what the operator reads, when, and that nothing of it becomes a customer's mail."""

import asyncio
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from router.mail import mark
from router.store.database import Database
from router.store.keeping import CLEAR_ALARM, RAISE_ALARM, alarm_row, clear_row
from router.store.telling import News
from router.watch.alarms import SHOWN, Teller
from router.watch.calls import CallFailed
from router.watch.letters import Letters
from router.wording import Wording
from tests.bench.bounces import postfix
from tests.bench.daemon import Daemon
from tests.bench.letters import letter
from tests.bench.relay import Received, Relay
from tests.bench.smtp import Client
from tests.bench.wait import until
from tests.delivery.smtp.sending import relay as to_relay
from tests.store.desk import NOON, StandingClock, opened, put
from tests.test_operations_page import codes_in_source

KEY = b"k" * 32
OPERATORS = ("it@example.com", "boss@example.com")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An open database."""
    with opened(tmp_path) as database:
        yield database


def letters(port: int) -> Letters:
    """The way to two operators."""
    return Letters(
        relay=to_relay(port),
        recipients=OPERATORS,
        address="router@example.com",
        hostname="router.example.com",
        token=partial(mark.make, KEY),
        bounces=lambda name: f"router+{mark.make(KEY, name)}@example.com",
        wording=partial(Wording().render, "alarm.txt.j2"),
        now=lambda: NOON,
    )


def refuses(database: Database, *inboxes: str, code: str = "inbox-refuses") -> None:
    """Raise an alarm about each of these."""
    rows = [alarm_row(code, one, {"inbox": one, "error": "550 5.1.1 nobody"}, NOON) for one in inboxes]
    put(database, (RAISE_ALARM, rows))


def takes(database: Database, inbox: str) -> None:
    """End one."""
    put(database, (CLEAR_ALARM, [clear_row("inbox-refuses", inbox, NOON)]))


def read(mail: Received) -> EmailMessage:
    """A mail as a mail program has it."""
    found = message_from_bytes(mail.octets, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


async def test_the_operator_reads_what_broke_and_that_it_is_over(database: Database) -> None:
    """One mail each, in words, with a cure; both operators in one transaction."""
    async with Relay() as relay:
        teller = Teller(letters(relay.port), database, StandingClock())
        refuses(database, "mike")
        await teller.tick()
        await teller.tick()
        takes(database, "mike")
        await teller.tick()
    raised, over = map(read, relay.mails)

    assert [mail.recipients for mail in relay.mails] == [list(OPERATORS)] * 2
    assert raised["Subject"] == "router.example.com: the inbox mike refuses copies"
    assert "550 5.1.1 nobody" in raised.get_content()
    assert "What to do: make room there, or mend its address" in raised.get_content()
    assert over["Subject"] == "router.example.com: over: the inbox mike refuses copies"
    assert "from Fri 20 Nov 2026 12:00:00 UTC to" in over.get_content()


async def test_it_is_a_mail_of_ours_that_nobody_answers_by_itself(database: Database) -> None:
    """Known by its Message-ID, its mark and its envelope sender, so that it never becomes a customer's mail."""
    async with Relay() as relay:
        refuses(database, "mike")
        await Teller(letters(relay.port), database, StandingClock()).tick()
    (mail,) = relay.mails
    found = read(mail)
    names = {
        mark.verify_id(KEY, found["Message-ID"].strip("<>")),
        mark.verify(KEY, found["X-Router-Copy"]),
        mark.verify_address(KEY, mail.command.partition("<")[2].partition(">")[0]),
    }

    assert len(names) == 1
    assert mark.is_notice(str(names.pop()))
    assert found["Auto-Submitted"] == "auto-generated"
    assert "AutoReply" in found["X-Auto-Response-Suppress"]
    assert (found["From"], found["To"]) == ("router@example.com", "it@example.com, boss@example.com")
    assert mail.octets.isascii()


async def test_what_comes_together_is_one_mail(database: Database) -> None:
    """A dead server fails every copy; nobody wants a thousand mails."""
    refuses(database, *map(str, range(100)), code="copy-failed")
    refuses(database, "mike")
    async with Relay() as relay:
        await Teller(letters(relay.port), database, StandingClock()).tick()
    (mail,) = relay.mails
    found = read(mail)

    assert found["Subject"] == "router.example.com: 101 alarms"
    assert found.get_content().count("was given up.") == SHOWN
    assert f"And {100 - SHOWN} more of this kind." in found.get_content()


async def test_trouble_that_came_and_went_while_the_relay_was_down_is_told(database: Database) -> None:
    """The relay's own trouble is told when it is over, and only then."""
    teller = Teller(letters(1), database, StandingClock())
    refuses(database, "mike")
    with pytest.raises(CallFailed, match="Connection refused"):
        await teller.tick()
    takes(database, "mike")
    async with Relay() as relay:
        teller = Teller(letters(relay.port), database, StandingClock())
        await teller.tick()
        await teller.tick()

    assert [read(mail)["Subject"] for mail in relay.mails] == [
        "router.example.com: over: the inbox mike refuses copies"
    ]


async def test_one_operator_who_is_refused_keeps_the_other_from_nothing(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor is the other told again and again; where all are refused it is no telling."""
    refuses(database, "mike")
    async with Relay({"RCPT TO:<boss": "550 5.1.1 retired"}) as relay:
        teller = Teller(letters(relay.port), database, StandingClock())
        await teller.tick()
        await teller.tick()
        relay.script["RCPT"] = "550 5.7.1 no"
        refuses(database, "helen")
        with pytest.raises(CallFailed, match=r"it@example\.com: RCPT: 550 5\.7\.1 no; boss"):
            await teller.tick()

    assert [mail.recipients for mail in relay.mails] == [["it@example.com"]]
    assert "boss@example.com is not told of alarms" in caplog.text


async def test_a_mail_about_an_alarm_that_bounced_is_not_told_by_mail(database: Database) -> None:
    """Or each bounce would set off the next."""
    refuses(database, "operator", code=mark.NOTICE_BOUNCED)
    async with Relay() as relay:
        await Teller(letters(relay.port), database, StandingClock()).tick()

    assert relay.mails == []


@pytest.mark.parametrize("code", sorted(codes_in_source()))
@pytest.mark.parametrize("standing", [True, False])
def test_every_alarm_has_words_of_its_own(code: str, standing: bool) -> None:
    """Whoever reads it at night has never seen the code; whatever it knows, words come of it."""
    for detail in ({}, {"inbox": "mike", "error": "e", "text": "what a customer wrote"}, {"told": ["a", "b"]}):
        one = News("k", code, standing, detail, NOON, NOON, 2, None if standing else NOON)
        text = message_from_bytes(letters(1).letter([one]), policy=policy.default)
        body = text.get_content()  # type: ignore[attr-defined]

        assert code not in text["Subject"]
        assert "{" not in text["Subject"] + body
        assert "customer wrote" not in body
        assert not standing or "What to do: ." not in body


def test_no_word_of_a_server_writes_a_header() -> None:
    """An inbox has any name in TOML, and servers say what they like."""
    detail = {"inbox": "mike\r\nBcc: all@example.com", "error": "\x1b[31mé\r\n.\r\n" + "x" * 5000}
    octets = letters(1).letter([News("k", "inbox-refuses", True, detail, NOON, NOON, 1)])

    assert b"\r\nBcc" not in octets
    assert b"\x1b" not in octets
    assert octets.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(map(len, octets.split(b"\r\n"))) <= 78


_FOUNDERS = """
[relay]
host = "127.0.0.1"
port = {port}
security = "none"

[[inbox]]
address = "anna@example.com"
deliver = "smtp"
"""


async def test_a_broken_inbox_is_told_by_name_and_so_is_its_recovery(new_daemon: Callable[..., Daemon]) -> None:
    """The whole way; and what comes back of these mails is kept apart from customers' mail."""
    async with Relay({"RCPT TO:<anna": "550 5.1.1 nobody here"}) as relay:
        settings = 'address = "router@example.com"\noperator = ["it@example.com"]'
        daemon = new_daemon(extra=_FOUNDERS.format(port=relay.port), router=settings)
        facts = await asyncio.to_thread(_break_and_mend, daemon, relay)
    to_operator = [mail for mail in relay.mails if mail.recipients == ["it@example.com"]]

    assert [read(mail)["Subject"] for mail in to_operator] == [
        "router.example.com: the inbox anna refuses copies",
        "router.example.com: over: the inbox anna refuses copies",
    ]
    assert "nobody here" in read(to_operator[0]).get_content()
    assert facts["verdicts"] == [("new",), ("own",), ("returned",)]
    assert facts["copies"] == 3  # of the one customer's mail
    assert facts["alarms"] == [("alarm-bounced:it@example.com",)]


def _break_and_mend(daemon: Daemon, relay: Relay) -> dict[str, Any]:
    def told(count: int) -> list[Received]:
        mails = [mail for mail in list(relay.mails) if mail.recipients == ["it@example.com"]]
        return mails if len(mails) == count else []

    daemon.start()
    with Client(daemon.port) as client:
        client.mail(letter(1), "kim@customer.example")
    until(lambda: told(1), daemon.tail, 30)
    relay.script.clear()
    daemon.cli("retry", daemon.rows("queue", "--state", "deferred")[0]["id"])
    until(lambda: told(2), daemon.tail, 30)
    (first, _) = told(2)
    with Client(daemon.port) as client:
        client.mail(first.octets, "it@example.com")  # a rule of the operator's sends it to support@
        bounce = first.command.partition("<")[2].partition(">")[0]
        client.mail(postfix("it@example.com", first.octets, "5.1.1", "550 5.1.1 retired"), "", (bounce,))
    until(lambda: daemon.ask("SELECT count(*) FROM sighting WHERE routed IS NOT NULL") == [(3,)], daemon.tail)
    daemon.settle()
    facts = {
        "verdicts": daemon.ask("SELECT verdict FROM sighting ORDER BY received, id"),
        "copies": len(daemon.rows("queue", "--all")),
        "alarms": daemon.ask("SELECT key FROM alarm WHERE cleared IS NULL"),
    }
    daemon.stop()
    return facts
