"""Mail that is unrouted in a restored backup: its copies may be at their places already."""

from pathlib import Path

import pytest

from router.routing.places import Inbox
from router.store.ids import copy_id
from router.store.tables import outbox
from tests.store.desk import opened, seen
from tests.store.driver import Router, letter, places_of, rule

INBOXES = (Inbox("mike", "mike@example.com", True), Inbox("joe", "joe@example.com", True, findable=False))


@pytest.mark.parametrize(
    ("restored", "expected"),
    [
        (False, [("joe", "pending", None), ("mike", "pending", None)]),
        (True, [("joe", "held", "restored"), ("mike", "unknown", None)]),
    ],
)
def test_copies_are_looked_for_or_held_for_a_person(
    tmp_path: Path, restored: bool, expected: list[tuple[str, str, str | None]]
) -> None:
    """A Maildir can be searched, somebody's mail server cannot."""
    everything = rule("all", copy_to=("*",))
    with opened(tmp_path) as database:
        router = Router(database, places_of(everything, inboxes=INBOXES))
        sighting = seen(letter(), restored=restored)
        routed = router.route(sighting)[0]

        assert sorted(router.copies) == expected
        assert {row["id"] for row in router.rows(outbox)} == {copy_id(sighting.id, n) for n in ("mike", "joe")}
        assert sorted(routed.waiting) == (["mike"] if restored else ["joe", "mike"])
