r"""`\Answered` on copies of ours, on a real server: and on nothing else."""

from typing import Any

import pytest

from router.delivery.courier import Copy, Delivered
from router.delivery.imap.courier import ImapCourier
from router.imap.errors import Trouble
from router.store.answered import Due, Mark
from tests.bench.cutproxy import CutProxy
from tests.bench.dovecot import Dovecot
from tests.bench.imap import FakeImap
from tests.delivery.imap.conftest import NewCourier, numbered, octets

FOREIGN = b"From: kim@customer.example\r\nSubject: Mine\r\n\r\nThe original.\r\n"


def deliver(courier: ImapCourier, *copies: Copy) -> list[Due]:
    """Append copies; what the store would hand out for them."""
    ends = courier.deliver(copies)
    assert all(isinstance(end, Delivered) for end in ends)
    receipts = [end.receipt for end in ends if isinstance(end, Delivered)]
    return [Due(copy.id, copy.message, copy.block, receipt) for copy, receipt in zip(copies, receipts, strict=True)]


def flags(dovecot: Dovecot, user: str, folder: str = "INBOX") -> dict[int, list[bytes]]:
    """The flags of every mail by UID, without those of the session."""
    mails: dict[int, dict[bytes, Any]] = dovecot.mails(folder, user)
    return {uid: sorted(set(mail[b"FLAGS"]) - {b"\\Recent"}) for uid, mail in mails.items()}


def test_a_copy_is_marked_and_stays_as_it_is(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """Unread, and what the owner has set stays; so do the octets."""
    due = deliver(courier, numbered(1), numbered(2), numbered(3))
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.add_flags([2], ["\\Flagged", "\\Seen"])
    ends = courier.mark(due[:2])

    assert ends == {"c1": Mark.SET, "c2": Mark.SET}
    assert flags(dovecot, user) == {1: [b"\\Answered"], 2: [b"\\Answered", b"\\Flagged", b"\\Seen"], 3: []}
    assert dovecot.bodies(user=user) == [octets(numbered(number)) for number in (1, 2, 3)]


def test_once_more_changes_nothing(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """The process died before it could note that the mark was there."""
    due = deliver(courier, numbered(1))

    assert [courier.mark(due), courier.mark(due)] == [{"c1": Mark.SET}] * 2
    assert flags(dovecot, user) == {1: [b"\\Answered"]}


def test_each_folder_has_its_copies(new_courier: NewCourier, dovecot: Dovecot, user: str) -> None:
    """Rules file them here and there; deliveries go on over the same connection."""
    courier = new_courier("Customers")
    due = deliver(courier, numbered(1), numbered(2, folder="Customers/Shop"))
    ends = courier.mark(due)
    courier.deliver([numbered(3)])

    assert ends == {"c1": Mark.SET, "c2": Mark.SET}
    assert flags(dovecot, user, "Customers") == {1: [b"\\Answered"], 2: []}
    assert flags(dovecot, user, "Customers.Shop") == {1: [b"\\Answered"]}
    assert dovecot.logins(user) <= 3  # one of the courier, two of this test


def test_another_mail_at_the_uid_of_the_receipt_is_left_alone(
    courier: ImapCourier, dovecot: Dovecot, user: str
) -> None:
    """The folder was deleted and made anew: UIDs begin again, under another UIDVALIDITY."""
    folder = "Customers"
    due = deliver(courier, numbered(1, folder=folder))
    with dovecot.client(user) as client:
        client.delete_folder(folder)
        client.create_folder(folder)
        client.append(folder, FOREIGN)
    ends = courier.mark(due)

    assert due[0].receipt["uid"] == 1
    assert ends == {"c1": Mark.ABSENT}
    assert flags(dovecot, user, folder) == {1: []}


def test_a_mail_without_our_mark_is_left_alone_even_under_the_same_uidvalidity(
    courier: ImapCourier, dovecot: Dovecot, user: str
) -> None:
    """A server that was restored from a backup gives a UID twice; a customer's original lies there now."""
    (due,) = deliver(courier, numbered(1))
    with dovecot.client(user) as client:
        client.append("INBOX", FOREIGN)
    foreign = Due(due.id, due.message, due.block, {**due.receipt, "uid": 2})
    other = Due("c9", "m9", numbered(9).block, due.receipt)

    assert courier.mark([foreign, other]) == {"c1": Mark.ABSENT, "c9": Mark.ABSENT}
    assert flags(dovecot, user) == {1: [], 2: []}


@pytest.mark.parametrize(
    ("receipt", "block", "why"),
    [
        ({"folder": "INBOX"}, None, "the server told no UID"),
        ({"file": "/srv/mike/new/1"}, None, "the inbox was a Maildir once"),
        ({}, None, "no receipt"),
        (None, b"", "its token was erased with the person"),
    ],
)
def test_what_cannot_be_known_again_is_left_alone(
    courier: ImapCourier, dovecot: Dovecot, user: str, receipt: dict[str, Any] | None, block: bytes | None, why: str
) -> None:
    """A mark on a wrong mail is worse than none."""
    (due,) = deliver(courier, numbered(1))
    unsure = Due("c1", "m1", due.block if block is None else block, due.receipt if receipt is None else receipt)

    assert courier.mark([unsure]) == {"c1": Mark.ABSENT}, why
    assert flags(dovecot, user) == {1: []}


def test_what_its_reader_has_moved_or_deleted_is_absent(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """It is not looked for all over the account; the others in the same go are marked."""
    due = deliver(courier, numbered(1), numbered(2), numbered(3))
    with dovecot.client(user) as client:
        client.create_folder("Kept")
        client.select_folder("INBOX")
        client.move([1], "Kept")
        client.delete_messages([2])
        client.expunge()

    assert courier.mark(due) == {"c1": Mark.ABSENT, "c2": Mark.ABSENT, "c3": Mark.SET}
    assert flags(dovecot, user, "Kept") == {1: []}


def test_a_folder_that_is_gone_leaves_its_copies_to_a_later_attempt(
    courier: ImapCourier, dovecot: Dovecot, user: str
) -> None:
    """A NO may be for now; those in other folders are marked meanwhile."""
    due = deliver(courier, numbered(1, folder="Customers"), numbered(2))
    with dovecot.client(user) as client:
        client.delete_folder("Customers")

    assert courier.mark(due) == {"c2": Mark.SET}


@pytest.mark.parametrize(
    ("permanent", "expected", "stored"),
    [
        ("OK [PERMANENTFLAGS (\\Seen \\Deleted)] limited", Mark.UNABLE, False),
        ("OK [PERMANENTFLAGS ()] read-only", Mark.UNABLE, False),
        ("OK [PERMANENTFLAGS (\\answered)] small", Mark.SET, True),
        ("OK nothing is said of them", Mark.SET, True),  # RFC 3501 section 6.3.1
    ],
)
def test_a_folder_that_keeps_no_such_mark_goes_without(
    new_courier: NewCourier, permanent: str, expected: Mark, stored: bool
) -> None:
    """A STORE would be refused, or last as long as the session."""
    copy = numbered(1)
    with FakeImap() as server:
        fetched = f"1 FETCH (UID 1 BODY[HEADER.FIELDS (X-ROUTER-COPY)] {{{len(copy.block)}}}\r\n{copy.block.decode()})"
        server.untagged["SELECT"] = ["1 EXISTS", "OK [UIDVALIDITY 7] now", permanent]
        server.untagged["UID FETCH"] = [fetched]
        courier = new_courier(port=server.port)
        ends = courier.mark([Due("c1", "m1", copy.block, {"folder": "INBOX", "uidvalidity": 7, "uid": 1})])
        courier.close()

    assert ends == {"c1": expected}
    assert ("UID STORE" in server.commands) is stored


def test_a_cut_connection_is_trouble_and_the_next_attempt_marks(
    new_courier: NewCourier, dovecot: Dovecot, user: str, proxy: CutProxy
) -> None:
    """The courier opens a new one."""
    courier = new_courier(port=proxy.port)
    proxy.cut("up", b" STORE ")
    due = deliver(courier, numbered(1))
    with pytest.raises(Trouble):
        courier.mark(due)

    assert courier.mark(due) == {"c1": Mark.SET}
    assert flags(dovecot, user) == {1: [b"\\Answered"]}
