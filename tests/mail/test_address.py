"""Addresses as people and programs write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.mail.address import Address, addresses, base, domain, normal


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"anna@example.com", [("", "anna@example.com")]),
        (b"Anna Berg <Anna@Example.COM>", [("Anna Berg", "anna@example.com")]),
        (b'"Berg, Anna" <anna@example.com>', [("Berg, Anna", "anna@example.com")]),
        (b'"a \\"b\\" c" <anna@example.com>', [('a "b" c', "anna@example.com")]),
        (b"anna@example.com (Anna (A.) Berg)", [("Anna (A.) Berg", "anna@example.com")]),
        (b"a@x.com, b@x.com;c@x.com", [("", "a@x.com"), ("", "b@x.com"), ("", "c@x.com")]),
        # trailing and doubled commas
        (b"a@x.com, , b@x.com,", [("", "a@x.com"), ("", "b@x.com")]),
        # groups
        (b"Friends: a@x.com, B <b@x.com>; c@x.com", [("", "a@x.com"), ("B", "b@x.com"), ("", "c@x.com")]),
        (b"undisclosed-recipients:;", []),
        # encoded words in names, also with a comma inside, also quoted
        (b"=?utf-8?q?J=C3=B6rg?= <j@x.com>", [("Jörg", "j@x.com")]),
        (b"=?utf-8?q?Berg,_Anna?= <j@x.com>", [("Berg, Anna", "j@x.com")]),
        (b'"=?utf-8?q?J=C3=B6rg?=" <j@x.com>', [("Jörg", "j@x.com")]),
        # raw 8-bit
        (b"J\xf6rg <j@x.com>", [("Jörg", "j@x.com")]),
        ("jörg@exämple.com".encode(), [("", "jörg@exämple.com")]),
        # brackets that are missing, empty, doubled
        (b"Anna <a@x.com", [("Anna", "a@x.com")]),
        (b"Anna a@x.com", [("Anna", "a@x.com")]),
        (b"a@x.com>", [("", "a@x.com")]),
        (b"Anna <a@x.com, b@x.com", [("Anna", "a@x.com"), ("", "b@x.com")]),
        (b"Anna <>", []),
        (b"<<a@x.com>>", [("", "a@x.com")]),
        (b"A <a@x.com> B <b@x.com>", [("A", "a@x.com"), ("B", "b@x.com")]),
        # the address as its own name
        (b'"a@x.com" <a@x.com>', [("a@x.com", "a@x.com")]),
        (b"a@x.com <a@x.com>", [("a@x.com", "a@x.com")]),
        (b'"a@x.com"', [("", "a@x.com")]),
        # obsolete and quoted forms
        (b"<@relay,@other:a@x.com>", [("", "a@x.com")]),
        (b"a @ x.com", [("", "a@x.com")]),
        (b'"a b"@x.com', [("", '"a b"@x.com')]),
        (b'"a.b"@x.com', [("", "a.b@x.com")]),
        (b"<a@[IPv6:::1]>", [("", "a@[ipv6:::1]")]),
        (b"<mailto:a@x.com>", [("", "a@x.com")]),
        (b"'a@x.com'", [("", "a@x.com")]),
        (b"a@x.com.", [("", "a@x.com")]),
        # local accounts
        (b"root", [("", "root")]),
        (b"Mail Delivery Subsystem <MAILER-DAEMON>", [("Mail Delivery Subsystem", "mailer-daemon")]),
        # no addresses
        (b"Anna Berg", []),
        (b"", []),
        (b"(c):", []),
        (b"@", []),
        (b"a@", []),
        # what nothing closes
        (b'"Anna <a@x.com>', [("Anna", "a@x.com")]),
        (b"Anna (Berg <a@x.com>", [("Anna Berg", "a@x.com")]),
        (b"a@[1.2.3", [("", "a@[1.2.3")]),
    ],
)
def test_addresses_are_found_in_what_is_written(value, expected):
    """Who wrote decides whose conversation it is; no form here may lose the address."""
    assert addresses(value) == tuple(Address(name, addr) for name, addr in expected)


@given(st.lists(st.from_regex(r"[a-z][a-z0-9.+]{0,8}[a-z]@[a-z]{1,8}\.com", fullmatch=True), max_size=20))
def test_a_list_of_plain_addresses_is_that_list(parts):
    """Nothing is lost and nothing is invented."""
    value = ", ".join(parts).encode()

    assert [each.addr for each in addresses(value)] == parts


@given(st.binary(max_size=400) | st.text("<>()\",;:@=?\\ ab.'", max_size=200).map(str.encode))
def test_no_value_raises_or_gives_an_empty_address(value):
    """An empty address would be everybody's."""
    for each in addresses(value):
        assert each.addr
        assert each.addr == each.addr.lower()
        assert not set(each.addr) & set("\r\n\0")


@pytest.mark.parametrize(
    "value",
    [
        b"(" * 60_000,
        b"(" * 30_000 + b")" * 29_999,
        b"()" * 30_000 + b"(",
        b"<" * 60_000,
        b'"' * 60_000,
        b'"\\' * 30_000,
        b'a"\\"' * 16_000,
        b"\\" * 60_000,
        b":" * 60_000,
        b"=?a?q?" * 10_000,
        b" " * 60_000 + b"@",
        b"a " * 30_000 + b"@",
        b"@" * 60_000,
        b"a @ " * 15_000,
        b", ".join(b"Customer %d <c%d@example.com>" % (number, number) for number in range(20_000)),
        b",".join(b"c%d@x.y" % number for number in range(20_000)),
    ],
)
def test_hostile_lists_are_read_at_once(value):
    """20,000 recipients took the email package five seconds."""
    started = time.thread_time()
    addresses(value)

    assert time.thread_time() - started < 0.4


def test_addresses_have_a_normal_form():
    """The null sender reaches us with its brackets (aiosmtpd), and is still null."""
    assert normal(" <Anna@Example.com> ") == "anna@example.com"
    assert normal("<>") == ""
    assert normal("") == ""
    assert base("anna+tag+more@x.com") == "anna@x.com"
    assert base("+tag@x.com") == "+tag@x.com"
    assert base("root") == "root"
    assert domain("anna@x.com") == "x.com"
    assert domain("root") == ""
