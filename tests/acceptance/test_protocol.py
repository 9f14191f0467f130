"""The listener as mail servers, testers and attackers meet it."""

import socket
import time

import pytest

from tests.bench.corpora import corpora_folder
from tests.bench.daemon import once_each
from tests.bench.letters import letter, sha256
from tests.bench.locking import locked
from tests.bench.smtp import Client, Mta, stuffed
from tests.bench.smuggling import look_alikes, smuggler, unstuffed
from tests.bench.swaks import swaks


def test_a_null_sender_is_taken(module_daemon):
    """Bounces are mail too, and a customer's server may send anything that way."""
    ran = swaks(module_daemon.port, "--header", "Subject: from nobody", sender="<>")
    module_daemon.settle()
    arrived = [copy.original for copy in module_daemon.inbox("mike").copies()]

    assert ran.code == 0, ran.out
    assert sum(b"\r\nSubject: from nobody\r\n" in mail for mail in arrived) == 1


def test_a_null_sender_is_stored_as_nobody(module_daemon):
    """The two characters of the protocol are no address."""
    mail = letter(1, seed="null")
    with Client(module_daemon.port) as client:
        assert client.mail(mail, sender="").code == 250
    module_daemon.settle()
    (told,) = module_daemon.rows("trace", "null-1@customer.example")

    assert [sighting["sender"] for sighting in told["sightings"]] == [""]


def test_a_wrong_recipient_is_refused_and_counted(daemon):
    """We take only mail that somebody configured, and say at once that the rest does not belong here."""
    ran = swaks(daemon.port, to="stranger@example.com")
    daemon.stop()

    assert ran.code == 24
    assert "550 5.1.1" in ran.out
    assert daemon.status()["refused"] == {"unknown-recipient": 1}


def test_a_wrong_peer_is_refused_at_the_greeting(new_daemon):
    """Nobody but the own mail servers may put words into the founders' inboxes."""
    daemon = new_daemon(smtp='allow_from = ["127.0.0.1/32"]').start()
    ran = swaks(daemon.port, "--local-interface", "127.0.0.2")
    with Client(daemon.port, source="127.0.0.2") as client:
        assert client.greeting.code == 554
        assert client.replies() == []

    assert "554 5.7.1" in ran.out
    assert swaks(daemon.port).code == 0


def test_a_second_mail_on_the_connection_is_taken_after_the_first_failed(daemon):
    """Mail servers go on with the next mail on the same connection."""
    with Client(daemon.port) as client:
        with locked(daemon.database):
            first = client.mail(letter(1))
        second = client.mail(letter(2))
        again = client.mail(letter(1))
    daemon.settle()

    assert (first.code, second.code, again.code) == (451, 250, 250)
    assert daemon.arrivals() == once_each([sha256(letter(1)), sha256(letter(2))])


def test_others_are_answered_while_the_database_is_locked(module_daemon):
    """One slow disk must not look like a dead server."""
    with locked(module_daemon.database), Client(module_daemon.port) as waiting:
        waiting.begin()
        waiting.send(stuffed(letter(1)))
        started = time.monotonic()
        with Client(module_daemon.port) as other:
            assert other.command("NOOP").code == 250

        assert time.monotonic() - started < 5


def test_nothing_that_looks_like_the_end_of_a_mail_ends_it(daemon):
    """Otherwise an attacker writes a second mail in somebody else's name."""
    if (folder := corpora_folder()) is None:
        pytest.skip("MAIL_CORPORA does not name the folder of the corpora")
    wires = [smuggler(number, text) for number, text in enumerate(look_alikes(folder))]
    with Client(daemon.port) as client:
        codes = [(client.begin().code, client.send(wire + b"\r\n.\r\n"), client.reply().code) for wire in wires]
        assert client.command("NOOP").code == 250, "more replies than commands"
    daemon.settle()

    assert codes == [(354, None, 250)] * len(wires)
    assert daemon.arrivals() == once_each(sha256(unstuffed(wire + b"\r\n")) for wire in wires)


def test_a_half_closed_connection_leaves_a_whole_mail_or_none(daemon):
    """Some senders close their side right after the final dot, and come again when they hear nothing."""
    with Client(daemon.port) as client:
        client.begin()
        client.send(stuffed(letter(1)))
        client.socket.shutdown(socket.SHUT_WR)
        client.replies()
    with Mta(daemon.port, [letter(1)]) as mta:
        mta.finish()
    daemon.settle()

    assert daemon.arrivals() == once_each([sha256(letter(1))])


def test_a_connection_that_breaks_before_the_final_dot_leaves_nothing(daemon):
    """A mail that is not whole is none."""
    with Client(daemon.port) as client:
        client.begin()
        client.send(letter(1))
    with Client(daemon.port) as client:
        client.mail(letter(2))
    daemon.settle()

    assert daemon.arrivals() == once_each([sha256(letter(2))])
    assert daemon.status()["messages"] == 1


COMMANDS = [
    b"NOOP",
    b"RCPT TO:<support@example.com>",  # before MAIL
    b"DATA",  # before RCPT
    b"MAIL FROM:<",
    b"MAIL FROM:<j\xf6rg@customer.example>",
    b"RSET",
    b"MAIL FROM:<kim@customer.example> SIZE=100",
    b"MAIL FROM:<kim@customer.example>",  # one is open, perhaps
    b"RCPT TO:<>",
    b"RCPT TO:<support@example.com> NOTIFY=NEVER",
    b"RSET",
    b"MAIL FROM:<kim@customer.example> BODY=8BITMIME",
    b"VRFY support@example.com",
    b"HELP",
    b"",
    b"\xff\xfe\x00",
    b"EXPN everyone",
    b"XYZZY " + b"x" * 3000,
    b"NOOP",
    b"EHLO again.example.net",
]


@pytest.mark.parametrize("commands", [COMMANDS[:10], COMMANDS[10:]], ids=["transactions", "others"])
def test_each_command_has_exactly_one_reply(module_daemon, commands):
    """A reply too many or too few makes the sender pair every later reply with the wrong command."""
    with Client(module_daemon.port) as client:
        for command in commands:
            answer = client.command(command)
            assert 200 <= answer.code < 600, command
            echo = client.command("VRFY marker@example.com")
            assert echo.code in (252, 550, 502), f"{command!r}: {answer}, then {echo}"
        client.command("RSET")
        answer = client.mail(letter(1))

    assert answer.code == 250


def test_commands_sent_together_are_answered_one_by_one(module_daemon):
    """Senders pipeline, whether they were invited or not."""
    with Client(module_daemon.port) as client:
        client.send(b"NOOP\r\nMAIL FROM:<kim@customer.example>\r\nRCPT TO:<support@example.com>\r\nDATA\r\n")
        codes = [client.reply().code for _ in range(4)]
        client.send(stuffed(letter(1)) + b"NOOP\r\nQUIT\r\n")

        assert codes == [250, 250, 250, 354]
        assert [answer.code for answer in client.replies()] == [250, 250, 221]


def test_the_size_is_limited_where_the_configuration_says(new_daemon):
    """A mail at the limit is taken; one octet more is refused for good, with a reason."""
    limit = 100_000
    daemon = new_daemon(smtp=f"max_message_size = {limit}").start()
    exact = letter(1, "x" * 60 + "\r\n" + "y" * 500)
    exact += b"z" * (limit - len(exact) - 2) + b"\r\n"
    with Client(daemon.port) as client:
        codes = [client.mail(exact).code, client.mail(exact[:-2] + b"z\r\n").code]
        client.command("RSET")
        declared = client.command(f"MAIL FROM:<kim@customer.example> SIZE={limit + 1}")
        codes.append(client.mail(letter(2)).code)
    daemon.settle()

    assert (*codes, declared.code) == (250, 552, 250, 552)
    assert daemon.arrivals() == once_each([sha256(exact), sha256(letter(2))])


def test_lines_of_any_length_are_taken(module_daemon):
    """Some institutions write their mail in one line of a megabyte."""
    long = letter(1, "x" * 900_000)
    with Client(module_daemon.port) as client:
        answer = client.mail(long)
    module_daemon.settle()

    assert answer.code == 250
    assert {name: counts[sha256(long)] for name, counts in module_daemon.arrivals().items()} == {"mike": 1, "helen": 1}


def test_one_transaction_for_two_addresses_is_one_mail(daemon):
    """Postfix sends a mail to several recipients once."""
    with Client(daemon.port) as client:
        answer = client.mail(letter(1), recipients=["support@example.com", "support@router.example.com"])
    daemon.settle()

    assert answer.code == 250
    assert daemon.arrivals() == once_each([sha256(letter(1))])
