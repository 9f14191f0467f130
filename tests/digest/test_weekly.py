"""The founders' letter: what it says of a week."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from router.conversation.edition import Edition, Item, Kind, Section
from router.conversation.letter import Deed
from router.digest.letter import Letter
from router.store.database import Database
from router.store.tables import outbound
from router.store.wordweeks import Scope
from tests.conftest import short_folder
from tests.digest.morning import LONDON, TOM, listed, subject, twin
from tests.digest.outlook import Page
from tests.digest.sunday import HELEN, MIKE, SIX, Sunday, a_usual_week, before
from tests.store.desk import opened


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    with opened(tmp_path) as database:
        yield database


@pytest.fixture
def sunday(base: Database) -> Sunday:
    """An empty week, whose answers can be seen."""
    made = Sunday(base)
    made.sighted()
    made.lives(SIX)
    return made


@pytest.fixture(scope="module")
def week() -> Iterator[tuple[Letter, Edition]]:
    """The letter of a week with a bit of everything."""
    with short_folder() as folder, opened(folder) as database:
        made = Sunday(database)
        a_usual_week(made)
        edition, composed = made.letter(recipients=(MIKE, HELEN))
        yield composed.letters[0], edition


def text(sunday: Sunday, last: Edition | None = None, **parts: object) -> str:
    """The text of this Sunday's, lines joined."""
    return " ".join(twin(sunday.letter(last, **parts)[1].letters[0], "plain").split())


def part(read: str, heading: str) -> str:
    """One section of it."""
    return re.split("-{60,}", read[read.index(heading) :])[1]


def two_letters(sunday: Sunday, who: str, silent: float, ours: str = "We can offer you nothing.") -> None:
    """Somebody to ring, whose silence has lasted so many days."""
    sunday.talk(
        who,
        ("c", before(silent + 3), "The clock came broken."),
        (TOM, before(silent + 2.5), "We are sorry."),
        ("c", before(silent + 2), "It was meant to be beautiful, and I am sad."),
        ("c", before(silent + 1), "Will anybody answer me?"),
        (TOM, before(silent), ours),
        Subject="Clock",
    )


def test_a_usual_week_reads_well(week: tuple[Letter, Edition]) -> None:
    """Whom to ring first, then what they said, and what became of it."""
    one, edition = week
    read = " ".join(twin(one, "plain").split())

    assert subject(one) == "Your customers this week: 2 people to ring · 16–22 Nov"
    assert read.startswith("Two people to ring; begin with Claire Moss, 3 letters and silent since Tue 15:00.")
    assert "11 letters from 11 people. Mon 2 · Tue 1 · Wed 1 · Thu 2 · Fri 2 · Sat 2 · Sun 1" in read
    assert "Goal: first reply, within 4 h working: 93.1 % kept, the goal is 95 %; 4 of 6 misses used; 2 at risk" in read
    assert "1 Claire Moss 3 letters, silent since our word of Tue 15:00 · customer since 2019, 1 other conv" in read
    assert "“It was meant to be beautiful, and my wife was so disappointed.” Our last word: “We can offer" in read
    assert "“I could not open the box at all, and I was quite upset.” - Rosa Blum, Tue 18:00, about “Box”" in read
    assert "strap broke: 7 people; none a week before" in read
    assert "A colleague wrote on Mon 16 Nov “I will come back to you tomorrow.”, due Tue 23:59" in read
    assert "over 7 days: 3 · over 30 days: 2 · over 90 days: 1 · over 365 days: 1 4 B. Vance 420 days" in read
    assert "Answers of yours: Mike 1. The fastest: Mike to Ole Lind, 12 min, on Sunday at 14:00 (support)." in read
    assert "24 of 24 mails accounted for. Last mail 13:48. Answers seen from 3 people." in read
    assert listed(edition.items) == [
        (1, "ring", 1),
        (2, "ring", 1),
        (3, "promised", 1),
        (4, "forgotten", 1),
        (5, "forgotten", 1),
        (6, "forgotten", 1),
    ]


def test_both_twins_list_the_same(week: tuple[Letter, Edition]) -> None:
    """The same words in the same order, whoever reads which."""
    plain, page = (" ".join(one.split()) for one in (twin(week[0], "plain"), Page(twin(week[0], "html")).words))
    said = ("Claire Moss, 3 letters", "11 letters from", "misses used", "“It was meant", "Pierre Lefèvre", "I could not open",
            "We would love", "strap broke", "Gus Hall", "It is, from nine", "Rosa Blum", "The longest time",
            "1 promise of ours", "Nora Bright", "came to an end", "over 365 days", "B. Vance", "Jane Ferris", "Kim Sato",
            "Answers of yours", "mails accounted for", "rung 1 · mine 2")  # fmt: skip

    for read in (plain, page):
        places, at = [], read.index("From Sun")
        for one in said[1:]:
            at = read.find(one, at)
            places.append(at)
        assert -1 not in places
    assert plain.count("“") == page.count("“")


def test_a_quiet_week_says_so_in_every_section(sunday: Sunday) -> None:
    """Its absence would mean something else."""
    read = text(sunday)

    assert subject(sunday.letter()[1].letters[0]) == "Your customers this week: nobody to ring · 16–22 Nov"
    assert read.startswith("Nobody to ring this week. From Sun 15 Nov 18:00 to Sun 22 Nov 18:00.")
    for told in ("No letter came.", "Nobody wrote more than once", "No sentence of this week", "Too early to say",
                 "No answer of ours ended", "Nobody wrote only to thank us.", "No promise of ours fell due.",
                 "Nobody waits for longer than a week", "None of you answered"):  # fmt: skip
        assert told in read


def test_a_week_that_is_like_the_others_has_nothing_that_rises(sunday: Sunday) -> None:
    """It says that, and not that it is too early."""
    for back in range(9):
        for number in range(6):
            sunday.write(f"Kim {back} {number}", before(7 * back + 1, number), "Where is my order?")

    assert "A quiet week: no word rises beyond what chance brings." in text(sunday)


def test_staff_are_not_named_unless_that_is_allowed(base: Database) -> None:
    """Works councils have a say in that; founders have named themselves."""
    sunday = Sunday(base)
    a_usual_week(sunday)
    sunday.talk(
        "Ida Holm",
        ("c", before(3), "The lamp flickers."),
        (MIKE, before(2.9), "Please press twice."),
        ("c", before(2.8), "Thank you, Mike!"),
        Subject="Lamp",
    )
    without = text(sunday)
    sunday.plan = Sunday(base, name_staff=True).plan
    with_ = text(sunday)

    assert "Tom" not in without
    assert "Anna" not in without
    assert "Rosa Blum thanks a colleague" in without
    assert "Ida Holm thanks Mike: “Thank you, Mike!”" in without
    assert "Rosa Blum thanks Tom: “Thank you so much, Tom!”" in with_
    assert "silent since our word of Tue 15:00 (Tom)" in with_
    assert "Answers seen from Tom, Anna, Mike." in with_


def test_no_name_of_staff_rises_nor_a_pair_that_holds_one(sunday: Sunday) -> None:
    """Customers call people by both of their names."""
    for back in range(9):
        sunday.talk(f"Old {back}", ("c", before(7 * back + 2), "Hum?"), ("tom.reed@example.com", before(1), "Yes."))
    for number in range(12):
        sunday.write(f"Kim {number}", before(2, number), f"Tom Reed said the buckle is cracked in box {number}.")
    read = part(text(sunday), "RISING")

    assert "buckle" in read
    assert "tom" not in read.casefold()
    assert "reed" not in read.casefold()


def test_nobody_is_thanked_who_is_not_meant(base: Database) -> None:
    """Who is named, else who wrote before."""
    sunday = Sunday(base, name_staff=True)
    sunday.sighted()
    for who, thanks in (("Ida Holm", "Thank you, Helen!"), ("Jo Ek", "Thanks a lot.")):
        sunday.talk(who, ("c", before(3), "It flickers."), (TOM, before(2.9), "Press twice."), ("c", before(2), thanks))
    sunday.talk("Kay Ott", ("c", before(4), "It hums."), (HELEN, before(3.9), "Turn it round."), Subject="Hum")
    praised = part(text(sunday), "WELL DONE (2)")

    assert "Ida Holm thanks Helen" in praised
    assert "Jo Ek thanks Tom" in praised


@pytest.mark.parametrize(("silent", "rung"), [(2.9, False), (3.1, True), (13.9, True), (14.1, False)])
def test_whom_to_ring_is_silent_for_three_to_fourteen_days(sunday: Sunday, silent: float, *, rung: bool) -> None:
    """Sooner they may still write, later they have forgotten us."""
    two_letters(sunday, "Claire Moss", silent)

    assert ("Claire Moss" in part(text(sunday), "TO RING")) is rung


def test_five_are_listed_and_all_are_counted(sunday: Sunday) -> None:
    """Numbers are those of the lines."""
    for number in range(7):
        two_letters(sunday, f"Kim {number}", 4 + number)
    sunday.write("Ann Lee", before(0.1))
    edition, composed = sunday.letter()
    read = " ".join(twin(composed.letters[0], "plain").split())

    assert subject(composed.letters[0]).startswith("Your customers this week: 5 people to ring")
    assert "FIVE PEOPLE TO RING (7)" in read
    assert [item.number for item in edition.items] == [1, 2, 3, 4, 5]


def test_who_was_rung_or_closed_is_listed_no_more(sunday: Sunday) -> None:
    """A person's word is enough."""
    for who in ("Kim Sato", "Ann Lee", "Bo Roe"):
        two_letters(sunday, who, 4)
    edition, _ = sunday.letter()
    sunday.says(Deed.PHONED, edition.items[0].thread, before(-0.1))
    sunday.says(Deed.CLOSE, edition.items[1].thread, before(-0.1))

    assert "One person to ring" in text(sunday, made=before(-0.2), at=SIX)


def test_a_conversation_has_one_number(sunday: Sunday) -> None:
    """In whichever sections it stands."""
    two_letters(sunday, "Claire Moss", 11, ours="I will come back to you tomorrow.")
    edition, composed = sunday.letter()
    read = " ".join(twin(composed.letters[0], "plain").split())

    assert listed(edition.items) == [(1, "ring", 1)]
    assert part(read, "NEVER FORGOTTEN (1)").count(" 1 Claire Moss") == 1


def test_nothing_falls_between_two_letters(sunday: Sunday) -> None:
    """Each begins where the last one ended, also after weeks in which nobody was there."""
    sunday.write("Late Kim", before(14, -1), "I wrote just after the letter, and was sad.")
    last, _ = sunday.letter(made=before(14), at=before(14))

    assert "No letter came" in text(sunday)
    read = text(sunday, last, missed=1)
    assert "From Sun 8 Nov 18:00 to Sun 22 Nov 18:00." in read
    assert "1 letter from 1 person" in read
    assert subject(sunday.letter(last)[1].letters[0]).endswith("· 9–22 Nov")
    assert "From Sun 15 Nov 18:00" in text(sunday, last, kind=Kind.ASKED)


def test_a_letter_from_long_ago_is_no_beginning(sunday: Sunday) -> None:
    """A router that was away for a summer does not tell of all of it."""
    last, _ = sunday.letter(made=before(90), at=before(90))

    assert "From Sun 15 Nov 18:00" in text(sunday, last)


def test_what_cannot_be_seen_has_no_figures(base: Database) -> None:
    """Letters are counted and quoted; the cure is told."""
    sunday = Sunday(base)
    two_letters(sunday, "Claire Moss", 4)
    sunday.database.write("test", lambda c: c.execute(outbound.delete()))
    edition, composed = sunday.letter()
    read = " ".join(twin(composed.letters[0], "plain").split())

    assert subject(composed.letters[0]) == "Your customers this week: answers cannot be seen · 16–22 Nov"
    assert read.startswith("I cannot see your answers, so I cannot say whom to ring.")
    assert "IN THEIR OWN WORDS" in read
    assert "What to do: let your mail server copy what support@example.com sends" in read
    for heading in (
        "TO RING",
        "WELL DONE",
        "OUR WORD",
        "NEVER FORGOTTEN",
        "YOU (",
        "WHAT WE SAID",
        "Goal:",
        "half of them",
    ):
        assert heading not in read
    assert edition.items == ()


def test_of_two_mailboxes_only_the_one_that_can_be_seen_has_figures(base: Database) -> None:
    """And the other one is named in the subject."""
    sunday = Sunday(base, mailboxes=("support", "shop"))
    sunday.sighted()
    two_letters(sunday, "Claire Moss", 4)
    sunday.route_to_shop("Ann Lee", before(20))
    read = text(sunday)

    assert subject(sunday.letter()[1].letters[0]) == (
        "Your customers this week: 1 person to ring, not counting shop · 16–22 Nov"
    )
    assert "NEVER FORGOTTEN (0)" in read
    assert "I cannot see your answers of shop: 1 conversation may wait there" in read


def test_stale_data_are_no_good_news(sunday: Sunday) -> None:
    """The first words say so."""
    sunday.watches("support-imap", last_success=before(2), last_error="535 refused")
    edition = sunday.letter()[1].letters[0]

    assert subject(edition) == "Your customers this week: NOT RELIABLE, no mail seen since Fri 18:00 · 16–22 Nov"
    assert text(sunday).startswith("Not reliable: the account support-imap has not been read since Fri 18:00.")
    assert "The server of support-imap says: 535 refused" in text(sunday)


def test_a_late_letter_says_so(sunday: Sunday) -> None:
    """And how many before it were missed."""
    read = text(sunday, made=SIX + timedelta(hours=15), missed=2)

    assert "Due 18:00 on Sun 22 Nov, sent 09:00: the router was down; 2 earlier digests were missed." in read


def test_a_day_without_an_answer_is_told(sunday: Sunday) -> None:
    """Of days on which we were open and somebody waited."""
    for number in range(5):  # Monday to Friday
        if number != 2:
            sunday.talk(f"Kim {number}", ("c", before(6 - number, 8), "It hums."), (TOM, before(6 - number, 7), "Oh."))
    sunday.write("Ann Lee", before(4, 8), "Is anybody there?")

    assert "Not one answer left on Wednesday 18 Nov, though mail waited and we were open." in text(sunday)


def test_who_waits_since_long_ago_waits_on_every_day_of_the_week(sunday: Sunday) -> None:
    """The letter lists him below, so that it must not say that nobody waited."""
    sunday.write("Ann Lee", before(80), "Is anybody there?")
    read = text(sunday)

    assert "Nobody waited while we were open." not in read
    assert "from Sun 15 Nov 18:00 to Sun 22 Nov 18:00." in read.partition("OUR WORD")[2]
    days = "Monday 16 Nov, Tuesday 17 Nov, Wednesday 18 Nov, Thursday 19 Nov and Friday 20 Nov"
    assert f"Not one answer left on {days}, though mail waited and we were open." in read


def test_what_was_promised_for_a_day_was_due_on_that_day(sunday: Sunday) -> None:
    """Not on the next one, though it may come until midnight."""
    sunday.talk("Ann Lee", ("c", before(20), "Lost?"), (TOM, before(19.9), "I will get back to you by Friday."))
    read = part(text(sunday), "NEVER FORGOTTEN (1)")

    assert "“I will get back to you by Friday.”, due Fri 6 Nov" in " ".join(read.split())


def test_each_reader_has_his_own_address_and_the_same_numbers(sunday: Sunday) -> None:
    """A link on a line is a reply of this person."""
    two_letters(sunday, "Claire Moss", 4)
    _, composed = sunday.letter(recipients=(MIKE, HELEN))
    mike, helen = (twin(one, "html") for one in composed.letters)
    assert composed.letters[0].recipient == MIKE
    links = [{value for _, name, value in Page(one).values if name == "href"} for one in (mike, helen)]

    assert links[0].isdisjoint(links[1])
    assert all("?subject=rung%201&body=rung%201" in next(iter(one)) for one in links)


def test_the_same_week_gives_the_same_letter(database: Database, week: tuple[Letter, Edition]) -> None:
    """On SQLite and on PostgreSQL, and whoever makes it again."""
    sunday = Sunday(database)
    a_usual_week(sunday)
    (one,), (other,) = (sunday.letter()[1].letters for _ in range(2))

    assert (one.block, one.body) == (other.block, other.body)
    drawn = "WHAT WE SAID TO THEM"  # by the names of messages, which are others in each database
    assert twin(one, "plain").partition(drawn)[0] == twin(week[0], "plain").partition(drawn)[0]


def test_history_of_a_mailbox_is_told_as_of_then(sunday: Sunday) -> None:
    """What came later is not in it."""
    two_letters(sunday, "Claire Moss", 18)
    sunday.write("Claire Moss", before(3), "I write again, after all.")
    then = text(sunday, made=before(14), at=before(14), kind=Kind.ASKED)

    assert "One person to ring: Claire Moss" in then


def test_a_mail_of_too_many_words_is_made_smaller(sunday: Sunday) -> None:
    """Gmail hides what is over some 100 kB."""
    long = "".join(chr(0x4E00 + number) for number in range(60))
    for number in range(60):
        who = f"{long[:50]}{number}"
        sunday.talk(
            f"w{number}@customer.example",
            ("c", before(5, number / 9), f"{long}。{long}。{long}{number}。"),
            (TOM, before(4, number / 9), f"{long}。{long}。"),
            ("c", before(3, number / 9), "Thank you so much!"),
            Subject=long * 2,
            From=f"{who} <w{number}@customer.example>",
        )
    one = sunday.letter()[1].letters[0]

    assert "WELL DONE (60)" in " ".join(twin(one, "plain").split())
    assert len(one.block) + len(one.body) < 80_000


def test_a_weekly_digest_tells_at_once_and_nightly_ones_stay_nightly(sunday: Sunday) -> None:
    """One composer for all digests: what it makes is a matter of the digest, and of the edition."""
    two_letters(sunday, "Claire Moss", 4)
    sent = sunday.answer("1@mail.example", "Claire Moss", before(3))
    sunday.write(
        "Claire Moss", before(0.1), "Is anybody there?", **{"In-Reply-To": f"<{sent}>", "Subject": "Re: Clock"}
    )
    since = before(0.1)
    item = Item(1, sunday.router.messages[-1]["thread"], Section.AGAIN, since)
    _, urgent = sunday.letter(kind=Kind.AT_ONCE, items=(item,))
    sunday.plan = replace(sunday.plan, weekly=False)
    _, nightly = sunday.letter(kind=Kind.NIGHTLY)

    assert subject(urgent.letters[0]) == "Support: a customer wrote again after our answer"
    assert subject(nightly.letters[0]) == "Support: 1 waiting · Sun 22 Nov"


def test_a_letter_of_some_mailboxes_says_of_which(sunday: Sunday) -> None:
    """And tells of no others."""
    sunday.route_to_shop("Ann Lee", before(2))
    sunday.plan = replace(sunday.plan, whole=False, scope=Scope(LONDON, frozenset({"support"})))
    one = sunday.letter()[1].letters[0]

    assert subject(one) == "Support: your customers this week: nobody to ring · 16–22 Nov"
    assert "No letter came." in twin(one, "plain")
