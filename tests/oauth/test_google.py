"""Tokens of Google's, from a provider that verifies what it is shown."""

import json
from pathlib import Path
from typing import Any

import pytest

from router.oauth.google import ByRefreshToken, ByService
from router.oauth.provider import Wanted
from router.oauth.tokens import NoToken
from tests.bench.identity import Identity, refresh_token, service_account
from tests.oauth.conftest import ANN


def why(provider: ByService | ByRefreshToken, wanted: Wanted = ANN) -> NoToken:
    """Why there is no token."""
    with pytest.raises(NoToken) as found:
        provider.fetch(wanted)
    return found.value


def test_a_service_account_acts_for_each_account(provider: Identity, tmp_path: Path) -> None:
    """Each purpose has its scope."""
    service = ByService(service_account(tmp_path, provider))
    wanted = [ANN, Wanted("smtp", "router@example.com")]
    tokens = [service.fetch(one).token for one in wanted]

    assert [provider.tokens[one] for one in tokens] == ["ann@example.com", "router@example.com"]
    assert len({service.key(one) for one in (*wanted, Wanted("imap", "router@example.com"))}) == 3


FAULTS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"people": set()}, {}, "account-unknown"),
    ({"delegated": frozenset({"https://mail.google.com/"})}, {}, "delegation-missing"),
    ({"ahead": 7200.0}, {}, "clock-wrong"),
    ({}, {"client_email": "gone@project.example"}, "service-account-unknown"),
    ({}, {"private_key": "no key"}, "file-malformed"),
    ({}, {"token_uri": None}, "file-malformed"),
    ({}, {"token_uri": "https://localhost:1/token"}, "unreachable"),
]


@pytest.mark.parametrize(("theirs", "ours", "code"), FAULTS)
def test_each_fault_of_a_service_account_has_its_code(
    provider: Identity, tmp_path: Path, theirs: dict[str, Any], ours: dict[str, Any], code: str
) -> None:
    """And never the key."""
    file = service_account(tmp_path, provider)
    file.write_text(json.dumps(json.loads(file.read_text()) | ours))
    for key, value in theirs.items():
        setattr(provider, key, value)
    trouble = why(ByService(file))

    assert trouble.code == code
    assert "PRIVATE KEY" not in str(trouble.values)


def test_a_key_that_was_replaced(provider: Identity, tmp_path: Path) -> None:
    """Somebody made another one and deleted ours."""
    first = service_account(tmp_path, provider, "first.json")
    service_account(tmp_path, provider, "second.json")

    assert why(ByService(first)).code == "key-wrong"


def test_a_refresh_token_that_is_replaced_is_kept(provider: Identity, tmp_path: Path) -> None:
    """The file belongs to us alone, and has the new one before the next is asked for."""
    file = refresh_token(tmp_path, provider)
    account = ByRefreshToken(file, provider.url)
    tokens = [account.fetch(ANN).token for _ in range(3)]

    assert [provider.tokens[one] for one in tokens] == ["ann@example.com"] * 3
    assert provider.refresh_tokens == {json.loads(file.read_text())["refresh_token"]}
    assert file.stat().st_mode & 0o777 == 0o600


def test_each_fault_of_a_refresh_token_has_its_code(provider: Identity, tmp_path: Path) -> None:
    """Taken back, another application, a changed secret, half a file."""
    file = refresh_token(tmp_path, provider)
    told = json.loads(file.read_text())
    found = []
    for change in ({"refresh_token": "old"}, {"client_id": "other"}, {"client_secret": "wrong"}, {"client_id": 7}):
        file.write_text(json.dumps(told | change))
        found.append(why(ByRefreshToken(file, provider.url)).code)
    file.write_text("no JSON")

    assert found == ["sign-in-again", "application-unknown", "secret-wrong", "file-malformed"]
    assert why(ByRefreshToken(file, provider.url)).code == "file-malformed"


def test_a_throttled_provider_is_asked_no_sooner_than_it_wants(provider: Identity, tmp_path: Path) -> None:
    """Its word goes before our own pauses."""
    file = refresh_token(tmp_path, provider)
    provider.down = (429, {"Retry-After": "91"}, '{"error": "rate_limit_exceeded"}')
    trouble = why(ByRefreshToken(file, provider.url))

    assert (trouble.code, trouble.values["wait"]) == ("throttled", 91)
