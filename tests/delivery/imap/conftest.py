"""A Dovecot for all these tests, a mailbox for each, and couriers into it."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from router.delivery.courier import Copy
from router.delivery.imap.courier import ImapCourier
from router.imap.connection import Account
from router.store.content import InMemory
from tests.bench.cutproxy import CutProxy
from tests.bench.dovecot import PASSWORD, Dovecot
from tests.bench.forms import WRAPPER
from tests.conftest import short_folder
from tests.delivery.copies import a_copy

NewCourier = Callable[..., ImapCourier]

RECEIVED = datetime(2025, 6, 2, 12, tzinfo=UTC)  # the past, whenever the tests run: servers have clocks of their own
_numbers = itertools.count()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One server; its mailboxes are not shared."""
    with short_folder() as folder:
        made = Dovecot(folder / "d").start()
        yield made
        made.stop()


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """Somebody with an empty mailbox."""
    name = f"user{next(_numbers)}"
    dovecot.add(name)
    return name


@pytest.fixture
def password(tmp_path: Path) -> Path:
    """The file with everybody's password."""
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return file


@pytest.fixture
def new_courier(dovecot: Dovecot, user: str, password: Path) -> Iterator[NewCourier]:
    """Makes couriers into that mailbox, or elsewhere."""
    made: list[ImapCourier] = []

    def make(folder: str = "INBOX", monotonic: Callable[[], float] | None = None, **parts: Any) -> ImapCourier:
        values: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": dovecot.port,
            "security": "none",
            "username": user,
            "proof": password,
            "connect_seconds": 5.0,
            "answer_seconds": 20.0,
        }
        clocks = {"monotonic": monotonic} if monotonic else {}
        made.append(ImapCourier(Account(**values | parts), folder, WRAPPER, _today, **clocks))
        return made[-1]

    yield make
    for courier in made:
        courier.close()


def _today() -> datetime:
    return RECEIVED + timedelta(hours=1)


@pytest.fixture
def courier(new_courier: NewCourier) -> ImapCourier:
    """Into that mailbox."""
    return new_courier()


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[CutProxy]:
    """Between a courier and the server."""
    with CutProxy(dovecot.port) as made:
        yield made


def numbered(number: int, raw: bytes = b"Subject: Hello\r\n\r\nHello\r\n", **parts: Any) -> Copy:
    """A copy with a token of its own."""
    token = f"01jd8vq2kx5m{number:04}.k7d2k7d2k7d2k7d2"
    block = f"X-Router-Copy: {token}\r\nX-Router-Received: today\r\n".encode()
    values = {"block": block, "content": InMemory(raw), "received": RECEIVED} | parts
    return a_copy(id=f"c{number}", message=f"m{number}", **values)


def octets(copy: Copy) -> bytes:
    """What has to lie in the folder."""
    return copy.block + b"".join(copy.content.pieces())
