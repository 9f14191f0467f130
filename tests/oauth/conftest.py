"""A provider for all these tests, and what is registered there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from router.oauth.entra import Application
from router.oauth.microsoft import ByApplication
from router.oauth.provider import Wanted
from tests.bench.certificates import Pair
from tests.bench.identity import CLIENT, TENANT, Identity, application, identity

ANN = Wanted("imap", "ann@example.com")
BySecret = Callable[..., ByApplication]


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Identity]:
    """One that this machine trusts."""
    with identity(tmp_path) as made:
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        yield made


@pytest.fixture
def app(provider: Identity) -> Application:
    """Registered there."""
    return Application(TENANT, CLIENT, provider.url)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    """Certificates of applications; an RSA key takes a while to make."""
    folder = tmp_path_factory.mktemp("keys")
    made = {name: application(folder, name) for name in ("router", "other")}
    made["chain"] = application(folder, "chain", chain=True)
    made["old"] = application(folder, "old", days=-1)
    return made


@pytest.fixture
def by_secret(app: Application, tmp_path: Path) -> BySecret:
    """The application with a secret, or another one."""

    def make(secret: str = "correct", where: Application | None = None) -> ByApplication:
        (tmp_path / "secret").write_text(f"{secret}\n")
        return ByApplication(where or app, secret=tmp_path / "secret")

    return make
