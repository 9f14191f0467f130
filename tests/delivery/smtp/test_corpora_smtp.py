"""Thousands of real mails by SMTP, redirected: behind our lines stands what was received, or the receipt says why not."""

from collections import Counter
from collections.abc import Sequence
from email import message_from_bytes
from functools import partial

import pytest

from router.delivery.courier import Delivered
from router.delivery.forms import for_relay
from router.delivery.forms.form import DELIVERED_TO, DISARMED, LINE_ENDS, MAILBOX_LINE, WRAPPED
from router.delivery.stage import BATCH
from tests.bench.corpora import Mail, sample
from tests.bench.forms import BLOCK, copy_of, relay
from tests.bench.relay import Relay
from tests.delivery.smtp.sending import courier

RENAMED = {DISARMED: b"X-Disarmed-", DELIVERED_TO: b"X-Original-", MAILBOX_LINE: b"X-Mailbox-Line: "}


def wrong(mail: Mail, codes: Sequence[str], octets: bytes) -> bool:
    """Whether it arrived otherwise than stated: with the names taken back that are stated as changed, it is the original."""
    if codes and codes[0].startswith(WRAPPED):
        return len(codes) > 1 or mail.crlf != enclosed(octets, mail.crlf)
    _, _, arrived = octets.partition(BLOCK)
    for code in codes:
        if code in RENAMED:
            header, blank, body = arrived.partition(b"\r\n\r\n")
            before = header
            header = (b"\r\n" + header).replace(b"\r\n" + RENAMED[code], b"\r\n")[2:]
            if header == before:
                return True
            arrived = header + blank + body
    if LINE_ENDS in codes:
        return arrived == mail.crlf or arrived.split() != mail.crlf.split()
    return arrived != mail.crlf or not set(codes) <= set(RENAMED)


def enclosed(octets: bytes, mail: bytes) -> bytes:
    """The original in a wrapper: as a message, or as base64."""
    if b"\r\nContent-Type: message/rfc822; name=" in octets:
        return mail if mail in octets else b""
    _, original = message_from_bytes(octets).get_payload()
    decoded: bytes = original.get_payload(decode=True)
    return decoded


@pytest.fixture(
    scope="module", params=["sample", pytest.param("whole", marks=[pytest.mark.soak, pytest.mark.timeout(1800)])]
)
def mails(request: pytest.FixtureRequest, real_mail: list[Mail]) -> list[Mail]:
    """Every distinct one; a part of them in an ordinary run."""
    chosen = sample(real_mail) if request.param == "sample" else real_mail
    return list({mail.content: mail for mail in reversed(chosen)}.values())


async def test_every_distinct_mail_arrives_byte_by_byte(mails: list[Mail]) -> None:
    """A mail that was changed holds what its codes say, and nothing else."""
    copies = [copy_of(mail.crlf, id=f"c{at}", message=f"m{at}") for at, mail in enumerate(mails)]
    ends: list[object] = []
    async with Relay() as sink:
        async with courier(sink.port, partial(for_relay, relay=relay("redirect"))) as one:
            for at in range(0, len(copies), BATCH):
                ends += await one.deliver(copies[at : at + BATCH])
        taken = [mail.octets for mail in sink.mails]
    changed = [end.changed for end in ends if isinstance(end, Delivered)]
    print(Counter(code for codes in changed for code in codes))

    assert len(changed) == len(taken) == len(mails)
    assert [
        str(mail) for mail, codes, octets in zip(mails, changed, taken, strict=True) if wrong(mail, codes, octets)
    ] == []
