"""The waits of a period, as they are read from the rows of mails."""

from datetime import timedelta
from typing import Any

from sqlalchemy import event

from router.conversation.lookback import Waited
from router.store import messages
from router.store.database import Database
from router.store.lookback import waits
from router.store.slices import SLICE
from tests.store.desk import NOON, put
from tests.store.test_messages import message_row

HOUR = timedelta(hours=1)
KIM = "kim@customer.example"


def stored(database: Database, *rows: dict[str, Any]) -> None:
    """Messages, each in a conversation that it names; in support unless it says otherwise."""
    given = {"customer": KIM, "author": KIM, "people": [], "letter": {}, "mailboxes": ["support"]}
    put(database, (messages.ADD_MESSAGE, [message_row(**given | row) for row in rows]))


def read(database: Database, hours: float = 24) -> list[Waited]:
    """Those that began in so many hours before noon."""
    return database.read(lambda connection: list(waits(connection, NOON - hours * HOUR, NOON)))


def ours(name: str, at: Any, **parts: Any) -> dict[str, Any]:
    """An answer to Kim."""
    more = {"direction": "out", "needs_answer": False, "people": [KIM], "author": "anna@example.com"}
    return more | {"name": name, "received": at} | parts


def test_every_conversation_is_read_once_however_many_there_are(database: Database) -> None:
    """Two slices and a bit, each conversation with two letters of the period and an answer."""
    count = 2 * SLICE + 7
    for number in range(count):
        begun, thread = NOON - HOUR - number * timedelta(seconds=1), f"t{number}"
        stored(
            database,
            {"name": f"a{number}", "received": begun, "thread": thread, "subject": f"Order {number}"},
            {"name": f"b{number}", "received": begun + timedelta(minutes=5), "thread": thread},
            ours(f"c{number}", begun + timedelta(minutes=9), thread=thread),
        )
    found = read(database)

    assert sorted(one.thread for one in found) == sorted(f"t{number}" for number in range(count))
    assert {(one.mailbox, len(one.wait.letters), one.wait.again) for one in found} == {("support", 2, False)}
    assert all(one.subject == f"Order {one.thread[1:]}" for one in found)
    assert {one.wait.end.at - one.wait.since for one in found if one.wait.end} == {timedelta(minutes=9)}


def test_no_more_than_a_slice_is_in_memory(database: Database) -> None:
    """The first waits are there before the last conversations are asked for."""
    stored(database, *({"name": f"a{n}", "thread": f"t{n}", "received": NOON - HOUR} for n in range(3 * SLICE)))
    asked: list[str] = []

    def of_letters(statement: str) -> bool:
        return "message.letter" in statement

    def first(connection: Any) -> int:
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
        reading = waits(connection, NOON - 2 * HOUR, NOON)
        next(reading)
        before = sum(map(of_letters, asked))
        assert sum(1 for _ in reading) == 3 * SLICE - 1
        return before

    assert database.read(first) == 1
    assert sum(map(of_letters, asked)) == 3


def test_a_wait_is_of_the_period_by_its_first_letter(database: Database) -> None:
    """A reminder in the period begins none; a letter after an answer does, whenever that was given."""
    stored(
        database,
        {"name": "a", "thread": "t1", "received": NOON - 30 * HOUR},
        {"name": "b", "thread": "t1", "received": NOON - HOUR},
        {"name": "c", "thread": "t2", "received": NOON - 40 * HOUR},
        ours("d", NOON - 30 * HOUR, thread="t2"),
        {"name": "e", "thread": "t2", "received": NOON - HOUR},
        {"name": "f", "thread": "t3", "received": NOON + HOUR},
        {"name": "g", "thread": "t4", "received": NOON - HOUR, "forgotten": NOON},
        {"name": "h", "thread": "t5", "received": NOON - HOUR, "needs_answer": False},
    )

    assert [(one.thread, one.wait.letters, one.wait.again) for one in read(database)] == [("t2", ("e",), True)]


def test_a_letter_to_no_mailbox_is_told_as_such(database: Database) -> None:
    """And one to two is the first one's."""
    stored(
        database,
        {"name": "a", "thread": "t1", "received": NOON - HOUR, "mailboxes": []},
        {"name": "b", "thread": "t2", "received": NOON - HOUR, "mailboxes": ["shop", "support"]},
    )

    assert sorted(one.mailbox for one in read(database)) == ["?", "shop"]
