"""The courier: what goes together, what is kept open, what is never sent, and what a receipt says."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from router.delivery.courier import Copy, Delivered, Outcome, Permanent, Transient
from router.delivery.forms.form import LINE_ENDS, Form
from router.delivery.smtp import pool, session
from router.delivery.smtp.courier import MOST_RECIPIENTS, Addressee, SmtpCourier
from router.delivery.smtp.now import send_now
from router.delivery.smtp.session import connect
from router.delivery.smtp.transactions import Taken
from router.store.content import InMemory
from tests.bench.letters import letter
from tests.bench.relay import CLOSE, Relay
from tests.delivery.copies import BLOCK
from tests.delivery.smtp.sending import ADDRESSES, as_is, copies, courier, mails, relay, sender


def names(outcomes: list[Outcome]) -> set[str]:
    """What became of the copies, in words."""
    return {type(one).__name__ for one in outcomes}


async def test_the_receipt_says_where_the_mail_is() -> None:
    """As far as SMTP can."""
    async with Relay() as bench, courier(bench.port) as one:
        (outcome,) = await one.deliver(copies(*mails(1), inboxes=["mike"]))

    reply = "250 2.0.0 Ok: queued as Q1"
    assert outcome == Delivered({"relay": "localhost", "reply": reply, "queue_id": "Q1", "sender": sender("m0")})


async def test_what_was_changed_and_what_may_be_there_twice_is_told() -> None:
    """A copy of unknown fate goes again, and whoever wonders can see why."""
    (copy,) = copies(*mails(1), inboxes=["mike"], doubts=2)

    def changed(copy: Copy) -> Form:
        return replace(as_is(copy), changed=(LINE_ENDS,))

    async with Relay() as bench, courier(bench.port, changed) as one:
        (outcome,) = await one.deliver([copy])

    assert isinstance(outcome, Delivered)
    assert outcome.changed == ("line-ends", "possibly-doubled")
    assert outcome.receipt["possibly_doubled"] == 2


async def test_what_is_not_equal_goes_apart() -> None:
    """Another message, another content, another block, another form: another transaction."""
    (copy,) = copies(letter(1), inboxes=["mike"])
    other = [
        replace(copy, inbox="helen"),
        replace(copy, inbox="helen", message="other"),
        replace(copy, inbox="helen", content=InMemory(letter(2))),
        replace(copy, inbox="helen", block=BLOCK * 2),
        replace(copy, inbox="helen", wrapped=True),
        replace(copy, inbox="ann"),
    ]
    inboxes = {inbox: Addressee(address, as_is) for inbox, address in ADDRESSES.items()}
    inboxes["ann"] = Addressee("ann@example.com", partial(as_is))
    async with Relay() as bench:
        one = SmtpCourier(relay(bench.port), inboxes, sender, lambda address: True)
        outcomes = await one.deliver([copy, *other])
        await one.close()

    assert names(outcomes) == {"Delivered"}
    assert sorted(len(mail.recipients) for mail in bench.mails) == [1, 1, 1, 1, 1, 2]


async def test_the_copies_of_one_mail_go_together_wherever_they_stand() -> None:
    """They need not be side by side."""
    async with Relay() as bench, courier(bench.port) as one:
        await one.deliver(sorted(copies(*mails(3)), key=lambda copy: copy.inbox))

    assert [len(mail.recipients) for mail in bench.mails] == [2, 2, 2]


async def test_a_transaction_has_no_more_recipients_than_every_server_takes() -> None:
    """RFC 5321 section 4.5.3.1.8."""
    crowd = {f"i{number}": f"i{number}@example.com" for number in range(MOST_RECIPIENTS + 1)}
    async with Relay() as bench, courier(bench.port, addresses=crowd) as one:
        outcomes = await one.deliver(copies(*mails(1), inboxes=list(crowd)))

    assert names(outcomes) == {"Delivered"}
    assert [len(mail.recipients) for mail in bench.mails] == [MOST_RECIPIENTS, 1]


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("helen@elsewhere.example", "helen@elsewhere.example is outside of copy_domains: nothing was sent"),
        ("h> SIZE=1@example.com", "not an address that SMTP can carry: 'h> SIZE=1@example.com'"),
        ("h@example.com\r\nRSET", "not an address that SMTP can carry: 'h@example.com\\r\\nRSET'"),
        ("hélène@example.com", "not an address that SMTP can carry: 'hélène@example.com'"),
    ],
)
async def test_nothing_goes_to_where_it_must_not(address: str, error: str) -> None:
    """Whatever the configuration said: the address is not even written."""

    def inside(address: str) -> bool:
        return "elsewhere" not in address

    async with Relay() as bench, courier(bench.port, allowed=inside, addresses=ADDRESSES | {"helen": address}) as one:
        outcomes = await one.deliver(copies(*mails(1)))

    assert outcomes[1] == Permanent(error, of_inbox=True)
    assert names(outcomes[:1]) == {"Delivered"}
    assert [command for command in bench.commands if command.startswith("RCPT")] == ["RCPT TO:<mike@example.com>"]


async def test_a_form_that_cannot_be_made_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """It is tried again, and the log says what was wrong."""

    def form(copy: Copy) -> Form:
        if copy.message == "m0":
            raise ValueError("of the test")
        return as_is(copy)

    with caplog.at_level(logging.ERROR):
        async with Relay() as bench, courier(bench.port, form) as one:
            outcomes = await one.deliver(copies(*mails(2)))

    assert outcomes[:2] == [Transient("ValueError: of the test")] * 2
    assert names(outcomes[2:]) == {"Delivered"}
    assert "no form for the copies of message m0" in caplog.text


async def test_smtp_cannot_look() -> None:
    """A copy of unknown fate is sent again."""
    async with Relay() as bench, courier(bench.port) as one:
        assert await one.find(copies(*mails(1))[0]) is None

    assert bench.connections == []


# Sessions that are kept.


async def test_a_session_is_kept_between_batches() -> None:
    """One connection, one login."""
    async with Relay() as bench, courier(bench.port) as one:
        for _ in range(3):
            await one.deliver(copies(*mails(2)))

    assert len(bench.connections) == 1
    assert bench.commands[-1] == "QUIT"


async def test_batches_at_the_same_time_have_a_session_each() -> None:
    """And find them again."""
    async with Relay() as bench, courier(bench.port) as one:
        for _ in range(2):
            await asyncio.gather(*[one.deliver(copies(*mails(2))) for _ in range(3)])

    assert len(bench.mails) == 12
    assert len(bench.connections) == 3


@pytest.mark.parametrize("farewell", [None, "421 4.4.2 idle for too long"])
async def test_a_kept_session_that_the_server_has_ended_is_no_failure(farewell: str | None) -> None:
    """Nobody was told, and the mail goes over a new one."""
    async with Relay() as bench, courier(bench.port) as one:
        await one.deliver(copies(*mails(1)))
        if farewell:
            await bench.tell(farewell)
        bench.hang_up()
        outcomes = await one.deliver(copies(*mails(2)))

    assert names(outcomes) == {"Delivered"}
    assert len(bench.connections) == 2


async def test_a_kept_session_that_ends_at_the_first_command_is_no_failure() -> None:
    """The server hung up at the very moment."""
    async with Relay() as bench, courier(bench.port) as one:
        await one.deliver(copies(*mails(1)))
        bench.script["MAIL"] = [CLOSE]
        outcomes = await one.deliver(copies(*mails(2)))

    assert names(outcomes) == {"Delivered"}
    assert len(bench.connections) == 2


async def test_a_session_that_nobody_uses_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """In good manners, and the next mail gets a new one."""
    async with Relay() as bench, courier(bench.port) as one:
        monkeypatch.setattr(one._pool, "_idle_seconds", 0.05)
        await one.deliver(copies(*mails(1)))
        for _ in range(100):
            await asyncio.sleep(0.02)
            if bench.commands[-1] == "QUIT":
                break
        await one.deliver(copies(*mails(1)))

    assert [commands[-1] for commands in bench.connections] == ["QUIT", "QUIT"]
    assert pool.IDLE == 30


async def test_a_session_is_worn_after_so_many_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest goes over a new one, and no envelope is left on the way."""
    monkeypatch.setattr(session, "MOST_MAILS", 3)
    async with Relay() as bench, courier(bench.port) as one:
        outcomes = await one.deliver(copies(*mails(7)))

    assert names(outcomes) == {"Delivered"}
    counts = [sum(one.startswith("MAIL") for one in commands) for commands in bench.connections]
    assert counts == [3, 3, 1]


# One mail now.


async def test_a_mail_of_ours_is_sent_now() -> None:
    """From nobody, if it is an alarm; each recipient has its own end."""
    form = Form(lambda: iter([b"Subject: alarm\r\n\r\n"]), 18, False, ())
    async with Relay({"RCPT TO:<it@": "550 5.1.1 nobody"}) as bench:
        ends = await send_now(relay(bench.port), "", ["it@example.com", "mike@example.com"], form)

    assert ends["it@example.com"] == Permanent("RCPT: 550 5.1.1 nobody", of_inbox=True)
    assert isinstance(ends["mike@example.com"], Taken)
    assert bench.mails[0].command == "MAIL FROM:<> SIZE=18"
    assert bench.commands[-1] == "QUIT"


async def test_a_mail_of_ours_that_nobody_answered_is_not_sent() -> None:
    """The caller decides when to try again."""
    form = Form(lambda: iter([b"\r\n"]), 2, False, ())
    async with Relay({"MAIL": CLOSE}) as bench:
        ends = await send_now(relay(bench.port), "", ["it@example.com"], form)

    assert ends == {"it@example.com": Transient("the server closed the connection")}


# Many octets.


async def test_a_large_mail_is_never_whole_in_memory() -> None:
    """It is asked for piece by piece, as the server takes it."""
    ahead = most = 0

    def pieces() -> Iterator[bytes]:
        nonlocal ahead, most
        for _ in range(60):
            ahead += 1
            most = max(most, ahead - sum(map(len, bench.blocks)) // 500_002)
            yield b"z" * 500_000 + b"\r\n"

    def form(copy: Copy) -> Form:
        return Form(pieces, 60 * 500_002, False, ())

    async with Relay() as bench, courier(bench.port, form, patience=session.Patience()) as one:
        outcomes = await one.deliver(copies(*mails(1)))

    assert names(outcomes) == {"Delivered"}
    assert most < 30  # some of it is in the system's own buffers


async def test_a_session_tells_what_the_server_offers() -> None:
    """What `check` looks at."""
    async with Relay() as bench:
        found = await connect(relay(bench.port))
        await found.quit()

    assert (found.pipelining, found.eight_bit, found.largest) == (True, True, 50_000_000)
