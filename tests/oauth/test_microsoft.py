"""Tokens of Microsoft's, from a provider that verifies what it is shown."""

import json
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from router.oauth.claims import read_claims
from router.oauth.entra import Application
from router.oauth.microsoft import ByApplication, ByPerson
from router.oauth.tokens import NoToken
from tests.bench.certificates import Pair, self_signed
from tests.bench.identity import CLIENT, OBJECT, Identity
from tests.oauth.conftest import ANN, BySecret


def why(fetch: Callable[[], Any]) -> NoToken:
    """Why there is no token."""
    with pytest.raises(NoToken) as found:
        fetch()
    return found.value


@pytest.mark.parametrize("name", ["router", "chain"])
def test_a_certificate_proves_who_we_are(
    provider: Identity, app: Application, keys: dict[str, Pair], name: str
) -> None:
    """Also where the file has its issuer's first; the provider verifies the signature."""
    provider.certificates.append(keys[name].certificate)
    granted = ByApplication(app, certificate=keys[name].key).fetch(ANN)

    assert granted.token in provider.tokens
    assert granted.seconds == 3600
    assert provider.grants[-1]["scope"] == "https://outlook.office365.com/.default"
    assert granted.token not in repr(granted)


def test_a_secret_proves_who_we_are(provider: Identity, by_secret: BySecret) -> None:
    """The line end of its file is none of it."""
    assert by_secret().fetch(ANN).token in provider.tokens


def test_a_national_cloud_has_another_mail_server(app: Application) -> None:
    """A token for the usual one would open nothing there."""
    clouds = ["https://login.microsoftonline.us", "https://login.partner.microsoftonline.cn", app.authority]

    assert [replace(app, authority=one).mail for one in clouds] == [
        "https://outlook.office365.us",
        "https://partner.outlook.cn",
        "https://outlook.office365.com",
    ]


FAULTS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("AADSTS90002", {"tenant": "other.example"}, {}, "tenant-unknown"),
    ("AADSTS700016", {"client_id": "1111"}, {}, "application-unknown"),
    ("AADSTS7000215", {}, {"secret": "another"}, "secret-wrong"),
    ("AADSTS7000222", {}, {"old_secrets": {"correct"}}, "secret-expired"),
    ("HTTP Error: 503", {}, {"down": (503, {}, "<html>busy</html>")}, "provider-down"),
    ("AADSTS50196", {}, {"down": (429, {"Retry-After": "70"}, '{"error": "AADSTS50196"}')}, "throttled"),
    ("", {}, {"down": (200, {}, "<html>log in to our proxy</html>")}, "provider-down"),
    ("Connection refused", {"authority": "https://localhost:1"}, {}, "unreachable"),
    ("Name or service not known", {"authority": "https://nowhere.invalid"}, {}, "unreachable"),
]


@pytest.mark.parametrize(("said", "ours", "theirs", "code"), FAULTS)
def test_each_fault_has_its_code(
    provider: Identity,
    app: Application,
    by_secret: BySecret,
    said: str,
    ours: dict[str, Any],
    theirs: dict[str, Any],
    code: str,
) -> None:
    """And the provider's words, without the secret and without the numbers of its trace."""
    for key, value in theirs.items():
        setattr(provider, key, value)
    trouble = why(lambda: by_secret(where=replace(app, **ours)).fetch(ANN))

    assert trouble.code == code
    assert said in trouble.values["said"]
    assert "Trace ID" not in str(trouble)
    assert "correct" not in str(trouble.values).replace("correct tenant ID", "")


def test_a_certificate_that_nobody_uploaded(provider: Identity, app: Application, keys: dict[str, Pair]) -> None:
    """AADSTS700027; the cure names its thumbprint, as the portal shows it."""
    provider.certificates.append(keys["other"].certificate)
    trouble = why(lambda: ByApplication(app, certificate=keys["router"].key).fetch(ANN))

    assert trouble.code == "certificate-unknown"
    assert len(trouble.values["thumbprint"]) == 40


def test_a_certificate_that_is_over(provider: Identity, app: Application, keys: dict[str, Pair]) -> None:
    """Known by its provider, and too old."""
    provider.certificates.append(keys["old"].certificate)

    assert why(lambda: ByApplication(app, certificate=keys["old"].key).fetch(ANN)).code == "certificate-expired"


def test_a_wrong_clock_is_measured(provider: Identity, app: Application, keys: dict[str, Pair]) -> None:
    """AADSTS700024; by how much stands in every answer's Date."""
    provider.certificates.append(keys["router"].certificate)
    provider.ahead = 3600.0
    trouble = why(lambda: ByApplication(app, certificate=keys["router"].key).fetch(ANN))

    assert trouble.code == "clock-wrong"
    assert -3610 < trouble.values["skew"] < -3590


def test_a_provider_that_is_not_trusted_gets_no_secret(
    provider: Identity, by_secret: BySecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever other programs' variables say."""
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(provider.authority))
    trouble = why(lambda: by_secret().fetch(ANN))

    assert (trouble.code, trouble.values["why"]) == ("unreachable", "certificate")
    assert provider.asked == []


def test_a_file_that_is_no_proof_is_told_without_asking(
    provider: Identity, app: Application, keys: dict[str, Pair], tmp_path: Path
) -> None:
    """Each with what is wrong about it."""
    router, other = keys["router"].key.read_text(), keys["other"].certificate.read_text()
    key, _, certificate = router.partition("-----BEGIN CERTIFICATE")
    curve = self_signed(tmp_path, "curve")
    files = {
        "key-missing": keys["router"].certificate.read_text(),
        "certificate-missing": key,
        "key-mismatch": key + other,
        "key-encrypted": "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + router,
        "file-malformed": key[:200] + key[300:] + "-----BEGIN CERTIFICATE" + certificate,
        "key-not-rsa": curve.key.read_text() + curve.certificate.read_text(),
    }
    found = {}
    for code, text in files.items():
        (tmp_path / "pem").write_text(text)
        found[code] = why(lambda: ByApplication(app, certificate=tmp_path / "pem").fetch(ANN)).code
    gone = why(lambda: ByApplication(app, certificate=tmp_path / "gone").fetch(ANN)).code

    assert found == {code: code for code in files}
    assert gone == "file-unreadable"
    assert provider.asked == []


def test_somebody_signs_in_with_a_code(provider: Identity, app: Application, tmp_path: Path) -> None:
    """Once; from then on the refresh token does, and each new one is kept, where only its owner reads it."""
    shown: list[tuple[str, str]] = []
    person = ByPerson(app, tmp_path / "tokens")
    threading.Timer(0.3, lambda: setattr(provider, "approved", True)).start()
    whose = person.sign_in(lambda code, page: shown.append((code, page)))
    tokens = [person.fetch(ANN).token for _ in range(3)]

    assert (whose, shown) == ("ann@example.com", [("AB12CD34", "https://microsoft.example/devicelogin")])
    assert len({*tokens} & {*provider.tokens}) == 3
    assert read_claims(tokens[0]).rights == {"IMAP.AccessAsUser.All", "SMTP.Send"}
    assert stat.S_IMODE((tmp_path / "tokens").stat().st_mode) == 0o600
    assert len(provider.refresh_tokens) == 1
    assert (provider.refresh_tokens & {*(tmp_path / "tokens").read_text().split('"')}) == provider.refresh_tokens
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_without_a_sign_in_there_is_no_token(provider: Identity, app: Application, tmp_path: Path) -> None:
    """Before it, after it was taken back, and where codes are not allowed."""
    person = ByPerson(app, tmp_path / "tokens")
    before = why(lambda: person.fetch(ANN)).code
    provider.approved = True
    person.sign_in(lambda code, page: None)
    provider.refresh_tokens.clear()
    after = why(lambda: person.fetch(ANN)).code
    provider.public_client = False
    refused = why(lambda: person.sign_in(lambda code, page: None)).code
    (tmp_path / "tokens").write_text("{")

    assert (before, after, refused) == ("not-signed-in", "sign-in-again", "public-client-off")
    assert why(lambda: person.fetch(ANN)).code == "file-malformed"


def test_a_provider_that_hangs_is_given_up(
    provider: Identity, by_secret: BySecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread is not lost to it."""
    monkeypatch.setattr("router.oauth.web.PATIENCE", (1.0, 0.3))
    provider.delay = 2.0
    begun = time.monotonic()
    trouble = why(lambda: by_secret().fetch(ANN))

    assert (trouble.code, trouble.values["why"]) == ("unreachable", "silent")
    assert time.monotonic() - begun < 2


def test_a_token_tells_whose_it_is(provider: Identity, by_secret: BySecret) -> None:
    """Which is what the administrator has to give to Exchange; what is no JWT tells nothing."""
    claims = read_claims(by_secret().fetch(ANN).token)
    told = [read_claims(one) for one in ("", "ya29.opaque", "a.b.c", "a.bnVsbA.c", "x" * 30_000)]

    assert (claims.application, claims.object_id) == (CLIENT, OBJECT)
    assert claims.rights == {"IMAP.AccessAsApp", "SMTP.SendAsApp"}
    assert not any(one.readable for one in told)
    assert json.dumps(claims.audience) == '"https://outlook.office365.com"'
