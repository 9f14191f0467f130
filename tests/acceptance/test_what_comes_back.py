"""What copies set off, with the real daemon: a client plays the mail servers and mail programs that answer.

Here the inboxes are Maildirs and the bounce is told to us; `test_founders` has the same with real servers. Not walked yet:

    early        the bounce arrives before the courier has recorded its 250 (a fault point between the two)
    digest       a digest to a list that contains support@: known by its Message-ID, not copied
    folded case  a relay that lower-cases or upper-cases the local part of the bounce address
"""

import pytest

from tests.bench.bounces import forwarded, postfix, vacation
from tests.bench.letters import letter
from tests.bench.smtp import Client

MIKE, SUPPORT = "mike@example.com", "support@example.com"
BOUNCES = 'address = "router@example.com"\nbounce_domain = "bounces.example.com"'


@pytest.fixture
def running(new_daemon):
    """A daemon with an address of its own."""
    return new_daemon(router=BOUNCES, extra="[delivery]\nloop_limit = 2").start()


def deliver(daemon, mail=None):
    """Send a mail; the copy that Mike has, and its token."""
    before = set(daemon.inbox("mike").files())
    send(daemon, mail or letter(1))
    (path,) = set(daemon.inbox("mike").files()) - before
    copy = path.read_bytes()
    return copy, copy.split(b"\r\n", 1)[0].removeprefix(b"X-Router-Copy: ").decode()


def send(daemon, mail, *recipients, sender="kim@customer.example"):
    """Hand a mail over and wait until everything that follows is done."""
    with Client(daemon.port) as client:
        assert client.mail(mail, sender, recipients or (SUPPORT,)).code == 250
    daemon.settle()


def copies(daemon):
    """How many copies both have."""
    return [len(daemon.inbox(name).files()) for name in ("mike", "helen")]


def traced(daemon):
    """The customer's mail as `trace` tells it."""
    (row,) = daemon.rows("trace", "<letter-1@customer.example>")
    return row


def test_what_a_copy_sets_off_is_shown_at_it_and_copied_to_nobody(running):
    """A bounce, an out-of-office, and the bounce of a server that writes to the customers' address instead."""
    copy, token = deliver(running)
    send(running, postfix(MIKE, copy, said="552 5.2.2 full"), f"router+{token}@example.com", sender="")
    send(running, vacation(MIKE), f"{token.upper()}@bounces.example.com", sender="")
    send(running, postfix(MIKE, copy, "5.1.1", "550 5.1.1 who?"), SUPPORT, sender="")
    (told,) = [one["came_back"] for one in traced(running)["copies"] if one["inbox"] == "mike"]
    listed = running.rows("thread", "--all")
    words = running.cli("trace", "letter-1").out
    status = running.status()

    assert copies(running) == [1, 1]
    assert [(one["kind"], one["status"]) for one in told] == [
        ("bounce", "5.2.2"),
        ("auto-reply", None),
        ("bounce", "5.1.1"),
    ]
    assert [len(one["messages"]) for one in listed] == [1]
    assert "bounced 5.2.2" in words
    assert "answered automatically" in words
    assert running.ask("SELECT key, count FROM alarm") == [("copy-bounced:mike", 2)]
    assert status["spool"]["unrouted"] == 0


def test_a_copy_that_comes_back_in_any_dress_is_not_copied(running):
    """As it is; without our lines; as an attachment of a machine."""
    copy, _ = deliver(running)
    bare = copy.partition(b"X-Router-Received:")[2].partition(b"\r\n")[2]
    for back in (b"Received: from mike\r\n" + copy, b"Delivered-To: mike@example.com\r\n" + bare, forwarded(copy, "")):
        send(running, back, sender=MIKE)
    verdicts = [one["verdict"] for one in traced(running)["sightings"]]

    assert copies(running) == [1, 1]
    assert verdicts == ["new", "own", "same", "own"]


def rebuilt(number):
    """Mike's mailbox sends each copy on as a new mail."""
    return (
        f"From: Mike <{MIKE}>\r\nTo: {SUPPORT}\r\nSubject: {'FW: ' * number}Order\r\n"
        f"Message-ID: <{number}@mike.example>\r\nDate: Fri, 20 Nov 2026 09:30:{number:02} +0000\r\n\r\n"
        f"{'Forwarded by a rule. ' * number}\r\nThe second parcel has not come either.\r\n"
    ).encode()


def test_a_loop_without_any_mark_ends_and_loses_nothing(running):
    """The copies stop at the limit, also over a restart; a person lets the others go."""
    for number in range(1, 4):
        send(running, rebuilt(number), sender=MIKE)
    running.stop()
    running.start()
    send(running, rebuilt(4), sender=MIKE)
    stopped = copies(running)
    held = running.rows("queue", "--state", "held")
    raised = running.ask("SELECT key, count FROM alarm")
    released = running.cli("release", *(one["id"] for one in held))
    running.settle()

    assert (stopped, len(held)) == ([2, 2], 4)
    assert raised == [("loop:mike", 2)]
    assert {one["reason"] for one in held} == {"loop"}
    assert (released.code, copies(running)) == (0, [4, 4])


def test_automatic_mail_goes_into_its_folder(new_daemon):
    """Already read: in a Maildir that stands in `cur/`."""
    ann = '[[inbox]]\naddress = "ann@example.com"\ndeliver = "maildir"\npath = "ann"\nautomatic_folder = "Auto"'
    daemon = new_daemon(extra=ann).start()
    send(daemon, b"Auto-Submitted: auto-replied\r\n" + letter(1))
    send(daemon, letter(2))

    (automatic,) = (daemon.folder / "ann" / ".Auto" / "cur").iterdir()
    assert automatic.name.endswith(":2,S")
    assert len(list((daemon.folder / "ann" / "new").iterdir())) == 1
    assert copies(daemon) == [2, 2]
