"""Authentication-Results."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.mail.authres import Result, aligned, aligned_dkim, parse, trusted
from router.mail.header import split

GMAIL = (
    b"mx.google.com;\r\n       dkim=pass header.i=@customer.example header.s=s1 header.b=abc;\r\n"
    b"       spf=pass (google.com: domain of jane@customer.example designates 192.0.2.1 as permitted sender)"
    b" smtp.mailfrom=jane@customer.example;\r\n       dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=customer.example"
)


def test_a_field_of_a_big_provider_is_read() -> None:
    """With comments, folds and an identity in place of the domain."""
    found = parse(GMAIL.replace(b"\r\n", b""))

    assert found is not None
    assert found.server == "mx.google.com"
    assert found.results[0] == Result(
        "dkim", "pass", {"header.i": "@customer.example", "header.s": "s1", "header.b": "abc"}
    )
    assert [(one.method, one.result) for one in found.results[1:]] == [("spf", "pass"), ("dmarc", "pass")]
    assert aligned_dkim(found.results, "customer.example")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"mx.example.com; none", ()),
        (b"mx.example.com 1; none;", ()),
        (b'mx.example.com (x (y) \\) z); dkim/1 = pass reason="good; or so"', ((("dkim", "pass")),)),
        (b'"mx.example.com"; Dkim=PASS header . d = "customer.example"', (("dkim", "pass"),)),
        (b"mx.example.com; iprev=pass policy.iprev=192.0.2.1", (("iprev", "pass"),)),
    ],
)
def test_what_the_grammar_allows_is_read(value: bytes, expected: tuple[tuple[str, str], ...]) -> None:
    """RFC 8601 section 2.2."""
    found = parse(value)

    assert found is not None
    assert found.server == "mx.example.com"
    assert tuple((one.method, one.result) for one in found.results) == expected


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"dkim=pass header.d=customer.example",  # Exchange names no server
        b"mx.example.com dkim=pass",
        b"mx.example.com; dkim=pass (open",
        b'mx.example.com; dkim=pass reason="open',
        b"mx.example.com; dkim=pass) header.d=a.b",
        b"mx.example.com; dkim=pass and more",
        b"mx.example.com; =pass",
        b"mx.example.com; dkim=pass" + b";" * 20_000,
    ],
)
def test_what_cannot_be_read_says_nothing(value: bytes) -> None:
    """Half of it may be somebody else's."""
    assert parse(value) is None


def test_only_the_topmost_field_counts() -> None:
    """What is below it may be the sender's own."""
    forged = b"Authentication-Results: mx.example.com; dkim=pass header.d=bank.example\r\n"
    other = b"Authentication-Results: other.example; dkim=fail\r\n"

    assert trusted(split(forged + b"\r\n"), {"mx.example.com"}) != ()
    assert trusted(split(other + forged + b"\r\n"), {"mx.example.com"}) == ()
    assert trusted(split(forged + b"\r\n"), set()) == ()
    assert trusted(split(b"\r\n"), {"mx.example.com"}) == ()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("customer.example", "Customer.Example.", True),
        ("mail.customer.example", "customer.example", True),
        ("customer.example", "shop.customer.example", True),
        ("mail.customer.example", "shop.customer.example", False),  # a registry could be between them
        ("othercustomer.example", "customer.example", False),
        ("example", "customer.example", False),
        ("", "customer.example", False),
        ("", "", False),
        (".example", "customer.example", False),
    ],
)
def test_domains_are_aligned_where_one_lies_in_the_other(one: str, other: str, expected: bool) -> None:
    """Narrower than DMARC's relaxed alignment, and without a list of registries."""
    assert aligned(one, other) == aligned(other, one) == expected


@given(
    st.one_of(
        st.binary(max_size=400),
        st.lists(st.sampled_from([b"a=b ", b";", b"(", b")", b'"', b"\\", b"x.y=z"])).map(b"".join),
    )
)
def test_no_bytes_make_it_raise(value: bytes) -> None:
    """It is somebody's claim like any other field."""
    parse(value)


@pytest.mark.parametrize("unit", [b"(", b"()", b'"', b"\\", b"a=b ", b"; a=b", b" ", b"a.", b"a =", b'"\\'])
def test_a_hostile_field_is_read_at_once(unit: bytes) -> None:
    """One such mail must not hold up others."""
    started = time.process_time()
    parse(b"mx; dkim=pass " + unit * (16_000 // len(unit)))

    assert time.process_time() - started < 0.5
