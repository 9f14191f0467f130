"""What a part of its own does, whatever it is."""

from typing import Any, Protocol


class Service(Protocol):
    """Made in the daemon and pickled; works in the other process."""

    async def answer(self, request: Any) -> Any:
        """Do what was asked. Several requests may be under way at the same time."""

    async def close(self) -> None:
        """The daemon stops: end what is kept open."""
