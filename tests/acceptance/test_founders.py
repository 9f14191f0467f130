"""What real mail servers make of copies: a router between Postfix, Dovecot and founders each of whom has a trouble of his own.

All customers write at once, each of the letters asks for a receipt, and two minutes' worth of time passes; the tests look
at what came of it. `rest` in the setting of times: what is sent again after ten minutes is sent again after a second.
"""

from email import message_from_bytes
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.bench.daemon import Daemon
from tests.bench.dovecot import Account
from tests.bench.founders import CUSTOMER, World
from tests.bench.letters import letter
from tests.bench.ports import free_port
from tests.bench.wait import until

SUPPORT = "support@example.com"
AWAY = f'vacation :days 0 :addresses ["{SUPPORT}"] :subject "Away" "Back on Monday.";\n'
SENDS_ON = f'redirect "{SUPPORT}";\n'
OURS = ("Copy", "Mailbox", "Copied-To", "Rule", "Kind", "Received")
RESENT = ("From", "Date", "To", "Message-ID")
BARE = "".join(
    f'deleteheader "{name}";\n' for name in [*(f"X-Router-{one}" for one in OURS), *(f"Resent-{one}" for one in RESENT)]
)
REBUILDS = (
    f'require ["editheader", "variables"];\n{BARE}deleteheader "Message-ID";\ndeleteheader "From";\n'
    'addheader "From" "Rosa <rosa@example.com>";\nif header :matches "Subject" "*" { set "subject" "${1}"; }\n'
    'deleteheader "Subject";\naddheader "Subject" "FW: ${subject}";\n'
)
HIMSELF = f'vacation :days 0 :from "vic@example.com" :addresses ["{SUPPORT}"] :subject "Away" "Back on Monday.";\n'
DEAF = 'require ["vacation", "editheader"];\ndeleteheader "X-Auto-Response-Suppress";\n'

# The first is well and gets everything; a letter with "X-For: vera" goes to Vera, too.
FOUNDERS = {
    "helen": (Account(), "redirect"),
    "vera": (Account(sieve=f'require ["vacation"];\n{AWAY}'), "redirect"),  # away, of good manners
    "vic": (Account(sieve=DEAF + HIMSELF), "redirect"),  # away, and answers whatever he is asked not to
    "vince": (Account(sieve=DEAF + AWAY), "munge"),  # the same, in the name of the mailbox
    "rita": (Account(sieve=SENDS_ON), "redirect"),  # sends all on to where it came from
    "mona": (Account(sieve=SENDS_ON), "munge"),
    "walt": (Account(sieve=SENDS_ON), "wrap"),
    "sam": (Account(sieve=f'require ["editheader"];\n{BARE}{SENDS_ON}'), "redirect"),  # the same, without our lines
    "rosa": (Account(sieve=REBUILDS + SENDS_ON), "redirect"),  # the same, as mails of her own
    "remy": (Account(sieve='require ["reject"];\nreject "I read no mail.";\n'), "redirect"),  # answers with an MDN
    "fred": (Account(quota=6000), "redirect"),  # has hardly any room
    "gina": (Account(), "redirect"),  # is not there, which is known only behind the relay
    "gus": (Account(), "redirect"),  # is not there, and the relay knows
    "dora": (Account(), "redirect"),  # takes no mail from customers: DMARC; known only behind the relay
    "dave": (Account(), "redirect"),  # the same, and the relay knows
    "paula": (Account(), "redirect"),  # takes nothing at all; known only behind the relay
    "pete": (Account(), "redirect"),  # the same, and the relay knows
}
BEHIND = ("dora", "paula")
RELAY = """
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ {{ gus@example.com = 550 5.1.1 no such founder }} }} permit_mynetworks reject
header_checks = regexp:{folder}/header
nested_header_checks =
delay_warning_time = 1s
"""
# Whatever bears the name in its subject is refused, the wrapper too. What Dovecot would recognise a loop by is taken off, so that we have to.
HEADER = """\
/^X-Sieve-Redirected-From:/ IGNORE
/^X-For: dave/ REJECT 5.7.26 DMARC of customer.example
/^Subject:.*pete/ REJECT 5.7.1 no such mail
"""


class Strict:
    """A mail server that takes nothing in the name of a customer, and for Paula nothing at all."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.refused = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Judge by the From of the mail itself."""
        mail = envelope.content
        assert isinstance(mail, bytes)
        if "paula@example.com" in envelope.rcpt_tos:
            return "550 5.7.1 no mail of yours"
        if b"\r\nFrom: Kim " in mail.partition(b"\r\n\r\n")[0]:
            self.refused += 1
            return "550 5.7.26 Unauthenticated email from customer.example is not accepted"
        self.taken.append(mail)
        return "250 2.0.0 Ok"


def to(name: str) -> bytes:
    """A customer's letter that one founder gets beside Helen. It asks for a receipt."""
    body = f"{name} is to read this.\r\nThe second parcel has not come either."
    asks = b"Disposition-Notification-To: kim@customer.example\r\nReturn-Receipt-To: kim@customer.example\r\n"
    return f"X-For: {name}\r\n".encode() + asks + letter(1, body, name)


def known(name: str) -> str:
    """The Message-ID of that letter."""
    return f"{name}-1@customer.example"


def enclosed(mail: bytes) -> bytes:
    """The original that a wrapper holds, as far as it went through our hands."""
    *_, last = message_from_bytes(mail).walk()
    return last.get_payload(decode=True)


@pytest.fixture(scope="module")
def strict() -> Iterator[tuple[Strict, int]]:
    """That server, and its port."""
    handler, port = Strict(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture(scope="module")
def world(
    module_folder: Path, module_new_daemon: Callable[..., Daemon], strict: tuple[Strict, int]
) -> Iterator[World]:
    """Everything that the letters have set off has come to its end."""
    module_folder.chmod(0o755)
    (module_folder / "header").write_text(HEADER)
    routes = dict.fromkeys(BEHIND, f"relay:[127.0.0.1]:{strict[1]}")
    made = World(module_folder, module_new_daemon, FOUNDERS, routes, RELAY.format(folder=module_folder)).start()
    try:
        made.dovecot.remove("gina")
        made.fill("fred", 5000)
        for name in FOUNDERS:
            made.write(to(name), directly=name in ("dave", "pete"))
        made.rest(quiet=3)
        yield made
    finally:
        made.stop()


def back(world: World, name: str) -> list[tuple[str, str | None, str | None]]:
    """What came back to a founder's copy: kind, status and what followed."""
    return [(one["kind"], one["status"], one["then"]) for one in world.copy(known(name), name)["came_back"]]


def test_no_customer_gets_anything(world: World) -> None:
    """No answer of somebody who is away, no receipt, no bounce; and nothing that looks for a customer elsewhere."""
    assert world.mailbox(CUSTOMER) == []
    assert "customer@customer.example" not in world.postfix.log()
    assert "nothing leaves this machine" not in world.postfix.log()


def test_nothing_that_comes_back_becomes_mail_of_a_customer(world: World) -> None:
    """Every conversation is one letter; but for what Rosa makes, of which nobody can know that it is none."""
    threads = world.daemon.rows("thread", "--all")
    messages = [one["subject"] for thread in threads for one in thread["messages"]]

    assert sorted(one for one in messages if "FW:" not in one) == sorted(f"Order {name}-1" for name in FOUNDERS)


def test_who_is_well_has_every_letter_once_and_byte_by_byte(world: World) -> None:
    """The receipt says that the requests for a receipt were disarmed, and nothing else has changed."""
    whole = [name for name in FOUNDERS if name not in ("dave", "pete")]
    mails = [one for one in world.mailbox("helen") if b"FW: " not in one]
    disarmed = [
        to(name).replace(b"\r\nDisp", b"\r\nX-Disarmed-Disp").replace(b"\r\nReturn-", b"\r\nX-Disarmed-Return-")
        for name in whole
    ]

    assert len(mails) == len(whole) + 1  # Dave's is there as an attachment, which a test of its own looks at
    assert [one for one in disarmed if sum(mail.endswith(one) for mail in mails) != 1] == []
    assert {tuple(world.copy(known(name), "helen")["changed"]) for name in whole} == {("receipt-request-disarmed",)}


def test_who_is_away_answers_us_and_shows_at_the_copy(world: World) -> None:
    """Or nobody, where his server obeys the request not to. Who answers in the mailbox's name shows at the conversation."""
    assert back(world, "vera") == []
    assert back(world, "vic") == [("auto-reply", None, None)]
    assert back(world, "vince") == []
    assert world.came_back(known("vince")) == [{"inbox": None, "kind": "auto-reply"}]
    assert [len(world.mailbox(name)) for name in ("vera", "vic", "vince")] == [1, 1, 1]


@pytest.mark.parametrize("name", ["rita", "mona", "walt", "sam"])
def test_who_sends_his_copies_back_to_us_gets_no_second_one(world: World, name: str) -> None:
    """With our mark, in our name, as an attachment of ours, or stripped of every line of ours."""
    row = world.traced(known(name))

    assert [one["verdict"] for one in row["sightings"]] == ["new", "same" if name == "sam" else "own"]
    assert world.postfix.log().count(f"to=<{name}@example.com>") == 1


def test_who_sends_his_copies_back_as_mails_of_his_own_is_stopped(world: World) -> None:
    """By their rate alone; the last is held, and the alarm says whose mailbox it is."""
    held = world.daemon.rows("queue", "--state", "held")

    assert world.postfix.log().count("to=<rosa@example.com>") == 3
    assert {(one["inbox"], one["reason"]) for one in held} == {("rosa", "loop"), ("helen", "loop")}
    assert "loop:rosa" in world.alarms()


def test_who_answers_with_a_disposition_tells_only_us(world: World) -> None:
    """RFC 8098: it goes to the Return-Path of the copy, since nothing else is left to go to."""
    assert back(world, "remy") == [("read-receipt", None, None)]


@pytest.mark.parametrize(("name", "status"), [("fred", "5.2.2"), ("gina", "5.1.1")])
def test_a_bounce_fails_the_copy_and_names_the_inbox(world: World, name: str, status: str) -> None:
    """A full mailbox, and one that has vanished; known only after our relay had taken the copy."""
    copy = world.copy(known(name), name)

    assert copy["state"] == "failed"
    assert status in copy["last_error"]
    assert back(world, name) == [("bounce", status, "failed")]
    assert f"copy-bounced:{name}" in world.alarms()


def test_a_recipient_whom_the_relay_refuses_is_tried_again_and_named(world: World) -> None:
    """In one transaction with Helen, who has her copy."""
    copies = {one["inbox"]: one for one in world.traced(known("gus"))["copies"]}

    assert copies["helen"]["state"] == "delivered"
    assert copies["gus"]["state"] == "deferred"
    assert "5.1.1" in copies["gus"]["last_error"]
    assert "inbox-refuses:gus" in world.alarms()


def test_what_dmarc_refuses_behind_the_relay_arrives_as_an_attachment(world: World, strict: tuple[Strict, int]) -> None:
    """The bounce says 5.7.26: it goes once more, in our name."""
    copy = world.copy(known("dora"), "dora")
    (mail,) = strict[0].taken

    assert strict[0].refused == 1
    assert enclosed(mail).endswith(b"\r\n" + to("dora"))
    assert copy["state"] == "delivered"
    assert copy["changed"] == ["wrapped:refused"]
    assert back(world, "dora") == [("bounce", "5.7.26", "wrapped")]


def test_what_the_relay_refuses_for_dmarc_arrives_as_an_attachment(world: World) -> None:
    """At once, for both of them: it is the mail that is refused."""
    copies = world.traced(known("dave"))["copies"]
    (mail,) = world.mailbox("dave")

    assert {(one["inbox"], one["state"], *one["changed"]) for one in copies} == {
        ("dave", "delivered", "wrapped:refused"),
        ("helen", "delivered", "wrapped:refused"),
    }
    assert enclosed(mail) == to("dave")


def test_what_is_refused_as_an_attachment_too_fails_and_is_told(world: World) -> None:
    """Two attempts, no third one."""
    copy = world.copy(known("paula"), "paula")

    assert copy["state"] == "failed"
    assert back(world, "paula") == [("bounce", "5.7.1", "wrapped"), ("bounce", "5.7.1", "failed")]
    assert "copy-bounced:paula" in world.alarms()


def test_what_the_relay_refuses_as_an_attachment_too_is_told(world: World) -> None:
    """It is tried again, days long; nobody has to wait so long to hear of it."""
    copy = world.copy(known("pete"), "pete")

    assert copy["state"] == "deferred"
    assert "5.7.1" in copy["last_error"]
    assert "inbox-refuses:pete" in world.alarms()


def test_a_copy_goes_once_there_is_room(world: World) -> None:
    """Somebody clears the mailbox and says so."""
    world.clear("fred")
    done = world.daemon.cli("retry", world.copy(known("fred"), "fred")["id"])
    world.rest()

    assert done.code == 0, done.err
    assert world.copy(known("fred"), "fred")["state"] == "delivered"
    assert len(world.mailbox("fred")) == 1


def test_a_delay_shows_at_the_copy_and_changes_nothing(world: World) -> None:
    """The mail server has the copy and goes on trying."""
    before = len(world.mailbox("vera"))
    world.dovecot.stop()
    world.write(to("vera").replace(b"vera-1", b"vera-2"))
    told: list[Any] = until(lambda: world.daemon.ask("SELECT came_back FROM outbox WHERE came_back LIKE '%delay%'"), "")
    world.dovecot.start()
    world.postfix.drain()
    world.rest()
    copies = world.traced("vera-2@customer.example")["copies"]

    assert told
    assert {(one["state"], one["came_back"][0]["kind"]) for one in copies} == {("delivered", "delay")}
    assert len(world.mailbox("vera")) == before + 1
    assert world.mailbox(CUSTOMER) == []
