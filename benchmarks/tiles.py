"""A large database out of a small one: what a thousand mails have left in every table, a thousand times over.

The first thousand are routed by the router itself, so that the rows are what they would be; the others are the same rows
with other names, hashes, people and times.
"""

import re
import tempfile
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert

from router.store.outbox import State
from router.store.raw import chunk_row, raw_row
from router.store.spool import Sighting
from router.store.tables import metadata
from tests.store.desk import opened, seen
from tests.store.driver import Router, letter, sighting_row

CONVERSATIONS = 300  # of a tile
MAILS = 1_000
WAITING = 5
STEP = 60_000  # milliseconds between the ids of two tiles
BATCH = 20  # tiles in one transaction
APART = timedelta(minutes=1)  # the times of two tiles
YEAR = timedelta(days=365)
ANNA = "anna@example.com"
SENT = ("support-sent@router.example.com",)
BEGIN = datetime(2026, 2, 23, 9, tzinfo=UTC)  # of the last tile: a Monday late in its month

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID = re.compile(f"[{_ALPHABET}]{{16}}")
_SAME = {"block", "data"}  # bytes that name nothing
_PEOPLE = {"customer", "author", "sender", "people", "answer_to", "answers", "about", "failed"}
_ONCE = {"meta", "role", "never", "alarm", "audit", "refusal", "outbound"}  # tables that do not grow with mail

Rows = dict[Table, list[dict[str, Any]]]


def first_tile() -> Rows:
    """The rows that a thousand mails leave."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as database:
        router = Router(database)
        for number in range(CONVERSATIONS):
            for one in _conversation(number):
                database.write("tile", partial(_accept, one=one))
                router.route(one)
        rows = {table: router.rows(table) for table in metadata.sorted_tables if table.name not in _ONCE}
    for row in rows[metadata.tables["outbox"]]:
        row |= {"state": State.DELIVERED.value, "due": None, "ended": row["created"], "receipt": {"file": "new/1"}}
    return rows


def _accept(connection: Connection, one: Sighting) -> None:
    tables = metadata.tables
    connection.execute(insert(tables["sighting"]).values(sighting_row(one)))
    connection.execute(insert(tables["raw"]).values(raw_row(one.content, one.received)))
    connection.execute(insert(tables["chunk"]).values(chunk_row(one.content.sha256, 0, b"...")))


def _conversation(number: int) -> Iterator[Sighting]:
    """Question and answer, and once more; or two questions and an answer. The first few wait."""
    who = f"customer{number}@people.example"
    ours = (False, True, False, True) if number % 3 == 0 else (False, False, True)
    if number < WAITING:
        ours = (False, True, False, False) if number % 3 == 0 else (False, True, False)
    for step, sent in enumerate(ours):
        raw = letter(
            number,
            f"Letter {step} about my order {number}. " + "It has not come yet, and I would like to know why. " * 20,
            From=ANNA if sent else who,
            To=who if sent else "support@example.com",
            Subject=f"Order {number}",
            Message_ID=f"<{number}.{step}@mail.example>",
            In_Reply_To=f"<{number}.{step - 1}@mail.example>" if step else "",
        )
        at = BEGIN + timedelta(minutes=number, hours=step)
        to = SENT if sent else ("support@example.com",)
        yield seen(raw, sender=ANNA if sent else who, recipients=to, received=at)


def fill(
    engine: Engine, tiles: int, tell: Any = print, apart: timedelta = APART, only: Collection[str] | None = None
) -> None:
    """Write so many tiles into an empty database, the times of each so long before those of the last; or `only` some tables."""
    rows = {table: given for table, given in first_tile().items() if only is None or table.name in only}
    for begin in range(0, tiles, BATCH):
        some = range(begin, min(begin + BATCH, tiles))
        with engine.begin() as connection:
            for table, given in rows.items():
                if given:
                    connection.execute(
                        insert(table), [_shifted(row, tile + 1, apart) for tile in some for row in given]
                    )
        tell(f"{(some.stop) * MAILS} mails")
    at = datetime.now(UTC)
    with engine.begin() as connection:
        seen_row = {"mailbox": "support", "source": "smtp", "first": at, "last": at}
        connection.execute(insert(metadata.tables["outbound"]), [seen_row])


def _shifted(row: dict[str, Any], tile: int, apart: timedelta) -> dict[str, Any]:
    return {name: _other(name, value, tile, apart) for name, value in row.items()}


def _other(name: str, value: Any, tile: int, apart: timedelta) -> Any:
    if isinstance(value, datetime):
        return value - tile * apart
    if isinstance(value, bytes) and name not in _SAME:
        return value[:1] + blake2b(value, digest_size=min(len(value) - 1, 64), salt=tile.to_bytes(4, "big")).digest()
    if isinstance(value, list):
        return [_other(name, one, tile, apart) for one in value]
    if isinstance(value, dict):
        return {key: _other(key, one, tile, apart) for key, one in value.items()}
    if isinstance(value, str):
        if _ID.fullmatch(value):
            return _earlier(value, tile)
        if name in _PEOPLE or name == "message_id":
            return f"{tile}.{value}"
    return value


def _earlier(value: str, tile: int) -> str:
    """An id of another time: the order within a tile stays."""
    number = 0
    for letter_ in value:
        number = number * 32 + _ALPHABET.index(letter_)
    number -= tile * STEP << 36
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))
