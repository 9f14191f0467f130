"""A digest as mail."""

from router.conversation.edition import Edition
from router.digest.letter import Letter
from router.mail import mark
from tests.digest.morning import ANNA, Morning, ago, parsed, twin, whole
from tests.store.driver import KEY


def test_its_header_says_whose_it_is_and_asks_for_no_answer_of_a_machine(usual: tuple[Letter, Edition]) -> None:
    """RFC 3834, RFC 2919, and what Exchange goes by."""
    one, edition = usual
    header = parsed(one)

    assert header["From"] == '"Support digest" <router@example.com>'
    assert header["To"] == f"<{ANNA}>"
    assert header["Auto-Submitted"] == "auto-generated"
    assert header["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert header["List-Id"] == "<support-nightly.digest.router.example.com>"
    assert header["Date"] == "Mon, 23 Nov 2026 07:00:00 +0000"
    assert header["Message-ID"] == f"<{mark.make(KEY, edition.id)}.digest@router.example.com>"
    assert mark.verify(KEY, header["X-Router-Copy"]) == edition.id
    reply = mark.verify_address(KEY, header["Reply-To"].strip("<>"))
    assert mark.replied(reply or "") == (edition.id, 0)


def test_the_same_edition_is_the_same_octets(sighted: Morning) -> None:
    """After a kill it is frozen once more, and must not be another mail."""
    sighted.write("Kim", ago(5))

    assert sighted.compose()[1] == sighted.compose()[1]


def test_what_differs_from_reader_to_reader_stands_in_the_block(sighted: Morning) -> None:
    """The rest of the header is everybody's."""
    sighted.write("Kim", ago(5))
    anna, tom = sighted.compose(recipients=(ANNA, "tom@example.com"))[1].letters

    assert anna.body.partition(b"\r\n\r\n")[0] == tom.body.partition(b"\r\n\r\n")[0]
    assert anna.block != tom.block


def test_it_has_both_alternatives_the_better_one_last(usual: tuple[Letter, Edition]) -> None:
    """RFC 2046 section 5.1.4."""
    parts = [part.get_content_type() for part in parsed(usual[0]).walk()]

    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    assert not any(part.defects for part in parsed(usual[0]).walk())


def test_it_is_ascii_in_lines_that_every_server_takes(sighted: Morning) -> None:
    """RFC 5322 section 2.1.1; a server that breaks lines breaks signatures."""
    sighted.write("Kim", ago(5), "日本語の手紙です。" * 30, Subject="=?utf-8?b?8J+YgA==?= " + "long" * 200)
    octets = whole(sighted.compose()[1].letters[0])

    assert octets.isascii()
    assert octets.count(b"\n") == octets.count(b"\r\n") == octets.count(b"\r")
    assert max(map(len, octets.split(b"\r\n"))) <= 76


def test_no_word_of_a_customer_stands_in_the_header(sighted: Morning) -> None:
    """Whatever a subject holds, it begins no header field of ours."""
    sighted.write("Zyxwv", ago(5), "Zyxwv text", Subject="Zyxwv =?utf-8?q?=0D=0ABcc:_all=40example.com?=")
    one = sighted.compose()[1].letters[0]
    header = one.block + one.body.partition(b"\r\n\r\n")[0]

    assert "Zyxwv" in twin(one, "plain")
    assert "Zyxwv" not in str(parsed(one)["Subject"])
    assert b"zyxwv" not in header.lower()
    assert b"bcc" not in header.lower()
