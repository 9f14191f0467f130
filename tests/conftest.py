"""What tests share: the daemon in a folder of its own, a Postfix in front of it, real mail, and what `-m soak` means."""

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from router.store.database import open_to_write
from tests.bench.corpora import Mail, corpora_folder, deliverable
from tests.bench.daemon import Daemon
from tests.bench.postfix import Postfix
from tests.bench.postgres import Postgres, postgres

# A run in the background of a shell, or below nohup, ignores these; what is started inherits that.
for _number, _as_ever in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _as_ever)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless `-m` speaks of it."""
    if "soak" in (config.getoption("markexpr") or ""):
        return
    long = [item for item in items if item.get_closest_marker("soak")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@contextmanager
def short_folder() -> Iterator[Path]:
    """A new folder with a short path, since a Unix socket's may have only some hundred bytes."""
    path = Path(tempfile.mkdtemp(prefix="r-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A new folder with a short path."""
    with short_folder() as path:
        yield path


@contextmanager
def daemons(folder: Path) -> Iterator[Callable[..., Daemon]]:
    """Makes daemons, not yet started, each in a folder of its own; what still runs at the end is killed."""
    made: list[Daemon] = []

    def make(name: str = "", **parts: str) -> Daemon:
        (folder / name).mkdir(exist_ok=True)
        made.append(Daemon(folder / name, **parts))
        return made[-1]

    try:
        yield make
    finally:
        for daemon in made:
            daemon.kill()


@pytest.fixture
def new_daemon(folder: Path) -> Iterator[Callable[..., Daemon]]:
    """Makes daemons, not yet started."""
    with daemons(folder) as make:
        yield make


@pytest.fixture
def daemon(new_daemon: Callable[..., Daemon]) -> Daemon:
    """A running daemon."""
    return new_daemon().start()


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    """A new folder that the tests of a module share."""
    with short_folder() as path:
        yield path


@pytest.fixture(scope="module")
def module_new_daemon(module_folder: Path) -> Iterator[Callable[..., Daemon]]:
    """Makes daemons that the tests of a module share, not yet started."""
    with daemons(module_folder) as make:
        yield make


@pytest.fixture(scope="module")
def module_daemon(module_new_daemon: Callable[..., Daemon]) -> Daemon:
    """A running daemon that the tests of a module share."""
    return module_new_daemon().start()


@pytest.fixture
def new_postfix(folder: Path) -> Iterator[Callable[..., Postfix]]:
    """Starts a private Postfix that hands mail for example.com to a port of this machine."""
    made: list[Postfix] = []

    def make(port: int, more: str = "") -> Postfix:
        made.append(Postfix(folder / "postfix", port, more))
        return made[-1].start()

    yield make
    for postfix in made:
        postfix.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL server that whoever only asks it may share."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Postgres) -> str:
    """A database with all tables on it."""
    url = postgres_server.new_database()
    open_to_write(url, lambda error: None).close()
    return url


@pytest.fixture(scope="session")
def real_mail() -> list[Mail]:
    """Every message of the corpora."""
    folder = corpora_folder()
    if folder is None:
        pytest.skip("MAIL_CORPORA does not name the folder of the corpora")
    return list(deliverable(folder))
