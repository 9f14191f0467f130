"""Raw mail in chunks."""

import hashlib
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from router.store.content import PIECE, InMemory
from router.store.database import Database
from router.store.raw import ADD_CHUNK, PLAIN_UP_TO, chunk_row, read_contents, within_bytes
from router.store.tables import raw
from tests.store.desk import octets, put, raw_writes


def store(database: Database, *mails: bytes) -> list[bytes]:
    """Put mails in with one commit; returns their hashes."""
    put(database, *raw_writes(*mails))
    return [hashlib.sha256(mail).digest() for mail in mails]


def stored(database: Database, *hashes: bytes, size: int = 0) -> dict[bytes, bytes]:
    """What is read back, by hash."""
    sizes = {row.sha256: row.size for row in database.read(lambda c: c.execute(select(raw)).all())}
    wanted = {sha256: sizes.get(sha256, size) for sha256 in hashes}
    found = database.read(lambda c: read_contents(c, wanted, database.fetch_chunk))
    return {sha256: octets(content) for sha256, content in found.items()}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mails=st.lists(st.binary(max_size=200), max_size=4), times=st.sampled_from([1, 99, 200]))
def test_whatever_is_stored_is_read_back_byte_by_byte(database: Database, mails: list[bytes], times: int) -> None:
    """The received bytes are the product."""
    mails = [mail * times for mail in mails]

    hashes = store(database, *mails)

    assert stored(database, *hashes) == dict(zip(hashes, mails, strict=True))


@pytest.mark.parametrize(
    ("size", "codecs"),
    [
        (0, ["plain"]),
        (PLAIN_UP_TO, ["plain"]),
        (PLAIN_UP_TO + 1, ["zlib"]),
        (PIECE, ["zlib"]),
        (PIECE + 1, ["zlib", "plain"]),
        (2 * PIECE, ["zlib", "zlib"]),
        (11 * PIECE + 7, ["zlib"] * 11 + ["plain"]),  # ten chunks and more keep their order
    ],
)
def test_the_edges_of_the_chunks_lose_no_byte(database: Database, size: int, codecs: list[str]) -> None:
    """One byte too few at a seam would break a signature and nobody would see why."""
    mail = random.Random(size).randbytes(size)
    rows = [chunk_row(b"x", 0, piece) for piece in InMemory(mail).pieces()]

    (sha256,) = store(database, mail)

    assert [row["codec"] for row in rows] == codecs
    assert stored(database, sha256) == {sha256: mail}


def test_the_same_content_twice_is_stored_once(database: Database) -> None:
    """Two sightings of a mail share its bytes, in one batch and between two."""
    store(database, b"mail", b"mail")
    (sha256, _) = store(database, b"mail", b"other")

    assert stored(database, sha256, sha256) == {sha256: b"mail"}


def test_chunks_without_their_mail_are_not_seen(database: Database) -> None:
    """They are left by a crash between the chunks of a large mail and its last commit."""
    put(database, (ADD_CHUNK, [chunk_row(b"orphan", 0, b"half")]))

    assert stored(database, b"orphan") == {}


@given(st.lists(st.integers(0, 50)), st.integers(1, 100))
def test_a_budget_of_bytes_gives_a_first_part_and_at_least_one(sizes: list[int], budget: int) -> None:
    """A mail larger than the budget must not stop all work behind it."""
    rows = [type("Row", (), {"size": size})() for size in sizes]

    taken = within_bytes(rows, budget)

    assert taken == rows[: len(taken)]
    assert len(taken) >= min(1, len(rows))
    assert len(taken) == 1 or sum(row.size for row in taken) <= budget
    assert len(taken) == len(rows) or sum(row.size for row in rows[: len(taken) + 1]) > budget
