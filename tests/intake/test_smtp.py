"""The listener, spoken to by a client that says exactly what it is told."""

import asyncio
import hashlib
import socket
import time
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from typing import Any, TypeVar

import pytest

from router.intake import replies
from router.intake.accept import Acceptor
from router.intake.smtp import Limits, Listener, Reception
from router.store.database import Database
from router.store.errors import StoreBusy, StoreFull
from router.store.spool import Sighting, Spool, unrouted
from tests.bench.smtp import Client, Reply
from tests.store.desk import StandingClock, octets

T = TypeVar("T")
LIMITS = Limits(message_size=1_000_000, recipients=3, connections=20, connections_per_peer=10, idle_seconds=60)
TO = "RCPT TO:<support@example.com>"
LETTER = b"Subject: Hello\r\n\r\nHello\r\n"


class Failing(Acceptor):
    """An acceptor that fails as told: a full disk is not to be had for one mail only."""

    def __init__(self, spool: Spool, *faults: Exception | None) -> None:
        super().__init__(spool, StandingClock())
        self.faults = list(faults)

    async def accept(self, *given: Any, **named: Any) -> Sighting:
        if self.faults and (fault := self.faults.pop(0)):
            raise fault
        return await super().accept(*given, **named)


class Bench:
    """A listener and what it counted."""

    def __init__(self, listener: Listener, port: int, refused: Counter[str], database: Database) -> None:
        self.listener, self.port, self.refused, self.database = listener, port, refused, database

    async def talk(self, say: Callable[[Client], T], **how: Any) -> T:
        """Speak from another thread, over a connection of its own."""

        def session() -> T:
            with Client(self.port, timeout=20, **how) as client:
                return say(client)

        return await asyncio.to_thread(session)

    def stored(self) -> list[Sighting]:
        """What is in the spool, oldest first."""
        return self.database.read(lambda c: unrouted(c, 1000, self.database.fetch_chunk))[0]


@asynccontextmanager
async def listening(database: Database, *faults: Exception | None, **changed: Any) -> AsyncIterator[Bench]:
    """A listener on a free port."""
    refused: Counter[str] = Counter()
    allow = changed.pop("allow", "127.0.0.1")
    reception = Reception(
        Failing(Spool(database), *faults),
        hostname="router.example.com",
        allow_from=[ip_network(allow)],
        knows=lambda address: address in ("support@example.com", "shop@example.com"),
        limits=replace(LIMITS, **changed),
        counts=refused,
    )
    listener = Listener(reception)
    _, port = await listener.start("127.0.0.1", 0)
    try:
        yield Bench(listener, port, refused, database)
    finally:
        await listener.stop(1)


def transaction(client: Client, letter: bytes = LETTER, sender: str = "<kim@customer.example>") -> list[int]:
    """One mail; the codes of all replies."""
    codes = [client.command(f"MAIL FROM:{sender}").code, client.command(TO).code, client.command("DATA").code]
    if codes[-1] == 354:
        client.send(letter + b".\r\n")
        codes.append(client.reply().code)
    return codes


GOOD = [250, 250, 354, 250]


async def test_a_mail_is_stored_before_the_250(database: Database) -> None:
    """The reply names the sighting, so that both logs can be held together."""

    def say(client: Client) -> Reply:
        for line in ("MAIL FROM:<Kim@Customer.Example>", TO, "RCPT TO:<SHOP@example.com>", TO, "DATA"):
            client.command(line)
        client.send(b"..dot\r\n" + LETTER + b".\r\n")
        return client.reply()

    async with listening(database) as bench:
        reply = await bench.talk(say)
        (seen,) = bench.stored()

    assert reply.text == f"2.0.0 Accepted as {seen.id}"
    assert octets(seen.content) == b".dot\r\n" + LETTER
    assert (seen.sender, seen.recipients) == ("kim@customer.example", ("support@example.com", "shop@example.com"))
    assert (seen.peer, seen.helo, seen.source) == ("127.0.0.1", "bench.example.net", "smtp")


async def test_the_null_sender_is_stored_as_no_sender(database: Database) -> None:
    """Bounces have it; aiosmtpd writes it as two brackets."""
    async with listening(database) as bench:
        assert await bench.talk(lambda client: transaction(client, sender="<>")) == GOOD

        assert [seen.sender for seen in bench.stored()] == [""]


async def test_an_unknown_recipient_is_refused_and_counted(database: Database) -> None:
    """And the others of the same mail are taken."""

    def say(client: Client) -> list[str]:
        client.command("MAIL FROM:<a@x.example>")
        return [str(client.command(line)) for line in ("RCPT TO:<nobody@example.com>", TO, "RCPT TO:<a@x.example>")]

    async with listening(database) as bench:
        assert await bench.talk(say) == [replies.NO_MAILBOX, replies.RECIPIENT_OK, replies.NO_MAILBOX]
        assert bench.refused == {"unknown-recipient": 2}


async def test_more_recipients_than_allowed_come_in_another_transaction(database: Database) -> None:
    """452, not 5xx: the sender sends the rest later (RFC 5321 section 4.5.3.1.10)."""

    def say(client: Client) -> list[int]:
        client.command("MAIL FROM:<a@x.example>")
        return [client.command(TO).code for _ in range(4)]

    async with listening(database) as bench:
        assert await bench.talk(say) == [250, 250, 250, 452]


async def test_a_stranger_is_refused_at_the_greeting(database: Database) -> None:
    """This is no open relay and no open ear."""
    async with listening(database, allow="192.0.2.0/24") as bench:
        greeting = await bench.talk(lambda client: (str(client.greeting), client.replies()))

        assert greeting == (replies.WRONG_PEER, [])
        assert bench.refused == {"wrong-peer": 1}


@pytest.mark.parametrize(("limit", "sources"), [("connections", "127.0.0.2"), ("connections_per_peer", "127.0.0.1")])
async def test_too_many_connections_come_again(database: Database, limit: str, sources: str) -> None:
    """421 at the greeting; a place that gets free is given again."""

    def say(first: Client) -> list[int]:
        with Client(bench.port, source=sources) as second, Client(bench.port, source=sources) as third:
            codes = [first.greeting.code, second.greeting.code, third.greeting.code]
        time.sleep(0.2)
        with Client(bench.port, source=sources) as fourth:
            return [*codes, fourth.greeting.code]

    async with listening(database, allow="127.0.0.0/8", **{limit: 2}) as bench:
        assert await bench.talk(say) == [220, 220, 421, 220]


async def test_a_second_mail_follows_a_failed_one_on_the_same_connection(database: Database) -> None:
    """aiosmtpd keeps the envelope after an exception and would refuse it with 503."""
    async with listening(database, StoreBusy("locked")) as bench:
        codes = await bench.talk(lambda client: [transaction(client), transaction(client)])

        assert codes == [[250, 250, 354, 451], GOOD]
        assert len(bench.stored()) == 1


@pytest.mark.parametrize(
    ("fault", "reply"),
    [
        (StoreBusy("secret"), replies.BUSY),
        (StoreFull("secret"), replies.FULL),
        (RuntimeError("secret\nsecond line"), replies.BUSY),
        (UnicodeEncodeError("utf-8", "secret", 0, 1, "surrogates"), replies.BUSY),
    ],
)
async def test_a_fault_of_ours_is_temporary_and_nobodys_business(
    database: Database, fault: Exception, reply: str
) -> None:
    """A 5xx would be a bounce to the customer, with the text of our error in it."""

    def say(client: Client) -> str:
        for line in ("MAIL FROM:<a@x.example>", TO, "DATA"):
            client.command(line)
        client.send(LETTER + b".\r\n")
        return str(client.reply())

    async with listening(database, fault) as bench:
        assert await bench.talk(say) == reply


async def test_a_full_database_answers_452(database: Database) -> None:
    """The real thing, not a fake."""
    database.write("test", lambda c: c.exec_driver_sql("PRAGMA max_page_count=1").fetchall())
    noise = b"".join(hashlib.sha256(b"%d" % number).hexdigest().encode() + b"\r\n" for number in range(2000))

    async with listening(database) as bench:
        assert await bench.talk(lambda client: transaction(client, noise)) == [250, 250, 354, 452]


async def test_a_hook_that_raises_leaks_no_text_and_keeps_the_dialogue(database: Database) -> None:
    """One reply per command: a second line would be paired with the next command."""

    def say(client: Client) -> list[str]:
        client.command("MAIL FROM:<a@x.example>")
        return [str(client.command(line)) for line in (TO, "RSET", "NOOP")]

    async with listening(database) as bench:
        bench.listener.reception.knows = lambda address: [][0]
        failed, *rest = await bench.talk(say)

    assert failed == replies.BUSY
    assert [reply[:3] for reply in rest] == ["250", "250"]


async def test_limits_of_commands_belong_to_one_connection(database: Database) -> None:
    """aiosmtpd shares a table and clears it for each new session: long VERP senders were then refused."""
    long = f"MAIL FROM:<{'v' * 600}@x.example>"

    def say(first: Client) -> list[int]:
        codes = [first.command(long).code, first.command("RSET").code]
        with Client(bench.port) as second:
            return [*codes, second.command(long).code, first.command(long).code]

    async with listening(database) as bench:
        assert await bench.talk(say) == [250, 250, 250, 250]


@pytest.mark.parametrize("size", [1_200, 200_000])
async def test_long_lines_are_accepted_and_stored_as_they_came(database: Database, size: int) -> None:
    """Over 998 octets is against the RFC, and institutions send it."""
    letter = b"Subject: x\r\n\r\n" + b"y" * size + b"\r\nend\r\n"

    async with listening(database) as bench:
        assert await bench.talk(lambda client: transaction(client, letter)) == GOOD
        assert [octets(seen.content) for seen in bench.stored()] == [letter]


@pytest.mark.parametrize(
    "letter",
    [
        b"",  # nothing at all
        b"Subject: \xe4\xff\x00\r\n\r\n\x80\r\n",  # no charset, NUL
        b"Subject: x\n\nbare\nLF\r\n.\rbare CR\r\n",  # smuggling needs these to end something
        b"Subject: x\r\n\r\nline\n..\r\n.. and dots\r\n",
    ],
)
async def test_bytes_are_bytes(database: Database, letter: bytes) -> None:
    """Nothing is decoded, completed or corrected."""
    stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in letter.split(b"\r\n"))

    async with listening(database) as bench:
        assert await bench.talk(lambda client: transaction(client, stuffed)) == GOOD
        assert [octets(seen.content) for seen in bench.stored()] == [letter]


@pytest.mark.parametrize("ending", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n"])
async def test_only_crlf_dot_crlf_ends_a_mail(database: Database, ending: bytes) -> None:
    """Whatever else ends it for another server smuggles a second mail past one of the two."""
    letter = b"Subject: x\r\n\r\na" + ending + b"MAIL FROM:<evil@x.example>\r\n"

    async with listening(database) as bench:
        assert await bench.talk(lambda client: transaction(client, letter)) == GOOD
        assert len(bench.stored()) == 1


async def test_mail_over_the_size_is_refused_and_counted(database: Database) -> None:
    """By what it announces, and by what it is."""

    def say(client: Client) -> list[int]:
        announced = client.command("MAIL FROM:<a@x.example> SIZE=1000001").code
        return [announced, *transaction(client, b"x" * 70 + b"\r\n" + b"y" * 1_000_000 + b"\r\n"), *transaction(client)]

    async with listening(database) as bench:
        assert await bench.talk(say) == [552, 250, 250, 354, 552, *GOOD]
        assert bench.refused == {"too-large": 2}
        assert len(bench.stored()) == 1


STRANGE = (
    "<a..b@docomo.example>",
    "<a@[192.0.2.1]>",
    '<"a b"@x.example>',
    "<@hop.example:a@x.example>",
    "<postmaster>",
)


@pytest.mark.parametrize("path", [*STRANGE, "<a@x.example.>", "<a@x.example> AUTH=<>"])
async def test_a_strange_sender_is_taken_all_the_same(database: Database, path: str) -> None:
    """A 5xx would be a bounce to a customer whose only fault is an odd address."""
    async with listening(database) as bench:
        assert await bench.talk(lambda client: transaction(client, sender=path)) == GOOD


async def test_a_line_without_an_end_is_bounded_by_the_size_too(database: Database) -> None:
    """One client must not take all memory: 20 MB where 1 MB is allowed."""

    def say(client: Client) -> Reply:
        for line in ("MAIL FROM:<a@x.example>", TO, "DATA"):
            client.command(line)
        for _ in range(20):
            client.send(b"x" * 1_000_000)
        client.send(b"\r\n.\r\n")
        return client.reply()

    async with listening(database) as bench:
        tracemalloc.start()
        try:
            reply = await bench.talk(say)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert reply.code == 552
    assert peak < 10_000_000


@pytest.mark.parametrize(
    "line",
    [
        b"MAIL FROM:<j\xf6rg@x.example>",
        "MAIL FROM:<jörg@x.example>".encode(),
        b"RCPT TO:<\xff@example.com>",
        b"EHLO \xe4.example",
        b"\xff\xff",
        b"MAIL FROM:<",
        b"MAIL FROM:<a@b.com",
        b"RCPT TO:<>",
        b"MAIL FROM:<a@b.com> AUTH=<>",
        b"NOOP " + b"x" * 5000,
    ],
)
async def test_a_strange_command_gets_one_defined_reply(database: Database, line: bytes) -> None:
    """And the next mail on the connection is taken."""

    def say(client: Client) -> tuple[Reply, list[int]]:
        answer = client.command(line)
        client.command("RSET")
        return answer, transaction(client)

    async with listening(database) as bench:
        answer, codes = await bench.talk(say)

    assert 200 <= answer.code < 600
    assert "Error: (" not in answer.text
    assert codes == GOOD


async def test_a_client_that_vanishes_after_the_dot_loses_nothing(database: Database) -> None:
    """It comes again, and T2 knows it as a repeat."""

    def say(client: Client) -> None:
        for line in ("MAIL FROM:<a@x.example>", TO, "DATA"):
            client.command(line)
        client.send(LETTER + b".\r\n")
        client.socket.shutdown(socket.SHUT_RDWR)

    async with listening(database) as bench:
        await bench.talk(say)
        for _ in range(200):
            if found := bench.stored():
                break
            await asyncio.sleep(0.01)

        assert [octets(seen.content) for seen in found] == [LETTER]


async def test_a_stop_with_an_idle_client_is_quick_and_polite(database: Database) -> None:
    """421, so that the client knows (RFC 5321 section 3.8); since Python 3.12.1 an idle one could hang the stop."""
    async with listening(database) as bench:
        waiting = asyncio.create_task(bench.talk(lambda client: client.replies()))
        await asyncio.sleep(0.2)
        begun = time.monotonic()
        await bench.listener.stop(10)

        assert time.monotonic() - begun < 2
        assert [str(reply) for reply in await waiting] == [replies.CLOSING]


async def test_a_stop_lets_an_open_transaction_end(database: Database) -> None:
    """Whoever is in the middle of his mail may finish it within the grace."""

    def say(client: Client) -> int:
        for line in ("MAIL FROM:<a@x.example>", TO, "DATA"):
            client.command(line)
        time.sleep(0.5)
        client.send(LETTER + b".\r\n")
        return client.reply().code

    async with listening(database) as bench:
        talking = asyncio.create_task(bench.talk(say))
        await asyncio.sleep(0.3)
        await bench.listener.stop(10)

        assert await talking == 250
        assert len(bench.stored()) == 1


async def test_a_stop_does_not_wait_for_ever(database: Database) -> None:
    """A client in the middle of nothing is cut at the end of the grace."""

    def say(client: Client) -> list[Reply]:
        client.command("MAIL FROM:<a@x.example>")
        try:
            return client.replies()
        except ConnectionError:
            return []

    async with listening(database) as bench:
        talking = asyncio.create_task(bench.talk(say))
        await asyncio.sleep(0.2)
        begun = time.monotonic()
        await bench.listener.stop(0.3)

        assert time.monotonic() - begun < 2
        await talking


async def test_nobody_new_is_let_in_while_it_stops(database: Database) -> None:
    """A connection that waited in the kernel's queue must not begin a mail."""
    async with listening(database) as bench:
        await bench.listener.stop(0.1)

        with pytest.raises(ConnectionError):
            await bench.talk(lambda client: client.greeting)


async def test_what_it_offers_is_what_it_keeps(database: Database) -> None:
    """No STARTTLS without a certificate, no AUTH in the clear, no VRFY that tells names."""
    async with listening(database) as bench:
        offered = await bench.talk(lambda client: client.command("EHLO x").text.split("\n"))

    assert set(offered[1:]) == {"PIPELINING", "SIZE 1000000", "8BITMIME", "SMTPUTF8", "HELP"}
