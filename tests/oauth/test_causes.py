"""From words to codes, and from codes to words: every cause has a wording and a cure."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import router.oauth
from router.oauth import causes, refusals
from router.oauth.claims import Claims
from router.oauth.expiry import due, end_of
from router.oauth.xoauth2 import first_answer, status, with_status
from router.wording import Wording

MICROSOFT = [
    # error, description, numbers, code, why
    ("invalid_client", "AADSTS7000222: The provided client secret keys are expired.", [7000222], "secret-expired", ""),
    ("invalid_client", "AADSTS7000215: Invalid client secret", [], "secret-wrong", "no list of numbers"),
    ("invalid_client", "Something new", [9999999], "secret-wrong", "an unknown number: by the name"),
    ("invalid_client", "AADSTS700027: [Reason - The key used is expired.]", [700027], "certificate-expired", ""),
    ("invalid_client", "AADSTS700027: [Reason - The key was not found.]", [700027], "certificate-unknown", ""),
    ("invalid_client", "AADSTS1000502: not within its validity window", [1000502], "certificate-expired", ""),
    ("invalid_grant", "AADSTS65001: has not consented", [65001], "consent-missing", ""),
    ("invalid_grant", "AADSTS53003: Access has been blocked by Conditional Access", [53003], "conditional-access", ""),
    ("invalid_resource", "AADSTS500011: resource principal", [500011], "exchange-missing", ""),
    ("invalid_client", "AADSTS7000229: missing service principal in the tenant", [7000229], "consent-missing", ""),
    ("invalid_grant", "AADSTS530034: a condition of security defaults", [530034], "conditional-access", ""),
    ("invalid_resource", "AADSTS650057: not listed in the permissions", [650057], "scope-wrong", ""),
    ("invalid_request", "AADSTS50194: not a multi-tenant application", [50194], "tenant-unknown", "/common"),
    ("something", "AADSTS1: new", [1], "provider-refuses", "nobody knows it"),
    ("", "", [], "provider-refuses", "nothing at all"),
]
GOOGLE = [
    ("invalid_grant", "Invalid JWT Signature.", "key-wrong"),
    ("invalid_grant", "Invalid JWT: Token must be a short-lived token and in a reasonable timeframe", "clock-wrong"),
    ("invalid_grant", "Bad Request", "sign-in-again"),
    ("invalid_grant", "Account has been deleted", "account-unknown"),  # of one user; the others go on
    ("unauthorized_client", "Client is unauthorized to retrieve access tokens", "delegation-missing"),
    ("invalid_client", "The OAuth client was not found.", "application-unknown"),
    ("who_knows", "", "provider-refuses"),
]
FULL = Claims("app-1", "object-1", "https://outlook.office365.com", frozenset({"IMAP.AccessAsApp", "SMTP.SendAsApp"}))
BARE = Claims("app-1", "object-1", "https://outlook.office365.com", frozenset())
REFUSED = [
    # what Exchange says, claims, as an application?, code
    ("AUTHENTICATE failed.", FULL, True, "principal-missing"),
    ("AUTHENTICATE failed.", BARE, True, "role-missing"),
    ("AUTHENTICATE failed.", Claims(), True, "principal-missing"),
    ("AUTHENTICATE failed.", Claims("a", "o", "aud", frozenset({"IMAP.AccessAsUser.All"})), False, "account-refused"),
    ("AUTHENTICATE failed.", BARE, False, "consent-missing"),
    ("LIST command error: BAD [b'User is authenticated but not connected.']", FULL, True, "mailbox-closed"),
    ("User is authenticated but not connected.", FULL, False, "mailbox-closed-to-person"),
    ("430 4.2.0 STOREDRV; mailbox logon failure", FULL, True, "mailbox-closed"),
    ("535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.", FULL, True, "smtp-auth-disabled"),
    ("NO IMAP access is disabled for this user", FULL, True, "imap-off"),
]


@pytest.mark.parametrize(("error", "description", "numbers", "code", "why"), MICROSOFT)
def test_microsofts_errors(error: str, description: str, numbers: list[int], code: str, why: str) -> None:
    """By number, by number in the words, by name."""
    assert causes.microsoft(error, description, numbers) == code


@pytest.mark.parametrize(("error", "description", "code"), GOOGLE)
def test_googles_errors(error: str, description: str, code: str) -> None:
    """By name and words."""
    assert causes.google(error, description) == code


@pytest.mark.parametrize(("said", "claims", "app", "code"), REFUSED)
def test_what_exchange_refuses_is_told_apart_by_the_token(said: str, claims: Claims, app: bool, code: str) -> None:
    """Its own words are the same for a missing service principal and a missing consent."""
    found, values = refusals.microsoft(said, "imap", "ann@example.com", claims, app=app)

    assert found == code
    assert values["said"] == said


def test_what_gmail_refuses() -> None:
    """IMAP that is off, a scope, an account."""
    said = ["Your account is not enabled for IMAP use", "Invalid credentials (status 400)", "535 5.7.8 no (status 401)"]
    found = [refusals.google(one, "imap", "ann@example.com", service=True)[0] for one in said]

    assert found == ["imap-off", "scope-wrong", "gmail-refuses"]


def test_the_status_of_a_challenge() -> None:
    """In base64 as SMTP has it, plain as imaplib hands it over; anything else is none."""
    told = [b'{"status":"401"}', b"eyJzdGF0dXMiOiI0MDAifQ==", b"", b"nonsense", b"bnVsbA==", b'{"status": {"a": 1}}']

    assert [status(one) for one in told] == ["401", "400", "", "", "", ""]
    assert with_status("no", told[0]) == "no (status 401)"
    assert first_answer("ann@example.com", "tok") == b"user=ann@example.com\1auth=Bearer tok\1\1"


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (31 * DAY, None),
        (30 * DAY, 30),
        (8 * DAY, 30),
        (7 * DAY, 7),
        (2 * DAY, 7),
        (DAY, 1),
        (0 * DAY, 0),
        (-9 * DAY, 0),
    ],
)
def test_an_end_is_told_30_and_7_days_and_a_day_ahead(left: timedelta, days: int | None) -> None:
    """And when it is over."""
    now = datetime(2026, 11, 26, 19, tzinfo=UTC)

    assert due(now + left, now) == days


def test_a_secret_is_good_on_its_last_day() -> None:
    """Whatever the zone that Microsoft's portal means."""
    assert end_of(date(2026, 12, 31)) == datetime(2027, 1, 1, tzinfo=UTC)


def codes() -> set[str]:
    """Every cause in the source."""
    folder = Path(router.oauth.__file__).parent
    source = "".join(file.read_text() for file in folder.glob("*.py"))
    named = set(re.findall(r'NoToken\("([a-z0-9-]+)"', source))
    for table in (folder / "causes.py", folder / "refusals.py"):
        text = table.read_text()
        named |= set(re.findall(r'(?:: |, )"([a-z]+(?:-[a-z0-9]+)+)"[,)]', text))
        named |= set(re.findall(r'(?:return |return \(|else )"([a-z]+(?:-[a-z0-9]+)+)"', text))
    return named | {"tenant-unknown", "provider-down", "throttled", "unreachable"}


def test_every_cause_has_words_and_a_cure() -> None:
    """And no word is left that nobody says; values that are missing leave no hole."""
    template = (Path(router.oauth.__file__).parents[2] / "templates" / "oauth.txt.j2").read_text()
    worded = set(re.findall(r'cause == "([a-z0-9-]+)"', template.partition("{% macro remedy")[0]))
    cured = set(re.findall(r'"([a-z]+-[a-z0-9-]+|throttled|unreachable)"', template.partition("{% macro remedy")[2]))

    assert codes() - {causes.UNKNOWN} == worded
    assert worded - cured == set()


@pytest.mark.parametrize("cause", sorted(codes()))
def test_a_cause_can_be_worded_with_nothing_known(cause: str) -> None:
    """An alarm of an older version may lack a value."""
    wording = Wording()
    template = '{% from "oauth.txt.j2" import why, remedy %}{{ why(cause, {}) }}|{{ remedy(cause, {}) }}'
    said, _, cure = wording._environment.from_string(template).render(cause=cause).partition("|")

    assert len(said) > 10
    assert len(cure) > 10
    assert "None" not in said + cure


def test_the_cure_has_the_real_names() -> None:
    """A line that can be copied into PowerShell."""
    _, values = refusals.microsoft("AUTHENTICATE failed.", "imap", "ann@example.com", FULL, app=True)
    template = '{% from "oauth.txt.j2" import remedy %}{{ remedy("principal-missing", detail) }}'
    cure = Wording()._environment.from_string(template).render(detail=values)

    assert "New-ServicePrincipal -AppId app-1 -ObjectId object-1" in cure
    assert "Add-MailboxPermission -Identity ann@example.com -User object-1 -AccessRights FullAccess" in cure
