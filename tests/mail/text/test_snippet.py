"""The first sentence or two."""

from __future__ import annotations

import pytest

from router.mail.text.snippet import LENGTH, snippet

SENTENCE = "The blue lamp that I ordered in October has still not arrived at my house."


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("Yes", "Yes"),
        (SENTENCE + " And more.", SENTENCE),
        ("Broken. It fell down.\nWhat now?", "Broken. It fell down. What now?"),
        # a salutation says nothing, where something follows
        ("Hi there,\n\n" + SENTENCE, SENTENCE),
        ("Dear Ms Berg,\n" + SENTENCE, SENTENCE),
        ("Guten Tag Frau Berg,\n\nsie ist kaputt.", "sie ist kaputt."),
        ("Sehr geehrte Damen und Herren\n\nSie ist kaputt.", "Sie ist kaputt."),
        ("Bonjour,\nElle est cassée.", "Elle est cassée."),
        ("Hola:\nEstá rota.", "Está rota."),
        ("Здравствуйте!\nОна сломана.", "Она сломана."),
        ("您好，\n坏了。", "坏了。"),
        ("Hello Anna\n\nIt is broken.", "It is broken."),
        ("Hello", "Hello"),
        # what begins like one and is none
        ("Hi my lamp is broken\nsince Monday", "Hi my lamp is broken since Monday"),
        ("Hello, where is my order?\nKim", "Hello, where is my order? Kim"),
        ("His lamp\nis broken.", "His lamp is broken."),
        ("Hallo?\nIst da jemand?", "Hallo? Ist da jemand?"),
        # points that end nothing
        ("It costs 1.50 and version 2.0 is out, which I have read about in your own newsletter. Why?",
         "It costs 1.50 and version 2.0 is out, which I have read about in your own newsletter."),
        # lines without a word
        ("-----\n***\n" + SENTENCE, SENTENCE),
        ("👍", "👍"),
    ],
)  # fmt: skip
def test_a_snippet_says_what_it_is_about(text, wanted):
    """One line in a list of a hundred must do."""
    assert snippet(text) == wanted


@pytest.mark.parametrize("text", ["word " * 500, "x" * 5_000, "届" * 5_000, "a. " * 500, "1.0" * 500])
def test_a_snippet_is_one_line_of_its_length(text):
    """Whatever the text; cut at a word where there is one."""
    found = snippet(text)

    assert 0 < len(found) <= LENGTH
    assert not found.startswith("word") or found.endswith("word…")
