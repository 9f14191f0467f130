"""One mail by three ways into one daemon: as it was sent, as Exchange builds it anew, and in a journal report."""

import base64
import quopri
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path

import pytest

from router.mail.message import read
from tests.bench.daemon import INBOXES, Daemon
from tests.bench.dovecot import Account, Dovecot
from tests.bench.reports import JOURNAL, report
from tests.bench.smtp import Client
from tests.bench.wait import until
from tests.bench.watching import put, source, with_password

SMTP = 'allow_from = ["127.0.0.1/32"]\njournal = ["journal@router.example.com"]\njournal_from = ["127.0.0.7/32"]\n'
ORDERS = list(permutations(("smtp", "imap", "journal")))
PLAIN = "Grüße aus Köln,\r\n\r\nwo ist die Sendung geblieben? Sie wurde am 3. abgeholt.\r\n"
RICH = (
    "<html><body><p>Grüße aus Köln,</p><p>wo ist die Sendung geblieben? Sie wurde am 3. abgeholt.</p></body></html>\r\n"
)
DRAWING = bytes(range(256)) * 40


def sent(name: str) -> bytes:
    """As the customer's program wrote it: quoted-printable, and a drawing."""
    return _joined(
        [
            "Received: from desk (192.0.2.4) by mx.customer.example; Fri, 20 Nov 2026 11:00:00 +0000",
            "MIME-Version: 1.0",
            'Content-Type: multipart/mixed; boundary="mixed-1"',
            "Date: Fri, 20 Nov 2026 12:00:00 +0100",
            f"Message-ID: <{name}@customer.example>",
            "Subject: =?utf-8?q?Sendung_f=C3=BCr_K=C3=B6ln?=",
            "From: =?utf-8?q?Kim_M=C3=BCller?= <kim@customer.example>",
            "To: support@example.com",
        ],
        "mixed-1",
        _joined(
            ['Content-Type: multipart/alternative; boundary="alt-1"'],
            "alt-1",
            _part("text/plain; charset=utf-8", PLAIN.encode(), "quoted-printable"),
            _part("text/html; charset=utf-8", RICH.encode(), "quoted-printable"),
        ),
        _part('image/png; name="plan.png"', DRAWING, "base64", 'Content-Disposition: attachment; filename="plan.png"'),
    )


def rebuilt(name: str) -> bytes:
    """As Exchange gives it by IMAP: lines of its own, another order, other boundaries, base64 throughout."""
    return _joined(
        [
            "Received: from MX.customer.example (192.0.2.9) by AM0.prod.outlook.com; Fri, 20 Nov 2026 11:00:02 +0000",
            "From: =?iso-8859-1?B?S2ltIE38bGxlcg==?= <kim@customer.example>",
            "To: <support@example.com>",
            "Subject: =?iso-8859-1?Q?Sendung_f=FCr_K=F6ln?=",
            "Thread-Topic: =?iso-8859-1?Q?Sendung_f=FCr_K=F6ln?=",
            "Thread-Index: AdtbGdG0k1Yw0dGdT7m1mZ2Yb3sNrQ==",
            "Date: Fri, 20 Nov 2026 11:00:00 +0000",
            f"Message-ID: <{name}@customer.example>",
            "Accept-Language: de-DE",
            "Content-Language: en-US",
            "X-MS-Has-Attach: yes",
            'Content-Type: multipart/mixed; boundary="_004_AM0PR01MB_"',
            "MIME-Version: 1.0",
        ],
        "_004_AM0PR01MB_",
        _joined(
            ['Content-Type: multipart/alternative;\r\n\tboundary="_000_AM0PR01MB_"'],
            "_000_AM0PR01MB_",
            _part('text/plain; charset="iso-8859-1"', PLAIN.encode("latin-1"), "base64"),
            _part('text/html; charset="iso-8859-1"', RICH.encode("latin-1"), "base64"),
        ),
        _part(
            'image/png; name="plan.png"',
            DRAWING,
            "base64",
            f'Content-Description: plan.png\r\nContent-Disposition: attachment; filename="plan.png"; size={len(DRAWING)}',
        ),
    )


def _part(kind: str, octets: bytes, encoding: str, more: str = "") -> bytes:
    lines = [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}", *([more] if more else [])]
    quoted = b"\r\n".join(quopri.encodestring(line, quotetabs=False) for line in octets.split(b"\r\n"))
    body = (
        base64.encodebytes(octets).replace(b"\n", b"\r\n") if encoding == "base64" else quoted.replace(b"=\n", b"=\r\n")
    )
    return "\r\n".join([*lines, "", ""]).encode() + body


def _joined(lines: list[str], boundary: str, *parts: bytes) -> bytes:
    body = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    return "\r\n".join([*lines, "", ""]).encode() + body + f"--{boundary}--\r\n".encode()


@pytest.fixture
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """The mailbox."""
    made = Dovecot(folder / "dovecot", users={"ann": Account()}).start()
    yield made
    made.stop()


def arrive(daemon: Daemon, dovecot: Dovecot, way: str, name: str) -> None:
    """By one of the ways, up to its place in the store."""
    (before,) = daemon.ask("SELECT count(*) FROM sighting WHERE message IS NOT NULL")[0]
    if way == "smtp":
        with Client(daemon.port) as client:
            assert client.mail(sent(name)).code == 250
    elif way == "journal":
        with Client(daemon.port, source="127.0.0.7") as client:
            told = report(sent(name), "kim@customer.example", ("To: support@example.com",), encoding="base64")
            assert client.mail(told, sender="", recipients=(JOURNAL,)).code == 250
    else:
        put(dovecot, rebuilt(name))
    routed = "SELECT count(*) FROM sighting WHERE message IS NOT NULL"
    until(lambda: daemon.ask(routed)[0][0] > before, daemon.tail, 30)


def test_in_all_orders_it_is_one_message_one_copy_and_three_sightings(
    dovecot: Dovecot, new_daemon: Callable[..., Daemon]
) -> None:
    """Whatever comes first is what is copied."""
    extra = source(dovecot.port, more='mailbox = "support"')
    daemon = with_password(new_daemon("router", smtp=SMTP, extra=extra)).start()
    until(lambda: daemon.ask("SELECT name FROM watched WHERE last_success IS NOT NULL"), daemon.tail)
    for order in ORDERS:
        for way in order:
            arrive(daemon, dovecot, way, "-".join(order))
    daemon.settle()
    shown = {name: daemon.rows("trace", f"{name}@customer.example") for name in map("-".join, ORDERS)}
    verdicts = {
        name: sorted((one["source"], one["verdict"]) for one in rows[0]["sightings"]) for name, rows in shown.items()
    }
    named = {"smtp": "smtp", "imap": "watched", "journal": "journal"}

    assert verdicts == {
        "-".join(order): sorted((named[way], "same" if at else "new") for at, way in enumerate(order))
        for order in ORDERS
    }
    assert {name: len(rows) for name, rows in shown.items()} == dict.fromkeys(map("-".join, ORDERS), 1)
    once = Counter(f"{'-'.join(order)}@customer.example" for order in ORDERS)
    for inbox in INBOXES:
        assert Counter(read(one.read_bytes()).message_id for one in daemon.inbox(inbox).files()) == once
