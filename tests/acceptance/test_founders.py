"""What real mail servers make of copies: a router between Postfix, Dovecot and founders each of whom has a trouble of his own.

All customers write at once, each of the letters asks for a receipt, and the equivalent of two minutes passes: what is
sent again after ten minutes is sent again after a second. The tests look at what came of it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.bench.daemon import Daemon
from tests.bench.founders import CUSTOMER, World
from tests.bench.ports import free_port
from tests.bench.troubles import BEHIND, FOUNDERS, HEADER, RELAY, Strict, enclosed, known, to
from tests.bench.wait import until


@pytest.fixture(scope="module")
def strict() -> Iterator[tuple[Strict, int]]:
    """That server, and its port."""
    handler, port = Strict(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture(scope="module")
def world(module_folder: Path, module_new_daemon: Callable[..., Daemon], strict: tuple[Strict, int]) -> Iterator[World]:
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


def test_a_refusal_written_as_a_disposition_fails_the_copy(world: World) -> None:
    """RFC 5429 section 2.2.1: sieve's reject answers so, and it goes to the Return-Path of the copy."""
    assert world.copy(known("remy"), "remy")["state"] == "failed"
    assert back(world, "remy") == [("bounce", None, "failed")]
    assert "copy-bounced:remy" in world.alarms()


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
