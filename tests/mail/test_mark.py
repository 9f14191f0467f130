"""The mark by which our own copies are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.mail.mark import make, message_id, replied, reply_name, verify, verify_address, verify_id

KEY = b"k" * 32
MESSAGE = "38fzyqc4e0fme81n"


def test_our_own_mark_names_its_message() -> None:
    """A copy that comes back is not copied again."""
    assert verify(KEY, make(KEY, MESSAGE)) == MESSAGE


@given(st.binary(min_size=1), st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=16, max_size=16))
def test_every_key_knows_its_own_marks_and_no_others(key: bytes, message: str) -> None:
    """Two routers at two companies copy each other's mail."""
    assert verify(key, make(key, message)) == message
    assert verify(key + b"x", make(key, message)) is None


@given(st.text())
def test_nobody_makes_a_mark_by_guessing(text: str) -> None:
    """And no text, however strange, is an error."""
    assert verify(KEY, text) is None
    assert verify(KEY, f"{MESSAGE}.{text}") is None


@pytest.mark.parametrize("change", [str.upper, lambda mark: f"  {mark}\t", str.title])
def test_a_mark_survives_the_way(change) -> None:
    """Hops fold case and add white space."""
    assert verify(KEY, change(make(KEY, MESSAGE))) == MESSAGE


@pytest.mark.parametrize(
    "forged",
    [
        "",
        ".",
        MESSAGE,
        f"{MESSAGE}.",
        make(KEY, MESSAGE)[:-1],  # cut
        make(KEY, MESSAGE) + "a",
        make(KEY, MESSAGE).replace("38", "39"),  # another message
        make(b"other", MESSAGE),
        make(KEY, "") + "",  # no message at all
        f"{MESSAGE}.\udc80",
        "ä.ö",
    ],
)
def test_a_forged_mark_is_none(forged: str) -> None:
    """Whoever writes our header into his mail gets it copied all the same."""
    assert verify(KEY, forged) is None


def test_a_mark_fits_into_a_local_part() -> None:
    """It stands in envelope senders too: 64 octets with `router+` before it (RFC 5321 section 4.5.3.1.1)."""
    assert len("router+" + make(KEY, MESSAGE)) <= 64
    assert make(KEY, MESSAGE).isascii()


def test_a_message_id_of_ours_is_known_whatever_its_word_and_host() -> None:
    """What a mail is called is the last that hops change."""
    token = make(KEY, "01jd8vq2kx5m9r3t")

    assert message_id(token, "wrapped", "router.example.com") == f"{token}.wrapped@router.example.com"
    for word, host in (("wrapped", "router.example.com"), ("RESENT", "other.example")):
        assert verify_id(KEY, message_id(token, word, host)) == "01jd8vq2kx5m9r3t"


@pytest.mark.parametrize("found", ["", "@", "a@b", "1.2@x", "01jd8vq2kx5m9r3t.aaaaaaaaaaaaaaaa.wrapped@x", "é.é.é@x"])
def test_another_message_id_is_not_ours(found: str) -> None:
    """Nor does it raise."""
    assert verify_id(KEY, found) is None


@pytest.mark.parametrize("form", ["router+{}@example.com", "{}@bounces.example.com", "ROUTER+{}@EXAMPLE.COM"])
def test_a_bounce_address_names_its_message(form: str) -> None:
    """Both forms of it."""
    assert verify_address(KEY, form.format(make(KEY, "01jd8vq2kx5m9r3t"))) == "01jd8vq2kx5m9r3t"


@pytest.mark.parametrize("address", ["", "@", "router@example.com", "router+@example.com", "router+a.b@example.com"])
def test_another_address_names_none(address: str) -> None:
    """Whoever writes to us without a token says nothing about a copy."""
    assert verify_address(KEY, address) is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (reply_name(MESSAGE, 0), (MESSAGE, 0)),
        (reply_name(MESSAGE, 12), (MESSAGE, 12)),
        (MESSAGE, None),  # a copy
        (f"re-{MESSAGE}", None),  # without a place
        (f"re-{MESSAGE}-x", None),
        ("re--1", None),  # without an edition
        (f"re-{MESSAGE}-99999", None),  # no digest has so many readers
    ],
)
def test_a_reply_address_names_the_edition_and_its_reader(message: str, expected: tuple[str, int] | None) -> None:
    """Whoever replies says by the address alone which numbers he means, and who he is said to be."""
    assert replied(message) == expected


def test_a_reply_address_fits_into_a_local_part() -> None:
    """The same 64 octets."""
    assert len("router+" + make(KEY, reply_name(MESSAGE, 999))) <= 64
