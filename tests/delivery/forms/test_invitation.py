"""Invitations to a mailbox."""

import pytest

from router.delivery.forms import for_relay, for_store
from tests.bench.forms import LETTER, WRAPPER, Pieced, copy_of, octets, relay

HEADER = LETTER.partition(b"\r\n\r\n")[0] + b"\r\n"
CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


def invitation(content_type: bytes, body: bytes = CALENDAR, before: bytes = b"") -> bytes:
    return (
        HEADER
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + before
        + b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
        b"--b\r\nContent-Type: " + content_type + b"\r\n\r\n" + body + b"--b--\r\n"
    )


ACTING = {
    "parameter": invitation(b"text/calendar; method=REQUEST", b""),
    "quoted": invitation(b'Text/Calendar; charset=utf-8;\r\n\tMethod="Cancel"', b""),
    "body": invitation(b"text/calendar"),
    "base64": invitation(b"text/calendar\r\nContent-Transfer-Encoding: base64", b"TUVUSE9EOkNPVU5URVINCg==\r\n"),
    "file": invitation(b"application/ics; name=invite.ics"),
    "alone": HEADER + b"Content-Type: text/calendar; method=reply\r\n\r\n",
    "class": HEADER + b"Content-class: urn:content-classes:calendarmessage\r\n\r\nx\r\n",
}
HARMLESS = {
    "published": invitation(b"text/calendar; method=PUBLISH", b"METHOD:PUBLISH\r\n"),
    "no method": invitation(b"text/calendar", b"BEGIN:VCALENDAR\r\n"),
    "spoken of": LETTER + b"text/calendar; method=REQUEST\r\n",
    "forwarded": HEADER + b"Content-Type: message/rfc822\r\n\r\n" + ACTING["body"],
}


@pytest.mark.parametrize("mail", ACTING.values(), ids=ACTING)
def test_an_invitation_is_wrapped_everywhere(mail: bytes) -> None:
    """It was meant for the mailbox: no founder's calendar takes it, nor answers."""
    assert for_store(copy_of(mail), WRAPPER, mdn_flag=True).changed == ("wrapped:invitation",)
    assert for_relay(copy_of(mail), relay("redirect")).changed == ("wrapped:invitation",)
    assert b"message/rfc822" not in octets(for_relay(copy_of(mail), relay("wrap")))


@pytest.mark.parametrize("mail", HARMLESS.values(), ids=HARMLESS)
def test_what_no_program_answers_goes_as_it_came(mail: bytes) -> None:
    """An order's delivery date is no invitation."""
    assert for_store(copy_of(mail), WRAPPER, mdn_flag=True).changed == ()


@pytest.mark.parametrize("piece", [1000, 1001, 5000, 100_000])
@pytest.mark.parametrize("filler", range(0, 1000, 97))
def test_one_behind_a_large_attachment_is_found(piece: int, filler: int) -> None:
    """Where the mail is too large to be taken apart, by the type of its part; wherever the pieces are cut."""
    mail = invitation(b"text/calendar;\r\n method=REQUEST", before=b"x" * 70 * 100 + b"y" * filler + b"\r\n")
    copy = copy_of(Pieced(mail, piece, head_size=2000))

    assert for_store(copy, WRAPPER, mdn_flag=True).changed == ("wrapped:invitation",)


@pytest.mark.parametrize(
    "mail", [invitation(b"text/calendar; method=PUBLISH"), LETTER + b"Content-Type: text/calendar\r\n" * 300]
)
def test_one_that_is_published_behind_a_large_attachment_is_none(mail: bytes) -> None:
    """As in a small mail."""
    assert for_store(copy_of(Pieced(mail, 4096, head_size=300)), WRAPPER, mdn_flag=True).changed == ()
