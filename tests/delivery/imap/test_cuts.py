"""A connection that is cut, at every kind of place: in the end there is exactly one copy."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from router.delivery.courier import Copy, Delivered, Outcome, Transient, Unknown
from router.delivery.imap import filing
from router.delivery.imap.courier import ImapCourier
from tests.bench.cutproxy import CutProxy, Way
from tests.bench.dovecot import Dovecot
from tests.bench.imap import FakeImap
from tests.delivery.imap.conftest import RECEIVED, NewCourier, numbered, octets
from tests.delivery.imap.test_append import LARGE

BODY = b"Subject: Hello\r\n\r\nHere is the middle of it\r\nand its end\r\n"


def until_delivered(courier: ImapCourier, copy: Copy) -> list[Outcome]:
    """Every attempt up to the one that succeeds, as the stage makes them."""
    ends: list[Outcome] = []
    while not ends or not isinstance(ends[-1], Delivered):
        assert len(ends) < 5, ends
        note = {**copy.note, **(ends[-1].note if ends and isinstance(ends[-1], Unknown) else {})}
        ends += courier.deliver([_again(copy, note) if ends else copy])
    return ends


def _again(copy: Copy, note: dict[str, Any]) -> Copy:
    return replace(copy, look_first=True, note=note)


PLACES: list[tuple[Way, bytes | int, int, type[Outcome]]] = [
    ("down", 0, 0, Transient),  # before the greeting
    ("up", b" AUTHENTICATE", 5, Transient),
    ("down", b" OK [CAPABILITY", 0, Transient),  # the login's answer
    ("up", b" STATUS", 0, Transient),
    ("down", b"UIDNEXT", 0, Transient),
    ("up", b" APPEND ", 8, Unknown),  # with LITERAL+ all goes out at once
    ("up", b"X-Router-Copy", 0, Unknown),  # the command, and nothing of the mail
    ("up", b"the middle", 4, Unknown),
    ("up", b"its end\r\n", 9, Unknown),  # all of the mail, not the end of the command
    ("up", b"its end\r\n\r\n", 11, Unknown),  # all of the command
    ("down", b" OK [APPENDUID", 0, Unknown),  # before the answer
    ("down", b" OK [APPENDUID", 9, Unknown),  # in the middle of it
]


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(("way", "at", "keep", "first"), PLACES)
def test_a_cut_leaves_one_copy(
    new_courier: NewCourier,
    dovecot: Dovecot,
    user: str,
    proxy: CutProxy,
    way: Way,
    at: bytes | int,
    keep: int,
    first: type[Outcome],
    reset: bool,
) -> None:
    """Whether the server took it before or not."""
    proxy.cut(way, at, keep, reset=reset)
    copy = numbered(1, BODY)
    ends = until_delivered(new_courier(port=proxy.port), copy)

    assert proxy.cuts == 1
    assert type(ends[0]) is first
    assert dovecot.bodies(user=user) == [octets(copy)]


@pytest.mark.parametrize(
    ("way", "at", "keep", "first"),
    [
        ("up", b" APPEND ", 8, Transient),
        ("down", b"+ OK", 0, Transient),  # the server's word to go on
        ("up", b"0030000 of a line", 3, Unknown),
        ("down", b" OK [APPENDUID", 0, Unknown),
    ],
)
def test_a_cut_in_a_large_mail_leaves_one_copy(
    new_courier: NewCourier,
    dovecot: Dovecot,
    user: str,
    proxy: CutProxy,
    way: Way,
    at: bytes,
    keep: int,
    first: type[Outcome],
) -> None:
    """As long as the server was only asked, nothing is in doubt."""
    proxy.cut(way, at, keep)
    copy = numbered(1, LARGE)
    ends = until_delivered(new_courier(port=proxy.port), copy)

    assert proxy.cuts == 1
    assert type(ends[0]) is first
    assert dovecot.bodies(user=user) == [octets(copy)]


@pytest.mark.parametrize("at", [b"number 5", b" OK [APPENDUID"])
def test_a_cut_in_several_mails_leaves_one_copy_of_each(
    new_courier: NewCourier, dovecot: Dovecot, user: str, proxy: CutProxy, at: bytes
) -> None:
    """All of one command arrived, or none."""
    proxy.cut("down" if b"OK" in at else "up", at)
    copies = [numbered(number, f"Subject: number {number}\r\n\r\n".encode()) for number in range(10)]
    courier = new_courier(port=proxy.port)
    first = courier.deliver(copies)
    second = courier.deliver([replace(copy, look_first=True) for copy in copies])

    assert {type(end) for end in first} == {Unknown}
    assert {type(end) for end in second} == {Delivered}
    assert sorted(dovecot.bodies(user=user)) == sorted(octets(copy) for copy in copies)


def test_a_copy_that_is_found_says_so_in_its_receipt(
    new_courier: NewCourier, dovecot: Dovecot, user: str, proxy: CutProxy
) -> None:
    """With the place where it lies."""
    proxy.cut("down", b" OK [APPENDUID")
    unknown, end = until_delivered(new_courier(port=proxy.port), numbered(1))
    (uid,) = dovecot.mails(user=user)

    assert isinstance(unknown, Unknown)
    assert isinstance(end, Delivered)
    assert unknown.note["uidnext"] == 1
    assert end.receipt == {"folder": "INBOX", "uidvalidity": unknown.note["uidvalidity"], "uid": uid, "found": True}


@pytest.mark.parametrize("lost", [{}, {"folder": "INBOX", "uidvalidity": 1, "uidnext": 4_000_000_000}])
def test_it_is_found_without_a_note_and_after_the_uids_have_changed(
    courier: ImapCourier, dovecot: Dovecot, user: str, lost: dict[str, Any]
) -> None:
    """kill -9 leaves no note; a mailbox that was rebuilt has another UIDVALIDITY."""
    courier.deliver([numbered(1)])
    (end,) = courier.deliver([numbered(1, look_first=True, note=lost)])

    assert isinstance(end, Delivered)
    assert end.receipt["found"]
    assert len(dovecot.mails(user=user)) == 1


@pytest.mark.parametrize("note", [True, False])
def test_it_is_found_where_the_server_cannot_search_headers(
    new_courier: NewCourier, dovecot: Dovecot, user: str, proxy: CutProxy, note: bool
) -> None:
    """Some find nothing, others only a whole value: what came since is listed, and looked at."""
    proxy.cut("up", b" HEADER ")
    courier = new_courier(port=proxy.port)
    copies = [numbered(at) for at in range(700)]
    ends = courier.deliver(copies)
    assert isinstance(ends[0], Delivered)
    known = {"folder": "INBOX", "uidvalidity": ends[0].receipt["uidvalidity"], "uidnext": 1} if note else {}
    ends = courier.deliver([replace(copy, look_first=True, note=known) for copy in copies])

    assert [end.receipt["uid"] for end in ends if isinstance(end, Delivered)] == list(range(1, 701))
    assert len(dovecot.mails(user=user)) == 700
    assert proxy.cuts == 0


def test_each_mail_is_looked_at_once_over_a_connection(new_courier: NewCourier, dovecot: Dovecot, user: str) -> None:
    """After kill -9 there may be thousands of doubts, and many thousands of mails in the folder."""
    with CutProxy(dovecot.port) as proxy:
        courier = new_courier(port=proxy.port)
        courier.deliver([numbered(at) for at in range(100)])
        with dovecot.client(user) as other:
            other.select_folder("INBOX")
            other.delete_messages([1])
            other.expunge([1])
        for at in range(2, 40):
            courier.deliver([numbered(at, look_first=True)])
        proxy.cut("down", b"FETCH (UID 90 ")
        courier.deliver([numbered(0, look_first=True), numbered(1, look_first=True)])

        assert proxy.cuts == 0
    assert len(dovecot.mails(user=user)) == 100


def test_it_is_found_though_our_clock_was_ahead(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """The server has dated it by its own."""
    ahead = RECEIVED + timedelta(days=4)
    courier.deliver([numbered(1, received=ahead)])
    courier.deliver([numbered(1, received=ahead, look_first=True)])

    assert len(dovecot.mails(user=user)) == 1


def test_what_only_looks_alike_is_not_taken_for_it(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """Servers search for parts of a value: the token of one may be the beginning of another's."""
    longer = numbered(1)
    longer = _with_block(longer, longer.block.replace(b".k7d2", b".k7d2k7d2x"))
    shorter = _with_block(longer, longer.block.replace(b"k7d2x", b"k7d2"))
    courier.deliver([longer])
    courier.deliver([_again(shorter, {})])

    assert len(dovecot.mails(user=user)) == 2


def _with_block(copy: Copy, block: bytes) -> Copy:
    return replace(copy, block=block)


def slow_server(monkeypatch: pytest.MonkeyPatch, dovecot: Dovecot, user: str) -> None:
    """The first attempt comes through between the look and the second."""
    append = filing.append

    def late(client: Any, folder: str, letters: Any) -> Any:
        with dovecot.client(user) as other:
            append(other, folder, letters)
        return append(client, folder, letters)

    monkeypatch.setattr(filing, "append", late)


def test_of_two_the_later_is_removed(
    courier: ImapCourier, dovecot: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server was slow with the first; what somebody else has marked as deleted stays."""
    courier.deliver([numbered(2)])
    with dovecot.client(user) as other:
        other.select_folder("INBOX")
        other.add_flags([1], ["\\Deleted"])
    slow_server(monkeypatch, dovecot, user)
    (end,) = courier.deliver([numbered(1, look_first=True)])

    assert isinstance(end, Delivered)
    assert (end.receipt["uid"], end.receipt["removed"]) == (2, [3])
    assert list(dovecot.mails(user=user)) == [1, 2]


def test_without_uidplus_the_later_stays_marked_as_deleted(
    new_courier: NewCourier, dovecot: Dovecot, user: str, proxy: CutProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain EXPUNGE would take along what the founder has marked."""
    proxy.change("down", b"UIDPLUS", b"XXXXXXX")
    slow_server(monkeypatch, dovecot, user)
    new_courier(port=proxy.port).deliver([numbered(1, look_first=True)])
    mails = dovecot.mails(user=user)

    assert [b"\\Deleted" in mail[b"FLAGS"] for mail in mails.values()] == [False, True]


def test_if_the_second_look_fails_the_next_attempt_removes_the_later(
    new_courier: NewCourier, dovecot: Dovecot, user: str, proxy: CutProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then nobody knows whether there are two."""
    slow_server(monkeypatch, dovecot, user)
    proxy.cut("up", b"Hello\r\n\r\n", keep=12)  # in the command after the APPEND
    courier = new_courier(port=proxy.port)
    (first,) = courier.deliver([numbered(1, look_first=True)])
    monkeypatch.undo()
    assert isinstance(first, Unknown)
    (second,) = courier.deliver([numbered(1, look_first=True, note=first.note)])

    assert isinstance(second, Delivered)
    assert list(dovecot.mails(user=user)) == [second.receipt["uid"]]


def test_two_of_which_nobody_knows_whose_they_are_stay(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """After a restore: the founder may have made the second himself."""
    courier.deliver([numbered(1)])
    courier.deliver([numbered(1)])
    courier.deliver([numbered(1, look_first=True)])

    assert len(dovecot.mails(user=user)) == 2


def test_a_kept_connection_that_has_ended_costs_no_attempt(
    new_courier: NewCourier, dovecot: Dovecot, user: str, proxy: CutProxy
) -> None:
    """Servers end idle ones; the next copy goes over a new one."""
    courier = new_courier(port=proxy.port)
    courier.deliver([numbered(1)])
    proxy.drop()
    (end,) = courier.deliver([numbered(2)])

    assert isinstance(end, Delivered)
    assert proxy.connections == 2


def test_copies_share_a_connection_until_it_has_been_idle_for_long(new_courier: NewCourier, proxy: CutProxy) -> None:
    """What is forgotten between here and there would hang until a timeout."""
    now = [0.0]
    courier = new_courier(port=proxy.port, monotonic=lambda: now[0])
    counts = []
    for number, pause in enumerate((0, 200, 200, 301)):
        now[0] += pause
        courier.deliver([numbered(number)])
        counts.append(proxy.connections)

    assert counts == [1, 1, 1, 2]


def test_a_server_that_hangs_up_at_every_mail_leaves_all_in_doubt(new_courier: NewCourier) -> None:
    """And does not keep the courier busy for ever."""
    with FakeImap(answers={"APPEND": ""}) as fake:
        ends = new_courier(port=fake.port).deliver([numbered(at) for at in range(5)])

    assert {type(end) for end in ends} == {Unknown}
    assert fake.commands.count("APPEND") == 5


def test_a_server_that_says_bye_is_tried_again(new_courier: NewCourier) -> None:
    """It goes down for maintenance; nothing was on its way."""
    with FakeImap(untagged={"STATUS": ["BYE for a moment"]}, answers={"STATUS": ""}) as fake:
        (end,) = new_courier(port=fake.port).deliver([numbered(1)])

    assert end == Transient("the connection ended: command: STATUS => for a moment")


def test_a_server_that_falls_silent_is_given_up_after_a_while(new_courier: NewCourier, proxy: CutProxy) -> None:
    """Here after a second."""
    proxy.hold("down", b" OK [APPENDUID")
    (end,) = new_courier(port=proxy.port, answer_seconds=1.0).deliver([numbered(1)])

    assert isinstance(end, Unknown)
    assert "timed out" in end.error


def test_find_tells_what_arrived(courier: ImapCourier) -> None:
    """Also where there is no such folder."""
    assert courier.find(numbered(1)) is None
    assert courier.find(numbered(1, folder="Nowhere")) is None
    (end,) = courier.deliver([numbered(1)])
    assert isinstance(end, Delivered)
    found = courier.find(numbered(1))

    assert found == Delivered({**end.receipt, "found": True})
