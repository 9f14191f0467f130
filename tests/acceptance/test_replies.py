"""Replies to a digest with the real daemon: by swaks with a login, past a trusted server, from the router's own mailbox."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from router.intake.users import Hash
from router.mail import mark
from router.store import tables
from router.store.database import open_to_write
from router.store.keeping import signing_key
from tests.bench.certificates import self_signed
from tests.bench.dovecot import Account, Dovecot
from tests.bench.letters import letter
from tests.bench.smtp import Client
from tests.bench.swaks import swaks
from tests.bench.wait import until
from tests.bench.watching import put, source, with_password

MIKE = "mike@example.com"
ADDRESS = 'address = "router@example.com"\ntrusted_authserv = ["mx.example.com"]'
# Nothing takes mail there: what would be sent is read in the outbox.
DIGEST = f'[relay]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\n[[digest]]\nname = "support"\nto = ["{MIKE}"]\n'
PROVEN = b"Authentication-Results: mx.example.com; dkim=pass header.d=example.com\r\n"
EDITION = "0edition0edition"


def publish(daemon):
    """Three customers wait and are listed; Mike's reply address. The daemon runs again afterwards."""
    daemon.start()
    with Client(daemon.port) as client:
        for number in range(1, 4):
            assert client.mail(letter(number), "kim@customer.example", ("support@example.com",)).code == 250
    daemon.settle()
    daemon.stop()
    database = open_to_write(f"sqlite:///{daemon.database}", lambda error: None)
    try:
        address = database.write("test", _edition)
    finally:
        database.close()
    daemon.start()
    return address


def _edition(connection):
    waits = (
        connection.execute(select(tables.thread).order_by(tables.thread.c.since, tables.thread.c.id)).mappings().all()
    )
    assert [one["state"] for one in waits] == ["waiting"] * 3
    items = [
        {"number": number, "thread": one["id"], "section": "new", "since": one["since"].isoformat(), "nights": 1}
        for number, one in enumerate(waits, 1)
    ]
    now = datetime.now(UTC) + timedelta(seconds=1)  # after what it lists
    row = {"id": EDITION, "digest": "support", "kind": "nightly", "slot": "2026-11-20", "at": now, "made": now}
    connection.execute(insert(tables.edition).values(**row, recipients=[MIKE], items=items))
    return f"router+{mark.make(signing_key(connection), mark.reply_name(EDITION, 0))}@example.com"


def states(daemon):
    """Where the conversations stand, in the order of their numbers."""
    return [state for (state,) in daemon.ask("SELECT state FROM thread ORDER BY since IS NULL, since, id")]


def closed(daemon):
    """How many words of a person closed a conversation."""
    return daemon.ask("SELECT count(*) FROM event WHERE name = 'close'")[0][0]


def replied(daemon, count=1):
    """Wait until so many replies are settled; states and codes."""
    rows = "SELECT state, why FROM reply WHERE state <> 'due' ORDER BY at, message"
    until(lambda: len(daemon.ask(rows)) >= count, daemon.tail)
    routed(daemon)
    return daemon.ask(rows)


def routed(daemon):
    """Wait until nothing waits to be routed, and no reply to be carried out."""
    waits = (
        "SELECT (SELECT count(*) FROM sighting WHERE routed IS NULL) + (SELECT count(*) FROM reply WHERE state = 'due')"
    )
    until(lambda: daemon.ask(waits) == [(0,)], daemon.tail)


def mails_back(daemon):
    """What goes to Mike from the router itself."""
    rows = f"SELECT block || data FROM outbox JOIN chunk USING (sha256) WHERE inbox = '{MIKE}' ORDER BY outbox.id"
    return [bytes(mail, "ascii") if isinstance(mail, str) else mail for (mail,) in daemon.ask(rows)]


def reply(text=b"done 1 2", head=PROVEN, sender=MIKE, number=1):
    """The mail that a program would send."""
    fields = f"From: Mike <{sender}>\r\nTo: router@example.com\r\nMessage-ID: <r{number}@example.com>\r\n"
    return (
        head
        + fields.encode()
        + b"Subject: Re: Support\r\nDate: Fri, 20 Nov 2026 09:00:00 +0000\r\n\r\n"
        + text
        + b"\r\n"
    )


def send(daemon, mail, to, sender=MIKE):
    """Past the company's mail server."""
    with Client(daemon.port) as client:
        assert client.mail(mail, sender, (to,)).code == 250


def test_swaks_with_a_login_of_ones_own_clears_the_list(new_daemon, folder):
    """And without one, or with that of a server, it does not."""
    users = 'users_file = "users"\nallow_from = ["127.0.0.0/8"]\n'
    daemon = new_daemon(
        smtp=self_signed(folder).settings + users, router='address = "router@example.com"', extra=DIGEST
    )
    (folder / "users").touch(mode=0o600)
    (folder / "users").write_text(f"{MIKE}:{Hash.of('s3cret')}\nmx:{Hash.of('s3cret')}\n")
    address = publish(daemon)
    body = ("--header", "Subject: Re: Support", "--body", "done 1 2")
    forged = swaks(daemon.port, *body, sender=MIKE, to=address)
    handed = swaks(
        daemon.port,
        "--tls",
        "--auth",
        "PLAIN",
        "--auth-user",
        "mx",
        "--auth-password",
        "s3cret",
        *body,
        sender=MIKE,
        to=address,
    )
    before = replied(daemon, 2), closed(daemon), mails_back(daemon)
    login = ("--tls", "--auth", "PLAIN", "--auth-user", MIKE, "--auth-password", "s3cret")
    ran = swaks(daemon.port, *login, *body, sender=MIKE, to=address)
    after = replied(daemon, 3)

    assert [forged.code, handed.code, ran.code] == [0, 0, 0]
    assert before == ([("refused", "unproven")] * 2, 0, [])
    assert after[-1] == ("done", None)
    assert sorted(states(daemon)) == ["closed", "closed", "waiting"]
    assert len(mails_back(daemon)) == 1


def test_a_trusted_server_proves_it_and_trace_tells_what_became_of_it(new_daemon):
    """The mail back arrives by the way that copies take, and is no question when it comes back itself."""
    daemon = new_daemon(router=ADDRESS, extra=DIGEST)
    address = publish(daemon)
    send(daemon, reply(), address.upper())
    found = replied(daemon)
    (back,) = mails_back(daemon)
    send(daemon, back, "support@example.com")
    routed(daemon)
    (row,) = daemon.rows("trace", "<r1@example.com>")
    told = daemon.cli("trace", "<r1@example.com>").out

    assert found == [("done", None)]
    assert (row["uncopied"], row["reply"]["state"], row["reply"]["recipient"]) == ("digest-reply", "done", MIKE)
    assert "orders       carried out" in told
    assert sorted(states(daemon)) == ["closed", "closed", "waiting"]
    assert len(mails_back(daemon)) == 1
    assert b"To undo: reply `back 1 2`." in back


def test_a_forged_reply_changes_nothing_and_writes_to_nobody(new_daemon):
    """Whoever has seen a digest knows its reply address, and can write any From."""
    daemon = new_daemon(router=ADDRESS, extra=DIGEST)
    address = publish(daemon)
    send(daemon, reply(head=b""), address)
    send(daemon, reply(head=PROVEN.replace(b"example.com;", b"evil.example;"), number=2), address)
    send(daemon, reply(sender="helen@example.com", number=3), address, sender="helen@example.com")
    found = replied(daemon, 3)
    (row,) = daemon.rows("trace", "<r1@example.com>")

    assert found == [("refused", "unproven"), ("refused", "unproven"), ("refused", "wrong-person")]
    assert states(daemon) == ["waiting"] * 3
    assert mails_back(daemon) == []
    assert row["reply"]["why"] == "unproven"
    assert "nothing proves that its sender wrote it" in daemon.cli("trace", "<r1@example.com>").out


def test_a_reply_is_read_from_the_routers_own_mailbox(new_daemon, folder):
    """No envelope is told there: the header says which address it came to."""
    dovecot = Dovecot(folder / "dovecot", users={"own": Account()}).start()
    try:
        own = source(dovecot.port, "own", "own", "own")
        daemon = with_password(new_daemon("router", router=ADDRESS, extra=DIGEST + own))
        address = publish(daemon)
        until(
            lambda: daemon.ask("SELECT state FROM watched WHERE last_success IS NOT NULL") == [("watching",)],
            daemon.tail,
        )
        mail = reply().replace(b"To: router@example.com", f"To: Support digest <{address}>".encode())
        put(dovecot, mail, user="own")
        found = replied(daemon)
        put(dovecot, b"Received: from x by y; Fri, 20 Nov 2026 09:00:01 +0000\r\n" + mail, user="own")
        send(daemon, mail, address)
        until(lambda: daemon.ask("SELECT count(*) FROM sighting WHERE routed IS NOT NULL")[0][0] == 6, daemon.tail)

        assert found == replied(daemon) == [("done", None)]
        assert closed(daemon) == 2
        assert len(mails_back(daemon)) == 1
    finally:
        dovecot.stop()


@pytest.mark.parametrize(
    "point", ["route.before-commit", "route.after-commit", "reply.before-commit", "reply.after-commit"]
)
def test_a_kill_carries_it_out_once_all_the_same(new_daemon, point):
    """Orders, mail back and the end of the reply are one commit, and what was accepted is not forgotten."""
    daemon = new_daemon(router=ADDRESS, extra=DIGEST)
    address = publish(daemon)
    daemon.stop()
    daemon.start(fault=point)
    send(daemon, reply(), address)
    code = daemon.wait(45)
    daemon.start()
    found = replied(daemon)

    assert code == -9
    assert found == [("done", None)]
    assert closed(daemon) == 2
    assert sorted(states(daemon)) == ["closed", "closed", "waiting"]
    assert len(mails_back(daemon)) == 1
