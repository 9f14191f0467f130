"""Transactions with a mail server that does as it is told."""

import asyncio
from collections.abc import Iterator

import pytest

from router.delivery.courier import Copy, Delivered, Outcome, Permanent, Transient, Unknown
from router.delivery.forms.form import Form
from router.delivery.smtp.session import Patience
from router.store.content import SMALL
from router.store.errors import MailGone
from tests.bench.relay import CLOSE, EXTENSIONS, SILENCE, Farewell, Later, Relay, Script
from tests.delivery.copies import BLOCK
from tests.delivery.smtp.sending import copies, courier, mails, sender

LARGE = b"Subject: large\r\n\r\n" + b".dots and words\r\n" * (5 * SMALL // 17)
STEPWISE = tuple(one for one in EXTENSIONS if one != "PIPELINING")
BOTH = pytest.mark.parametrize("extensions", [EXTENSIONS, STEPWISE], ids=["pipelining", "stepwise"])


def kinds(outcomes: list[Outcome]) -> list[str]:
    """What became of each copy, in a word."""
    return [type(one).__name__ for one in outcomes]


async def sent(relay: Relay, count: int = 1) -> list[Outcome]:
    """What becomes of so many mails for two."""
    async with courier(relay.port) as one:
        return await one.deliver(copies(*mails(count)))


def senders(relay: Relay) -> list[str]:
    """The mails that arrived, by their envelope sender, in order."""
    return [mail.command.partition("<")[2].partition(">")[0] for mail in relay.mails]


@BOTH
async def test_mails_arrive_whole_and_in_order(extensions: tuple[str, ...]) -> None:
    """Each once, for both, with our block before it."""
    async with Relay(extensions=extensions) as relay:
        outcomes = await sent(relay, 5)

    assert kinds(outcomes) == ["Delivered"] * 10
    assert [mail.octets for mail in relay.mails] == [BLOCK + mail for mail in mails(5)]
    assert [mail.recipients for mail in relay.mails] == [["mike@example.com", "helen@example.com"]] * 5
    assert len(relay.connections) == 1


async def test_a_mail_costs_one_round_trip() -> None:
    """The next mail's sender, recipients and DATA stand behind this one's end (RFC 2920)."""
    async with Relay() as relay:
        await sent(relay, 3)

    begins = [block.splitlines()[0].split()[0] for block in relay.blocks]
    assert begins == [b"EHLO", b"MAIL", b"X-Router-Copy:", b"X-Router-Copy:", b"X-Router-Copy:", b"QUIT"]
    assert [block.count(b"\r\nDATA\r\n") for block in relay.blocks] == [0, 1, 1, 1, 0, 0]


async def test_without_pipelining_each_command_waits_for_its_reply() -> None:
    """There are servers that drop what comes early."""
    async with Relay(extensions=STEPWISE) as relay:
        await sent(relay, 1)

    assert [block.count(b"\r\n") for block in relay.blocks[:-2]] == [1, 1, 1, 1, 1]


async def test_the_envelope_says_size_and_body() -> None:
    """RFC 1870 and RFC 6152; the sender is ours."""
    async with Relay() as relay, courier(relay.port) as one:
        await one.deliver(copies(b"Subject: a\r\n\r\n\xe9\r\n", mails(1)[0]))
        sizes = [len(mail.octets) for mail in relay.mails]

    assert [mail.command for mail in relay.mails] == [
        f"MAIL FROM:<{sender('m0')}> SIZE={sizes[0]} BODY=8BITMIME",
        f"MAIL FROM:<{sender('m1')}> SIZE={sizes[1]}",
    ]


@BOTH
async def test_a_refused_recipient_is_alone_with_it(extensions: tuple[str, ...]) -> None:
    """The other gets every mail."""
    async with Relay({"RCPT TO:<helen": "550 5.1.1 nobody"}, extensions=extensions) as relay:
        outcomes = await sent(relay, 3)

    assert outcomes[1::2] == [Permanent("localhost: RCPT: 550 5.1.1 nobody", of_inbox=True)] * 3
    assert kinds(outcomes[::2]) == ["Delivered"] * 3
    assert [mail.recipients for mail in relay.mails] == [["mike@example.com"]] * 3


@BOTH
@pytest.mark.parametrize("data", [None, "354 go on"], ids=["refused", "waited for"])
async def test_a_mail_for_nobody_leaves_the_next_alone(extensions: tuple[str, ...], data: str | None) -> None:
    """Also where the server waits for a mail although it refused everybody (RFC 2920 section 3.1)."""
    script: Script = {
        "RCPT TO:<mike": ["550 5.1.1 nobody"],
        "RCPT TO:<helen": ["450 4.2.0 later"],
        "DATA": [data] if data and extensions is EXTENSIONS else [],
    }
    async with Relay(script, extensions=extensions) as relay:
        outcomes = await sent(relay, 3)

    assert kinds(outcomes) == ["Permanent", "Transient", *["Delivered"] * 4]
    assert senders(relay) == [sender("m1"), sender("m2")]
    assert len(relay.connections) == 1


@BOTH
@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"MAIL": ["451 4.3.0 later"]}, Transient("localhost: MAIL: 451 4.3.0 later")),
        ({"MAIL": ["550 5.7.1 not you"]}, Transient("localhost: MAIL: 550 5.7.1 not you")),
        ({"DATA": ["451 4.3.0 later"]}, Transient("localhost: DATA: 451 4.3.0 later")),
        ({"DATA": ["554 5.7.1 no"]}, Permanent("localhost: DATA: 554 5.7.1 no", of_mail=True)),
        ({"END": ["452 4.3.1 full"]}, Transient("localhost: the end of the mail: 452 4.3.1 full")),
        ({"END": ["552 5.3.4 too big"]}, Permanent("localhost: the end of the mail: 552 5.3.4 too big", of_size=True)),
        (
            {"END": ["550 5.7.26 DMARC"]},
            Permanent("localhost: the end of the mail: 550 5.7.26 DMARC", of_mail=True),
        ),
    ],
)
async def test_a_no_is_for_all_recipients_of_one_mail(
    extensions: tuple[str, ...], script: Script, expected: Outcome
) -> None:
    """The session goes on with the next mail."""
    async with Relay(script, extensions=extensions) as relay:
        outcomes = await sent(relay, 3)

    assert outcomes[:2] == [expected, expected]
    assert kinds(outcomes[2:]) == ["Delivered"] * 4
    assert senders(relay) == [sender("m1"), sender("m2")]
    assert len(relay.connections) == 1


@BOTH
@pytest.mark.parametrize("place", ["MAIL", "RCPT TO:<helen", "DATA"])
@pytest.mark.parametrize("end", [CLOSE, Farewell("421 4.3.2 shutting down")], ids=["close", "421"])
async def test_a_session_that_ends_before_the_mail_loses_and_doubles_nothing(
    extensions: tuple[str, ...], place: str, end: str | Farewell
) -> None:
    """The mail that was begun is tried later, unless nothing of it was answered; the others go over a new session."""
    async with Relay({place: ["250 2.0.0 Ok" if place != "DATA" else "354 go", end]}, extensions=extensions) as relay:
        outcomes = await sent(relay, 4)

    begun = place != "MAIL"
    assert kinds(outcomes) == ["Delivered"] * 2 + ["Transient" if begun else "Delivered"] * 2 + ["Delivered"] * 4
    assert senders(relay) == [sender(f"m{number}") for number in (0, 1, 2, 3) if not (begun and number == 1)]
    assert len(relay.connections) == 2


@BOTH
async def test_a_mail_whose_end_nobody_answered_is_unknown(extensions: tuple[str, ...]) -> None:
    """It may have been taken; the others go over a new session."""
    async with Relay({"END": ["250 2.0.0 Ok", CLOSE]}, extensions=extensions) as relay:
        outcomes = await sent(relay, 3)

    assert kinds(outcomes) == ["Delivered", "Delivered", "Unknown", "Unknown", "Delivered", "Delivered"]
    (unknown, _) = outcomes[2:4]
    assert isinstance(unknown, Unknown)
    assert unknown.note == {"relay": "localhost", "sender": sender("m1")}
    assert unknown.error == "localhost: the server closed the connection"


async def test_a_farewell_to_the_end_of_a_mail_is_a_no() -> None:
    """421 says that it was not taken (RFC 5321 section 4.2.1)."""
    async with Relay({"END": [Farewell("421 4.7.0 enough for now")]}) as relay:
        outcomes = await sent(relay, 2)

    assert outcomes[:2] == [Transient("localhost: 421 4.7.0 enough for now")] * 2
    assert kinds(outcomes[2:]) == ["Delivered"] * 2


async def test_a_server_that_hangs_up_all_the_time_is_not_hammered() -> None:
    """After two sessions in vain the rest waits."""
    async with Relay({"MAIL": Farewell("421 4.7.0 go away")}) as relay:
        outcomes = await sent(relay, 20)

    assert outcomes == [Transient("localhost: 421 4.7.0 go away")] * 40
    assert len(relay.connections) == 2


async def test_a_server_that_takes_one_mail_per_session_gets_them_all() -> None:
    """That is slow, and no fault."""
    async with Relay({"END": Farewell("250 2.0.0 Ok and bye")}) as relay:
        outcomes = await sent(relay, 6)

    assert kinds(outcomes) == ["Delivered"] * 12
    assert len(relay.connections) == 6


async def test_a_late_answer_is_waited_for() -> None:
    """Whoever looks into a mail before taking it needs a while: giving up too early would double it."""
    async with Relay({"END": [Later(1.5)]}) as relay, courier(relay.port, patience=Patience(end=5)) as one:
        outcomes = await one.deliver(copies(*mails(2)))

    assert kinds(outcomes) == ["Delivered"] * 4
    assert len(relay.mails) == 2


@pytest.mark.parametrize(
    ("place", "expected"), [("MAIL", "Transient"), ("RCPT", "Transient"), ("DATA", "Transient"), ("END", "Unknown")]
)
async def test_no_answer_at_all_ends_the_batch(place: str, expected: str) -> None:
    """Every further mail would wait as long."""
    short = Patience(mail=0.3, recipient=0.3, data=0.3, end=0.3)
    async with Relay({place: SILENCE}) as relay, courier(relay.port, patience=short) as one:
        outcomes = await one.deliver(copies(*mails(3)))

    assert kinds(outcomes) == [expected] * 2 + ["Transient"] * 4
    assert {one.error for one in outcomes if not isinstance(one, Delivered)} == {"localhost: no answer within 0.3 s"}
    assert len(relay.connections) == 1


@pytest.mark.parametrize("reply", ["hello", "250 2.0.0 Ok\r\n250 2.0.0 what nobody asked for", "1" * 9000])
async def test_a_server_that_speaks_something_else_is_left(reply: str) -> None:
    """From there on no reply can be told from another; what was answered before stands."""
    async with Relay({"END": [reply]}) as relay:
        outcomes = await sent(relay, 1)

    assert kinds(outcomes) == ["Delivered" if reply.startswith("250") else "Unknown"] * 2


async def test_a_mail_that_the_server_cannot_take_is_not_tried() -> None:
    """Too large for it, or with octets that it cannot take: then an attachment in base64 can go."""
    eight_bit = b"Subject: a\r\n\r\n\xe9\r\n"
    async with Relay(extensions=["PIPELINING", "SIZE 1000"]) as relay, courier(relay.port) as one:
        outcomes = await one.deliver(
            copies(b"Subject: b\r\n\r\n" + b"x" * 1000 + b"\r\n", mails(1)[0], eight_bit, mails(2)[1])
        )

    assert outcomes[0] == Permanent("localhost: 1037 octets: the server takes no more than 1000", of_size=True)
    assert outcomes[4] == Permanent("localhost: octets over 127: the server offers no 8BITMIME", of_mail=True)
    assert kinds(outcomes[2:4] + outcomes[6:]) == ["Delivered"] * 4
    assert senders(relay) == [sender("m1"), sender("m3")]


@BOTH
async def test_a_large_mail_arrives_whole_among_small_ones(extensions: tuple[str, ...]) -> None:
    """It is taken in pieces, with dots on their borders."""
    async with Relay(extensions=extensions) as relay, courier(relay.port) as one:
        outcomes = await one.deliver(copies(mails(1)[0], LARGE, mails(2)[1]))

    assert kinds(outcomes) == ["Delivered"] * 6
    assert relay.mails[1].octets == BLOCK + LARGE
    assert len(relay.mails) == 3


async def test_a_large_mail_is_given_up_as_soon_as_it_is_refused() -> None:
    """Some servers do not wait for its end."""
    huge = LARGE * 30
    async with Relay({"BODY": ["552 5.3.4 too big"]}) as relay, courier(relay.port) as one:
        outcomes = await one.deliver(copies(huge, mails(1)[0]))

    assert outcomes[:2] == [Permanent("localhost: the end of the mail: 552 5.3.4 too big", of_size=True)] * 2
    assert kinds(outcomes[2:]) == ["Delivered"] * 2
    assert sum(map(len, relay.blocks)) < len(huge)


@pytest.mark.parametrize("size", [10, 2 * SMALL])
async def test_a_mail_that_cannot_be_read_to_its_end_is_not_ended(size: int) -> None:
    """It may have been erased meanwhile: half of it must not pass for the whole."""

    def pieces() -> Iterator[bytes]:
        yield b"x" * 8 + b"\r\n"
        raise MailGone("chunk 1 is not stored any more")

    def form(copy: Copy) -> Form:
        if copy.message != "m0":
            return Form(lambda: iter([b"fine\r\n"]), 6, False, ())
        return Form(pieces, size, False, ())

    async with Relay() as relay, courier(relay.port, form) as one:
        outcomes = await one.deliver(copies(*mails(2)))
        await asyncio.sleep(0.05)

    assert outcomes[0] == Transient("localhost: MailGone: chunk 1 is not stored any more")
    assert kinds(outcomes[2:]) == ["Delivered"] * 2
    assert senders(relay) == [sender("m1")]


async def test_a_server_that_takes_nothing_more_is_given_up() -> None:
    """Nobody waits for ever for a place in its buffers."""

    over, ended = asyncio.Event(), asyncio.Event()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x ESMTP\r\n")
        for answer in (b"250-x\r\n250 PIPELINING\r\n", b"250 Ok\r\n250 Ok\r\n250 Ok\r\n354 go\r\n"):
            await reader.read(1000)
            writer.write(answer)
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        await over.wait()
        writer.transport.abort()
        ended.set()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    async with server, courier(server.sockets[0].getsockname()[1], patience=Patience(block=0.3)) as one:
        outcomes = await one.deliver(copies(LARGE * 20))
        over.set()
        await ended.wait()

    assert outcomes == [Transient("localhost: no answer within 0.3 s")] * 2
