"""Real letters in support form, where MAIL_CORPORA names a folder with them: what may be quoted of them."""

import os
import re
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from benchmarks.supportform import support_form
from router.conversation.ownwords import own_words
from router.conversation.rising import count, often, risen, rises
from router.conversation.voice import Voice
from router.conversation.weeks import Week
from router.conversation.words import WordReader
from router.mail.reading import read_mail
from router.mail.text.ownpart import own_part

CORPORA = os.environ.get("MAIL_CORPORA")
LONDON = ZoneInfo("Europe/London")
QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
SIGNATURE = re.compile(r"^-- $.*", re.MULTILINE | re.DOTALL)


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


@pytest.mark.skipif(not CORPORA, reason="MAIL_CORPORA does not name a folder with mail")
def test_no_quote_is_quoted_text_a_signature_or_an_address() -> None:
    """All sentences that are shown of any week."""
    letters, foreign = [], {}
    for mail in support_form(Path(CORPORA or "")):
        if mail.outbound:
            continue
        text = own_part(read_mail(mail.raw, len(mail.raw), mail.customer).said.new_text)[:4000]
        letters.append(Voice(mail.message_id, mail.customer, mail.thread, "support", mail.message_id, mail.at, text))
        whole = mail.raw.decode("latin-1")
        foreign[mail.message_id] = _squeezed("".join(QUOTED.findall(whole) + SIGNATURE.findall(whole)))
    letters.sort(key=lambda one: (Week.of(one.at, LONDON), one.customer, one.at))
    reader, before, shown = WordReader(), [], []
    for _, some in groupby(letters, key=lambda one: Week.of(one.at, LONDON)):
        week = list(some)
        counted = count(week, reader)
        found = risen(often(counted, (), reader), before[-8:])
        shown += [
            (quote.message, quote.text)
            for row in rises(found, 8, lambda week=week: week, reader)
            for quote in row.quotes
        ]
        shown += [(one.message, one.text) for one in own_words(week, LONDON)]
        before.append(counted.words)

    assert len(shown) > 100
    assert [text for message, text in shown if len(text) > 30 and _squeezed(text) in foreign[message]] == []
    assert [text for _, text in shown if "@" in text or "://" in text or re.search(r"(\d[ -]?){7}", text)] == []
