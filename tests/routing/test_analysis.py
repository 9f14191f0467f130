"""Reading one transmission: whatever the bytes, there is an analysis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.mail.kind import Kind
from router.routing import analysis
from router.routing.analysis import analyse, analyse_all, unreadable
from tests.store.desk import octets, seen
from tests.store.driver import KEY, READER, letter


@given(st.one_of(st.binary(max_size=400), st.binary(max_size=200).map(lambda junk: letter() + junk)))
def test_any_bytes_have_an_analysis(raw: bytes) -> None:
    """T2 meets what the world sends."""
    this = analyse(seen(raw), KEY, READER)

    assert octets(this.seen.content) == raw
    assert this.keys
    assert this.verdict.reasons is not None


def test_a_reader_that_breaks_leaves_a_mail_that_is_routed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The net under our own faults: the mail is marked, known by its bytes, and goes on."""
    monkeypatch.setattr(analysis, "read_mail", lambda *_: 1 / 0)
    one = seen(letter())
    this = analyse(one, KEY, READER)

    assert this == unreadable(one)
    assert this.faults == ("unreadable",)
    assert (this.verdict.kind, this.verdict.needs_answer) == (Kind.PERSON, True)
    assert this.anonymous


def test_a_fault_of_one_leaves_the_batch_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are read."""
    real = analysis.read_mail
    monkeypatch.setattr(analysis, "read_mail", lambda head, *rest: 1 / 0 if b"bad" in head else real(head, *rest))

    found = analyse_all([seen(letter(1)), seen(b"bad"), seen(letter(2))], KEY, READER)

    assert [this.faults == ("unreadable",) for this in found] == [False, True, False]


def test_the_log_of_a_fault_holds_no_mail(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The sighting's id is enough to find it."""
    monkeypatch.setattr(analysis, "read_mail", lambda *_: 1 / 0)
    one = seen(letter(text="canary"))
    analyse(one, KEY, READER)

    assert one.id in caplog.text
    assert "canary" not in caplog.text


def test_the_three_keys_differ_from_each_other() -> None:
    """They share one table."""
    this = analyse(seen(letter()), KEY, READER)

    assert len(set(this.keys)) == 3
    assert {key[:1] for key in this.keys} == {b"b", b"c", b"r"}


def test_the_envelope_does_not_change_what_a_mail_says() -> None:
    """Only the key of the transmission knows of recipients."""
    one, other = (analyse(seen(letter(), recipients=(to,)), KEY, READER) for to in ("a@x", "b@x"))

    assert one.same_bytes != other.same_bytes
    assert (one.same_content, one.same_rebuilt) == (other.same_content, other.same_rebuilt)
