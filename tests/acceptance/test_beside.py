r"""A founder's folder with the whole daemon and a real Dovecot: the question, our answer beside it, and `\Answered`."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.bench.certificates import self_signed
from tests.bench.daemon import Daemon
from tests.bench.dovecot import PASSWORD, Account, Dovecot
from tests.bench.letters import letter, sha256
from tests.bench.smtp import Client
from tests.bench.wait import until

_INBOX = """\
[[inbox]]
address = "{name}@example.com"
deliver = "imap"
host = "localhost"
port = {port}
username = "{name}"
password_file = "password"
folder = "Customers"
{more}
"""
_DELIVERY = '[delivery]\nlook_after = "1s"\n'
SENT = "support-sent@router.example.com"
FOREIGN = b"From: kim@customer.example\r\nSubject: Mine\r\n\r\nThe original.\r\n"


def answer(number: int, author: str = "Anna <anna@example.com>") -> bytes:
    """What staff wrote to the customer of a letter."""
    return (
        f"From: {author}\r\n"
        f"To: kim{number}@customer.example\r\n"
        f"Subject: Re: Order letter-{number}\r\n"
        "Date: Fri, 20 Nov 2026 10:30:00 +0000\r\n"
        f"Message-ID: <answer-{number}@example.com>\r\n"
        f"In-Reply-To: <letter-{number}@customer.example>\r\n"
        "\r\n"
        f"It is on its way. {number}\r\n"
    ).encode("ascii")


@pytest.fixture
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """Ann wants the answers too, Bob does not, and wants no marks."""
    users = {"ann": Account(), "bob": Account()}
    made = Dovecot(folder / "dovecot", users=users, tls=self_signed(folder)).start()
    yield made
    made.stop()


@pytest.fixture
def daemon(dovecot: Dovecot, new_daemon: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch) -> Daemon:
    """Not yet started."""
    assert dovecot.tls is not None
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.tls.certificate))
    ann = _INBOX.format(name="ann", port=dovecot.tls_port, more="answers = true")
    bob = _INBOX.format(name="bob", port=dovecot.tls_port, more="mark_answered = false")
    made = new_daemon("router", inboxes=ann + bob, extra=_DELIVERY)
    (made.folder / "password").write_text(PASSWORD)
    (made.folder / "password").chmod(0o600)
    return made


def send(daemon: Daemon, *mails: tuple[bytes, str, str]) -> None:
    """Hand mails over, each with its envelope, and wait until they are delivered."""
    with Client(daemon.port) as client:
        for mail, sender, recipient in mails:
            assert client.mail(mail, sender, (recipient,)).code == 250
    daemon.settle()


def ask(number: int) -> tuple[bytes, str, str]:
    """A customer's letter."""
    return letter(number), f"kim{number}@customer.example", "support@example.com"


def reply(number: int, **parts: str) -> tuple[bytes, str, str]:
    """The outbound copy of our answer."""
    return answer(number, **parts), "anna@example.com", SENT


def marked(daemon: Daemon) -> None:
    """Wait until nothing is due to be marked any more."""
    due = "SELECT count(*) FROM outbox WHERE answered = 'due' AND state = 'delivered'"
    until(lambda: daemon.ask(due) == [(0,)], lambda: f"copies are still due\n{daemon.tail()}")


def lying(dovecot: Dovecot, user: str = "ann", folder: str = "Customers") -> dict[str, tuple[bytes, ...]]:
    """The flags of what lies there, by Message-ID."""
    mails: list[dict[bytes, Any]] = list(dovecot.mails(folder, user).values())
    return {
        mail[b"BODY[]"].split(b"Message-ID: <")[1].split(b"@")[0].decode(): tuple(
            sorted(set(mail[b"FLAGS"]) - {b"\\Recent"})
        )
        for mail in mails
    }


def test_the_folder_shows_the_question_as_answered_and_the_answer_as_read(daemon: Daemon, dovecot: Dovecot) -> None:
    """Ann sees both in one conversation; the letter that nobody answered stays as it is."""
    daemon.start()
    send(daemon, ask(1), ask(2))
    send(daemon, reply(1))
    marked(daemon)
    send(daemon, reply(1))  # once more: it changes nothing
    (traced,) = daemon.rows("trace", "<answer-1@example.com>")
    told = daemon.cli("trace", "<letter-1@customer.example>").out

    assert lying(dovecot) == {"letter-1": (b"\\Answered",), "letter-2": (), "answer-1": (b"\\Seen",)}
    assert dovecot.counts("Customers") == Counter([sha256(letter(1)), sha256(letter(2)), sha256(answer(1))])
    assert lying(dovecot, "bob") == {"letter-1": (), "letter-2": ()}
    assert [(one["inbox"], one["state"]) for one in traced["copies"]] == [("ann", "delivered")]
    assert traced["uncopied"] is None
    assert "marked there as answered" in told


def test_her_own_answer_marks_the_question_and_is_not_put_beside_it(daemon: Daemon, dovecot: Dovecot) -> None:
    """It lies among what she sent."""
    daemon.start()
    send(daemon, ask(1))
    send(daemon, reply(1, author="Ann <ann@example.com>"))
    marked(daemon)

    assert lying(dovecot) == {"letter-1": (b"\\Answered",)}


def test_no_original_is_touched_when_uids_begin_again(daemon: Daemon, dovecot: Dovecot) -> None:
    """She has deleted the folder and made it anew; at the old UID lies a mail that we did not bring."""
    daemon.start()
    send(daemon, ask(1))
    with dovecot.client() as client:
        client.delete_folder("Customers")
        client.create_folder("Customers")
        client.append("Customers", FOREIGN)
    send(daemon, reply(1))
    marked(daemon)
    ends = daemon.ask("SELECT answered FROM outbox WHERE inbox = 'ann' ORDER BY id")
    flags = [set(mail[b"FLAGS"]) - {b"\\Recent"} for mail in dovecot.mails("Customers").values()]

    assert ends[0] == ("absent",)
    assert flags == [set(), {b"\\Seen"}]


def test_a_mark_waits_for_a_server_that_is_away(daemon: Daemon, dovecot: Dovecot) -> None:
    """And for the copy itself, which came later than the answer."""
    daemon.start()
    dovecot.stop()
    with Client(daemon.port) as client:
        for mail, sender, recipient in (ask(1), reply(1)):
            assert client.mail(mail, sender, (recipient,)).code == 250
    until(lambda: daemon.ask("SELECT DISTINCT answered FROM outbox WHERE answered = 'due'") != [], daemon.tail)
    dovecot.start()
    daemon.cli("retry", *(one["id"] for one in daemon.rows("queue")))
    daemon.settle(90)
    marked(daemon)

    assert lying(dovecot) == {"letter-1": (b"\\Answered",), "answer-1": (b"\\Seen",)}


@pytest.mark.parametrize("fault", ["mark.before-commit", "mark.after-commit", "deliver.before-commit"])
def test_a_kill_in_between_loses_and_doubles_nothing(daemon: Daemon, dovecot: Dovecot, fault: str) -> None:
    """Between the flag and its record, and between an answer and its receipt."""
    daemon.start()
    send(daemon, *(ask(number) for number in range(10)))
    daemon.stop()
    daemon.start(fault=fault)
    replies = [reply(number) for number in range(10)]
    with suppress(OSError), Client(daemon.port) as client:
        for mail, sender, recipient in replies:
            client.mail(mail, sender, (recipient,))
    code = daemon.wait(45)
    daemon.start()
    send(daemon, *replies)  # whoever heard no 250 comes again
    marked(daemon)

    assert code == -9
    assert lying(dovecot) == {f"letter-{number}": (b"\\Answered",) for number in range(10)} | {
        f"answer-{number}": (b"\\Seen",) for number in range(10)
    }
    assert set(dovecot.counts("Customers").values()) == {1}
