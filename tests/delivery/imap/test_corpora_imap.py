"""Thousands of real mails by APPEND, one by one and many in a command: each lies there byte by byte."""

from collections.abc import Iterator, Sequence

import pytest

from router.delivery.courier import Copy, Delivered
from router.delivery.forms import for_store, wants_receipt
from router.delivery.stage import BATCH
from tests.bench.corpora import Mail, sample
from tests.bench.cutproxy import CutProxy
from tests.bench.dovecot import Dovecot
from tests.bench.forms import WRAPPER
from tests.delivery.imap.conftest import NewCourier, numbered, octets

_TOGETHER = 200  # mails that are fetched at once


@pytest.fixture(
    scope="module", params=["sample", pytest.param("whole", marks=[pytest.mark.soak, pytest.mark.timeout(1800)])]
)
def mails(request: pytest.FixtureRequest, real_mail: list[Mail]) -> list[Mail]:
    """Every distinct one; a part of them in an ordinary run."""
    chosen = sample(real_mail) if request.param == "sample" else real_mail
    return list({mail.content: mail for mail in reversed(chosen)}.values())


def lying(dovecot: Dovecot, user: str) -> Iterator[tuple[int, bytes]]:
    """Everything in the INBOX, a few at a time."""
    with dovecot.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        uids = client.search()
        for at in range(0, len(uids), _TOGETHER):
            found = client.fetch(uids[at : at + _TOGETHER], ["BODY.PEEK[]"])
            yield from ((uid, parts[b"BODY[]"]) for uid, parts in found.items())


def wrong(copies: Sequence[Copy], ends: dict[str, Delivered], there: Iterator[tuple[int, bytes]]) -> list[str]:
    """Copies that do not lie where their receipt says, as their form says; a form that is silent about a change."""
    by_uid = {ends[copy.id].receipt["uid"]: copy for copy in copies if copy.id in ends}
    found = []
    for uid, body in there:
        copy = by_uid.pop(uid)
        form = for_store(copy, WRAPPER, mdn_flag=wants_receipt(copy))
        as_stated = ends[copy.id].changed == form.changed and bool(form.changed) == (body != octets(copy))
        if body != b"".join(form.pieces()) or not as_stated:
            found.append(copy.id)
    return found + [copy.id for copy in by_uid.values()]


@pytest.mark.parametrize("several", [True, False])
def test_every_distinct_mail_arrives_byte_by_byte(
    new_courier: NewCourier, dovecot: Dovecot, user: str, mails: list[Mail], several: bool
) -> None:
    """What is sent otherwise is stated; only unusual mail is."""
    copies = [numbered(at, mail.crlf) for at, mail in enumerate(mails)]
    ends: dict[str, Delivered] = {}
    with CutProxy(dovecot.port) as proxy:
        if not several:
            proxy.change("down", b"MULTIAPPEND", b"XXXXXXXXXXX")
        courier = new_courier(port=proxy.port if not several else dovecot.port)
        for at in range(0, len(copies), BATCH):
            batch = copies[at : at + BATCH]
            done = zip(batch, courier.deliver(batch), strict=True)
            ends |= {copy.id: end for copy, end in done if isinstance(end, Delivered)}
    changed = {mails[at] for at, copy in enumerate(copies) if ends[copy.id].changed}

    assert wrong(copies, ends, lying(dovecot, user)) == []
    assert len(ends) == len(mails)
    assert [str(mail) for mail in changed if not mail.flags] == []
