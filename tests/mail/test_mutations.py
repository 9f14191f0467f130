"""No mail makes the reading raise or hang: mutations of the project's own mails, and of the corpora where there are any."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable
from email.message import EmailMessage
from functools import lru_cache

import pytest

from router.mail.mark import FIELD
from router.mail.reading import read_mail
from tests.bench.corpora import corpora_folder, deliverable
from tests.mail.mutations import mutated
from tests.mail.test_hostile import SEED, analyse
from tests.mail.text.test_replies import ROWS

LIMIT = 1.0  # seconds of processor time for one mail


def letter(row: dict[str, str]) -> bytes:
    """A row of the table of replies as a mail, in two forms where it is a text."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "Kim <kim@example.org>", "support@example.com", "<2@example.org>"
    mail["Subject"], mail["In-Reply-To"] = row.get("subject", "Re: Lamp"), "<1@example.com>"
    mail["Date"], mail[FIELD] = "Mon, 02 Nov 2026 10:00:00 +0000", "1.aaaaaaaaaaaaaaaa"
    if "text" in row:
        mail.set_content(row["text"], cte="8bit")
        mail.add_alternative(f"<div>{row['text']}</div><blockquote>{row['new']}</blockquote>", subtype="html")
    else:
        mail.set_content(row["html"], subtype="html", cte="quoted-printable")
    return mail.as_bytes()


@lru_cache(maxsize=1)
def mails() -> tuple[bytes, ...]:
    """What is mutated."""
    own = (SEED, *map(letter, ROWS))
    folder = corpora_folder()
    return own if folder is None else own + tuple(mail.crlf for mail in deliverable(folder))


def read_all(raws: Iterable[tuple[str, bytes]]) -> dict[str, float]:
    """Reads each with everything that reads mail; which took too long."""
    slow: dict[str, float] = {}
    for name, raw in raws:
        started = time.thread_time()
        reading = read_mail(raw, len(raw), "")
        taken = time.thread_time() - started
        assert "unreadable" not in reading.body.defects, name
        said = reading.said
        for text in (said.new_text, said.snippet):
            assert "\0" not in text, name
            text.encode("utf-8")
        assert "\n" not in said.snippet, name
        assert len(said.snippet) <= 200, name
        assert bool(said.new_text) or not any(map(str.isalnum, reading.body.text)), name
        if taken >= LIMIT:
            slow[name] = taken
    return slow


def sample(first: int, count: int) -> Iterable[tuple[str, bytes]]:
    return ((f"seed {seed}", mutated(seed, mails())) for seed in range(first, first + count))


@pytest.mark.parametrize("block", range(4))
def test_no_mutation_makes_the_reading_raise_or_hang(block):
    """Whatever arrives is read or is marked unreadable by its caps, and the mail behind it is read too."""
    assert read_all(sample(block * 2_000, 2_000)) == {}


def test_mutations_go_through_everything_that_is_done_with_a_mail():
    """Identity, kind and text of the same broken mails."""
    for _, raw in sample(50_000, 300):
        analyse(raw)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_none_of_a_hundred_thousand_mutations_makes_the_reading_raise_or_hang():
    """The same for long enough to mean something."""
    gc.freeze()
    assert read_all(sample(0, 100_000)) == {}


@pytest.mark.skipif(corpora_folder() is None, reason="MAIL_CORPORA does not name a folder with mail")
def test_no_real_mail_makes_the_reading_raise_or_hang():
    """Every message of the corpora."""
    folder = corpora_folder()
    assert folder is not None
    assert read_all((str(mail), mail.crlf) for mail in deliverable(folder)) == {}
