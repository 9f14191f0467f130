"""What rules may ask of a mail."""

import pytest

from router.routing.analysis import analyse, unreadable
from router.routing.facts import facts_of
from tests.store.desk import NOON, seen
from tests.store.driver import KEY, READER, letter


def facts(raw: bytes, **parts):
    """The facts of one mail to support."""
    return facts_of(analyse(seen(raw, **parts), KEY, READER), ["support"])


def test_the_facts_are_those_of_the_mail() -> None:
    """As `router explain` and the rules see them."""
    raw = letter(Cc="Lee <LEE@x.example>")
    found = facts(raw, sender="bounce@mailer.example")

    assert (found.mailboxes, found.received) == ({"support"}, NOON)
    assert (found.sender, found.recipients) == ("bounce@mailer.example", ("support@example.com",))
    assert (found.from_, found.to) == (("kim@customer.example",), ("support@example.com", "lee@x.example"))
    assert (found.subject, found.kind, found.size) == ("Order", "person", len(raw))
    assert (found.text or "").strip() == "Where is my order?"


def test_every_field_of_a_name_is_there_and_decoded() -> None:
    """A rule about a header means any of them."""
    found = facts(b"X-A: 1\r\nX-a: =?utf-8?q?=C3=A4?=\r\n" + letter())

    assert found.headers["x-a"] == ("1", "ä")


@pytest.mark.parametrize(("sender", "from_"), [("env@x.example", ("env@x.example",)), ("", ())])
def test_without_a_from_the_envelope_speaks(sender: str, from_: tuple[str, ...]) -> None:
    """A rule `from` must meet a mail without one too."""
    assert from_ == facts(letter(From=""), sender=sender).from_


def test_a_mail_that_cannot_be_read_has_no_text_rather_than_an_empty_one() -> None:
    """A rule about its text is then in doubt, not denied."""
    found = facts_of(unreadable(seen()), ["support"])

    assert (found.text, found.faults) == (None, {"unreadable"})
