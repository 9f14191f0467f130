"""Where somebody else's words begin."""

import time

import pytest

from router.mail.text.ownpart import own_part

PARTS = [
    ("See below.\n\n---------- Forwarded message ----------\nFrom: Max\n\nHello", "See below.", "Gmail"),
    ("Begin forwarded message:\n\nHello", "", "without a word above it"),
    ("Bitte!\n\n-----Ursprüngliche Nachricht-----\nVon: Max\n\nHallo", "Bitte!", "Outlook, German"),
    (
        "Please help.\n\nFrom: Max <max@x.example>\nSent: Monday, 5 January 2026 10:00\nTo: Kim\nSubject: Order\n\nHello",
        "Please help.",
        "a header without a line above it",
    ),
    (
        "My order:\n\nFrom: where I live\n\n- one\n- two",
        "My order:\n\nFrom: where I live\n\n- one\n- two",
        "a colon alone",
    ),
    ("I got your original message - thanks", "I got your original message - thanks", "the words in a sentence"),
    ("", "", "nothing"),
]


@pytest.mark.parametrize(("text", "expected", "why"), PARTS, ids=[row[2] for row in PARTS])
def test_what_is_sent_on_is_nobodys_own_words(text: str, expected: str, why: str) -> None:
    """The table says why."""
    assert own_part(text) == expected


@pytest.mark.parametrize("text", ["From: x\n" * 2000, "-" * 16_000, "Subject:\n" * 1700, ":\n" * 8000])
def test_a_text_made_to_be_slow_is_not(text: str) -> None:
    """Each line looks at a bounded number of others."""
    begun = time.process_time()
    own_part(text)

    assert time.process_time() - begun < 1
