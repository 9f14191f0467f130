"""Small help with asyncio: its loop, its tasks."""

import asyncio
import os
import queue
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """The faster loop, unless somebody wants to look into asyncio's own (benchmarks do)."""
    if os.environ.get("ROUTER_LOOP") == "asyncio":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await `work`; when we are cancelled meanwhile, let it finish before the cancellation goes on."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


class Lane:
    """A thread of one's own, for calls that may hang: they hold up nobody else, nor the end of the process."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def call(self, work: Callable[[], T]) -> T:
        """Run `work` in the thread, after what was called before."""
        done: Future[T] = Future()
        self._calls.put((done, work))
        return await asyncio.wrap_future(done)

    def _run(self) -> None:
        while True:
            done, work = self._calls.get()
            if not done.set_running_or_notify_cancel():
                continue
            try:
                result = work()
            except BaseException as error:
                done.set_exception(error)
            else:
                done.set_result(result)


class Background:
    """Tasks that nobody awaits. asyncio itself keeps only weak references, and would collect them in flight."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run `work` by the way."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
