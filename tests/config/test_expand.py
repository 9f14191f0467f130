"""Short forms and what they stand for."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from router.config import Faults
from router.config.expand import expand

from .conftest import Read

SHORTEST = """
[router]
timezone = "Europe/London"
address = "router@example.com"
operator = ["it@example.com"]

[microsoft365]
tenant = "example.com"
client_id = "1f0c"
certificate_file = "router.pem"

[[mailbox]]
address = "support@example.com"

[[inbox]]
address = "mike@example.com"
"""

GOOGLE = """
[router]
timezone = "Europe/London"
address = "router@example.com"

[google]
service_account_file = "router.pem"

[[mailbox]]
address = "support@example.com"

[[inbox]]
address = "mike@example.com"
"""


def test_the_document_itself_stays_as_it_is() -> None:
    """Whoever wants to see what was written still can."""
    document = {"mailbox": [{"address": "support@example.com", "open": {"mon": "09:00-17:00"}}]}
    expand(document)

    assert document == {"mailbox": [{"address": "support@example.com", "open": {"mon": "09:00-17:00"}}]}


def test_the_long_form_stays_as_it_is() -> None:
    """Expanding twice is expanding once."""
    once = expand({"mailbox": [{"address": "a@example.com", "answer_within": "4h"}], "inbox": [{"address": 5}]}).tables

    assert once == expand(once).tables


def test_an_address_names_its_mailbox(read: Read) -> None:
    """What stands before the @, in lower case and fit for a path."""
    more = '[[mailbox]]\naddress = "Shop+Web@example.com"\naddresses = ["store@example.com"]\n'
    mailbox = read(more).mailboxes[1]

    assert mailbox.name == "shop-web"
    assert mailbox.addresses == ("shop+web@example.com", "store@example.com")


def test_open_makes_hours_of_the_mailboxs_name(read: Read) -> None:
    """The short form of a table with a name and a zone."""
    more = '[[mailbox]]\naddress = "shop@example.com"\nopen = { sat = "09:00-12:00" }\n'
    settings = read(more)

    assert settings.mailboxes[1].hours == "shop"
    assert [(hours.name, hours.timezone.key, dict(hours.open)) for hours in settings.hours] == [
        ("shop", "Europe/London", {5: ((540, 720),)})
    ]


@pytest.mark.parametrize(("hours", "clock"), [("", "customer"), ('open = { mon = "09:00-17:00" }\n', "service")])
def test_answer_within_makes_a_goal_in_the_mailboxs_time(read: Read, hours: str, clock: str) -> None:
    """Without hours the only clock is the customer's."""
    more = f'[[mailbox]]\naddress = "shop@example.com"\n{hours}answer_within = "4h"\n'
    (goal,) = read(more).goals

    assert (goal.name, goal.mailboxes, goal.within) == ("shop answers", ("shop",), timedelta(hours=4))
    assert (goal.measure, goal.clock, goal.share, goal.period) == ("first-reply", clock, 0.95, "week")


def test_digest_to_makes_a_nightly_digest(read: Read) -> None:
    """Every night, without fail."""
    more = (
        '[relay]\nhost = "smtp.example.com"\n[[mailbox]]\naddress = "shop@example.com"\ndigest_to = ["a@example.com"]\n'
    )
    (digest,) = read(more, router='address = "router@example.com"').digests

    assert (digest.name, digest.kind, digest.to) == ("shop-nightly", "nightly", ("a@example.com",))
    assert digest.mailboxes == ("shop",)
    assert len(digest.days) == 7


def test_the_shortest_useful_file_gives_everything_that_microsoft_needs(read: Read, tmp_path: Path) -> None:
    """Five lines stand for an account to watch, a target, a relay, and one way to log in."""
    (tmp_path / "router.pem").touch()
    settings = read(base=SHORTEST)
    (oauth,), (source,), (inbox,), relay = settings.oauths, settings.sources, settings.inboxes, settings.relay

    assert (oauth.name, oauth.provider, oauth.tenant) == ("microsoft365", "microsoft", "example.com")
    assert (source.kind, source.mailbox, source.username) == ("mailbox", "support", "support@example.com")
    assert (source.host, source.port, source.security) == ("outlook.office365.com", 993, "tls")
    assert (inbox.deliver, inbox.host, inbox.port, inbox.username) == (
        "imap",
        "outlook.office365.com",
        993,
        "mike@example.com",
    )
    assert relay is not None
    assert (relay.host, relay.port, relay.security) == ("smtp.office365.com", 587, "starttls")
    assert {source.oauth, inbox.oauth, relay.oauth} == {"microsoft365"}


def test_google_has_hosts_of_its_own(read: Read, tmp_path: Path) -> None:
    """And a limit on what an inbox takes in a day."""
    (tmp_path / "router.pem").touch()
    settings = read(base=GOOGLE)

    assert settings.sources[0].host == settings.inboxes[0].host == "imap.gmail.com"
    assert settings.relay is not None
    assert settings.relay.host == "smtp.gmail.com"
    assert settings.inboxes[0].bytes_per_day == 450_000_000


def test_a_national_cloud_has_hosts_of_its_own(read: Read, tmp_path: Path) -> None:
    """The authority tells which."""
    (tmp_path / "router.pem").touch(mode=0o600)
    authority = 'client_id = "1f0c"\nauthority = "https://login.microsoftonline.us"'
    settings = read(base=SHORTEST.replace('client_id = "1f0c"', authority))

    assert settings.relay is not None
    assert settings.relay.host == "smtp.office365.us"
    assert {settings.inboxes[0].host, settings.sources[0].host} == {"outlook.office365.us"}
    assert settings.oauths[0].authority == "https://login.microsoftonline.us"


@pytest.mark.parametrize(
    "authority",
    ["https://login.microsoftonline.us/", "https://LOGIN.microsoftonline.us", "https://login.microsoftonline.us:443"],
)
def test_a_cloud_is_known_however_its_authority_is_written(read: Read, tmp_path: Path, authority: str) -> None:
    """The other cloud's mail servers know nobody of this one."""
    (tmp_path / "router.pem").touch(mode=0o600)
    settings = read(base=SHORTEST.replace('client_id = "1f0c"', f'client_id = "1f0c"\nauthority = "{authority}"'))

    assert {settings.inboxes[0].host, settings.sources[0].host} == {"outlook.office365.us"}


SOURCE = 'host = "imap.example.com"\npassword_file = "router.pem"\n'
WATCHED = [
    ('username = "support@example.com"', ["imap.example.com"], "the same account"),
    ('username = "Support@Example.com"', ["imap.example.com"], "whatever the case"),
    ('username = "help@example.com"', ["imap.example.com"], "another address of the mailbox"),
    ('username = "x@example.com"\nmailbox = "support"', ["imap.example.com"], "an account that is said to be its"),
    (
        'username = "anna@example.com"\nkind = "staff"\nmailbox = "support"',
        ["imap.example.com", "outlook.office365.com"],
        "what staff sends is seen there, and nothing that comes in",
    ),
    ('username = "anna@example.com"\nkind = "staff"', ["imap.example.com", "outlook.office365.com"], "another account"),
]


@pytest.mark.parametrize(("written", "hosts", "why"), WATCHED)
def test_a_mailbox_is_watched_once(read: Read, tmp_path: Path, written: str, hosts: list[str], why: str) -> None:
    """Twice would be every mail twice, and not at all would be worse."""
    (tmp_path / "router.pem").touch(mode=0o600)
    base = SHORTEST.replace(
        'address = "support@example.com"', 'addresses = ["support@example.com", "help@example.com"]'
    )
    settings = read(f"[[source]]\n{written}\n{SOURCE}", base=base)

    assert [source.host for source in settings.sources] == hosts, why


def test_a_fault_of_a_source_that_nobody_wrote_names_its_mailbox(read: Read, tmp_path: Path) -> None:
    """A name that is taken, such as that of a hand-written source for somebody else."""
    (tmp_path / "router.pem").touch(mode=0o600)
    with pytest.raises(Faults) as refused:
        read(f'[[source]]\nname = "support-imap"\nkind = "staff"\nusername = "a@example.com"\n{SOURCE}', base=SHORTEST)

    assert [fault.key for fault in refused.value.faults] == ['mailbox[1] "support".name']


def test_several_mailboxes_and_inboxes_have_one_login_each(read: Read, tmp_path: Path) -> None:
    """Every mailbox is watched, every inbox is reached, with the one application."""
    (tmp_path / "router.pem").touch(mode=0o600)
    more = '[[mailbox]]\naddress = "shop@example.com"\n[[inbox]]\naddress = "helen@example.com"\n'
    for base in (SHORTEST, GOOGLE):
        settings = read(more, base=base)

        assert [(one.mailbox, one.username) for one in settings.sources] == [
            ("support", "support@example.com"),
            ("shop", "shop@example.com"),
        ]
        assert [(one.deliver, one.username, one.oauth) for one in settings.inboxes] == [
            ("imap", "mike@example.com", settings.oauths[0].name),
            ("imap", "helen@example.com", settings.oauths[0].name),
        ]


def test_what_is_said_is_not_said_over(read: Read, tmp_path: Path) -> None:
    """A platform fills gaps only."""
    (tmp_path / "router.pem").touch()
    more = """
[relay]
host = "smtp.example.com"
[[inbox]]
address = "helen@example.com"
deliver = "maildir"
path = "inboxes/helen"
[[inbox]]
address = "ann@example.com"
per_hour = 10
[[source]]
mailbox = "support"
username = "support@example.com"
host = "imap.example.com"
password_file = "router.pem"
"""
    settings = read(more, base=SHORTEST)

    assert settings.relay is not None
    assert settings.relay.host == "smtp.example.com"
    assert [source.host for source in settings.sources] == ["imap.example.com"]
    assert [inbox.deliver for inbox in settings.inboxes] == ["imap", "maildir", "imap"]
    assert [inbox.per_hour for inbox in settings.inboxes] == [3000, None, 10]


def test_a_fault_in_a_short_form_is_named_where_it_was_written(read: Read) -> None:
    """Nobody looks for `goal[1]` in a file that has no goal."""
    with pytest.raises(Faults) as refused:
        read('[[mailbox]]\naddress = "shop@example.com"\nanswer_within = "soon"\ndigest_to = ["x"]\n')

    assert [fault.key for fault in refused.value.faults] == [
        'mailbox[2] "shop".answer_within',
        'mailbox[2] "shop".digest_to[1]',
    ]


def test_a_weekly_digest_goes_out_on_sunday_evening(read: Read) -> None:
    """Unless it says when."""
    relay = '[relay]\nhost = "smtp.example.com"\n'
    weekly = f'{relay}[[digest]]\nname = "founders"\nkind = "weekly"\nto = ["anna@example.com"]\n'
    given = f'{weekly}at = "07:00"\ndays = ["mon"]\n'
    (usual,), (said,) = (read(more, router='address = "router@example.com"').digests for more in (weekly, given))

    assert (usual.at, usual.days) == (time(18), ("sun",))
    assert (said.at, said.days) == (time(7), ("mon",))
