"""The header block as it really arrives."""

from __future__ import annotations

import time

import pytest

from router.mail.header import BLOCK_CAP, FIELD_CAP, FIELDS_CAP, Field, split


@pytest.mark.parametrize(
    ("raw", "fields", "body", "defects"),
    [
        # the ordinary case, on the wire and in a file
        (b"A: 1\r\nB: 2\r\n\r\nbody\r\n", [("a", b"1"), ("b", b"2")], b"body\r\n", ()),
        (b"A: 1\nB: 2\n\nbody\n", [("a", b"1"), ("b", b"2")], b"body\n", ()),
        # the line end of a fold goes, its white space stays
        (b"A: 1\r\n\t2\r\n  3\r\n\r\n", [("a", b"1\t2  3")], b"", ()),
        # a line of white space is a fold, not the end of the block
        (b"A: 1\n \nB: 2\n\nbody", [("a", b"1"), ("b", b"2")], b"body", ()),
        # separators of mailbox files, plain and quoted
        (b"From a@b Fri Feb 22 23:00:00 2008\nA: 1\n\nbody", [("a", b"1")], b"body", ("mbox-from",)),
        (b">From a@b Fri Feb 22 23:00:00 2008\r\nA: 1\r\n\r\nbody", [("a", b"1")], b"body", ("mbox-from",)),
        # which no field is mistaken for
        (b"From : a@b\n\nbody", [("from", b"a@b")], b"body", ()),
        # a separator with an empty header behind it
        (b"From a@b Fri Feb 22 23:00:00 2008\n\nbody", [], b"body", ("mbox-from",)),
        # blank lines in front
        (b"\r\n\r\nA: 1\r\n\r\nbody", [("a", b"1")], b"body", ("leading-blank",)),
        # white space before the colon
        (b"Subject : x\n\nbody", [("subject", b"x")], b"body", ()),
        # a line that is no field, with its continuation, is passed over, and the rest is read
        (b"A: 1\nnonsense\n more: of it\nB: 2\n\nbody", [("a", b"1"), ("b", b"2")], b"body", ("not-a-field",)),
        (
            b">From a@b Fri\nA: 1\n>From c@d 10:00\nB: 2\n\n",
            [("a", b"1"), ("b", b"2")],
            b"",
            ("mbox-from", "not-a-field"),
        ),
        # a continuation of nothing
        (b" lost\nA: 1\n\nbody", [("a", b"1")], b"body", ()),
        # a bare CR ends no line: the second field is not honoured
        (b"Subject: a\rX-Injected: yes\r\n\r\nbody", [("subject", b"a\rX-Injected: yes")], b"body", ("bare-cr",)),
        # a forgotten separator, and one with a space in it: what stands behind the last field is the body
        (b"A: 1\nHello,\nyours: me\n\n", [("a", b"1"), ("yours", b"me")], b"", ("not-a-field",)),
        (b"A: 1\nHello,\nAnna\n\nP.S.", [("a", b"1")], b"Hello,\nAnna\n\nP.S.", ("not-a-field", "no-separator")),
        (b"A: 1\r\n \r\nHello,\r\n\r\n", [("a", b"1")], b"Hello,\r\n\r\n", ("not-a-field", "no-separator")),
        # no body, with and without the blank line
        (b"A: 1\r\n\r\n", [("a", b"1")], b"", ()),
        (b"A: 1", [("a", b"1")], b"", ("no-blank-line",)),
        # only text: it stays text
        (b"hello there\n\nmore\n", [], b"hello there\n\nmore\n", ("not-a-field", "no-header")),
        # nothing at all
        (b"", [], b"", ("no-blank-line",)),
        (b"\r\n", [], b"", ("leading-blank", "no-blank-line")),
        # repeated fields stay, in order
        (b"A: 1\nA: 2\n\n", [("a", b"1"), ("a", b"2")], b"", ()),
        # an empty value
        (b"A:\nB: 2\n\n", [("a", b""), ("b", b"2")], b"", ()),
        # names are ASCII
        (b"S\xfcbject: 1\nB: 2\n\n", [("b", b"2")], b"", ("not-a-field",)),
    ],
)
def test_a_header_block_is_read_as_it_was_meant(raw, fields, body, defects):
    """Every form here is in real mail, and the email package loses fields of half of them."""
    header = split(raw)

    assert header.fields == tuple(Field(name, value) for name, value in fields)
    assert raw[header.body_at :] == body
    assert header.defects == defects


def test_fields_are_found_by_name():
    """Callers ask for the first field or for all of them."""
    header = split(b"A: 1\nB: 2\na: 3\n\n")

    assert header.first("a") == b"1"
    assert header.all("a") == (b"1", b"3")
    assert header.first("c") is None
    assert header.all("c") == ()


def test_what_is_over_a_cap_is_left_out_and_named():
    """Analysis of a hostile header must end, and say that it did not see all."""
    many = split(b"A: 1\n" * (FIELDS_CAP + 5) + b"\nbody")
    long = split(b"A: " + b"x" * (FIELD_CAP + 5) + b"\nB: 2\n\nbody")
    huge = split((b"A: " + b"x" * 60_000 + b"\n") * 6 + b"\nbody")

    assert (len(many.fields), many.defects) == (FIELDS_CAP, ("too-many-fields",))
    assert (len(long.fields[0].value), long.fields[1].value, long.defects) == (FIELD_CAP, b"2", ("field-too-long",))
    assert (len(huge.fields), huge.defects) == (BLOCK_CAP // 60_000, ("header-too-long",))
    assert huge.body_at == 6 * 60_004 + 1


@pytest.mark.parametrize(
    "raw",
    [
        b"A: 1\n\n" + b"x" * 50_000_000,  # LF only: a search for CRLF must not run through the body
        b"A: 1\r\n" + b"x" * 50_000_000,  # no end at all
        b"\n" * 50_000_000,
        b"\r" * 50_000_000,
        b"From \n" * 5_000_000,
        b"A: 1\n" * 5_000_000,
        b" \n" * 5_000_000,
        b"x\n" * 5_000_000,
        b"A" * 5_000_000 + b":",
    ],
    ids=["lf", "no-end", "blank", "cr", "separators", "fields", "folds", "no-fields", "name"],
)
def test_a_large_message_costs_no_more_than_a_search(raw):
    """The header of a large message is read on the way, not in a worker."""
    started = time.thread_time()
    split(raw)

    assert time.thread_time() - started < 0.5
