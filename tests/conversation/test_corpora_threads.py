"""Real conversations in support form, where MAIL_CORPORA names a folder with them."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.supportform import SupportMail, support_form, waiting_truth
from benchmarks.threads import F1, PRECISION, Score, b_cubed, letter, threaded

CORPORA = os.environ.get("MAIL_CORPORA")


@pytest.mark.skipif(not CORPORA, reason="MAIL_CORPORA does not name a folder with mail")
@pytest.mark.parametrize("headers", [True, False])
def test_real_conversations_are_found(headers: bool) -> None:
    """With what mail programs write, and without a word of what is answered."""
    mails = support_form(Path(CORPORA or ""), headers)
    score = b_cubed(threaded([letter(mail) for mail in mails])[0], [mail.thread for mail in mails])

    assert score.f1 >= (F1 if headers else 0.94)
    assert score.precision >= (PRECISION if not headers else 0.98)


@pytest.mark.parametrize(
    ("found", "true", "score"),
    [
        ("aabb", "xxyy", Score(1, 1)),
        ("aaaa", "xxyy", Score(0.5, 1)),
        ("abcd", "xxyy", Score(1, 0.5)),
        ("aaab", "xxyy", Score((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4, (1 + 1 + 0.5 + 0.5) / 4)),
    ],
)
def test_b_cubed_is_counted_by_mail(found: str, true: str, score: Score) -> None:
    """Figures that anybody can count by hand."""
    assert b_cubed(found, true) == pytest.approx(score)


def test_who_waits_is_whose_mail_is_the_last() -> None:
    """By date, not by place in the mailbox."""

    def mail(thread: str, day: int, outbound: bool) -> SupportMail:
        return SupportMail(
            b"", f"{thread}{day}", thread, "kim@x.example", outbound, datetime(2026, 11, day, tzinfo=UTC)
        )

    mails = [mail("a", 2, True), mail("a", 1, False), mail("b", 1, True), mail("b", 3, False), mail("c", 1, True)]

    assert waiting_truth(mails) == {"b"}
