"""Waiting for something to become true, with a deadline that a busy machine can keep."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T], what: str | Callable[[], str], seconds: float = 30.0, pause: float = 0.05) -> T:
    """The first true value of `look`; fails with `what` once `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while True:
        if value := look():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s for: {what if isinstance(what, str) else what()}")
        time.sleep(pause)
