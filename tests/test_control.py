"""The socket by which commands reach the daemon."""

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from router import control
from router.control import LINE, ControlError, NoDaemon, ask
from router.intake import past
from router.orders import Orders
from router.store import tables
from router.store.errors import StoreFull
from router.store.handover import Handover
from router.store.spool import HISTORY, IMPORT, Spool
from tests.store.desk import LEASE, StandingClock, add_copies, opened, row_of, seen
from tests.store.driver import Router


async def _echo(request: Mapping[str, Any]) -> Any:
    return request["say"]


async def _fail(request: Mapping[str, Any]) -> Any:
    raise LookupError("of the test")


async def _sleep(request: Mapping[str, Any]) -> Any:
    await asyncio.sleep(0.5)


@asynccontextmanager
async def served(path: Path) -> AsyncIterator[Path]:
    """A daemon with three orders."""
    server = await control.serve(path, {"echo": _echo, "fail": _fail, "sleep": _sleep})
    yield path
    server.close()


async def asked(path: Path, **request: Any) -> Any:
    """The answer to one order."""
    return await asyncio.to_thread(ask, path, request, 5)


async def test_an_order_is_answered(tmp_path: Path) -> None:
    """Whatever JSON can say, line ends too."""
    async with served(tmp_path / "s") as path:
        for value in ["ä\n", 7, None, ["x", {"y": 1}]]:
            assert await asked(path, do="echo", say=value) == value


@pytest.mark.parametrize("request_", [{"do": "fail"}, {"do": "nothing"}, {}, {"do": "echo"}])
async def test_an_order_that_fails_is_refused_in_words(tmp_path: Path, request_: dict[str, Any]) -> None:
    """And the daemon goes on."""
    async with served(tmp_path / "s") as path:
        with pytest.raises(ControlError):
            await asked(path, **request_)

        assert await asked(path, do="echo", say=1) == 1


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b"\n", b"7\n", b'{"do": []}\n', b"x" * LINE + b"\n"])
async def test_nonsense_is_answered_and_harmless(tmp_path: Path, line: bytes) -> None:
    """Somebody may try it with netcat."""

    def send(path: Path) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(path))
            link.sendall(line)
            return dict(json.loads(link.makefile("rb").readline()))

    async with served(tmp_path / "s") as path:
        assert "error" in await asyncio.to_thread(send, path)
        assert await asked(path, do="echo", say=1) == 1


def test_without_a_daemon_there_is_nobody_to_ask(tmp_path: Path) -> None:
    """No socket, one that a dead daemon left, and no folder: the command takes the lock itself."""
    dead = tmp_path / "dead"
    with socket.socket(socket.AF_UNIX) as link:
        link.bind(str(dead))

    for path in (tmp_path / "none", dead, tmp_path / "no" / "folder"):
        with pytest.raises(NoDaemon):
            ask(path, {"do": "echo"})


async def test_a_socket_that_a_dead_daemon_left_is_replaced(tmp_path: Path) -> None:
    """After kill -9 the next start finds it."""
    with socket.socket(socket.AF_UNIX) as link:
        link.bind(str(tmp_path / "s"))

    async with served(tmp_path / "s") as path:
        assert await asked(path, do="echo", say=1) == 1


async def test_a_path_may_be_longer_than_a_socket_address(tmp_path: Path) -> None:
    """sockaddr_un has 108 bytes, and folders of containers are deep."""
    folder = tmp_path / ("x" * 100) / ("y" * 100)
    folder.mkdir(parents=True)

    async with served(folder / "s") as path:
        assert await asked(path, do="echo", say=1) == 1


async def test_nobody_else_may_give_orders(tmp_path: Path) -> None:
    """Whoever opens the socket can hold every copy."""
    async with served(tmp_path / "s") as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_daemon_that_does_not_answer_is_given_up_in_words(tmp_path: Path) -> None:
    """A command that waits for ever, or ends with a traceback, tells nobody what is wrong."""
    async with served(tmp_path / "s") as path:
        try:
            with pytest.raises(ControlError):
                await asyncio.to_thread(ask, path, {"do": "sleep"}, 0.2)
        finally:
            await asyncio.sleep(0.5)  # the order ends before the loop does


async def test_a_daemon_that_hangs_up_is_told_in_words(tmp_path: Path) -> None:
    """It may have ended while it carried out the order."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_unix_server(hang_up, tmp_path / "s")
    try:
        with pytest.raises(ControlError):
            await asked(tmp_path / "s", do="echo")
    finally:
        server.close()


async def test_the_daemon_carries_orders_out_and_wakes_its_stages(tmp_path: Path) -> None:
    """A released repeat is routed, and a retried copy goes out, without waiting for the next look."""
    clock = StandingClock()
    with opened(tmp_path) as database:
        spool, handover = Spool(database), Handover(database, clock, "me", LEASE)
        handover.open("mike")
        server = await control.serve(tmp_path / "s", Orders(database, clock, spool, handover).handlers())
        try:
            waiting = asyncio.create_task(handover.take("mike", 1))
            await asyncio.sleep(0.1)
            (copy,) = add_copies(database, {"state": "failed"})

            assert await asked(tmp_path / "s", do="retry", ids=[copy]) == [copy]
            assert [one.id for one in await asyncio.wait_for(waiting, 5)] == [copy]
            assert await asked(tmp_path / "s", do="hold", ids=["none"]) == []
            assert "pid" in await asked(tmp_path / "s", do="live")
        finally:
            server.close()


@pytest.mark.parametrize("request_", [{"do": "retry"}, {"do": "hold", "ids": 7}, {"do": "release", "ids": [[]]}])
async def test_a_malformed_order_changes_nothing(tmp_path: Path, request_: dict[str, Any]) -> None:
    """An older command may speak to a newer daemon."""
    clock = StandingClock()
    with opened(tmp_path) as database:
        (copy,) = add_copies(database, {"state": "held"})
        orders = Orders(database, clock, Spool(database), Handover(database, clock, "me", LEASE))
        server = await control.serve(tmp_path / "s", orders.handlers())
        try:
            with pytest.raises(ControlError):
                await asked(tmp_path / "s", **request_)
        finally:
            server.close()

        assert row_of(database, copy)["state"] == "held"


async def test_mail_of_the_past_is_taken_as_history(tmp_path: Path) -> None:
    """Its mark is in the database before it is routed."""
    one = seen(source=IMPORT, peer=None, helo=None, history=True)
    with opened(tmp_path) as database:
        orders = Orders(database, StandingClock(), Spool(database), Handover(database, StandingClock(), "me", LEASE))
        server = await control.serve(tmp_path / "s", orders.handlers())
        try:
            assert await asked(tmp_path / "s", do="import", mails=[past.packed(one)]) == 1
            await asked(tmp_path / "s", do="import-sent", mailbox="support", source=IMPORT)
        finally:
            server.close()
        (row,) = Router(database).rows(tables.sighting)
        (answers,) = Router(database).rows(tables.outbound)

    assert (row["id"], row["verdict"], row["source"], row["received"]) == (one.id, HISTORY, IMPORT, one.received)
    assert (answers["mailbox"], answers["source"]) == ("support", IMPORT)


def _full() -> None:
    raise StoreFull("of the test")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"knows": lambda address: False}, "no support@example.com: restart it"),
        ({"room": _full}, "StoreFull"),
    ],
    ids=["another configuration", "full disk"],
)
async def test_a_daemon_that_cannot_take_the_past_says_why(tmp_path: Path, parts: dict[str, Any], words: str) -> None:
    """An address that it does not know would make customers of us."""
    with opened(tmp_path) as database:
        handover = Handover(database, StandingClock(), "me", LEASE)
        orders = Orders(database, StandingClock(), Spool(database), handover, **parts)
        server = await control.serve(tmp_path / "s", orders.handlers())
        try:
            with pytest.raises(ControlError, match=words):
                await asked(tmp_path / "s", do="import", mails=[past.packed(seen(source=IMPORT, history=True))])
        finally:
            server.close()
        assert Router(database).rows(tables.sighting) == []
