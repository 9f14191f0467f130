"""What is known of big mail providers."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from router.config.providers import sends, takes
from router.destinations import destinations
from router.logins import Logins
from tests.config.conftest import Read
from tests.store.desk import NOON

GMAIL = {"per_minute": 55, "per_hour": 3300}


@pytest.mark.parametrize(
    ("host", "limits"),
    [
        (None, {}),
        ("mail.example.com", {}),
        ("imap.gmail.com", {**GMAIL, "bytes_per_day": 450_000_000}),
        ("aspmx.l.google.com", GMAIL),
        ("outlook.office365.com", {"per_hour": 3000}),
        ("smtp.office365.com", {"per_hour": 3000}),  # from a mailbox of the tenant
        ("example-com.mail.protection.outlook.com", {"per_hour": 1100}),  # a third of 3,600 for one sender
        ("protection.outlook.com.example.com", {}),
    ],
)
def test_a_mailbox_takes_no_more_than_its_provider_lets_in(host: str | None, limits: Mapping[str, int]) -> None:
    """A little less, since copies are not all that comes there."""
    assert limits == takes(host)


@pytest.mark.parametrize(
    ("host", "limits"),
    [
        (None, {}),
        ("mail.example.com", {}),
        ("smtp.office365.com", {"per_minute": 27, "per_day": 9500}),
        ("smtp.gmail.com", {"per_day": 1900}),
    ],
)
def test_an_account_sends_no_more_than_its_provider_lets_out(host: str | None, limits: Mapping[str, int]) -> None:
    """To all inboxes together."""
    assert limits == sends(host)


def test_each_inbox_has_its_pace_and_the_relay_one_for_all(read: Read, tmp_path: Path) -> None:
    """What is said of an inbox counts there; what the account may send is shared by all that go through it."""
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o600)
    settings = read(
        """
[relay]
host = "smtp.office365.com"
username = "router@example.com"
password_file = "secret"
[[inbox]]
address = "ann@example.com"
deliver = "smtp"
newest_first = true
[[inbox]]
address = "joe@example.com"
deliver = "smtp"
per_hour = 10
""",
        router='address = "router@example.com"',
    )

    place = next(one for one in destinations(settings, b"key", Logins(settings)) if one.name.startswith("smtp"))
    channels = place.channels

    assert [(one.inbox, one.newest_first) for one in channels] == [("ann", True), ("joe", False)]
    assert [one.pace.allowance(NOON).copies for one in channels] == [600, 2]  # a fifth at once
    assert place.pace.allowance(NOON).copies == 5
