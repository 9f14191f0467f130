"""The week in figures, counted by hand."""

from datetime import timedelta

from router.conversation.weekly.figures import AGES, forgotten, founders, mail, thanks
from router.conversation.weekly.pairs import pairs
from tests.conversation.weekly.telling import ANNA, MONDAY, WEEK, tale

HOUR = timedelta(hours=1)


def test_letters_and_people_of_the_week() -> None:
    """Reminders are letters too; thanks, and what came before or after, are not."""
    tales = [
        tale("c 1h", "c 2h", "o 5h", "t 6h", thread="a"),
        tale("c 1h", "o 3h", "c 4h", "o 5h", thread="b", customer="kim@customer.example"),
        tale("c -1d", "o 1h", thread="c", customer="lee@customer.example"),
        tale("c 7d", thread="d", customer="max@customer.example"),
    ]

    found = mail(tales, WEEK)

    assert (found.letters, found.people) == (4, 2)
    assert (found.half, found.slowest) == (2 * HOUR, 4 * HOUR)  # waits of 1, 2 and 4 hours
    assert found.slow is tales[0]


def test_who_waits_still_is_the_slowest() -> None:
    """No figure looks better because nobody has answered."""
    found = mail([tale("c 1h", "o 2h"), tale("c 2h", thread="u")], WEEK)

    assert found.slowest == timedelta(days=7) - 2 * HOUR


def test_a_week_without_mail_has_no_times() -> None:
    """Nothing is not nought."""
    assert mail([], WEEK) == mail([tale("o 1h")], WEEK)
    assert mail([], WEEK).half is None


def test_thanks_are_for_whoever_answered_last() -> None:
    """The letter of the week tells the colleague's name, or that there is one."""
    told = tale("c 1h", "o 2h", "c 3h", "o 4h", "t 5h")

    (found,) = thanks([told, tale("c -3d", "o -2d", "t -1d", thread="u")], WEEK)

    assert (found.letter.id, found.to.id if found.to else None) == ("t4", "t3")


def test_founders_own_answers_stand_fastest_first() -> None:
    """Late on a Sunday, within minutes."""
    slow = tale("c 1h", "c 2h", "o 9h", founder="mike", thread="slow")
    fast = tale("c 6d22h", "o 6d22h4m", founder="helen", thread="fast")
    staff = tale("c 1h", "o 1h1m", thread="staff")

    found = founders([slow, fast, staff], WEEK)

    assert [(one.inbox, one.took) for one in found] == [("helen", timedelta(minutes=4)), ("mike", 8 * HOUR)]


def test_the_forgotten_are_counted_by_age() -> None:
    """Who waits for a year is in every one of the counts."""
    ages = (6, 8, 31, 400)
    found = forgotten((MONDAY - timedelta(days=days) for days in ages), MONDAY)

    assert [found[age] for age in AGES] == [3, 2, 1, 1]


def test_pairs_prefer_what_founders_should_know_of() -> None:
    """Over many draws a new colleague's answer to a VIP comes far more often than a routine one."""
    usual = [tale(f"c {hour}h", f"o {hour + 1}h", thread=f"u{hour}") for hour in range(20)]
    new = tale("c 1h", "o 4d", thread="new", author="lena@example.com")

    drawn = [pairs([*usual, new], WEEK, f"edition {number}", 1, {ANNA})[0].tale.thread for number in range(300)]

    assert drawn.count("new") / 300 > 2 / 21
    assert len(set(drawn)) > 10  # and yet anybody may be drawn


def test_an_edition_that_is_made_twice_draws_the_same() -> None:
    """After a crash the letter must be the same letter."""
    tales = [tale(f"c {hour}h", f"o {hour + 1}h", thread=f"u{hour}") for hour in range(20)]

    assert pairs(tales, WEEK, "e", 3, {ANNA}) == pairs(reversed(tales), WEEK, "e", 3, {ANNA})


def test_no_colleague_is_shown_twice_while_there_are_others() -> None:
    """One colleague's bad week must not be the whole page."""
    annas = [tale(f"c {hour}h", f"o {hour + 1}h", thread=f"a{hour}") for hour in range(30)]
    lena = tale("c 1h", "o 2h", thread="l", author="lena@example.com")

    found = pairs([*annas, lena], WEEK, "e", 3, {ANNA})

    assert len(found) == 3
    assert "lena@example.com" in {one.answer.author for one in found[:2]}
