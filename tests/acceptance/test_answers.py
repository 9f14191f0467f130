"""Where answers are written, and whether they are seen: a company with a real Postfix and a real Dovecot behind it.

Staff log in to Postfix, which notes so in Authentication-Results; customers come from outside, and get the same line
without a name. Everybody's mail lies in Dovecot.
"""

import base64
import smtplib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from router.mail.message import read
from tests.bench.daemon import Daemon
from tests.bench.dovecot import PASSWORD, Account, Dovecot
from tests.bench.installation import TWO_MAILDIRS
from tests.bench.postfix import Postfix
from tests.bench.wait import until
from tests.bench.watching import put, source, with_password

KIM, ANNA, SUPPORT = "kim@customer.example", "anna@example.com", "support@example.com"
USERS = ("support", "anna", "otto", "mike", "helen", "kim")
_RESULTS = "Authentication-Results: mx.example.com"
_MAIN = """
mynetworks =
relay_domains = example.com customer.example
transport_maps = inline:{{ {{ example.com = lmtp:[127.0.0.1]:{lmtp} }} {{ customer.example = lmtp:[127.0.0.1]:{lmtp} }} }}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
smtpd_relay_restrictions = permit_sasl_authenticated, defer_unauth_destination
smtpd_sender_restrictions =
  check_sasl_access inline:{{ {{ anna = PREPEND {results}; auth=pass smtp.auth=anna@example.com }} }},
  check_client_access static:{{ PREPEND {results}; auth=none }}
"""
_IMAP = """\
[[inbox]]
address = "{name}@example.com"
deliver = "imap"
host = "localhost"
port = {port}
security = "none"
username = "{name}"
password_file = "password"
answers = true
"""


def mail(sender: str, to: str, name: str, answers: str = "", text: str = "Where is it?", **fields: str) -> bytes:
    """A mail; `answers` is the id that it refers to."""
    tied = f"In-Reply-To: <{answers}>\r\nReferences: <{answers}>\r\n" if answers else ""
    more = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {'Re: ' if answers else ''}Parcel\r\nMessage-ID: <{name}>\r\n"
        f"Date: Fri, 20 Nov 2026 09:30:00 +0000\r\n{tied}{more}\r\n{text}\r\n"
    ).encode()


class Firm:
    """Postfix in front, Dovecot behind, the router beside."""

    def __init__(self, folder: Path, new_daemon: Callable[..., Daemon], new_postfix: Callable[..., Postfix]) -> None:
        self.dovecot = Dovecot(
            folder / "dovecot", users={name: Account() for name in USERS}, lmtp=True, auth_socket=True
        ).start()
        more = _MAIN.format(lmtp=self.dovecot.lmtp_port, auth=self.dovecot.folder / "auth", results=_RESULTS)
        self.postfix = new_postfix(0, more)
        self._new_daemon = new_daemon

    def watch(self, *sources: str, inboxes: str = TWO_MAILDIRS) -> Daemon:
        """Start the router with these sources, and wait until each was read."""
        text = "\n".join((source(self.dovecot.port, user="support", more='mailbox = "support"'), *sources))
        trusting = 'trusted_authserv = ["mx.example.com"]'
        daemon = with_password(self._new_daemon("router", extra=text, router=trusting, inboxes=inboxes))
        daemon.start()
        self.watching(daemon, 1 + len(sources))
        return daemon

    def watching(self, daemon: Daemon, count: int) -> None:
        """Wait until so many sources have been read."""
        rows = "SELECT count(*) FROM watched WHERE state = 'watching' AND last_success IS NOT NULL"
        until(lambda: daemon.ask(rows) == [(count,)], daemon.tail, 60)

    def account(self, user: str, kind: str, more: str = "") -> str:
        """One more [[source]]."""
        return source(self.dovecot.port, user=user, name=user, kind=kind, more=more)

    def send(self, *mails: bytes, sender: str = KIM, login: str | None = None) -> None:
        """By SMTP, to everybody whom they name; staff log in."""
        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=60) as client:
            client.ehlo()
            if login is not None:
                token = base64.b64encode(f"\0{login}\0{PASSWORD}".encode()).decode("ascii")
                assert client.docmd("AUTH", f"PLAIN {token}")[0] == 235
            for one in mails:
                header = read(one)
                client.sendmail(sender, [to.addr for to in (*header.to, *header.cc)], one)

    def ids(self, user: str, folder: str = "INBOX") -> Counter[str | None]:
        """The Message-IDs in somebody's folder."""
        return Counter(read(one).message_id for one in self.dovecot.bodies(folder, user))


@pytest.fixture
def firm(folder: Path, new_daemon: Callable[..., Daemon], new_postfix: Callable[..., Postfix]) -> Iterator[Firm]:
    """One company."""
    made = Firm(folder, new_daemon, new_postfix)
    yield made
    made.dovecot.stop()


def received(daemon: Daemon, count: int, seconds: float = 90.0) -> None:
    """Wait until so many mails are routed, and everything has settled."""
    routed = "SELECT count(*) FROM message"
    until(lambda: daemon.ask(routed)[0][0] >= count, lambda: f"{daemon.ask(routed)}\n{daemon.tail()}", seconds)
    daemon.settle()


def states(daemon: Daemon) -> Counter[str]:
    """How many conversations stand where."""
    return Counter(dict(daemon.ask("SELECT state, count(*) FROM thread WHERE merged_into IS NULL GROUP BY state")))


@pytest.mark.timeout(300)
def test_answers_that_lie_in_agents_own_folders_make_nobody_wait(firm: Firm) -> None:
    """812 letters, each answered by somebody from his own account: what is not seen is not judged, until it is shown.

    The mailbox has a folder of sent mail, as Exchange's have; nothing gets into it.
    """
    with firm.dovecot.client("support") as client:
        client.create_folder("Sent")
    daemon = firm.watch()
    count = 812
    firm.send(*(mail(f"kim{n}@customer.example", SUPPORT, f"q{n}@customer.example") for n in range(count)))
    for name, some in (("anna", range(0, count, 2)), ("otto", range(1, count, 2))):
        sent = [
            mail(f"{name}@example.com", f"kim{n}@customer.example", f"a{n}@example.com", f"q{n}@customer.example")
            for n in some
        ]
        put(firm.dovecot, *sent, folder="Sent", user=name)
    received(daemon, count)
    waiting = daemon.cli("waiting")
    told = [waiting.err, daemon.cli("status").out, daemon.cli("check").out]

    assert daemon.rows("waiting") == []
    assert len(daemon.rows("waiting", "--unknown")) == count
    for one in told:
        assert "I cannot see your answers of" in one
        assert 'watch the accounts of staff who answer from their own with kind = "staff"' in one

    daemon.stop()
    agents = [firm.account(name, "staff", 'mailbox = "support"') for name in ("anna", "otto")]
    daemon.config.write_text(daemon.config.read_text() + "\n" + "\n".join(agents))
    daemon.start()
    firm.watching(daemon, 3)
    for name in ("anna", "otto"):
        assert daemon.cli("import", "--source", name, "--since", "30d", seconds=120).code == 0
    firm.send(mail("lee@customer.example", SUPPORT, "last@customer.example"), sender="lee@customer.example")
    received(daemon, 2 * count + 1)

    assert states(daemon) == {"answered": count, "waiting": 1}
    assert [row["customer"] for row in daemon.rows("waiting")] == ["lee@customer.example"]
    assert "I cannot see your answers" not in daemon.cli("status").out
    assert daemon.inbox("mike").counts().total() == count + 1


def test_a_reply_to_all_from_ones_own_address_is_the_answer(firm: Firm) -> None:
    """Through Postfix, by somebody who had logged in: read beside the question. A forged one is a mail like any other."""
    inboxes = "\n".join(_IMAP.format(name=name, port=firm.dovecot.port) for name in ("mike", "helen"))
    daemon = firm.watch(inboxes=inboxes)
    firm.send(mail(KIM, SUPPORT, "question@customer.example"))
    received(daemon, 1)
    forged = mail(f"Anna <{ANNA}>", KIM, "forged@example.com", "question@customer.example", "No.", Cc=SUPPORT)
    lie = _RESULTS.encode() + b"; auth=pass smtp.auth=anna@example.com\r\n"
    firm.send(lie + forged, sender=ANNA)
    received(daemon, 2)
    before = states(daemon)["answered"]
    answer = mail(f"Anna <{ANNA}>", KIM, "answer@example.com", "question@customer.example", "Tomorrow.", Cc=SUPPORT)
    firm.send(answer, sender=ANNA, login="anna")
    received(daemon, 3)
    until(lambda: firm.ids("mike")["answer@example.com"] == 1, daemon.tail)
    (thread,) = [row for row in daemon.rows("thread", "--all") if row["customer"] == KIM and row["state"] == "answered"]
    seen = {
        read(parts[b"BODY[]"]).message_id: b"\\Seen" in parts[b"FLAGS"]
        for parts in firm.dovecot.mails("INBOX", "mike").values()
    }

    assert before == 0
    assert [one["message_id"] for one in thread["messages"] if one["direction"] == "out"] == ["answer@example.com"]
    assert seen == {"question@customer.example": False, "forged@example.com": False, "answer@example.com": True}
    assert firm.ids("kim")["answer@example.com"] == 1  # the customer has what was sent to him, and nothing of ours
    assert KIM not in daemon.cli("waiting", "--unknown").out


def test_a_customer_who_answers_a_founders_own_address_reaches_the_others(firm: Firm) -> None:
    """Mike answers by plain Reply; what Kim answers him stays in the conversation, goes to Helen, and to Mike once."""
    inboxes = "\n".join(_IMAP.format(name=name, port=firm.dovecot.port) for name in ("mike", "helen"))
    with firm.dovecot.client("mike") as client:
        client.create_folder("Sent")
    daemon = firm.watch(firm.account("mike", "executive"), inboxes=inboxes)
    firm.send(mail(KIM, SUPPORT, "question@customer.example"))
    until(lambda: firm.ids("mike")["question@customer.example"] == 1, daemon.tail)
    time.sleep(1.1)  # Dovecot's INTERNALDATE has whole seconds
    answer = mail("mike@example.com", KIM, "from-mike@example.com", "question@customer.example", "On its way.")
    firm.send(answer, sender="mike@example.com", login="mike")
    put(firm.dovecot, answer, folder="Sent", user="mike")
    time.sleep(1.1)
    firm.send(mail("friend@customer.example", "mike@example.com", "private@customer.example", text="Dinner?"))
    firm.send(mail(KIM, "mike@example.com", "again@customer.example", "from-mike@example.com", "It is not."))
    until(lambda: firm.ids("helen")["again@customer.example"] == 1, daemon.tail, 80)
    received(daemon, 3)
    (thread,) = daemon.rows("thread", "--all")

    assert [one["message_id"] for one in thread["messages"]] == [
        "question@customer.example",
        "from-mike@example.com",
        "again@customer.example",
    ]
    assert thread["state"] == "waiting"
    assert firm.ids("mike") == Counter(
        ["question@customer.example", "private@customer.example", "again@customer.example"]
    )
    assert firm.ids("helen") == Counter(
        ["question@customer.example", "from-mike@example.com", "again@customer.example"]
    )


def test_a_founders_answer_that_is_seen_before_the_letter_counts_all_the_same(firm: Firm) -> None:
    """His copy of the letter came by another way; the mailbox got it later."""
    with firm.dovecot.client("mike") as client:
        client.create_folder("Sent")
    daemon = firm.watch(firm.account("mike", "executive"))
    answer = mail("mike@example.com", KIM, "early@example.com", "question@customer.example", "On its way.")
    put(firm.dovecot, answer, folder="Sent", user="mike")
    looked = "SELECT outcome FROM fetched WHERE source = 'mike' AND folder = 'Sent'"
    until(lambda: daemon.ask(looked) == [("passed",)], daemon.tail, 60)
    firm.send(mail(KIM, SUPPORT, "question@customer.example"))
    until(lambda: daemon.ask(looked) == [("stored",)], daemon.tail, 60)
    received(daemon, 2)
    (thread,) = daemon.rows("thread", "--all")

    assert Counter(one["direction"] for one in thread["messages"]) == Counter(["in", "out"])
