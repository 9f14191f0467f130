"""Kinds of values: how each is read, and what is refused."""

from collections.abc import Callable
from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from router.config import fields, measures

GOOD: list[tuple[Callable[..., Any], object, object]] = [
    (fields.address, "Anna@Example.COM", "anna@example.com"),
    (fields.address, "a+b'c@example.com", "a+b'c@example.com"),
    (fields.address, "info@bücher.example", "info@xn--bcher-kva.example"),
    (fields.address, "root@localhost", "root@localhost"),  # a test machine
    (fields.domain, "Example.com", "example.com"),
    (fields.domain, "_dmarc.example.com", "_dmarc.example.com"),
    (fields.name, "Mike.2_b-c", "Mike.2_b-c"),
    (measures.duration, "4h", timedelta(hours=4)),
    (measures.duration, "90m", timedelta(minutes=90)),
    (measures.duration, "1d 4h", timedelta(days=1, hours=4)),
    (measures.duration, "1d4h", timedelta(days=1, hours=4)),
    (measures.duration, " 2W ", timedelta(weeks=2)),
    (measures.size, 50_000_000, 50_000_000),
    (measures.size, "50MB", 50_000_000),
    (measures.size, "1 MiB", 1_048_576),
    (measures.size, "512", 512),
    (measures.size, "1kB", 1_000),
    (fields.host_port, "127.0.0.1:2525", ("127.0.0.1", 2525)),
    (fields.host_port, "[::1]:25", ("::1", 25)),
    (fields.host_port, "localhost:0", ("localhost", 0)),  # the system chooses
    (fields.host, "IMAP.example.com", "imap.example.com"),
    (fields.host, "::1", "::1"),
    (fields.network, "192.0.2.0/24", ip_network("192.0.2.0/24")),
    (fields.network, "192.0.2.1", ip_network("192.0.2.1/32")),
    (measures.share, 1, 1.0),
    (measures.share, 0.95, 0.95),
    (measures.days, [date(2026, 12, 20), date(2026, 12, 20)], (date(2026, 12, 20), date(2026, 12, 20))),
    (fields.url, "https://hooks.example.com/x", "https://hooks.example.com/x"),
]

BAD: list[tuple[Callable[..., Any], object]] = [
    (fields.address, "anna"),
    (fields.address, "@example.com"),
    (fields.address, "anna@"),
    (fields.address, "anna@example..com"),
    (fields.address, "Anna <anna@example.com>"),
    (fields.address, "anna@example.com "),
    (fields.address, "anna@example.com\r\nRCPT TO:<b@example.com>"),  # it would end up in a dialogue
    (fields.address, '"a b"@example.com'),
    (fields.address, "a" * 65 + "@example.com"),  # RFC 5321 section 4.5.3.1.1
    (fields.address, ["anna@example.com"]),
    (fields.domain, "*.example.com"),
    (fields.domain, "-example.com"),
    (fields.domain, "a" * 64 + ".com"),
    (fields.domain, ""),
    (fields.name, "../etc"),
    (fields.name, ".hidden"),
    (fields.name, "two words"),
    (fields.name, ""),
    (fields.zone, "UTC+1"),
    (fields.zone, "../../etc/passwd"),
    (fields.zone, "/etc/localtime"),
    (fields.zone, ""),
    (fields.zone, "Europe"),
    (measures.duration, "4"),
    (measures.duration, 4),
    (measures.duration, "0h"),
    (measures.duration, "-4h"),
    (measures.duration, "4 hours"),
    (measures.duration, "9999999999999d"),  # more than a timedelta holds
    (measures.size, 0),
    (measures.size, -1),
    (measures.size, True),
    (measures.size, "50 mails"),
    (measures.size, 1.5),
    (fields.host_port, ":2525"),
    (fields.host_port, "127.0.0.1"),
    (fields.host_port, "::1:25"),  # which of the colons?
    (fields.host_port, "127.0.0.1:٢٥"),  # digits, and none of ours
    (fields.host, "imap.example.com:993"),
    (fields.host, "https://imap.example.com"),
    (fields.network, "192.0.2.1/24"),
    (fields.network, 3221225985),  # ip_network() would take it
    (measures.share, 0),
    (measures.share, 1.01),
    (measures.share, True),
    (measures.share, float("nan")),
    (measures.days, [date(2027, 1, 3), date(2026, 12, 20)]),
    (measures.days, [date(2027, 1, 3)]),
    (measures.time_of_day, "24:00"),
    (measures.time_of_day, "7:00"),
    (fields.url, "file:///etc/passwd"),
    (fields.url, "https://[x"),
]


@pytest.mark.parametrize(("reader", "value", "expected"), GOOD)
def test_a_value_is_read(reader: Callable[..., Any], value: object, expected: object) -> None:
    """Each way of writing that the manual shows, and those that people try first."""
    assert expected == reader(value)


@pytest.mark.parametrize(("reader", "value"), BAD)
def test_a_value_is_refused(reader: Callable[..., Any], value: object) -> None:
    """In our words, and never by another error."""
    with pytest.raises(PydanticCustomError):
        reader(value)


@given(st.integers(min_value=1, max_value=10**8))
def test_a_duration_is_written_as_it_is_read(seconds: int) -> None:
    """`check --show` prints what loads again."""
    value = timedelta(seconds=seconds)

    assert value == measures.duration(measures.duration_text(value))


@pytest.mark.parametrize("text", ["127.0.0.1:2525", "[::1]:25", "localhost:0"])
def test_a_listening_address_is_written_as_it_is_read(text: str) -> None:
    """Brackets come back where they are needed."""
    assert text == fields.host_port_text(fields.host_port(text))


@given(st.text() | st.integers() | st.booleans() | st.floats() | st.none() | st.lists(st.text()))
def test_no_reader_fails_otherwise(value: object) -> None:
    """Whatever stands in the file, a validator answers it."""
    for reader in {reader for reader, *_ in (*GOOD, *BAD)}:
        try:
            reader(value)
        except PydanticCustomError as refused:
            assert refused.type == "expected"  # noqa: PT017 - both outcomes are fine, another error is not


def test_a_home_folder_is_found() -> None:
    """Shells expand it, and files are written by people with shells."""

    class Info:
        context = {"folder": Path("/srv")}  # noqa: RUF012

    assert Path.home() / "mail" == fields.path("~/mail", Info())  # type: ignore[arg-type]
