"""The received bytes as an attachment."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from router.delivery.forms import Form, for_relay, for_store
from router.mail.enclosing import encoded
from router.mail.header import split
from router.store.content import SMALL
from tests.bench.forms import BLOCK, LETTER, WRAPPER, Pieced, copy_of, octets, relay


def parsed(form: Form) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(octets(form), policy=default))


def attached(form: Form) -> bytes:
    note, original = parsed(form).iter_parts()
    assert note.get_content_type() == "text/plain"
    assert original.get_filename() == "original.eml"
    return original.get_payload(decode=True)


@given(st.binary(max_size=300), st.integers(1, 130))
@example(b"", 1)
def test_any_bytes_come_back_as_they_were(mail: bytes, piece: int) -> None:
    """Also those that nothing else can carry; wherever the pieces are cut."""
    form = for_store(copy_of(Pieced(mail, piece), wrapped=True), WRAPPER, mdn_flag=False)

    assert attached(form) == mail
    assert not form.eight_bit


@pytest.mark.parametrize("more", [-58, -57, -1, 0, 1, 2, 56, 57])
def test_sizes_around_the_border_of_a_piece_come_back_as_they_were(more: int) -> None:
    """Where a line of base64 is made of two pieces."""
    mail = bytes(range(256)) * 4096 + b"x" * (more % 256)
    mail = mail[: 1024 * 1024 + more] if more < 0 else mail

    assert attached(for_store(copy_of(Pieced(mail, 512 * 1024)), WRAPPER, mdn_flag=True)) == mail


@pytest.mark.parametrize("mode", ["store", "auto", "redirect", "munge", "wrap"])
def test_of_a_mail_that_is_too_large_the_beginning_is_there(mode: str) -> None:
    """Whole lines of it, with all of a text that stands first; and the note says what is missing."""
    mail = LETTER + b"A line of it.\r\n" * 40_000 + b"\0"
    copy = copy_of(mail, shortened=True, wrapped=True)
    form = for_store(copy, WRAPPER, mdn_flag=True) if mode == "store" else for_relay(copy, relay(mode))
    note = next(parsed(form).iter_parts()).get_content()

    assert mail.startswith(attached(form))
    assert attached(form).endswith(b"A line of it.\r\n")
    assert SMALL - 100 < len(attached(form)) <= SMALL
    assert form.size == len(octets(form)) < 2 * SMALL
    assert form.changed == ("wrapped:size",)
    assert "Only its beginning is attached" in note
    assert "exactly as it was received" not in note


@given(st.lists(st.binary(max_size=200), max_size=6))
@settings(max_examples=50)
def test_the_lines_of_base64_do_not_depend_on_the_pieces(pieces: list[bytes]) -> None:
    """A repeat is the same bytes; and no line is over 76 (RFC 2045 section 6.8)."""
    lines = b"".join(encoded(pieces))

    assert lines == b"".join(encoded([b"".join(pieces)]))
    assert all(len(line) == 76 for line in lines.split(b"\r\n")[:-2])


@pytest.mark.parametrize(
    ("mail", "more", "code"),
    [
        (b"From: a@x\r\n\r\na\0b\r\n", {}, "wrapped:nul"),
        (b"From: a\0@x\r\n\r\nab\r\n", {"wrapped": True}, "wrapped:nul"),
        (LETTER, {"wrapped": True}, "wrapped:refused"),
    ],
)
def test_a_folder_and_a_relay_get_the_same_wrapper(mail: bytes, more: dict[str, bool], code: str) -> None:
    """Whatever the relay is set to."""
    copy = copy_of(mail, **more)
    stored = for_store(copy, WRAPPER, mdn_flag=True)

    assert attached(stored) == mail
    assert stored.changed == (code,)
    for mode in ("auto", "redirect", "munge", "wrap"):
        assert octets(for_relay(copy, relay(mode))) == octets(stored)


@pytest.mark.parametrize("mail", [b"", b"\r\nno header\r\n", b"\n\nFrom: a@x\n\nx", b"nothing like a field\r\n"])
def test_a_mail_that_does_not_begin_with_a_header_is_wrapped_for_a_relay(mail: bytes) -> None:
    """With our lines before it, it would be another mail."""
    form = for_relay(copy_of(mail), relay("redirect"))

    assert form.changed == ("wrapped:header",)
    assert attached(form) == mail


def test_a_reply_goes_to_the_customer_and_threads_there() -> None:
    """The customer's program knows its own id among the references."""
    read = parsed(for_relay(copy_of(LETTER, wrapped=True), relay()))
    reply = [*read["References"].split(), read["Message-ID"]]  # RFC 5322 section 3.6.4

    assert read["From"] == "Jane Miller via Support <router@example.com>"
    assert read["Reply-To"] == "Jane Miller <Jane@customer.example>"
    assert read["Subject"] == "Where is my order?"
    assert read["In-Reply-To"] == "<order-7@customer.example>"
    assert reply == [
        "<order-5@customer.example>",
        "<order-6@example.com>",
        "<order-7@customer.example>",
        "<01jd8vq2kx5m9r3t.k7d2aaaaaaaaaaaa.wrapped@router.example.com>",
    ]
    assert (read["To"], read["Date"]) == ("support@example.com", "Fri, 20 Nov 2026 09:30:00 +0000")


def test_it_is_a_machine_that_writes() -> None:
    """RFC 3834: nobody's absence is answered to the customer; and our marks are there to find it by."""
    sent = octets(for_relay(copy_of(LETTER, wrapped=True), relay()))

    assert sent.startswith(BLOCK)
    assert split(sent).first("auto-submitted") == b"auto-generated"
    assert split(sent).first("x-auto-response-suppress") == b"DR, RN, NRN, OOF, AutoReply"


def test_a_clean_mail_that_is_wrapped_by_choice_is_shown_at_once() -> None:
    """As a message; its bytes stand in the mail as they are."""
    mail = LETTER + "Grüße\r\n".encode()
    form = for_relay(copy_of(mail), relay("wrap"))
    _, original = parsed(form).iter_parts()

    assert form.changed == ("wrapped",)
    assert form.eight_bit
    assert mail in octets(form)
    assert original.get_content_type() == "message/rfc822"
    assert original["Content-Transfer-Encoding"] == "8bit"
    assert original.get_content()["Subject"] == "Where is my order?"


@pytest.mark.parametrize(
    "mail",
    [
        LETTER.replace(b"\r\n", b"\n"),
        LETTER + b"x" * 999 + b"\r\n",
        b"Disposition-Notification-To: jane@customer.example\r\n" + LETTER,
    ],
)
def test_one_that_is_not_clean_goes_as_a_file(mail: bytes) -> None:
    """Else something on the way might mend it, or a program answer it."""
    form = for_relay(copy_of(mail), relay("wrap"))

    assert form.changed == ("wrapped",)
    assert attached(form) == mail


def test_the_mail_does_not_end_its_own_part() -> None:
    """Whatever it knows of other wrapped mails: the boundary is made of its hash."""
    first = octets(for_relay(copy_of(LETTER), relay("wrap")))
    boundary = (split(first).first("content-type") or b"").partition(b'"')[2].rstrip(b'"')
    mail = LETTER + b"--" + boundary + b"--\r\nand more\r\n"
    _, original = parsed(for_relay(copy_of(mail), relay("wrap"))).iter_parts()

    assert "and more" in original.get_content().get_content()


@pytest.mark.parametrize(
    "header",
    [
        b"Subject: =?utf-8?q?a=0D=0ABcc:_x@y?=\r\nFrom: =?utf-8?q?=22=0D=0A=0D=0Ab?= <a@x>\r\n",
        b"Subject: a\rBcc: x@y\r\nFrom: a\rBcc: b <a@x>\r\n",
        b"Subject: \0\xff\xed\xb0\x80\r\nFrom: \xed\xb0\x80 <a@x>\r\nMessage-ID: <\xff@x>\r\n",
        b"Subject: "
        + b"s" * 5000
        + b"\r\nFrom: "
        + b"n" * 5000
        + b" <a@x>\r\nMessage-ID: <"
        + b"i" * 5000
        + b"@x>\r\n",
        b"References: " + b"<r@x> " * 3000 + b"\r\nReply-To: " + b"a@x, " * 3000 + b"\r\n",
        b"From: \xc3\xa4@x\r\n",
    ],
)
def test_no_field_of_the_mail_writes_one_of_ours(header: bytes) -> None:
    """It has its words in ours, and no line of its own."""
    sent = octets(for_store(copy_of(header + b"\r\nbody\r\n", wrapped=True), WRAPPER, mdn_flag=True))
    outer = split(sent)
    named = [field.name for field in outer.fields]

    assert outer.defects == ()
    assert len(set(named)) == len(named)
    assert "bcc" not in named
    assert max(map(len, sent.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("why", ["nul", "invitation", "header", "refused", None])
def test_the_note_says_why_and_what_to_do(why: str | None) -> None:
    """In whatever words the template has."""
    values = {"why": why, "name": "Jane", "address": "jane@x", "mailbox": "Support", "subject": "", "size": 2000}
    values |= {"received": None, "as_message": why is None, "answerable": why is not None}
    note = WRAPPER.cover(values)

    assert "Jane <jane@x> wrote to Support" in note
    assert "attached here" in note
    assert ("original.eml" in note) == (why is not None)
