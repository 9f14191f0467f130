"""A listener in a process of its own, whose acceptor keeps nothing: what its memory grows by is the reader's.

Prints its port; at the end of its standard input, the kilobytes that it grew by at most, and the mails it was given.
"""

import asyncio
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from router.intake.smtp import Limits, Listener, Reception
from router.store.content import Content
from router.store.spool import Sighting

LIMITS = Limits(50_000_000, 100, 100, 100, idle_seconds=60, bytes_in_flight=2_000_000_000)


@dataclass
class Forgetful:
    """Takes everything and keeps its sizes."""

    sizes: list[int] = field(default_factory=list)

    async def accept(
        self, content: Content, sender: str, recipients: tuple[str, ...], *, after: Any, **named: Any
    ) -> Sighting:
        """As `Acceptor.accept` does it."""
        self.sizes.append(content.size)
        seen = Sighting("id", content.sha256, b"", "smtp", None, None, sender, recipients, datetime.now(UTC))
        after()
        return seen

    async def drain(self) -> None:
        """Nothing is under way."""


def peak() -> int:
    """The most memory this process had, in kilobytes."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])


async def main() -> None:
    """Listen until the standard input ends."""
    acceptor: Any = Forgetful()
    everywhere = [ip_network("127.0.0.0/8")]
    listener = Listener(Reception(acceptor, "h.example", everywhere, lambda address: True, LIMITS, Counter()))
    _, port = await listener.start("127.0.0.1", 0)
    before = peak()
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await listener.stop(1)
    print(peak() - before, *acceptor.sizes, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
