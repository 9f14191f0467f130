"""Ids of rows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from router.store.ids import copy_id, message_id, new_id, place_id
from tests.store.desk import NOON


def test_ids_of_one_process_are_made_in_ascending_order() -> None:
    """The spool, the outbox and the names of conversations go by the order of ids."""
    made = [new_id() for _ in range(5000)]

    assert sorted(set(made)) == made


def test_many_threads_never_get_the_same_id() -> None:
    """Stages make ids in several threads, and a second use would overwrite mail."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: [new_id() for _ in range(2000)], range(8)))

    assert len({one for some in made for one in some}) == 16_000
    assert all(sorted(some) == some for some in made)


def test_an_id_survives_the_folding_of_case() -> None:
    """It stands in local parts and file names, which lose their case on the way."""
    made = new_id()

    assert made == made.lower()
    assert len(made) == 16
    assert set(made) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_ids_go_up_also_where_the_clock_goes_back(monkeypatch) -> None:
    """A machine's clock is set back now and then; ids must not begin again."""
    before = new_id()
    monkeypatch.setattr("time.time_ns", lambda: 0)

    assert new_id() > before


def test_a_copy_has_the_same_id_whenever_its_sighting_is_routed() -> None:
    """By it the copy is found after a restore."""
    first, second = new_id(), new_id()

    assert copy_id(first, "mike") == copy_id(first, "mike")
    assert len({copy_id(one, inbox) for one in (first, second) for inbox in ("mike", "helen", "mikeh")}) == 6
    assert {len(copy_id(one, "mike")) for one in (first, second)} == {16}


def test_copies_stand_in_the_order_of_their_sightings() -> None:
    """Whoever claims goes by due time, then by id."""
    early, late = "0" * 16, "1" * 16

    assert max(copy_id(early, name) for name in "abcdef") < min(copy_id(late, name) for name in "abcdef")


def test_a_message_is_named_after_its_first_sighting_in_the_same_order() -> None:
    """A restored database routes it once more, and finds its copies by their marks."""
    sightings = [new_id() for _ in range(1000)]
    names = [message_id(one) for one in sightings]

    assert names == sorted(names)
    assert names == [message_id(one) for one in sightings]
    assert not set(names) & set(sightings)


def test_a_mail_in_its_place_has_one_id() -> None:
    """As long as it has its UID there; no other mail has it, and it stands where its time is."""
    places = [(1, "support", "INBOX", 7), (1, "support", "INBOX", 8), (1, "x", "INBOX", 7), (2, "support", "INBOX", 7)]
    ids = [place_id(NOON, *place) for place in places]

    assert ids == [place_id(NOON, *place) for place in places]
    assert len(set(ids)) == len(ids)
    assert max(ids[:3]) < ids[3], "within a second the UID decides"
    assert max(ids) < place_id(NOON + timedelta(milliseconds=1), *places[0])
