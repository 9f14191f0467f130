"""The same digest on the other database."""

from datetime import timedelta

from router.conversation.edition import Edition
from router.digest.letter import Letter
from router.store.asof import waiters_at
from tests.digest.morning import SEVEN, Morning, a_usual_monday, twin
from tests.store.desk import emptied


def test_postgresql_says_the_same(usual: tuple[Letter, Edition], postgres_url: str) -> None:
    """Word by word, and of another time too."""
    with emptied(postgres_url) as database:
        morning = Morning(database)
        friday = a_usual_monday(morning)
        morning.watches("support-imap", folder="Junk")
        watched = morning.compose(friday)[1].letters[0]
        then = database.read(lambda c: waiters_at(c, SEVEN - timedelta(days=3), SEVEN))

    assert "In Junk, from people we know: 0." in twin(watched, "plain")
    assert twin(watched, "plain").partition("-----\n5 of 5")[0] in twin(usual[0], "plain")
    assert {row.thread for row in then} == {item.thread for item in friday.items}
