"""What makes a list doubtful."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from router.conversation.clocks import ServiceClock
from router.conversation.junk import is_junk
from router.conversation.proof import Proof, Source, doubts, is_silent
from tests.digest.morning import OFFICE

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
CLOCK = ServiceClock(OFFICE, MONDAY - timedelta(days=60), MONDAY)


def hours_ago(hours: float) -> datetime:
    return MONDAY - timedelta(hours=hours)


def source(**parts: Any) -> Source:
    """One that is well."""
    given = {"broken": False, "quiet": False, "last_success": hours_ago(0), "last_mail": hours_ago(1)}
    return Source(**{"name": "s", "last_error": None, "server": 5, "stored": 5} | given | parts)


def found(*, listener: bool = False, **parts: Any) -> list[str]:
    """The codes."""
    given: dict[str, Any] = {"since": hours_ago(72), "came": 4, "last": hours_ago(1), "authors": (), "alive": MONDAY}
    return [one.code for one in doubts(Proof(**given | parts), MONDAY, CLOCK.since, listener=listener)]


@pytest.mark.parametrize(
    ("parts", "codes", "why"),
    [
        ({}, [], "all is well"),
        ({"sources": (source(),)}, [], "read a moment ago"),
        ({"sources": (source(last_success=hours_ago(0.9)),)}, [], "a server that is slow for an hour is no news"),
        ({"sources": (source(last_success=hours_ago(1.1)),)}, ["source-broken"], "no alarm yet, and no mail either"),
        ({"sources": (source(broken=True),)}, ["source-broken"], "a folder of it cannot be opened"),
        ({"sources": (source(last_success=None),)}, ["source-unread"], "a wrong password from the first day on"),
        ({"sources": (source(quiet=True),)}, ["source-quiet"], "read well, and nothing comes"),
        ({"alive": hours_ago(0.1)}, [], "somebody asks between two beats"),
        ({"alive": hours_ago(0.2)}, ["router-down"], "what came since is not here"),
        ({"alive": None}, ["router-down"], "it has never run"),
        ({"unrouted": 3, "unrouted_since": hours_ago(0.05)}, [], "they are just being read"),
        ({"unrouted": 3, "unrouted_since": hours_ago(1)}, ["unrouted"], "somebody among them may wait"),
        (
            {"sources": (source(), source(name="t", last_success=hours_ago(50))), "alive": hours_ago(2)},
            ["source-broken", "router-down"],
            "what is doubtful for longest comes first: the subject names it",
        ),
    ],
)
def test_a_list_is_doubtful_where_its_data_is_stale(parts: dict[str, Any], codes: list[str], why: str) -> None:
    """Good news over stale data would be believed."""
    assert found(**parts) == codes, why


def test_silence_at_a_listener_is_told_by_the_rhythm_of_the_mailbox() -> None:
    """A map that was switched off gives no error."""
    lively = tuple(hours_ago(hours) for hours in range(75, 400, 2))
    calm = tuple(hours_ago(hours) for hours in range(75, 1300, 48))

    assert found(recent=lively, listener=True) == ["listener-quiet"]
    assert found(recent=lively, listener=False) == []
    assert found(recent=(hours_ago(3), *lively), listener=True) == []
    assert is_silent(calm, CLOCK.since) is False


def test_a_week_end_is_no_silence() -> None:
    """Nobody expects mail while nobody is there."""
    monday = datetime(2026, 11, 23, 7, tzinfo=UTC)
    clock = ServiceClock(OFFICE, monday - timedelta(days=30), monday)
    friday = datetime(2026, 11, 20, 17, tzinfo=UTC)

    assert not is_silent([friday - timedelta(hours=hours) for hours in range(60)], clock.since)


def test_what_is_missing_is_counted_per_account() -> None:
    """Too many in one account make up for nothing in another."""
    proof = Proof(MONDAY, 0, None, (), (source(server=9, stored=7), source(server=1, stored=3), source(server=None)))

    assert proof.missing == 2


@pytest.mark.parametrize(
    ("folder", "junk"),
    [
        ("Junk", True),
        ("Junk Email", True),
        ("INBOX.Junk", True),
        ("[Gmail]/Spam", True),
        ("Courrier indésirable", True),
        ("Unerwünschte Werbung", True),
        ("INBOX", False),
        ("Junkers", False),
        ("Spam reports/done", False),
    ],
)
def test_folders_of_junk_are_known_by_their_names(folder: str, junk: bool) -> None:
    """As servers and mail programs call them."""
    assert is_junk(folder) is junk
