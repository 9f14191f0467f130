"""Raw mail in chunks."""

import hashlib
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.store.database import Database
from router.store.raw import ADD_CHUNK, ADD_RAW, CHUNK, PLAIN_UP_TO, chunk_rows, read_raw, within_bytes
from tests.store.desk import NOON, put


def store(database: Database, *mails: bytes) -> list[bytes]:
    """Put mails in with one commit; returns their hashes."""
    hashes = [hashlib.sha256(mail).digest() for mail in mails]
    rows = [chunk_rows(sha256, mail) for sha256, mail in zip(hashes, mails, strict=True)]
    whole = [
        {"sha256": sha256, "size": len(mail), "chunks": len(chunks), "stored": NOON}
        for sha256, mail, chunks in zip(hashes, mails, rows, strict=True)
    ]
    put(database, (ADD_RAW, whole), (ADD_CHUNK, [row for some in rows for row in some]))
    return hashes


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mails=st.lists(st.binary(max_size=200), max_size=4), times=st.sampled_from([1, 99, 200]))
def test_whatever_is_stored_is_read_back_byte_by_byte(database: Database, mails: list[bytes], times: int) -> None:
    """The received bytes are the product."""
    mails = [mail * times for mail in mails]

    hashes = store(database, *mails)

    assert database.read(lambda c: read_raw(c, hashes)) == dict(zip(hashes, mails, strict=True))


@pytest.mark.parametrize(
    ("size", "codecs"),
    [
        (0, ["plain"]),
        (PLAIN_UP_TO, ["plain"]),
        (PLAIN_UP_TO + 1, ["zlib"]),
        (CHUNK, ["zlib"]),
        (CHUNK + 1, ["zlib", "zlib"]),
        (2 * CHUNK, ["zlib", "zlib"]),
        (11 * CHUNK + 7, ["zlib"] * 12),  # ten chunks and more keep their order
    ],
)
def test_the_edges_of_the_chunks_lose_no_byte(database: Database, size: int, codecs: list[str]) -> None:
    """One byte too few at a seam would break a signature and nobody would see why."""
    mail = random.Random(size).randbytes(size)
    rows = chunk_rows(b"x", mail)

    (sha256,) = store(database, mail)

    assert [row["codec"] for row in rows] == codecs
    assert database.read(lambda c: read_raw(c, [sha256])) == {sha256: mail}


def test_the_same_content_twice_is_stored_once(database: Database) -> None:
    """Two sightings of a mail share its bytes, in one batch and between two."""
    store(database, b"mail", b"mail")
    (sha256, _) = store(database, b"mail", b"other")

    assert database.read(lambda c: read_raw(c, [sha256, sha256])) == {sha256: b"mail"}


def test_chunks_without_their_mail_are_not_seen(database: Database) -> None:
    """They are left by a crash between the chunks of a large mail and its last commit."""
    put(database, (ADD_CHUNK, chunk_rows(b"orphan", b"half")))

    assert database.read(lambda c: read_raw(c, [b"orphan"])) == {}


@given(st.lists(st.integers(0, 50)), st.integers(1, 100))
def test_a_budget_of_bytes_gives_a_first_part_and_at_least_one(sizes: list[int], budget: int) -> None:
    """A mail larger than the budget must not stop all work behind it."""
    rows = [type("Row", (), {"size": size})() for size in sizes]

    taken = within_bytes(rows, budget)

    assert taken == rows[: len(taken)]
    assert len(taken) >= min(1, len(rows))
    assert len(taken) == 1 or sum(row.size for row in taken) <= budget
    assert len(taken) == len(rows) or sum(row.size for row in rows[: len(taken) + 1]) > budget
