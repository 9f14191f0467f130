"""What became of one mail of a watched folder."""

from dataclasses import dataclass
from datetime import datetime

from router.store.content import Content
from router.store.cursors import Outcome


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail of a folder, and what became of it."""

    uid: int
    outcome: Outcome
    content: Content | None = None
    sender: str = ""
    recipients: tuple[str, ...] = ()
    received: datetime | None = None
