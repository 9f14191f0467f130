"""Digests made of what strangers write to do harm, and of every real mail of the corpora."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from router.conversation.agenda import Waiter, agenda
from router.conversation.edition import Edition, Kind
from router.conversation.goallines import Limit
from router.digest import nightly
from router.digest.gather import Found
from router.digest.view import View
from router.mail.address import addresses
from router.mail.message import read
from router.wording import Wording
from tests.bench.corpora import Mail
from tests.digest.morning import GOAL, LONDON, PLAN, SEVEN, ago, clocks
from tests.digest.outlook import Page

WORDING = Wording(None, LONDON)
NASTY = (
    "<script>alert(1)</script>",
    "</td></tr></table><h1>Pay here</h1>",
    '"><img src="https://evil.example/p.png" onerror=alert(1)>',
    "' style='background:url(//evil.example)' x='",
    "expression(alert(1)); url(javascript:alert(1))",
    "<style>*{display:none}</style>",
    "<!--[if mso]><table><![endif]-->",
    "<a href=javascript:alert(1)>done 1</a>",
    "]]><!DOCTYPE html><?xml version='1.0'?>",
    "{{ view.reply_to }} {% for x in range(9) %}x{% endfor %} {# gone #}",
    "\u202ereverse\u202c \u2066isolate\u2069 \u200fmark \u061c",
    "zero\u200bwidth\ufeff soft\u00adhyphen \U000e0041\U000e0042 tags",
    "line\r\nBcc: all@example.com\r\n\r\nbody",
    "\x1b[31mred\x1b[0m \x07 \x00 \x85 \x9b31m \x7f",
    "lone \udcff surrogate \ud800",
    "Z" + "\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309" * 40 + "algo",
    "W" * 5_000,
    "日本語" * 900,
    "مرحبا بالعالم שלום",
    "&lt;b&gt;&amp;#x3c;script&#62;",
    "`done 1`\n> done 2\n-- \ndone 3",
    "\u2028separator\u2029paragraph",
    "=?utf-8?q?=3Cscript=3E?=",
    "",
    "   \t  ",
)
BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}


def row(number: int, name: str, subject: str, words: str, address: str) -> Waiter:
    """One in which strangers have chosen everything that they can."""
    return Waiter(
        thread=f"t{number:05}",
        mailboxes=("support",),
        customer=address,
        customer_name=name,
        subject=subject,
        snippet=words,
        since=ago(0, number + 1) if number % 7 else None,
        wrote=ago(0, number + 1),
        letters=1 + number % 3,
        again=number % 2,
        finished=number % 5 == 4,
        vip=number % 4 == 0,
        taken_by="tom@example.com" if number % 3 == 0 else None,
        answered=ago(9) if number % 2 else None,
        answered_by=address,
        promise=words if not number % 7 else None,
        promised_by=address,
        promise_due=ago(1),
    )


def shown(rows: Sequence[Waiter]) -> View:
    """A digest of these, as one reader has it."""
    made = agenda(rows)
    edition = Edition("edition", PLAN.name, Kind.NIGHTLY, "s", SEVEN, SEVEN, ("anna@example.com",))
    limits = {one.thread: Limit(GOAL, SEVEN + timedelta(hours=1 if at % 2 else -1)) for at, one in enumerate(rows)}
    found = Found(edition, made, (), {}, clocks(ago(90), SEVEN), limits, (), (), None, (), first_ever=False)
    return nightly.view(PLAN, found, "router+re-edition-0.abc@example.com", room=nightly.Room(50, 2))


def harmless() -> View:
    """The same with good people: what the templates themselves hold."""
    return shown([row(number, "Kim", "Order", "Where is it?", "kim@customer.example") for number in range(14)])


def solid(text: str) -> str:
    """Without any white space."""
    return re.sub(r"\s+", "", text)


def faults(view: View, good: Page) -> Iterator[str]:
    """What a reader of this digest would suffer."""
    text, html = nightly.text(view, WORDING), nightly.html(view, WORDING)
    page = Page(html)
    for kind, twin in (("text", text), ("html", html)):
        bad = {one for one in twin if (unicodedata.category(one) in ("Cc", "Cs") and one != "\n") or ord(one) in BIDI}
        yield from (f"{kind} holds {ord(one):#x}" for one in sorted(bad))
    yield from (f"element {one}" for one in page.elements - good.elements)
    yield from (f"attribute {one}" for one in page.attributes - good.attributes)
    yield from (f"style {one}" for one in page.styles - good.styles)
    links = [value for _, name, value in page.values if name == "href"]
    yield from (f"link {one}" for one in links if not one.startswith("mailto:router+re-edition-0.abc@example.com?"))
    if page.sheet != good.sheet:
        yield "another style sheet"
    plain, words = solid(text), solid(page.words)
    for line in (line for part in view.parts for line in part.lines):
        for said in filter(None, (line.name, line.subject, line.words, line.promise)):
            yield from (
                f"not in the {kind}: {said!r}"
                for kind, all_ in (("text", plain), ("html", words))
                if solid(said) not in all_
            )
    if max(map(len, text.splitlines())) > 200:
        yield "a line of the text is too long"


@pytest.fixture(scope="module")
def good() -> Page:
    """The page of harmless people."""
    return Page(nightly.html(harmless(), WORDING))


def test_harmless_people_are_harmless(good: Page) -> None:
    """What hostile pages are measured by."""
    assert list(faults(harmless(), good)) == []


@pytest.mark.parametrize("nasty", NASTY, ids=[ascii(one[:24]) for one in NASTY])
def test_what_a_stranger_writes_stays_what_he_wrote(nasty: str, good: Page) -> None:
    """In every place that he can fill."""
    rows = [row(number, nasty, nasty, nasty, f"{nasty}@evil.example") for number in range(14)]

    assert list(faults(shown(rows), good)) == []


def test_no_real_mail_makes_a_digest_harmful(real_mail: list[Mail], good: Page) -> None:
    """Its subject, its sender and its text, as they are read, and as they came."""
    rows = []
    for number, mail in enumerate(real_mail):
        header = read(mail.crlf).header
        sender = next(iter(addresses(header.first("from") or b"")), None)
        came = (header.first("subject") or b"").decode("latin-1"), mail.crlf[-400:].decode("latin-1")
        name, address = (sender.name, sender.addr) if sender else ("", "")
        rows.append(row(number % 90, name or came[0], *came, address))
    found = [list(faults(shown(rows[at : at + 90]), good)) for at in range(0, len(rows), 90)]

    assert len(rows) > 4_000
    assert [one for one in found if one] == []
