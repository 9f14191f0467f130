"""What people wrote, without what they quoted: kept when a mail is routed, read by weeks.

Customers' letters and our own words to them, of persons alone; never a machine's mail.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, insert, select

from router.conversation.voice import Voice
from router.mail.kind import Kind
from router.mail.text.ownpart import own_part
from router.store.slices import slices
from router.store.tables import message, new_text
from router.store.writer import Statement

TEXT_CAP = 4_000  # characters of one mail
AT_ONCE = 200  # rows in memory at a time
PERSONS = (Kind.PERSON.value, Kind.LIST.value)  # a group puts the marks of a list on what people write

ADD_TEXT = Statement(insert(new_text))

_COLUMNS = (
    *(message.c.id, message.c.customer, message.c.thread, message.c.mailboxes, message.c.received),
    *(message.c.subject, message.c.letter, new_text.c.text),
)


def text_rows(message_id: str | None, kind: str, text: str) -> list[dict[str, str | None]]:
    """The row of a new message, to be written with `ADD_TEXT`; none where there is nothing to keep."""
    if kind not in PERSONS or not (own := own_part(text)):
        return []
    return [{"message": message_id, "text": own[:TEXT_CAP].replace("\0", "")}]


def voices(
    connection: Connection, begin: datetime, end: datetime, mailboxes: Collection[str] | None = None
) -> Iterator[Voice]:
    """What customers wrote from `begin` to before `end`, all letters of a customer one after the other.

    `mailboxes`: of these alone. The same data give the same order.
    """
    query = _written(begin, end, "in").order_by(message.c.customer, message.c.received, message.c.id)
    wanted = None if mailboxes is None else frozenset(mailboxes)
    with connection.execute(query.execution_options(yield_per=AT_ONCE)) as rows:
        for row in rows:
            if (row.letter or {}).get("inside") or (wanted is not None and wanted.isdisjoint(row.mailboxes)):
                continue
            yield _voice(row)


def _written(begin: datetime, end: datetime, direction: str) -> Select[*tuple[object, ...]]:
    return (
        select(*_COLUMNS)
        .join(new_text, new_text.c.message == message.c.id)
        .where(message.c.received >= begin, message.c.received < end, message.c.direction == direction)
        .where(message.c.customer.is_not(None), message.c.forgotten.is_(None))
    )


def texts_of(connection: Connection, messages: Collection[str]) -> dict[str, str]:
    """The new text of these messages, in whichever direction, by id; none of those that have none."""
    found: dict[str, str] = {}
    for some in slices(messages):
        query = select(new_text.c.message, new_text.c.text).where(new_text.c.message.in_(some))
        found.update((row.message, row.text) for row in connection.execute(query))
    return found


def erase_texts(connection: Connection, messages: Sequence[str]) -> None:
    """Nobody can read any more what was written there."""
    connection.execute(delete(new_text).where(new_text.c.message.in_(messages)))


def has_text() -> ColumnElement[bool]:
    """Of a row of `message`: it has a text here."""
    return select(new_text.c.message).where(new_text.c.message == message.c.id).exists()


def _voice(row: Row[*tuple[object, ...]]) -> Voice:
    return Voice(
        message=row.id,
        customer=row.customer,
        thread=row.thread,
        mailbox=next(iter(row.mailboxes), None),
        subject=row.subject,
        at=row.received,
        text=row.text,
    )
