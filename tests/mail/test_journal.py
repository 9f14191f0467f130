"""Journal reports are taken apart exactly, or not at all."""

import random
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.mail.journal import Damaged, Fault, Recipient, Report, enclosed, unwrap
from router.mail.journal.stream import LOOKALIKES_CAP
from tests.bench.reports import envelope, report

MAIL = (
    b"From: Kim <kim@customer.example>\r\nTo: support@example.com\r\nSubject: Your order\r\n"
    b"Message-ID: <1@customer.example>\r\n\r\nWhere is it? =20 caf\xc3\xa9\r\n.\r\n--x\r\nFrom the start\r\n"
)


def cut(octets: bytes, size: int) -> list[bytes]:
    """As it streams by."""
    return [octets[at : at + size] for at in range(0, len(octets), size)]


def opened(octets: bytes, size: int = 512 * 1024) -> tuple[Report, bytes]:
    """The envelope and the mail."""
    found = unwrap(cut(octets, size))
    return found, b"".join(enclosed(found, cut(octets, size)))


def fault(octets: bytes) -> Fault:
    """Why it cannot be taken apart."""
    with pytest.raises(Damaged) as info:
        opened(octets)
    return info.value.fault


@pytest.mark.parametrize("encoding", ["", "7bit", "8bit", "binary", "base64", "quoted-printable"])
@pytest.mark.parametrize("text_encoding", ["", "quoted-printable", "base64"])
@pytest.mark.parametrize("size", [7, 64, 512 * 1024])
def test_the_mail_comes_out_as_it_was_put_in(encoding: str, text_encoding: str, size: int) -> None:
    """Byte by byte, however either part is encoded, and wherever the pieces are cut."""
    found, mail = opened(report(MAIL, encoding=encoding, text_encoding=text_encoding), size)

    assert mail == MAIL
    assert found.envelope.sender == "kim@customer.example"
    assert found.envelope.addresses == ("support@example.com",)
    assert found.envelope.message_id == "1@customer.example"


def test_every_way_of_writing_a_recipient_is_understood() -> None:
    """Lists, redirections, hidden recipients; an address of a directory is none of mail."""
    text = envelope(
        "anna@example.com",
        "To: Kim <KIM@customer.example>",
        "Bcc: lee@customer.example",
        "mike@example.com, Expanded: founders@example.com",
        "Cc: assistant@example.com, Forwarded: helen@example.com",
        "Recipient: EX:/o=Example/cn=Recipients/cn=olga",
        "cc: ann@example.com",
        before="On-Behalf-Of: support@example.com\r\nLabel: Confidential\r\nSentUtc: 11/20/2026 11:00:02 AM",
    )
    found, _ = opened(report(MAIL, text=text))

    assert found.envelope.on_behalf_of == "support@example.com"
    assert found.envelope.recipients == (
        Recipient("to", "kim@customer.example"),
        Recipient("bcc", "lee@customer.example"),
        Recipient("recipient", "mike@example.com", (("expanded", "founders@example.com"),)),
        Recipient("cc", "assistant@example.com", (("forwarded", "helen@example.com"),)),
        Recipient("cc", "ann@example.com"),
    )
    assert found.envelope.addresses[2:6] == (
        "mike@example.com",
        "founders@example.com",
        "assistant@example.com",
        "helen@example.com",
    )


@pytest.mark.parametrize(
    ("text", "sender", "addresses"),
    [
        # a bounce has no sender
        ("Sender: <>\r\nTo: a@example.com\r\n", "", ("a@example.com",)),
        # Exchange's words where it knows none
        ("Sender: Unspecified Address\r\nMessage-Id: Unknown Message-ID\r\nTo: a@example.com", "", ("a@example.com",)),
        # the mark of UTF-8 in front; line ends of a gateway
        ("\ufeffSender: b@example.com\nTo: a@example.com\n", "b@example.com", ("a@example.com",)),
        # what archives' gateways write
        ("SenderAddress: b@example.com\r\nRecipient: a@example.com\r\n", "b@example.com", ("a@example.com",)),
        # Exchange 2003
        (
            'Sender: "B" <b@example.com>\r\nMessage-ID: <1@x>\r\nRecipients:\r\n"A" <a@example.com>\r\nc@example.com\r\n',
            "b@example.com",
            ("a@example.com", "c@example.com"),
        ),
        # folded by a gateway
        (
            "Sender: b@example.com\r\nTo: a@example.com,\r\n Expanded: all@example.com\r\n",
            "b@example.com",
            ("a@example.com", "all@example.com"),
        ),
        # several on a line, as gateways have them
        (
            'Sender: b@example.com\r\nTo: a@example.com; c@example.com\r\nCc: "E, F" <e@example.com>, f@example.com\r\n',
            "b@example.com",
            ("a@example.com", "c@example.com", "e@example.com", "f@example.com"),
        ),
        # a subject that would like to be a sender, or lines: only CRLF ends one here
        (
            "Sender: b@example.com\r\nSubject: x\nSender: anna@example.com\u2028To: c@example.com\r\nTo: a@example.com\r\n",
            "b@example.com",
            ("a@example.com",),
        ),
        (
            "Sender: b@example.com\r\nSubject: Sender: c@x.example\r\nTo: a@example.com\r\n",
            "b@example.com",
            ("a@example.com",),
        ),
    ],
)
def test_the_envelope_is_read_in_all_its_forms(text: str, sender: str, addresses: tuple[str, ...]) -> None:
    """Each of them was written by some server."""
    found, _ = opened(report(MAIL, text=text, text_encoding=""))

    assert (found.envelope.sender, found.envelope.addresses) == (sender, addresses)


def test_a_name_beyond_ascii_comes_in_the_charset_of_the_part() -> None:
    """Exchange takes the one that the subject fits into."""
    text = envelope("müller@kunde.example", "support@example.com", subject="Bestellung für Zoë")
    found, _ = opened(report(MAIL, text=text, charset="iso-8859-1"))

    assert found.envelope.sender == "müller@kunde.example"


def test_of_several_mails_the_first_is_meant() -> None:
    """Behind it an archive gets the same one decrypted."""
    both = (
        report(MAIL, closed=False) + b"--_d5ab9c39-7e2f-4bbb-9b7f-0a9d6f1f2f11_\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    _, mail = opened(both + b"Subject: clear\r\n\r\nx\r\n--_d5ab9c39-7e2f-4bbb-9b7f-0a9d6f1f2f11_--\r\n")

    assert mail == MAIL


def test_a_report_in_a_report_is_a_mail_like_any_other() -> None:
    """Anybody can send one that says our own people wrote it: only the outermost comes from a server of ours."""
    forged = report(MAIL, "anna@example.com", ["kim@customer.example"], boundary="inner")
    found, mail = opened(report(forged))

    assert mail == forged
    assert found.envelope.sender == "kim@customer.example"


@pytest.mark.parametrize(
    ("octets", "wanted"),
    [
        (MAIL, Fault.NO_PARTS),  # somebody tries the address
        (b"", Fault.NO_PARTS),
        (report(MAIL, closed=False), Fault.NOT_CLOSED),
        (report(MAIL)[:-400], Fault.NOT_CLOSED),
        (report(MAIL, text="Good morning,\r\n\r\nplease see below.\r\n"), Fault.NO_ENVELOPE),
        (report(MAIL, text="Sender: a@example.com\r\n"), Fault.NO_ENVELOPE),
        (report(MAIL, kind="application/pdf"), Fault.NO_MESSAGE),
        (report(b""), Fault.NO_MESSAGE),
        (report(b"no header at all"), Fault.NO_MESSAGE),
        (report(MAIL, kind="application/ms-tnef", encoding="base64"), Fault.TNEF),
        (report(MAIL, kind="application/octet-stream; name=winmail.dat", encoding="base64"), Fault.TNEF),
        (report(MAIL, encoding="base64").replace(b"bTogS2lt", b"bTog*2lt"), Fault.BAD_ENCODING),
        (report(MAIL, text=envelope("a@x.example", "To: b@x.example") + "x" * 3_000_000), Fault.TOO_LARGE),
    ],
    ids=range(13),
)
def test_what_cannot_be_taken_apart_says_why(octets: bytes, wanted: Fault) -> None:
    """A person has to look; half a mail is none."""
    assert fault(octets) is wanted


def test_what_is_called_base64_and_was_never_encoded_is_taken_as_it_is() -> None:
    """The encoding is forbidden there: some write only its name."""
    octets = report(MAIL, encoding="7bit").replace(b"Encoding: 7bit", b"Encoding: base64")

    assert opened(octets)[1] == MAIL


def test_a_boundary_that_begins_another_one_ends_nothing() -> None:
    """Mail programs count their boundaries up."""
    mail = MAIL + b"--b1\r\n--b1x--\r\n--b\r\n"

    assert opened(report(mail, boundary="b"), 11)[1] == MAIL + b"--b1\r\n--b1x--"
    assert opened(report(mail, boundary="b1x--y"), 11)[1] == mail


def large(octets: int) -> Iterator[bytes]:
    """A report around a mail of so many octets, in pieces."""
    filler = random.Random(1).randbytes(57 * 8192)
    front, back = report(MAIL).split(MAIL)
    yield front + MAIL
    for _ in range(octets // len(filler)):
        yield filler.replace(b"\n", b"x")
    yield back


def test_a_large_report_streams() -> None:
    """Its mail goes by in pieces that are no larger than those it comes in, and in linear time."""
    found = unwrap(large(60_000_000))
    begun, sizes = time.process_time(), [len(piece) for piece in enclosed(found, large(60_000_000))]

    assert sum(sizes) > 59_000_000
    assert max(sizes) <= 600_000
    assert time.process_time() - begun < 5


def test_lines_that_look_like_a_boundary_take_no_time() -> None:
    """Nobody outside can know it; who does all the same gets nowhere."""
    octets = report(MAIL + b"\r\n--b" * 5_000_000, boundary="b-")
    begun = time.process_time()
    opened(octets)
    assert fault(report(MAIL + b"\r\n--bx" * (LOOKALIKES_CAP + 1), boundary="b")) is Fault.NOT_CLOSED
    assert time.process_time() - begun < 5


@given(st.binary(max_size=400), st.integers(1, 50))
def test_whatever_comes_is_a_report_or_damaged(octets: bytes, size: int) -> None:
    """Nothing else is raised."""
    for whole in (
        octets,
        report(octets),
        report(MAIL, text=octets.decode("latin-1")),
        report(octets, encoding="base64"),
    ):
        try:
            found = unwrap(cut(whole, size))
            b"".join(enclosed(found, cut(whole, size)))
        except Damaged:
            pass


@settings(max_examples=200)
@given(
    st.binary(max_size=600),
    st.sampled_from(["", "base64", "quoted-printable"]),
    st.integers(1, 200),
)
def test_any_mail_comes_out_whole(body: bytes, encoding: str, size: int) -> None:
    """Whatever its octets are, as long as they hold no delimiter of the report itself."""
    body = body if encoding != "quoted-printable" else body.replace(b"\r", b"").replace(b"\n", b"\r\n")
    mail = b"Subject: x\r\n\r\n" + body

    assert opened(report(mail, encoding=encoding), size)[1] == mail


@given(st.binary(max_size=300), st.data())
def test_a_broken_report_is_never_read_as_another_mail(body: bytes, data: st.DataObject) -> None:
    """Cut off anywhere, it is damaged: there is no half mail."""
    whole = report(b"Subject: x\r\n\r\n" + body, encoding="base64")
    at = data.draw(st.integers(0, len(whole) - 5))
    with pytest.raises(Damaged):
        opened(whole[:at])
