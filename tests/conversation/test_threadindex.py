"""Which conversation a Thread-Index names."""

import base64

import pytest

from router.conversation.threadindex import guid

GUID = bytes(range(1, 17))
HEAD = b"\x01\xd8\x00\x00\x00\x00" + GUID


def encoded(raw: bytes) -> bytes:
    """As it stands in the field."""
    return base64.b64encode(raw)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (encoded(HEAD), "the first mail"),
        (encoded(HEAD + b"12345"), "an answer"),
        (encoded(HEAD + b"12345" * 20), "the twentieth"),
        (encoded(HEAD + b"12345" * 9)[:40] + b"\r\n " + encoded(HEAD + b"12345" * 9)[40:], "folded"),
        (encoded(HEAD).rstrip(b"="), "a server cut the padding off"),
        (b'"' + encoded(HEAD) + b'"', "in quotes"),
    ],
)
def test_the_guid_is_found_at_its_place(value: bytes, why: str) -> None:
    """All mails of the conversation have it."""
    assert guid(value) == GUID.hex(), why


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "no such field"),
        (b"", "an empty one"),
        (b"not base64 at all!", "something else"),
        (encoded(HEAD[:21]), "too short"),
        (encoded(HEAD + b"123"), "cut in the middle of a reply"),
        (encoded(b"\x02" + HEAD[1:]), "not of this layout"),
        (encoded(HEAD[:6] + bytes(16)), "no GUID in it"),
        (b"\xff" * 100_000, "somebody tries how much we bear"),
    ],
)
def test_what_is_no_thread_index_names_nothing(value: bytes | None, why: str) -> None:
    """Everything that reads alike would be one conversation."""
    assert guid(value) is None, why
