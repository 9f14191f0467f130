"""What counts as a word, and what does not."""

import time

import pytest

from router.conversation.tokens import tokens
from router.conversation.words import WordReader

READER = WordReader()

WORDS = [
    ("The strap broke after two days.", {"strap", "broke", "strap broke"}, "a pair is two words side by side"),
    ("The strap. Broke it?", {"strap", "broke"}, "no pair across the end of a sentence"),
    ("The strap, broken", {"strap", "broken"}, "nor across a comma"),
    ("The STRAP and the Strap", {"strap"}, "case is folded"),
    ("The café’s crème brûlée", {"café", "crème", "brûlée", "café crème", "crème brûlée"}, "accents stay"),
    ("The cafe\u0301 was closed", {"café", "closed"}, "and a mark of its own is the same letter"),
    ("Order AB-1234, no. 77/45, of 3rd May, #99", {"order"}, "numbers and order numbers are no words"),
    ("See https://shop.example/strap?x=buckle or www.shop.example", set(), "nor are URLs"),
    ("Write to kim@customer.example or shop.example", {"write"}, "nor addresses"),
    ("It went on Tuesday, in November.", {"went"}, "nor days and months: they come round"),
    ("Hi Anna Miller,\n\nthe clasp is loose", {"clasp", "loose"}, "nor is the salutation"),
    ("Das Armband ist gerissen und die Schließe auch", {"armband", "gerissen", "schließe"}, "German"),
    ("I would not want to die in a war with my hat", {"die", "war", "hat"}, "stop words of German are words here"),
    (
        "Le bracelet s'est cassé, l’attache n'a pas tenu",
        {"bracelet", "cassé", "attache", "tenu"},
        "what is elided goes",
    ),
    ("The watch's strap", {"watch", "strap", "watch strap"}, "so does the genitive"),
    ("It is a t-shirt", {"t-shirt"}, "a hyphen stays"),
    ("strap/buckle", {"strap", "buckle"}, "a slash is a gap"),
    ("ok no xs", set(), "three letters at least"),
    ("充电器坏了", {"充电", "电器", "器坏", "坏了", "充电器", "电器坏", "器坏了"}, "ideographs by twos and threes"),
    ("バッテリーがすぐに切れます", {"バッテリー"}, "a run of katakana is a word, hiragana is grammar"),
    ("배터리가 자꾸 꺼져요", {"배터리가", "자꾸", "꺼져요", "배터리가 자꾸", "자꾸 꺼져요"}, "Korean has spaces"),
    ("बैटरी खराब", {"बैटरी", "खराब", "बैटरी खराब"}, "signs of vowels belong to their word"),
    ("Спасибо, ремешок порвался", {"ремешок", "порвался", "ремешок порвался"}, "Russian"),
    ("\x01\x01\U000f0000 buckle", {"buckle"}, "nobody forges our marks"),
    ("", set(), "nothing says nothing"),
]


@pytest.mark.parametrize(("text", "expected", "why"), WORDS, ids=[row[2] for row in WORDS])
def test_words_and_pairs(text: str, expected: set[str], why: str) -> None:
    """The table says why."""
    assert READER.items(text) == expected


PRODUCTS = WordReader(("Model 7", "XS", "The Who", "腕時計"))
NAMED = [
    ("My Model 7 broke", {"model 7", "broke", "model 7 broke"}, "a phrase counts as one, in pairs too"),
    ("my model\n 7, and another", {"model 7"}, "however it is broken"),
    ("A model 77 or a model", {"model"}, "nothing longer is it, nor a part of it"),
    ("It is xs.", {"xs"}, "short"),
    ("I have heard The Who", {"heard", "the who", "heard the who"}, "made of stop words"),
    ("私の腕時計が", {"腕時計"}, "in a script without spaces"),
]


@pytest.mark.parametrize(("text", "expected", "why"), NAMED, ids=[row[2] for row in NAMED])
def test_product_words_always_count(text: str, expected: set[str], why: str) -> None:
    """Whatever they look like."""
    assert PRODUCTS.items(text) == expected


def test_a_product_is_shown_as_it_is_configured() -> None:
    """And its pairs as they are counted."""
    assert PRODUCTS.shown("model 7") == "Model 7"
    assert PRODUCTS.parts("model 7") == ()
    assert PRODUCTS.parts("model 7 broke") == ("model 7", "broke")
    assert PRODUCTS.parts("strap broke") == ("strap", "broke")
    assert PRODUCTS.parts("充电器") == ("充电", "电器")


@pytest.mark.parametrize(
    "text", ["a." * 100_000, "model " * 50_000, "a'" * 100_000, "(" * 200_000, "充" * 100_000, "1 " * 90_000]
)
def test_a_text_made_to_be_slow_is_not(text: str) -> None:
    """All of it is one pass."""
    begun = time.process_time()
    tokens(text)
    PRODUCTS.items(text[:4000])

    assert time.process_time() - begun < 2
