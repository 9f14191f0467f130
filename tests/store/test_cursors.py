"""Cursors move with the mail they count, and every UID has a row."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from router.conversation.links import ANYBODY, digest, key_of
from router.store import acquaintance, cursors
from router.store.cursors import Comparison, Cursor, Outcome
from router.store.database import Database
from router.store.errors import RoleLost
from router.store.spool import Spool, unrouted
from router.store.tables import sighting
from router.store.writer import Statement, Unit
from tests.store.desk import NOON, put, seen
from tests.store.driver import Router, letter, sighting_row

AT = Cursor("watched", "INBOX", 7, 5, 4, NOON)


def step(at: Cursor, *outcomes: tuple[int, Outcome]) -> list:
    """The writes of one."""
    return cursors.writes(at, [cursors.fetched_row(at, uid, outcome, None, NOON) for uid, outcome in outcomes])


async def test_a_cursor_moves_with_its_mail_or_not_at_all(database: Database) -> None:
    """Otherwise a kill between the two loses the mail."""
    await Spool(database).accept(seen(), seen(b"another"), also=step(replace(AT, last_uid=6), (5, Outcome.STORED)))

    def refuse(_: object) -> None:
        raise RoleLost

    with pytest.raises(RoleLost):
        await Spool(database).accept(seen(b"third"), also=step(replace(AT, last_uid=9)), check=refuse)

    stored, _ = database.read(lambda c: unrouted(c, 10, database.fetch_chunk))
    assert len(stored) == 2
    assert database.read(lambda c: cursors.cursors(c, "watched")) == {"INBOX": replace(AT, last_uid=6)}
    assert database.read(lambda c: cursors.outcomes(c, AT)) == {5: Outcome.STORED}


def test_a_first_sight_stays_whatever_comes_later(database: Database) -> None:
    """What was there before us is counted from it."""
    put(database, *step(AT))
    put(database, *step(replace(AT, last_uid=8, first=NOON.replace(year=2030))))

    assert database.read(lambda c: cursors.cursors(c, "watched"))["INBOX"] == replace(AT, last_uid=8)


def test_rows_of_old_uids_go_and_a_comparison_is_kept(database: Database) -> None:
    """A folder that is numbered anew begins its record anew."""
    put(database, *step(AT, (5, Outcome.STORED), (6, Outcome.VANISHED)))
    new = replace(AT, uidvalidity=8)
    put(database, *step(new, (1, Outcome.KNOWN), (2, Outcome.STORED)))
    put(database, (cursors.SET_COMPARED, [cursors.compared_row(new, Comparison(NOON, 2, 2))]))
    database.write("test", lambda c: cursors.forget_others(c, new))
    database.write("test", lambda c: cursors.forget_uids(c, new, {1}))

    assert database.read(lambda c: cursors.outcomes(c, AT)) == {}
    assert database.read(lambda c: cursors.outcomes(c, new)) == {2: Outcome.STORED}
    assert database.read(lambda c: cursors.cursors(c, "watched"))["INBOX"] == replace(new, compared=NOON)


def test_a_mail_is_known_by_its_id_and_octets_as_often_as_it_came(database: Database) -> None:
    """From this source: another one's says nothing of this folder."""
    router = Router(database)
    for one in (seen(letter(1), source="watched"), seen(letter(2), source="smtp")):
        put(database, (Statement(insert(sighting)), [sighting_row(one)]))
        router.route(one)
    message_ids = [row["message_id"] for row in router.messages]
    asked = [(name, len(letter(number))) for number, name in enumerate(message_ids, 1)]
    other = (message_ids[0], 1)

    found = database.read(lambda c: cursors.stored_like(c, "watched", [*asked, other]))
    assert found == {asked[0]: 1}


def test_a_conversation_is_known_by_its_links_and_a_customer_by_his_address(database: Database) -> None:
    """That is all that a header can be compared with."""
    router = Router(database)
    router.mail(letter(1), source="smtp")
    (row,) = router.messages
    his, anybodys = (key_of(row["message_id"], who) for who in (digest(row["customer"]), ANYBODY))
    others = key_of(row["message_id"], digest("bob@stranger.example"))
    known = database.read(
        lambda c: acquaintance.acquaintance(c, [his, anybodys, others], [row["customer"], "no@x.example"])
    )

    assert known.conversations == dict.fromkeys((his, anybodys), tuple(row["mailboxes"]))
    assert known.customers == {row["customer"]: tuple(row["mailboxes"])}


async def test_a_unit_without_mail_moves_the_cursor_alone(database: Database) -> None:
    """A folder in which nothing was our business."""
    await Spool(database).accept(also=step(AT, (4, Outcome.PASSED)))
    await database.writer.submit(Unit("watch"))

    assert database.read(lambda c: cursors.outcomes(c, AT)) == {4: Outcome.PASSED}


def test_after_a_restore_a_source_looks_back_until_it_has_caught_up(database: Database) -> None:
    """Each by itself; what was not watched when the backup was made is new."""
    database.write("t", lambda c: [cursors.begin(c, replace(AT, source=name)) for name in ("watched", "other")])
    database.write("t", lambda c: cursors.look_back(c, NOON))
    database.write("t", lambda c: cursors.caught_up(c, "other"))

    asked = ("watched", "other", "new")
    assert [database.read(lambda c: cursors.restored(c, name)) for name in asked] == [NOON, None, None]  # noqa: B023


def test_what_is_none_of_ours_is_known_for_as_long_as_it_is_looked_at(database: Database) -> None:
    """By the time of the last look; a copy of ours is never anything else."""
    rows = [
        cursors.fetched_row(AT, uid, outcome, None, at)
        for uid, outcome, at in (
            (5, Outcome.PASSED, NOON - timedelta(hours=2)),
            (6, Outcome.PASSED, NOON),
            (7, Outcome.OUR_COPY, NOON),
            (8, Outcome.STORED, NOON),
        )
    ]
    put(database, *cursors.writes(AT, rows))

    assert database.read(lambda c: cursors.passed(c, AT, NOON - timedelta(hours=1))) == [6]
    assert database.read(lambda c: cursors.passed(c, replace(AT, uidvalidity=8), NOON)) == []
