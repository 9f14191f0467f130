"""The company's mail server, as far as the router's own mail goes there: takes everything and keeps it."""

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller

from tests.bench.ports import free_port


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail of the router's."""

    real: float  # of the monotonic clock
    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass(slots=True)
class PostOffice:
    """Listens while it is entered."""

    port: int = field(default_factory=free_port)
    mails: list[Taken] = field(default_factory=list)
    _controller: Controller | None = None

    def __enter__(self) -> "PostOffice":
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._controller is not None:
            self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep it."""
        self.mails.append(Taken(time.monotonic(), envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 taken"
