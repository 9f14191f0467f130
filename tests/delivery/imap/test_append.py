"""What lies in the folder afterwards, on a real server."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.delivery.courier import Delivered, Permanent, Transient
from router.delivery.forms import Form
from router.delivery.imap import filing
from router.delivery.imap.append import _uids, internal_date
from router.delivery.imap.courier import ImapCourier
from router.store.content import InMemory
from router.store.raw import Stored
from tests.bench.cutproxy import CutProxy
from tests.bench.dovecot import Account, Dovecot
from tests.bench.imap import FakeImap
from tests.delivery.imap.conftest import RECEIVED, NewCourier, numbered, octets

LARGE = b"".join(b"%07d of a line that is long enough to fill a disk\r\n" % number for number in range(40_000))
RECEIPT = b"From: kim@customer.example\r\nDisposition-Notification-To: kim@customer.example\r\n\r\nHello\r\n"


def test_a_copy_arrives_byte_by_byte_and_unread(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """Only our lines stand before the mail."""
    copy = numbered(1, b"From: kim\r\nSubject: \xe4\r\n\r\n.\r\n..\r\nFrom here on\r\nno line end")
    (end,) = courier.deliver([copy])
    ((uid, mail),) = dovecot.mails(user=user).items()

    assert mail[b"BODY[]"] == octets(copy)
    assert set(mail[b"FLAGS"]) <= {b"\\Recent"}
    assert isinstance(end, Delivered)
    assert (end.receipt["folder"], end.receipt["uid"], end.changed) == ("INBOX", uid, ())


LINE = st.binary(max_size=60).map(lambda line: line.translate(None, b"\r\n\0"))
MAIL = st.lists(LINE, max_size=20).map(lambda lines: b"".join(line + b"\r\n" for line in lines))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mails=st.lists(MAIL, min_size=1, max_size=4))
def test_whatever_has_whole_line_ends_stays_as_it_is(
    courier: ImapCourier, dovecot: Dovecot, user: str, mails: list[bytes]
) -> None:
    """Alone, and with others in one command."""
    before = len(dovecot.mails(user=user))
    copies = [numbered(at, raw) for at, raw in enumerate(mails)]
    ends = courier.deliver(copies)

    assert {type(end) for end in ends} == {Delivered}
    assert dovecot.bodies(user=user)[before:] == [octets(copy) for copy in copies]


def test_what_is_sent_otherwise_is_told(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """Servers make their own of line ends that are none."""
    (end,) = courier.deliver([numbered(1, b"Subject: x\r\n\r\na\rb\nc\r\n")])

    assert isinstance(end, Delivered)
    assert end.changed == ("line-ends",)
    assert dovecot.bodies(user=user)[0].endswith(b"a\r\nb\r\nc\r\n")


def test_a_large_mail_goes_alone_and_in_pieces(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """The small ones around it keep their order."""
    copies = [numbered(1), numbered(2, LARGE), numbered(3), numbered(4)]
    ends = courier.deliver(copies)

    assert {type(end) for end in ends} == {Delivered}
    assert dovecot.bodies(user=user) == [octets(copy) for copy in copies]


def test_many_go_in_one_command_and_each_gets_its_receipt(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """One round trip for fifty."""
    copies = [numbered(at, f"Subject: {at}\r\n\r\n".encode()) for at in range(50)]
    ends = courier.deliver(copies)
    mails = dovecot.mails(user=user)

    assert [mails[end.receipt["uid"]][b"BODY[]"] for end in ends if isinstance(end, Delivered)] == [
        octets(copy) for copy in copies
    ]


@pytest.mark.parametrize(
    "hidden", [(), ("LITERAL+",), ("LITERAL+", "MULTIAPPEND"), ("UIDPLUS", "UNSELECT", "NAMESPACE")]
)
def test_a_server_that_can_less_gets_the_same(
    new_courier: NewCourier, dovecot: Dovecot, user: str, hidden: tuple[str, ...]
) -> None:
    """Literals are asked for, mails go one by one, UIDs are looked up."""
    with CutProxy(dovecot.port) as proxy:
        for name in hidden:
            proxy.change("down", name.encode(), b"X" * len(name))
        if "UIDPLUS" in hidden:
            proxy.change("down", b"[APPENDUID", b"[XAPPENDID")
        courier = new_courier(port=proxy.port)
        copies = [numbered(1), numbered(2, LARGE), numbered(3, RECEIPT)]
        ends = courier.deliver(copies)
    mails = dovecot.mails(user=user)

    assert [mails[end.receipt["uid"]][b"BODY[]"] for end in ends if isinstance(end, Delivered)] == [
        octets(copy) for copy in copies
    ]


def test_a_copy_that_shall_be_read_is_read(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """Answers beside the question, and what a founder wants to see without a number on his phone."""
    courier.deliver([numbered(1, seen=True)])

    assert b"\\Seen" in dovecot.mails(user=user)[1][b"FLAGS"]


def test_nobody_is_told_that_a_copy_was_read(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """The customer asked for a receipt; $MDNSent says that one was sent (RFC 3503)."""
    courier.deliver([numbered(1, RECEIPT), numbered(2)])

    assert [b"$MDNSent" in mail[b"FLAGS"] for mail in dovecot.mails(user=user).values()] == [True, False]


@pytest.mark.parametrize("flags", [r"(\Seen \Deleted)", r"()"])
def test_a_keyword_that_the_server_does_not_keep_is_not_sent(new_courier: NewCourier, flags: str) -> None:
    """It would refuse the whole mail."""
    with FakeImap() as fake:
        state = ["0 EXISTS", f"OK [PERMANENTFLAGS {flags}] these"]
        fake.untagged["SELECT"] = state
        new_courier(port=fake.port).deliver([numbered(1, RECEIPT)])
        (append,) = [line for line in fake.lines if b" APPEND " in line]

    assert b"$MDNSent" not in append
    assert len(fake.mails) == 1


KEYWORD = {b"$MDNSent": "BAD Command Argument Error. 11"}
DATES = {b"2025": "NO invalid internal date"}


@pytest.mark.parametrize(
    ("dislikes", "changed"),
    [
        (KEYWORD, ("receipt-request-disarmed",)),  # PERMANENTFLAGS says that it keeps any
        (DATES, ("date-refused",)),
        (KEYWORD | DATES, ("receipt-request-disarmed", "date-refused")),
    ],
)
def test_a_mail_is_not_refused_for_what_stands_beside_it(
    new_courier: NewCourier, dislikes: dict[bytes, str], changed: tuple[str, ...]
) -> None:
    """A keyword, a date (RFC 3501 section 6.3.11): without it the mail arrives, and the receipt says so."""
    with FakeImap(dislikes=dislikes) as fake:
        fake.untagged["SELECT"] = ["0 EXISTS", r"OK [PERMANENTFLAGS (\Seen \*)] these"]
        ends = new_courier(port=fake.port).deliver([numbered(1, RECEIPT)])

    assert [end.changed for end in ends if isinstance(end, Delivered)] == [changed]
    assert [b"\nDisposition-Notification-To" in mail for mail in fake.mails] == [changed[0] == "date-refused"]


def test_a_keyword_that_was_refused_is_not_tried_again(new_courier: NewCourier) -> None:
    """Over the same connection; a mail that asks for no receipt never had it."""
    with FakeImap(dislikes=KEYWORD) as fake:
        fake.untagged["SELECT"] = ["0 EXISTS", r"OK [PERMANENTFLAGS (\*)] these"]
        ends = new_courier(port=fake.port).deliver([numbered(1, RECEIPT), numbered(2), numbered(3, RECEIPT)])
        tried = sum(b"$MDNSent" in line for line in fake.lines)

    assert [type(end) for end in ends] == [Delivered] * 3
    assert tried == 1


@pytest.mark.parametrize("received", [RECEIVED, RECEIVED.astimezone(timezone(timedelta(hours=9)))])
def test_the_list_is_ordered_by_the_time_of_receipt(
    courier: ImapCourier, dovecot: Dovecot, user: str, received: datetime
) -> None:
    """Also after an outage of the server."""
    courier.deliver([numbered(1, received=received)])

    assert dovecot.mails(user=user)[1][b"INTERNALDATE"] == RECEIVED


@pytest.mark.parametrize(
    ("received", "date"),
    [
        (datetime(1, 1, 2, tzinfo=UTC), datetime(1990, 1, 1, tzinfo=UTC)),
        (RECEIVED + timedelta(days=400), RECEIVED),  # a clock was wrong
        (RECEIVED - timedelta(days=400), RECEIVED - timedelta(days=400)),
    ],
)
def test_dates_are_such_as_every_server_takes(received: datetime, date: datetime) -> None:
    """Dovecot refuses the year 1."""
    assert internal_date(received, RECEIVED) == date


def test_a_full_mailbox_is_tried_again_and_what_fits_arrives(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """Together none of them would."""
    dovecot.add(user, Account(quota=20_000))
    copies = [numbered(1), numbered(2, b"Subject: x\r\n\r\n" + b"x\r\n" * 10_000), numbered(3)]
    ends = courier.deliver(copies)

    assert [type(end) for end in ends] == [Delivered, Transient, Delivered]
    assert isinstance(ends[1], Transient)
    assert ends[1].error.startswith("mailbox full: NO [OVERQUOTA]")
    assert dovecot.bodies(user=user) == [octets(copies[0]), octets(copies[2])]


def test_one_mail_that_is_refused_does_not_hold_up_the_others(new_courier: NewCourier) -> None:
    """A strict server: it refuses all of several, then one of them."""
    with FakeImap(capabilities="IMAP4rev1 AUTH=PLAIN MULTIAPPEND LITERAL+") as fake:
        fake.refuse = b"bad"
        ends = new_courier(port=fake.port).deliver([numbered(1), numbered(2, b"Subject: bad\r\n\r\n"), numbered(3)])

    assert [type(end) for end in ends] == [Delivered, Permanent, Delivered]
    assert ends[1] == Permanent("NO Message contains bare newlines", of_mail=True)
    assert fake.commands.count("APPEND") == 4


def test_a_mail_over_the_servers_limit_is_not_sent(new_courier: NewCourier) -> None:
    """RFC 7889; its beginning may be taken."""
    with FakeImap(capabilities="IMAP4rev1 AUTH=PLAIN APPENDLIMIT=1000") as fake:
        ends = new_courier(port=fake.port).deliver([numbered(1, b"x" * 1000), numbered(2)])

    assert ends[0] == Permanent("too large: 1076 octets, the server takes 1000", of_size=True)
    assert isinstance(ends[1], Delivered)


def test_a_large_mail_is_refused_before_it_is_sent(new_courier: NewCourier) -> None:
    """The server is asked first, also where it would take a mail unasked."""
    with FakeImap(capabilities="IMAP4rev1 AUTH=PLAIN LITERAL+") as fake:
        fake.agree = False
        (end,) = new_courier(port=fake.port).deliver([numbered(1, LARGE)])

    assert end == Permanent("NO [TOOBIG] no", of_size=True)


def test_a_form_that_is_not_as_long_as_announced_ends_the_connection(
    courier: ImapCourier, dovecot: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server would take its rest for a command, or the next command for its rest."""
    content = InMemory(b"Subject: x\r\n\r\n")
    copy = numbered(1)
    for size in (10, 30):
        broken = Form(lambda: content.pieces(), size, False, ())
        monkeypatch.setattr(filing, "for_store", lambda *_, form=broken, **__: form)
        with pytest.raises(ValueError, match="octets"):
            courier.deliver([copy])
    monkeypatch.undo()

    assert dovecot.mails(user=user) == {}
    assert isinstance(courier.deliver([copy])[0], Delivered)


def test_a_mail_that_cannot_be_read_holds_up_no_other(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """It may be readable later; nothing of it was sent."""
    gone = Stored(b"s" * 32, 300_000, b"Subject: x\r\n\r\n", fetch=lambda sha256, seq: None)
    ends = courier.deliver([numbered(1), replace(numbered(2), content=gone), numbered(3)])

    assert [type(end) for end in ends] == [Delivered, Transient, Delivered]
    assert len(dovecot.mails(user=user)) == 2


@pytest.mark.parametrize(
    ("words", "count", "uids"),
    [
        (b"[APPENDUID 38505 3955] APPEND completed", 1, (38505, [3955])),
        (b"[APPENDUID 1 3:5] done", 3, (1, [3, 4, 5])),
        (b"[APPENDUID 1 3,7:8] done", 3, (1, [3, 7, 8])),
        (b"[appenduid 1 3] done", 1, (1, [3])),
        (b"[APPENDUID 1 3] done", 2, None),  # one for two
        (b"[APPENDUID 1 1:4000000000] done", 2, None),
        (b"APPEND completed", 1, None),
    ],
)
def test_appenduid_is_believed_where_it_fits(words: bytes, count: int, uids: object) -> None:
    """RFC 4315 section 3; else the UIDs are looked up."""
    assert _uids(words, count) == uids
