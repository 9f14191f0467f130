"""Services for the other process: they have to stand where it can import them."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Obedient:
    """Does what it is told; leaves a file behind when it is closed."""

    closed: Path

    async def answer(self, request: Any) -> Any:
        """A word, or a number of seconds to take."""
        deeds: dict[Any, Callable[[], Any]] = {"pid": os.getpid, "fail": _fail, "busy": _busy}
        if request in deeds:
            return deeds[request]()
        await asyncio.sleep(float(request))
        return request

    async def close(self) -> None:
        """Say so."""
        self.closed.touch()


def _fail() -> None:
    raise ValueError("as I was told")


def _busy() -> None:
    time.sleep(60)  # and deaf
