"""Removing what is to be forgotten from an account."""

from pathlib import Path

import pytest

from router.delivery.courier import Delivered
from router.delivery.imap.courier import ImapCourier
from router.delivery.imap.removing import ImapRemover
from router.imap.connection import Account
from tests.bench.cutproxy import CutProxy
from tests.bench.dovecot import Dovecot
from tests.delivery.imap.conftest import numbered


def remover(port: int, user: str, password: Path) -> ImapRemover:
    """Into the mailbox of a test."""
    return ImapRemover(Account("127.0.0.1", port, "none", user, password))


def test_a_copy_is_removed_where_its_receipt_says(
    courier: ImapCourier, dovecot: Dovecot, user: str, password: Path
) -> None:
    """And no other, whatever is marked as deleted beside it."""
    _, end, _ = courier.deliver([numbered(1), numbered(2), numbered(3)])
    assert isinstance(end, Delivered)
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.add_flags([1], ["\\Deleted"])
    one = remover(dovecot.port, user, password)
    told = one.remove(numbered(2).block, end.receipt)
    again = one.remove(numbered(2).block, end.receipt)
    one.close()

    assert (told, again) == ("INBOX, UID 2", None)
    assert list(dovecot.mails(user=user)) == [1, 3]


@pytest.mark.parametrize("receipt", [None, {"folder": "INBOX", "uidvalidity": 1, "uid": 1}])
def test_a_copy_is_removed_wherever_it_lies_today(
    courier: ImapCourier, dovecot: Dovecot, user: str, password: Path, receipt: dict[str, object] | None
) -> None:
    """The founder has filed it, or nobody knows whether it arrived; at its old UID lies another mail now."""
    courier.deliver([numbered(2), numbered(1)])
    with dovecot.client(user) as client:
        client.create_folder("Kept.Rückfragen")
        client.select_folder("INBOX")
        client.move([2], "Kept.Rückfragen")
    one = remover(dovecot.port, user, password)
    told = one.remove(numbered(1).block, receipt)
    one.close()

    assert told == "Kept.Rückfragen, UID 1"
    assert len(dovecot.mails(user=user)) == 1
    assert dovecot.mails("Kept.Rückfragen", user) == {}


def test_without_uidplus_it_is_told_that_the_copy_is_only_marked(
    courier: ImapCourier, dovecot: Dovecot, user: str, password: Path, proxy: CutProxy
) -> None:
    """Nobody shall believe that it is gone."""
    proxy.change("down", b"UIDPLUS", b"XXXXXXX")
    courier.deliver([numbered(1)])
    one = remover(proxy.port, user, password)
    told = one.remove(numbered(1).block, None)
    one.close()

    assert told == "INBOX, UID 1 (marked as deleted: the server removes it with the next EXPUNGE)"
