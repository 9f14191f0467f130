"""The mail log: one line per event, and never a customer's words."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from router import maillog
from router.clock import Clock
from router.delivery.courier import InThread
from router.delivery.maildir import MaildirCourier
from router.delivery.retry import Again
from router.delivery.stage import Worker
from router.intake.accept import Acceptor
from router.intake.reception import Reception
from router.intake.smtp import Limits, Listener
from router.maillog import Event, event
from router.routing.stage import RoutingStage
from router.store import outbox
from router.store.database import Database
from router.store.handover import Handover
from router.store.spool import Spool
from router.store.turn import Turn
from tests.bench.smtp import Client
from tests.store.desk import LEASE, opened
from tests.store.driver import KEY, letter, places_of

NASTY = [
    "a\nb",
    "\r\n",
    "\x1b[31mred",
    "\x00",
    "ä ö",
    "\udc80",
    "\u2028",
    'say "no"',
    "",
    " ",
    "a=b",
    "\\n",
    ["a", "b\nc"],
]


@pytest.fixture(params=["text", "json"])
def style(request: pytest.FixtureRequest) -> str:
    """Both of them."""
    return str(request.param)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """What `setup` changes is undone."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    names = (
        "router",
        "mail",
        "mail.log",
        "mail.debug",
        "imapclient",
        "asyncio",
        "sqlalchemy",
        "alembic",
        "apscheduler",
    )
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What went to stderr."""
    return lambda: capsys.readouterr().err


@pytest.mark.parametrize("value", NASTY, ids=ascii)
def test_an_event_is_one_line_whatever_its_values_hold(written: Callable[[], str], style: str, value: object) -> None:
    """An address with a line end in it must not write events of its own, nor colour a terminal."""
    maillog.setup(style)
    event(Event.ACCEPTED, sender=value, size=7)
    line = written()

    assert line.count("\n") == 1
    assert line.endswith("\n")
    assert line[:-1].isprintable()
    line.encode()


@pytest.mark.parametrize("value", NASTY[:-1], ids=ascii)
def test_json_gives_every_value_back(written: Callable[[], str], value: str) -> None:
    """Programs read it."""
    maillog.setup("json")
    event(Event.ACCEPTED, sender=value, size=7, peer=None)
    line = json.loads(written())

    assert (line["event"], line["sender"], line["size"]) == ("accepted", value, 7)
    assert line["time"].endswith("Z")
    assert "peer" not in line


def test_text_is_read_by_eye_and_by_grep(written: Callable[[], str]) -> None:
    """Time, level, name, word, then key=value in their order; a value with a space is quoted."""
    maillog.setup()
    event(Event.DELIVERED, message="m1", inbox="mike", to=("a@x", "b@x"), error="no room")

    stamp, rest = written().split(" ", 1)
    assert stamp.endswith("Z")
    assert rest == 'INFO router.mail delivered message=m1 inbox=mike to=a@x,b@x error="no room"\n'


def test_a_fault_is_logged_with_its_trace(written: Callable[[], str], style: str) -> None:
    """Ordinary faults of the program are for whoever mends it."""
    maillog.setup(style)
    try:
        raise LookupError("of the test")
    except LookupError:
        logging.getLogger("router.store").exception("a thing\nfailed")

    text = written()
    assert "LookupError: of the test" in text
    assert "a thing\nfailed" not in text


def test_a_higher_level_silences_events(written: Callable[[], str]) -> None:
    """`log.level = "warning"` is for those whose disk is small."""
    maillog.setup(level="warning")
    event(Event.ACCEPTED, sender="a@x")

    assert written() == ""


async def test_the_lines_of_one_turn_of_the_loop_are_written_together(written: Callable[[], str]) -> None:
    """Mail comes in bursts, and each write is a system call."""
    maillog.setup()
    event(Event.ACCEPTED, size=1)
    event(Event.ACCEPTED, size=2)
    before = written()
    await asyncio.sleep(0)

    assert before == ""
    assert [line[-6:] for line in written().splitlines()] == ["size=1", "size=2"]


async def test_a_warning_is_written_at_once_and_in_its_place(written: Callable[[], str]) -> None:
    """It may be the last that is heard of this process."""
    maillog.setup()
    event(Event.ACCEPTED, size=1)
    logging.getLogger("router").warning("of the test")

    assert [line.split()[1] for line in written().splitlines()] == ["INFO", "WARNING"]


def test_nothing_is_lost_when_a_loop_ends_and_another_begins(written: Callable[[], str]) -> None:
    """Whatever is said last."""

    async def says() -> None:
        event(Event.ACCEPTED, size=1)

    maillog.setup()
    for _ in range(2):
        asyncio.run(says())

    assert written().count("size=1") == 2


@pytest.mark.parametrize("level", ["debug", "info"])
@pytest.mark.parametrize(
    "name", ["mail", "mail.log", "mail.debug", "imapclient", "imapclient.imaplib", "sqlalchemy.engine"]
)
def test_the_libraries_own_logs_are_clamped_at_every_level(written: Callable[[], str], level: str, name: str) -> None:
    """aiosmtpd writes every line of a mail at DEBUG, imapclient every literal, SQLAlchemy every parameter."""
    maillog.setup(level=level)
    logging.getLogger(name).debug("canary")
    logging.getLogger(name).info("canary")

    assert written() == ""


@pytest.mark.parametrize("level", ["debug", "info", "error"])
async def test_no_word_of_a_mail_is_ever_logged(
    tmp_path: Path, written: Callable[[], str], style: str, level: str
) -> None:
    """Neither text nor subject nor a name: through the listener, routing and a courier, at any level."""
    maillog.setup(style, level)
    with opened(tmp_path) as database:
        (one, two) = (letter(1, "canary", Subject="canary"), b"From: canary\r\n\x00\xffcanary\r\n\r\ncanary\r\n")
        await _through_everything(database, tmp_path, one, two)
    text = written()

    assert "canary" not in text
    assert ("accepted" in text, "delivered" in text) == ((level != "error"),) * 2


async def _through_everything(database: Database, folder: Path, *letters: bytes) -> None:
    clock, refused = Clock(), Counter[str]()
    spool, handover = Spool(database), Handover(database, clock, "me", LEASE)
    handover.open("mike")
    stage = RoutingStage(database, spool, handover, clock, KEY, places_of, Turn(database, clock, LEASE))
    worker = Worker("mike", InThread("mike", MaildirCourier(folder / "mike")), handover, clock, Again(LEASE, LEASE))
    limits = Limits(1_000_000, 10, 10, 10, 60)
    networks = [ip_network("127.0.0.1")]
    listener = Listener(Reception(Acceptor(spool, clock), "h", networks, lambda _: True, limits, refused))
    _, port = await listener.start("127.0.0.1", 0)
    tasks = [asyncio.create_task(stage.run()), asyncio.create_task(worker.run())]
    for mail in letters:
        await asyncio.to_thread(_send, port, mail)
    for _ in range(500):
        if database.read(outbox.counts)["delivered"] == len(letters):
            break
        await asyncio.sleep(0.02)
    await listener.stop(1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _send(port: int, mail: bytes) -> None:
    with Client(port) as client:
        assert client.mail(mail).code == 250


def test_the_words_are_stable() -> None:
    """A log is searched for years."""
    assert {word.value for word in Event} >= {
        "accepted", "refused", "tempfailed", "repeat", "sighted", "routed", "own", "skipped", "withheld", "held",
        "released", "attempt", "delivered", "deferred", "unknown", "failed",
    }  # fmt: skip
