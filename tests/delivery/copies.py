"""Copies on their way, as couriers get them."""

from typing import Any

from router.delivery.courier import Copy
from router.store.content import InMemory
from tests.store.desk import MAIL, NOON

BLOCK = b"X-Router-Copy: mark\r\n"


def a_copy(**parts: Any) -> Copy:
    """On its way to an inbox."""
    values: dict[str, Any] = {
        "id": "abc",
        "message": "m",
        "inbox": "mike",
        "block": BLOCK,
        "content": InMemory(MAIL),
        "received": NOON,
        "folder": None,
        "seen": False,
        "look_first": False,
    }
    return Copy(**values | parts)
