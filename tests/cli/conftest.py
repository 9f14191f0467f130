"""An installation without a daemon, and its commands run in this process."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from router.cli.common import guarded
from router.cli.main import router
from tests.bench.installation import Ran, configuration
from tests.store.desk import opened
from tests.store.driver import Router

CONFIGURATION = configuration(1, extra='[[mailbox]]\naddresses = ["shop@example.com"]')

Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in the folder of the installation; a traceback fails the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ROUTER_CONFIG", raising=False)

    def command(*words: object) -> Ran:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["router", *map(str, words)])
        code = guarded(router)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Ran(code, captured.out, captured.err)

    return command


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A folder with a configuration."""
    (tmp_path / "router.toml").write_text(CONFIGURATION)
    return tmp_path


@pytest.fixture
def installed(configured: Path) -> Path:
    """And with an empty database."""
    with opened(configured):
        return configured


@pytest.fixture
def desk(installed: Path) -> Iterator[Callable[[Callable[[Router], Any]], Any]]:
    """Does something to the database, which is closed again before a command needs it."""

    def at(work: Callable[[Router], Any]) -> Any:
        with opened(installed) as database:
            return work(Router(database))

    return at
