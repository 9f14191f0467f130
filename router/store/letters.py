"""Between the rows of messages and events and the letters and words that a conversation's state is computed from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, select

from router.conversation.letter import Deed, Letter, Word
from router.mail.kind import Kind
from router.store.rows import Row
from router.store.slices import slices
from router.store.tables import event, message

_DEEDS = [deed.value for deed in Deed]
COLUMNS = (  # of a message, that `letter` asks for
    *(message.c.id, message.c.received, message.c.direction, message.c.kind, message.c.needs_answer),
    *(message.c.customer, message.c.author, message.c.people, message.c.message_id, message.c.phrase, message.c.due),
    *(message.c.letter, message.c.thread),
)
_THREADS: BindParameter[Sequence[str]] = bindparam("threads", expanding=True)
_LETTERS = select(*COLUMNS).where(message.c.thread.in_(_THREADS), message.c.forgotten.is_(None))
_WORDS = (
    select(event.c.thread, event.c.name, event.c.at, event.c.detail)
    .where(event.c.thread.in_(_THREADS), event.c.name.in_(_DEEDS))
    .order_by(event.c.at, event.c.id)
)


@dataclass(slots=True)
class Told:
    """All that is known of one conversation."""

    letters: list[Letter] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)


def told(connection: Connection, threads: Collection[str]) -> dict[str, Told]:
    """What is known of these conversations, by name."""
    found = {name: Told() for name in threads}
    for some in slices(threads):
        for row in connection.execute(_LETTERS, {"threads": some}).mappings():
            found[row["thread"]].letters.append(letter(row))
    for name, said in words(connection, threads).items():
        found[name].words = said
    return found


def words(connection: Connection, threads: Collection[str]) -> dict[str, list[Word]]:
    """What people have said of these conversations, in the order in which they said it; nothing for most."""
    found: dict[str, list[Word]] = {}
    for some in slices(threads):
        for row in connection.execute(_WORDS, {"threads": some}).mappings():
            found.setdefault(row["thread"], []).append(_word(row))
    return found


def letter(row: RowMapping | Row) -> Letter:
    """A row of `message` as a letter."""
    ours, more = row["direction"] == "out", row["letter"] or {}
    return Letter(
        id=row["id"],
        at=row["received"],
        ours=ours,
        kind=Kind(row["kind"]),
        needs_answer=row["needs_answer"],
        customer=row["customer"],
        author=row["author"],
        answer_to=frozenset(more.get("answer_to", ())),
        people=frozenset(row["people"] or ()),
        message_id=row["message_id"],
        answers=tuple(more.get("answers", ())),
        courtesy=None if ours else row["phrase"],
        promise=row["phrase"] if ours else None,
        promise_due=row["due"],
        founder=more.get("founder"),
        failed=frozenset(more.get("failed", ())),
        about=tuple(more.get("about", ())),
        vip=more.get("vip", False),
        inside=more.get("inside", False),
    )


def _word(row: RowMapping) -> Word:
    detail = row["detail"]
    until = detail.get("until")
    return Word(
        at=row["at"],
        deed=Deed(row["name"]),
        by=detail.get("by", ""),
        why=detail.get("why"),
        until=datetime.fromisoformat(until) if until else None,
        customer=detail.get("customer"),
    )
