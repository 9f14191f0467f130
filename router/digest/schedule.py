"""One [[digest]], as far as its making goes. Values only."""

from dataclasses import dataclass

from router.conversation.edition import Kind
from router.conversation.slots import Schedule


@dataclass(frozen=True, slots=True)
class Plan:
    """When it goes out, to whom, and about which mailboxes."""

    name: str
    kind: Kind
    schedule: Schedule
    recipients: tuple[str, ...]
    mailboxes: frozenset[str]
    at_once: bool

    @property
    def fixed(self) -> str:
        """What begins anew where it changes."""
        return f"{self.kind} {self.schedule}{' at-once' if self.at_once else ''}"
