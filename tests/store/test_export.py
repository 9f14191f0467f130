"""What is known of a person, and what is somebody else's."""

import hashlib
from itertools import islice
from typing import Any

import pytest

from router.store import tables
from router.store.content import PIECE
from router.store.database import Database
from router.store.person import known, mail
from router.store.spool import Spool
from tests.store.desk import seen
from tests.store.driver import letter
from tests.store.privacy import KIM, SENT, Post

LEE = {"From": "Lee <lee@customer.example>"}


@pytest.fixture
def post(database: Database) -> Post:
    """T1 and T2."""
    return Post(database)


def shape(database: Database, address: str = KIM) -> list[tuple[str, str | None]]:
    """The objects, by their type and message."""
    return [(one["type"], one.get("message", one["id"])) for one in known(database, address)]


async def test_a_message_stands_before_all_that_happened_to_it(post: Post, database: Database) -> None:
    """So that a person can read it from the top."""
    first = await post.post(letter())
    await post.post(letter())
    answer = await post.post(letter(2, From="anna@example.com", To=KIM), **SENT)
    names = ["message", "sighting", "sighting", "event", "copy", "copy"]

    assert shape(database) == [
        *((name, first.message) for name in names),
        *((name, answer.message) for name in ("message", "sighting", "event")),
    ]


async def test_other_peoples_mail_is_not_shown(post: Post, database: Database) -> None:
    """Also not within the same conversation, nor with a plus-tag."""
    await post.post(letter())
    await post.post(letter(2, **LEE, In_Reply_To="<1@customer.example>"), sender="lee@customer.example")
    await post.post(letter(3, From="kim+x@customer.example"), sender="kim+x@customer.example")
    objects = list(known(database, KIM))

    assert sum(one["type"] == "message" for one in objects) == 1
    assert "lee@" not in str(objects)
    assert "kim+x@" not in str(objects)


async def test_an_envelope_that_names_the_person_is_shown(post: Post, database: Database) -> None:
    """Whosever mail was in it; and one that is not routed yet."""
    other = await post.post(letter(**LEE), sender=KIM)
    await Spool(database).accept(seen(letter(2)))

    assert shape(database) == [("sighting", other.message), ("sighting", None)]


async def test_nothing_is_shown_of_a_stranger(post: Post, database: Database) -> None:
    """The command says so."""
    await post.post(letter())

    assert list(known(database, "nobody@customer.example")) == []


async def test_everything_has_the_words_of_a_program(post: Post, database: Database) -> None:
    """Hashes in hexadecimal, header lines as text, nothing that JSON cannot say."""
    await post.post(letter())
    by_type: dict[str, dict[str, Any]] = {one["type"]: one for one in known(database, KIM)}

    assert by_type["message"]["sha256"] == hashlib.sha256(letter()).hexdigest()
    assert by_type["copy"]["block"].startswith("X-Router-Copy: ")
    assert set(by_type["message"]) == {"type", "new_text", *tables.message.c.keys()}
    assert by_type["message"]["new_text"] == "Where is my order?"
    assert not any(isinstance(value, bytes) for one in by_type.values() for value in one.values())


async def test_a_mail_is_read_piece_by_piece(post: Post, database: Database) -> None:
    """A hundred megabytes are never in memory at once."""
    large = letter(1, "x" * (3 * PIECE))
    await post.post(large)
    pieces = mail(database, hashlib.sha256(large).hexdigest())
    assert pieces is not None
    first = next(pieces)

    assert len(first) == PIECE
    assert first + b"".join(pieces) == large
    assert mail(database, "00" * 32) is None


async def test_many_messages_are_read_a_few_at_a_time(post: Post, database: Database) -> None:
    """Some people write for decades."""
    batch = [seen(letter(number)) for number in range(400)]
    post.route(*batch)
    reads: list[Any] = []
    read = database.read
    database.read = lambda query: reads.append(query) or read(query)  # type: ignore[method-assign, func-returns-value]
    everything = known(database, KIM)
    list(islice(everything, 10))

    assert len(reads) == 2  # who, and the first slice
    assert sum(one["type"] == "message" for one in everything) == 399 - 2
