"""`router rising` over imported mail."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from router.config import load
from router.config.weekly import digest_scope, own_stop_words, rising_scope, rising_scopes
from tests.cli.conftest import CONFIGURATION, Run
from tests.store.desk import opened
from tests.store.driver import letter

WEEK = datetime(2025, 10, 20, tzinfo=UTC)  # 2025-W43
STRAP = "My strap snapped."
DIGEST = """
[relay]
host = "smtp.example.com"
[[digest]]
name = "founders"
kind = "weekly"
to = ["mike@example.com"]
timezone = "Pacific/Auckland"
stop_words = ["snapped"]
product_words = ["XS"]
"""


def mails(*texts: str, at: datetime, first: int = 0) -> Iterable[bytes]:
    """As an mbox has them."""
    for number, text in enumerate(texts, first):
        who, when = f"kim{number}@customer.example", at + timedelta(minutes=number)
        given = {"Date": format_datetime(when), "Message-ID": f"<{when:%y%m%d%H%M}@customer.example>", "From": who}
        yield (
            f"From x@y {when:%a %b %d %H:%M:%S %Y}\n".encode()
            + letter(1, text, **given).replace(b"\r\n", b"\n")
            + b"\n"
        )


def past(run: Run, folder: Path, texts: Iterable[str], weeks: int = 8, more: str = "") -> None:
    """Quiet weeks, and one in which these are written."""
    text = (
        CONFIGURATION
        if not more
        else CONFIGURATION.replace("[router]", '[router]\naddress = "router@example.com"') + more
    )
    (folder / "router.toml").write_text(text)
    with opened(folder):
        pass
    box = [
        one for back in range(1, weeks + 1) for one in mails("It is late.", at=WEEK + timedelta(hours=9, weeks=-back))
    ]
    box += mails(*texts, at=WEEK + timedelta(days=2, hours=9))
    (folder / "box").write_bytes(b"".join(box))
    assert run("import", "--mailbox", "support", "--inbox", folder / "box").code == 0


def test_a_word_with_what_they_wrote(run: Run, tmp_path: Path) -> None:
    """As programs read it."""
    past(run, tmp_path, [STRAP] * 6)

    assert run("rising", "--week", "2025-W43", "--json").rows == [
        {"word": "strap snapped", "customers": 6, "mean": 0.0, "quotes": [STRAP], "sure": True}
    ]


def test_the_words_for_people(run: Run, tmp_path: Path) -> None:
    """What is sure with quotes, the rest in a line."""
    past(
        run,
        tmp_path,
        [STRAP, STRAP, STRAP, STRAP, STRAP, "It is late.", "It is late too.", "Late?", "Too late!", "late"],
    )
    out = run("rising", "--week", "2025-W43").out.splitlines()

    assert out == [
        "strap snapped: 5 customers, 0.0 in the mean of 8 weeks before",
        f"     “{STRAP}”",
        "or by chance: late (5, 1.0)",
        "2025-W43: 10 letters of 10 customers",
    ]


@pytest.mark.parametrize(
    ("weeks", "texts", "said"),
    [
        (8, ["It is late."], "a quiet week: no word that unusually many customers used"),
        (1, [STRAP] * 6, "too early to say what is unusual: of the weeks before 2025-W43 there is 1, and it takes two"),
    ],
)
def test_a_week_without_words_says_so(run: Run, tmp_path: Path, weeks: int, texts: list[str], said: str) -> None:
    """Silence would be taken for a fault."""
    past(run, tmp_path, texts, weeks)

    assert run("rising", "--week", "2025-W43").out.splitlines()[0] == said


def test_at_a_time_counts_what_had_come_by_then(run: Run, tmp_path: Path) -> None:
    """In the zone of the router."""
    past(run, tmp_path, [STRAP] * 6)

    assert len(run("rising", "--at", "2025-10-22 10:06", "--json").rows) == 1
    assert run("rising", "--at", "2025-10-22 10:03", "--json").rows == []


def test_one_mailbox_alone(run: Run, tmp_path: Path) -> None:
    """The shop is another matter."""
    past(run, tmp_path, [STRAP] * 6)

    assert len(run("rising", "--week", "2025-W43", "--mailbox", "support", "--json").rows) == 1
    assert run("rising", "--week", "2025-W43", "--mailbox", "shop", "--json").rows == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--mailbox", "sales"], "known: shop, support"),
        (["--week", "43"], 'a week such as "2026-W47"'),
        (["--at", "yesterday"], "a time such as"),
        (["--at", "2026-11-22", "--week", "2026-W47"], "either --week or --at"),
    ],
)
def test_what_is_misspelt_is_told(run: Run, installed: Path, options: list[str], words: str) -> None:
    """With what is expected."""
    ran = run("rising", *options)

    assert (ran.code, words in ran.err) == (2, True)


def test_words_of_the_company_come_from_the_weekly_digest(run: Run, tmp_path: Path) -> None:
    """And its zone, so that both say the same."""
    past(run, tmp_path, ["My XS strap snapped."] * 6, more=DIGEST)
    rows: list[dict[str, Any]] = run("rising", "--week", "2025-W43", "--json").rows

    assert {row["word"] for row in rows} == {"XS", "XS strap"}


def test_a_digest_over_every_mailbox_shares_the_counts_of_the_command(installed: Path) -> None:
    """They are made once."""
    text = CONFIGURATION.replace("[router]", '[router]\naddress = "router@example.com"') + DIGEST
    (installed / "router.toml").write_text(text)
    settings = load(installed / "router.toml", {})
    scope = rising_scope(settings)

    assert rising_scopes(settings) == (scope,) == (digest_scope(settings, settings.digests[0]),)
    assert (scope.zone, scope.mailboxes, scope.product_words) == (ZoneInfo("Pacific/Auckland"), None, ("XS",))
    assert own_stop_words(settings) == ["snapped"]
    assert rising_scope(settings, ["shop"]).mailboxes == {"shop"}
