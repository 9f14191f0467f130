"""The argument of MAIL and RCPT: what it says, or one defined reply."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.intake import path, replies
from router.intake.path import Malformed

TAKEN = [
    (b"FROM:<a@b.com>", "a@b.com", {}),
    (b"from:<a@b.com>", "a@b.com", {}),  # case does not count
    (b"FROM: <a@b.com>", "a@b.com", {}),  # many senders put a space there
    (b"FROM:\t<a@b.com>", "a@b.com", {}),
    (b"FROM:<>", "", {}),  # bounces
    (b"FROM: <>", "", {}),
    (b"FROM:<> SIZE=100", "", {"SIZE": "100"}),
    (b"FROM:a@b.com", "a@b.com", {}),  # no brackets
    (b"FROM:a@b.com SIZE=1", "a@b.com", {"SIZE": "1"}),
    (b"FROM:<A.B+c=d@Example.COM>", "A.B+c=d@Example.COM", {}),  # nothing is folded here
    (b"FROM:<SRS0=xYz=AB=example.org=joe@fwd.example>", "SRS0=xYz=AB=example.org=joe@fwd.example", {}),
    (b"FROM:<bounce-1234-kim=customer.example@list.example>", "bounce-1234-kim=customer.example@list.example", {}),
    (b"FROM:<!#$%&'*+-/=?^_`{|}~@b.com>", "!#$%&'*+-/=?^_`{|}~@b.com", {}),  # all of atext
    (b"FROM:<a@b.com.>", "a@b.com", {}),  # the root of the DNS
    (b"FROM:<a@b..>", "a@b", {}),
    (b"FROM:<a..b@docomo.example>", "a..b@docomo.example", {}),  # against the RFC, and real
    (b"FROM:<.a.@b.com>", ".a.@b.com", {}),
    (b"FROM:<root>", "root", {}),  # cron, without a host
    (b"FROM:<MAILER-DAEMON>", "MAILER-DAEMON", {}),
    (b'FROM:<"a b"@c.com>', '"a b"@c.com', {}),  # quotes stay
    (b'FROM:<"a\\"b"@c.com>', '"a\\"b"@c.com', {}),
    (b'FROM:<"a@b"@c.com>', '"a@b"@c.com', {}),
    (b'FROM:<""@c.com>', '""@c.com', {}),
    (b'FROM:<"<>"@c.com>', '"<>"@c.com', {}),
    (b"FROM:<a@[192.0.2.1]>", "a@[192.0.2.1]", {}),
    (b"FROM:<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", {}),
    (b"FROM:<@relay.example:a@b.com>", "a@b.com", {}),  # a source route is ignored, RFC 5321 section 4.1.1.3
    (b"FROM:<@r1.example,@r2.example:a@b.com>", "a@b.com", {}),
    (b"FROM:<a_b@under_score.example>", "a_b@under_score.example", {}),  # hosts that should not be, and are
    (b"FROM:<a@b.com> BODY=8BITMIME SIZE=12", "a@b.com", {"BODY": "8BITMIME", "SIZE": "12"}),
    (b"FROM:<a@b.com>  size=12  body=7bit", "a@b.com", {"SIZE": "12", "BODY": "7bit"}),
    (b"FROM:<a@b.com> AUTH=<>", "a@b.com", {"AUTH": "<>"}),
    (b"FROM:<a@b.com> RET=HDRS ENVID=x+2By", "a@b.com", {"RET": "HDRS", "ENVID": "x+2By"}),
    (b"FROM:<a@b.com> X-Y", "a@b.com", {"X-Y": None}),
    ("FROM:<jörg@bücher.example> SMTPUTF8".encode(), "jörg@bücher.example", {"SMTPUTF8": None}),
    ("FROM:<用户@例子.example> SMTPUTF8".encode(), "用户@例子.example", {"SMTPUTF8": None}),
    (b"FROM:<" + b"v" * 600 + b"@b.com>", "v" * 600 + "@b.com", {}),  # VERP within VERP
]

REFUSED = [
    (b"", replies.MAIL_SYNTAX),
    (b"FROM", replies.MAIL_SYNTAX),
    (b"FROM:", replies.MAIL_SYNTAX),
    (b"FROM:   ", replies.MAIL_SYNTAX),
    (b"TO:<a@b.com>", replies.MAIL_SYNTAX),
    (b"<a@b.com>", replies.MAIL_SYNTAX),
    (b"FROM <a@b.com>", replies.MAIL_SYNTAX),
    (b"FROM:<", replies.BAD_SENDER),  # IndexError in aiosmtpd
    (b"FROM:>", replies.BAD_SENDER),
    (b"FROM:<a@b.com", replies.BAD_SENDER),  # aiosmtpd takes it
    (b"FROM:a@b.com>", replies.BAD_SENDER),
    (b"FROM:<<a@b.com>>", replies.BAD_SENDER),
    (b"FROM:<@>", replies.BAD_SENDER),
    (b"FROM:<a@>", replies.BAD_SENDER),
    (b"FROM:<a@.>", replies.BAD_SENDER),
    (b"FROM:<@b.com>", replies.BAD_SENDER),
    (b"FROM:<@relay.example:>", replies.BAD_SENDER),  # a route to nobody
    (b"FROM:<a@b@c.com>", replies.BAD_SENDER),
    (b"FROM:<a b@c.com>", replies.BAD_SENDER),  # aiosmtpd takes the space out
    (b"FROM:<a(comment)@b.com>", replies.BAD_SENDER),  # and the comment
    (b"FROM:< a@b.com >", replies.BAD_SENDER),
    (b'FROM:<"a@b.com>', replies.BAD_SENDER),
    (b'FROM:<"a"b@c.com>', replies.BAD_SENDER),
    (b'FROM:<"a\\">', replies.BAD_SENDER),
    (b"FROM:<a@[1.2.3>", replies.BAD_SENDER),
    (b"FROM:<a,b@c.com>", replies.BAD_SENDER),
    (b"FROM:<a@b.com>SIZE=1", replies.BAD_SENDER),
    (b"FROM:Kim <a@b.com>", replies.MAIL_SYNTAX),  # a header line, not a path
    (b"FROM:<a@b.com\x00>", replies.BAD_SENDER),
    (b"FROM:<a@b.com> SIZE=", replies.MAIL_SYNTAX),
    (b"FROM:<a@b.com> =5", replies.MAIL_SYNTAX),
    (b"FROM:<a@b.com> SIZE=1 SIZE=2", replies.MAIL_SYNTAX),  # which of them?
    (b"FROM:<a@b.com> <c@d.com>", replies.MAIL_SYNTAX),
    (b"FROM:<j\xf6rg@b.com>", replies.BAD_SENDER),
    (b"FROM:<j\xf6rg@b.com> SMTPUTF8", replies.BAD_SENDER),
    ("FROM:<jörg@b.com>".encode(), replies.NEEDS_SMTPUTF8),
    ("FROM:<a@bücher.example> SIZE=1".encode(), replies.NEEDS_SMTPUTF8),
    (b"FROM:<" + b"v" * 1200 + b"@b.com>", replies.BAD_SENDER),
]


@pytest.mark.parametrize(("raw", "address", "parameters"), TAKEN)
def test_a_sender_is_taken_as_it_was_meant(raw: bytes, address: str, parameters: dict[str, str | None]) -> None:
    """A sender that we refuse is a customer's mail that comes back to him."""
    found = path.sender(raw)

    assert (found.raw, found.address, dict(found.parameters)) == (raw, address, parameters)


@pytest.mark.parametrize(("raw", "reply"), REFUSED)
def test_what_is_no_sender_has_one_defined_reply(raw: bytes, reply: str) -> None:
    """And never an exception."""
    with pytest.raises(Malformed) as caught:
        path.sender(raw)

    assert caught.value.reply == reply


@pytest.mark.parametrize(
    ("raw", "mailbox"),
    [
        (b"TO:<support@example.com>", "support@example.com"),
        (b'to: <"support"@example.com>', "support@example.com"),  # needless quotes make no other mailbox
        (b'TO:<"sup port"@example.com>', '"sup port"@example.com'),
        (b'TO:<"a\\"b"@example.com>', '"a\\"b"@example.com'),
        (b"TO:<support@example.com.>", "support@example.com"),
        (b"TO:<@relay.example:support@example.com>", "support@example.com"),
        (b"TO:<postmaster>", "postmaster"),
    ],
)
def test_a_recipient_is_found_by_its_mailbox(raw: bytes, mailbox: str) -> None:
    """However it is written."""
    assert path.recipient(raw, utf8=False).mailbox == mailbox


@pytest.mark.parametrize(
    ("raw", "reply"),
    [
        (b"TO:<>", replies.BAD_ADDRESS),  # nobody is no recipient
        (b"TO:<", replies.BAD_ADDRESS),
        (b"FROM:<a@b.com>", replies.RCPT_SYNTAX),
        (b"TO:", replies.RCPT_SYNTAX),
        (b"TO:<\xff@example.com>", replies.BAD_ADDRESS),
        ("TO:<jörg@example.com>".encode(), replies.NEEDS_SMTPUTF8),
    ],
)
def test_what_is_no_recipient_has_one_defined_reply(raw: bytes, reply: str) -> None:
    """In the words of RCPT."""
    with pytest.raises(Malformed) as caught:
        path.recipient(raw, utf8=False)

    assert caught.value.reply == reply


def test_a_recipient_beyond_ascii_needs_the_word_of_mail() -> None:
    """RFC 6531 section 3.4: it holds for the whole transaction."""
    assert path.recipient("TO:<jörg@example.com>".encode(), utf8=True).address == "jörg@example.com"


@given(st.binary(max_size=300) | st.text(alphabet='<>@"\\:,.[]() ab=ö', max_size=60).map(str.encode))
def test_any_argument_is_taken_or_refused(raw: bytes) -> None:
    """Nothing else is ever raised, and what is taken can be stored as text."""
    for read in (path.sender, lambda raw: path.recipient(raw, utf8=True)):
        for keyword in (b"FROM:", b"TO:"):
            try:
                found = read(keyword + raw)
            except Malformed:
                continue
            found.address.encode()
            assert found.raw == keyword + raw


@pytest.mark.parametrize(
    "raw",
    [
        b"FROM:<" + b"a" * 2000,
        b"FROM:<" + b"@a," * 700,
        b'FROM:<"' + b"\\a" * 1000,
        b'FROM:<"' + b"\\" * 2001,
        b"FROM:<a@" + b"[" * 2000,
        b"FROM:<a@b> " + b"A=1 " * 500,
    ],
)
def test_no_argument_takes_long(raw: bytes) -> None:
    """It is read on the loop, which everybody shares."""
    begun = time.thread_time()
    for _ in range(10):
        with pytest.raises(Malformed):
            path.sender(raw)

    assert time.thread_time() - begun < 0.1
