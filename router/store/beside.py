"""Where an inbox has the letters of a conversation: our answer to them is put beside them, or kept back like them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, Connection, bindparam, select

from router.store.outbox import State
from router.store.slices import slices
from router.store.tables import message, outbox


@dataclass(slots=True)
class Lying:
    """What an inbox has of the letters of one conversation."""

    there: bool = False  # the copy of one of them is there, or will be
    folder: str | None = None  # that of the last; None: where copies usually go
    withheld: str | None = None  # by which rule one of them is kept from it
    held: str | None = None  # why one of them waits for a person

    def add(self, state: str, folder: str | None, reason: str | None) -> None:
        """One more letter."""
        if state == State.WITHHELD:
            self.withheld = reason
        elif state != State.SKIPPED:
            self.there, self.folder = True, folder
            if state == State.HELD:
                self.held = reason


_THREADS: BindParameter[Sequence[str]] = bindparam("threads", expanding=True)
_LETTERS = (
    select(message.c.thread, outbox.c.inbox, outbox.c.state, outbox.c.folder, outbox.c.reason)
    .join(outbox, outbox.c.message == message.c.id)
    .where(message.c.thread.in_(_THREADS), message.c.direction == "in")
    .order_by(outbox.c.created, outbox.c.id)
)


def lying(connection: Connection, threads: Collection[str]) -> dict[str, dict[str, Lying]]:
    """What the inboxes have of these conversations, by conversation and inbox."""
    found: dict[str, dict[str, Lying]] = {}
    for some in slices(threads):
        for row in connection.execute(_LETTERS, {"threads": some}):
            found.setdefault(row.thread, {}).setdefault(row.inbox, Lying()).add(row.state, row.folder, row.reason)
    return found
