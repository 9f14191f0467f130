"""The one writer: a thread that commits in groups.

Whoever wants to write hands over a `Unit` of validated rows and awaits the commit that holds it. All units that wait at
that moment share one transaction and one sync; the rows of one statement go to the database in one call, inserts before
updates. A batch that fails for the sake of one unit is rolled back and replayed one unit at a time, so that only the
culprit fails. A full or locked database fails every unit of the batch, which then holds nothing; an I/O error is final:
`on_broken` is called and the process must end, since after a failed sync nobody knows what the disk holds.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Executable
from sqlalchemy.exc import DBAPIError

from router.faultpoint import reach
from router.store.dialect import translate
from router.store.errors import StoreBroken, StoreBusy, StoreFull
from router.store.rows import Row, Rows
from router.store.upsert import PerSystem

log = logging.getLogger(__name__)

MAX_UNITS = 200  # in one commit: bounds both the latency of the first and the work lost by a failure of the last


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that many rows share. `rank` orders the statements of a batch: inserts (0) before updates (1)."""

    sql: Executable | PerSystem
    rank: int = 0
    by_key: bool = False  # an update of one row each by its key, and no two rows of a commit fit the same one


@dataclass(slots=True, eq=False)
class Unit:
    """Work that is committed wholly or not at all."""

    name: str  # the stage: "accept", "route", "deliver", …; names the fault points around the commit
    writes: Sequence[tuple[Statement, Sequence[Row]]] = ()
    call: Callable[[Connection], Any] | None = (
        None  # runs after the writes that came before it; its value is the result
    )
    outside: Callable[[Engine], Any] | None = None  # instead of all that: runs alone, outside any transaction
    done: "Future[Any]" = field(default_factory=Future)
    waiter: "asyncio.Future[Any] | None" = None  # told what `done` is told, on its own loop


class Writer:
    """Owns the only writing connection and the thread that uses it."""

    def __init__(self, engine: Engine, on_broken: Callable[[BaseException], None]) -> None:
        self._engine = engine
        self._on_broken = on_broken
        self._queue: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._closed = False
        self._rows = Rows()

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what was handed over before, then end the thread and close the connection."""
        self._closed = True
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._engine.dispose()

    def enqueue(self, units: Sequence[Unit]) -> None:
        """Hand units over without waiting; each unit's `done` tells its fate."""
        if self._closed:
            raise StoreBusy("the writer has stopped")
        for unit in units:
            self._queue.put(unit)

    async def submit(self, unit: Unit) -> Any:
        """Hand over one unit and wait until it is durable; raises `StoreError` or the unit's own error."""
        unit.waiter = asyncio.get_running_loop().create_future()
        self.enqueue([unit])
        try:
            return await unit.waiter
        except asyncio.CancelledError:
            unit.done.cancel()  # in vain, once the writer has it in hand
            raise

    async def insist(self, make: Callable[[], Unit]) -> Any:
        """Submit what `make` gives until the store takes it: for work that nobody outside can be asked to repeat."""
        pause = 0.2
        while True:
            unit = make()
            try:
                return await self.submit(unit)
            except (StoreBusy, StoreFull) as error:
                if self._closed:
                    raise
                log.warning("the store refuses %r, trying again: %s", unit.name, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 10.0)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            units, last = self._gather(first)
            # From here on a waiter that goes away cannot take its unit back: half a batch is not to be had.
            batch = [unit for unit in units if unit.done.set_running_or_notify_cancel()]
            if together := [unit for unit in batch if unit.outside is None]:
                self._commit_or_replay(together)
            for unit in batch:
                if unit.outside is not None:
                    self._commit_or_replay([unit])
            if last:
                return

    def _gather(self, first: Unit) -> tuple[list[Unit], bool]:
        """Everything that waits, up to `MAX_UNITS`; and whether the writer shall stop after it."""
        units = [first]
        while len(units) < MAX_UNITS:
            try:
                unit = self._queue.get_nowait()
            except queue.Empty:
                break
            if unit is None:
                return units, True
            units.append(unit)
        return units, False

    def _commit_or_replay(self, batch: list[Unit]) -> None:
        error = self._try(batch)
        if error is None:
            return
        if isinstance(error, (StoreBusy, StoreFull, StoreBroken)) or len(batch) == 1:
            for unit in batch:
                unit.done.set_exception(error)
            _tell(batch)
            if isinstance(error, StoreBroken):
                self._on_broken(error)
            return
        log.warning("a batch of %d failed and is replayed one by one: %s", len(batch), _brief(error))
        for unit in batch:
            self._commit_or_replay([unit])

    def _try(self, batch: list[Unit]) -> BaseException | None:
        """Commit the batch and settle its units, or say what went wrong; then nothing of it was written."""
        try:
            results = self._commit(batch)
        except DBAPIError as error:
            return translate(error) or error
        except Exception as error:
            return error
        for unit, result in zip(batch, results, strict=True):
            unit.done.set_result(result)
        _tell(batch)
        return None

    def _commit(self, batch: list[Unit]) -> list[Any]:
        if (outside := batch[0].outside) is not None:
            return [outside(self._engine)]
        names = {unit.name for unit in batch}
        with self._engine.begin() as connection:
            results, waiting = [], _Waiting(self._rows)
            for unit in batch:
                for statement, rows in unit.writes:
                    waiting.add(statement, rows)
                if unit.call is not None:
                    waiting.flush(connection)
                    results.append(unit.call(connection))
                else:
                    results.append(None)
            waiting.flush(connection)
            for name in names:
                reach(f"{name}.before-commit")
        for name in names:
            reach(f"{name}.after-commit")
        return results


class _Waiting:
    """Rows gathered by statement until they are executed."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._by_statement: dict[int, tuple[Statement, list[Row]]] = {}

    def add(self, statement: Statement, rows: Sequence[Row]) -> None:
        if rows:
            self._by_statement.setdefault(id(statement), (statement, []))[1].extend(rows)

    def flush(self, connection: Connection) -> None:
        for statement, rows in sorted(self._by_statement.values(), key=lambda item: item[0].rank):
            self._rows.execute(connection, statement.sql, rows, by_key=statement.by_key)
        self._by_statement.clear()


def _tell(batch: Sequence[Unit]) -> None:
    """Wake those who wait on a loop: each loop once, not once per unit."""
    waiting: dict[asyncio.AbstractEventLoop, list[Unit]] = {}
    for unit in batch:
        if unit.waiter is not None:
            waiting.setdefault(unit.waiter.get_loop(), []).append(unit)
    for loop, units in waiting.items():
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(_wake, units)


def _wake(units: Sequence[Unit]) -> None:
    for unit in units:
        if unit.waiter is None or unit.waiter.done():
            continue
        if (error := unit.done.exception()) is not None:
            unit.waiter.set_exception(error)
        else:
            unit.waiter.set_result(unit.done.result())


def _brief(error: BaseException) -> str:
    """The kind of an error without its parameters: those hold mail."""
    return f"{type(error).__name__}: {getattr(error, 'orig', None) or type(error).__name__}"
