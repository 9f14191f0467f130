"""The nightly digest: what it says of a morning."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update

from router.conversation.clocks import ServiceClock
from router.conversation.edition import Edition, Kind, Section
from router.conversation.goallines import Limit
from router.conversation.letter import Deed
from router.digest.letter import Letter
from router.digest.plan import Office
from router.store import forget
from router.store.ids import new_id
from router.store.tables import fetched, message, sighting
from tests.digest.morning import (
    ANNA,
    CURE,
    MIKE,
    OFFICE,
    SEVEN,
    TOM,
    Morning,
    ago,
    clocks,
    four_hours,
    listed,
    subject,
    twin,
)


def text(morning: Morning, last: Edition | None = None, **parts: object) -> str:
    """The text of this morning's, lines joined."""
    (one, *_) = morning.compose(last, **parts)[1].letters
    return " ".join(twin(one, "plain").split())


def head(morning: Morning, last: Edition | None = None, **parts: object) -> str:
    """Its subject."""
    return subject(morning.compose(last, **parts)[1].letters[0])


def test_a_usual_monday_reads_well(usual: tuple[Letter, Edition]) -> None:
    """Verdict first, then who waits, why it is known, and how to find it."""
    one, edition = usual
    read = " ".join(twin(one, "plain").split())

    assert subject(one) == "Support: 6 waiting, 4 past goal · Mon 23 Nov"
    assert read.startswith(
        "6 customers wait. Begin with Jane Ferris: third letter, 3 days 14 h. As of 07:00; reply `fresh` for now."
    )
    assert "1 Jane Ferris 3 days 14 h (8 h working; goal 4 h, missed Fri 13:00) Re: Wedding on Saturday" in read
    assert "third letter, 2nd night; we answered Sun 15 Nov (Tom)" in read
    assert "from:jane.ferris@customer.example received:19/11/2026" in read
    assert "5 Dr. Ahmed Nasser 20 h (no working hours yet; goal 4 h, due 13:00) URGENT: cartons" in read
    assert "promised: “I will get back to you by tomorrow.” (Tom), due Fri 13 Nov" in read
    assert "to:ole.lind@customer.example sent:12/11/2026" in read
    assert "Kim Sato: answered Fri 11:00 by Mike (founder)" in read
    assert "5 of 5 mails accounted for. Last mail Sun 22:00. Answers seen from 2 people." in read
    assert listed(edition.items) == [
        (1, "again", 2),
        (2, "still", 2),
        (3, "still", 2),
        (4, "still", 2),
        (5, "new", 1),
        (6, "new", 1),
        (7, "promised", 2),
        (8, "finished", 1),
    ]


def test_each_reader_has_his_own_address_and_the_same_numbers(usual: tuple[Letter, Edition], sighted: Morning) -> None:
    """A link on a line is a reply of this person."""
    sighted.write("Kim", ago(1))
    _, composed = sighted.compose(recipients=(ANNA, TOM))
    anna, tom = composed.letters

    assert (anna.recipient, tom.recipient) == (ANNA, TOM)
    assert b"Reply-To: <router+re-edition1-0." in anna.block
    assert b"Reply-To: <router+re-edition1-1." in tom.block
    assert "mailto:router+re-edition1-1." in twin(tom, "html")
    assert "re-edition1-0." not in twin(tom, "html")
    assert "?subject=done%201&amp;body=done%201" in twin(tom, "html")
    assert twin(anna, "plain") == twin(tom, "plain")


def test_a_morning_without_anybody_who_waits_is_short_glad_and_still_proved(sighted: Morning) -> None:
    """Its coming is the proof that the router lives."""
    number = sighted.write("Kim Sato", ago(5))
    friday, _ = sighted.compose(made=ago(3))
    sighted.answer(number, "Kim Sato", ago(2, 20))

    assert head(sighted, friday) == "Support: 0 waiting · Mon 23 Nov"
    assert text(sighted, friday).startswith("Nobody waits. Well done. As of 07:00")
    assert "1 of 1 mail accounted for. Last mail Wed 07:00. Answers seen from 1 person." in text(sighted, friday)
    assert "Kim Sato: answered Fri 11:00 by Anna" in text(sighted, friday)


def test_names_of_staff_stand_in_the_proof_where_they_may(sighted: Morning) -> None:
    """In some countries works councils have a say in that."""
    number = sighted.write("Kim", ago(5))
    sighted.answer(number, "Kim", ago(4), by=TOM)
    assert "Answers seen from 1 person." in text(sighted)

    sighted.plan = replace(sighted.plan, name_staff=True)
    assert "Answers seen from Tom." in text(sighted)


@pytest.mark.parametrize(
    ("deed", "more", "told"),
    [
        (Deed.CLOSE, {"why": "was a mistake"}, "Kim: closed Sun 07:00 by Anna: was a mistake"),
        (Deed.PHONED, {}, "Kim: phoned Sun 07:00 by Anna"),
        (Deed.NEVER, {}, "Kim: needs no answers, says Anna (Sun 07:00)"),
        (Deed.SNOOZE, {"until": SEVEN + timedelta(days=4)}, "Kim: snoozed until Fri 27 Nov by Anna"),
        (Deed.SNOOZE, {"until": SEVEN + timedelta(days=4), "why": "park"}, "Kim: parked until Fri 27 Nov by Anna"),
    ],
)
def test_what_was_listed_and_waits_no_more_is_told_with_its_evidence(
    sighted: Morning, deed: Deed, more: dict[str, object], told: str
) -> None:
    """Nothing drops off a list without a word."""
    sighted.write("Kim", ago(5))
    friday, _ = sighted.compose(made=ago(3))
    sighted.says(deed, friday.items[0].thread, ago(1), **more)

    assert f"CLEARED SINCE LAST TIME (1) {'-' * 68} {told} " in text(sighted, friday)
    assert sighted.compose(friday)[0].items == ()


def test_a_promise_that_was_kept_is_told(sighted: Morning) -> None:
    """By whom, and when."""
    number = sighted.write("Kim", ago(9))
    sighted.answer(number, "Kim", ago(8), "I will get back to you by tomorrow.", by=TOM)
    friday, _ = sighted.compose(made=ago(3))
    assert listed(friday.items) == [(1, "promised", 1)]

    sighted.answer(number, "Kim", ago(1), "It is on its way.", by=MIKE)
    assert "Kim: promise kept Sun 07:00 by Mike" in text(sighted, friday)


def test_a_promised_day_is_the_same_for_a_reader_in_another_zone(sighted: Morning) -> None:
    """Midnight in London is one o'clock of the next day in Berlin, and the promise beside it names the day."""
    number = sighted.write("Kim", ago(9))
    sighted.answer(number, "Kim", ago(8), "I will get back to you by tomorrow.", by=TOM)
    for zone in ("Europe/Berlin", "Europe/London", "America/New_York"):
        sighted.plan = replace(sighted.plan, zone=ZoneInfo(zone), promising=ZoneInfo("Europe/London"))
        assert "(Tom), due Mon 16 Nov" in text(sighted)


def test_who_was_erased_has_no_name_in_what_was_cleared(sighted: Morning) -> None:
    """And the line says so."""
    sighted.write("Kim", ago(5))
    friday, _ = sighted.compose(made=ago(3))
    sighted.database.write("test", lambda c: c.execute(update(message).values(forgotten=SEVEN, **forget._BLANK)))
    sighted.database.write("test", lambda c: forget.restate(c, [friday.items[0].thread]))

    assert "(erased): erased, with all that was known of this customer" in text(sighted, friday)


def test_of_a_blind_mailbox_there_is_no_list_but_the_cure(morning: Morning) -> None:
    """A list of 812 answered letters is thrown out the same day."""
    morning.lives()
    morning.write("Kim", ago(5))

    assert head(morning) == "Support: answers cannot be seen · Mon 23 Nov"
    assert morning.compose()[0].items == ()
    assert "Kim" not in text(morning)
    assert "1 conversation may wait there, or not." in text(morning)
    assert "let your mail server copy what support@example.com sends to support-sent@router.example.com" in text(
        morning
    )


def test_beside_one_that_can_be_seen_a_blind_one_is_named_in_the_subject(sighted: Morning) -> None:
    """So that nobody takes the count for the whole."""
    sighted.plan = replace(sighted.plan, mailboxes=("support", "shop"), title="Support, Shop")
    sighted.write("Kim", ago(5))

    assert head(sighted) == "Support, Shop: 1 waiting, not counting shop · Mon 23 Nov"
    assert "1 Kim [support]" in text(sighted)
    assert "I cannot see your answers of shop." in text(sighted)


def test_a_broken_source_is_told_in_the_subject(sighted: Morning) -> None:
    """No mail is no good news there."""
    sighted.watches("support-imap", state="broken", last_success=ago(1, 4.8), last_error="login refused", server=5)
    read = text(sighted)

    assert head(sighted) == "Support: NOT RELIABLE, no mail seen since Sun 02:12 · Mon 23 Nov"
    assert read.startswith("Not reliable: the account support-imap has not been read since Sun 02:12. Whether somebody")
    assert "The server of support-imap says: login refused" in read
    assert "0 of 2 mails accounted for: 2 in watched folders, and not with us." in read
    assert "Nobody waits" not in read
    assert "0 waiting" not in read


def test_what_is_known_is_listed_over_stale_data_too(sighted: Morning) -> None:
    """As what it is."""
    sighted.watches("support-imap", last_success=ago(2))
    sighted.write("Kim", ago(5))

    assert "By then 1 customer waited; begin with Kim." in text(sighted)
    assert len(sighted.compose()[0].items) == 1


def test_mail_that_nobody_has_read_yet_makes_it_unreliable(sighted: Morning) -> None:
    """Stored is not listed."""
    row = {"id": new_id(), "sha256": b"x", "size": 1, "source": "smtp", "sender": "", "recipients": []}
    sighted.database.write("test", lambda c: c.execute(insert(sighting), [row | {"received": ago(0, 1)}]))

    assert head(sighted) == "Support: NOT RELIABLE, 1 mail not read yet · Mon 23 Nov"


def test_a_late_edition_says_so_once(sighted: Morning) -> None:
    """And that earlier ones are missing."""
    later = SEVEN + timedelta(hours=2, minutes=12)
    sighted.lives(later)
    read = text(sighted, made=later, missed=2)

    assert "Due 07:00, sent 09:12: the router was down; 2 earlier digests were missed." in read
    assert "As of 09:12" in read
    assert "Due 07:00" not in text(sighted)
    assert "the router was down" not in text(sighted, made=later, kind=Kind.ASKED)


def test_the_first_digest_offers_to_park_what_is_old(sighted: Morning) -> None:
    """Waits of another age would bury those of today; the second one offers nothing."""
    sighted.write("Mira", ago(200))
    sighted.write("Kim", ago(2))
    first, _ = sighted.compose(made=ago(1))

    assert "1 conversation waits for longer than 14 days. If it is of another age, reply `park 14d`" in text(sighted)
    assert "or “park 1 14d” to put aside that one alone" in text(sighted)
    assert "park 14d" not in text(sighted, first)


def test_where_all_was_imported_nothing_is_said_against_the_list(sighted: Morning) -> None:
    """ "No mail has ever come" below a list of letters, and "no answer seen" below answers, would be believed of both."""
    assert "Nothing has come in yet but what was imported." in text(sighted)

    sighted.write("Kim", ago(0, 2))

    assert "1 of 1 mail accounted for. Last mail 05:00. No answer seen in the last seven days." in text(sighted)


def test_without_goals_no_line_speaks_of_one(sighted: Morning) -> None:
    """And with one the subject counts those past it."""
    sighted.write("Kim", ago(5))
    assert "goal" not in text(sighted)

    sighted.office = Office(clocks, {"support": CURE}, limits=four_hours)
    assert head(sighted) == "Support: 1 waiting, 1 past goal · Mon 23 Nov"


def test_mail_of_people_we_know_that_lies_in_junk_is_counted(sighted: Morning) -> None:
    """Somebody waits there whom nobody looks for."""
    number = sighted.write("Kim", ago(9))
    sighted.answer(number, "Kim", ago(8))
    sighted.watches("support-imap", folder="Junk")
    assert "In Junk, from people we know: 0." in text(sighted)

    for who in ("Kim", "Stranger"):
        sighted.write(who, ago(0, 5))
    seen = {"sha256": b"x", "size": 1, "source": "support-imap", "sender": "", "recipients": [], "received": ago(0, 5)}
    place = {"source": "support-imap", "folder": "Junk", "uidvalidity": 1, "outcome": "stored", "at": ago(0, 5)}
    mails = sighted.router.rows(message)[-2:]
    came = [seen | {"id": f"s{uid}", "message": one["id"], "routed": ago(0, 5)} for uid, one in enumerate(mails)]
    there = [place | {"uid": uid, "sighting": f"s{uid}"} for uid in range(2)]
    sighted.database.write("test", lambda c: c.execute(insert(sighting), came))
    sighted.database.write("test", lambda c: c.execute(insert(fetched), there))

    assert "In Junk, from people we know: 1." in text(sighted)


def test_a_row_that_cannot_be_shown_costs_its_own_line_alone(
    sighted: Morning, caplog: pytest.LogCaptureFixture
) -> None:
    """The digest goes out."""
    sighted.write("Kim", ago(5))
    sighted.write("Lee", ago(4))

    class Broken(ServiceClock):
        def since(self, start: datetime) -> timedelta:
            if start == ago(5):
                raise ValueError("of a kind that nobody thought of")
            return super().since(start)

    sighted.office = replace(sighted.office, clocks=lambda first, now: lambda mailbox: Broken(OFFICE, first, now))
    read = text(sighted)

    assert "1 (a line that cannot be shown: `router waiting`)" in read
    assert "2 Lee" in read
    assert "cannot be shown in a digest" in caplog.text


def test_ten_thousand_lines_are_counted_and_a_few_are_shown(sighted: Morning) -> None:
    """Below what mail programs cut off, with right totals and numbers."""
    sighted.write("Kim", ago(5), "Where is the parcel that you have promised for Tuesday, and who has signed? " * 3)
    (row,) = sighted.router.rows(message)
    (stands,) = sighted.router.rows(message.metadata.tables["thread"])
    some = range(9_999)
    mails = [row | {"id": f"m{n}", "thread": f"t{n}", "customer": f"customer{n}@people.example"} for n in some]
    threads = [stands | {"id": f"t{n}", "letter": f"m{n}", "again": n % 3 == 0} for n in some]
    sighted.database.write("test", lambda c: c.execute(insert(message), mails))
    sighted.database.write("test", lambda c: c.execute(insert(message.metadata.tables["thread"]), threads))
    edition, composed = sighted.compose()
    read = " ".join(twin(composed.letters[0], "plain").split())

    assert len(composed.letters[0].block) + len(composed.letters[0].body) < 80_000
    assert [item.number for item in edition.items] == list(range(1, 10_001))
    assert subject(composed.letters[0]).startswith("Support: 10,000 waiting")
    assert "THEY WROTE AGAIN (3,333)" in read
    assert "NEW (6,667)" in read
    assert "3334 customer" in read or "3334 Kim" in read


def test_what_is_told_within_a_minute_came_just_now(sighted: Morning) -> None:
    """Nobody says that something happened 0 minutes ago."""
    sent = sighted.answer(sighted.write("Kim", ago(5)), "Kim", ago(4))
    sighted.write("Kim", ago(0, 0.005), "Nothing has come!", **{"In-Reply-To": f"<{sent}>", "Subject": "Re: Order"})
    (item,) = sighted.compose()[0].items
    _, composed = sighted.compose(kind=Kind.AT_ONCE, items=(item,))

    assert twin(composed.letters[0], "plain").startswith("Kim wrote again after our answer: second letter, just now.")


@pytest.mark.parametrize(
    ("section", "head_", "begins"),
    [
        (
            Section.AGAIN,
            "Support: a customer wrote again after our answer",
            "Kim wrote again after our answer: second letter,",
        ),
        (Section.STILL, "Support: a VIP waits past the goal", "Kim has waited for 20 min; the goal of 4 h was missed"),
    ],
)
def test_what_does_not_wait_for_the_morning_is_one_line_with_its_commands(
    sighted: Morning, section: Section, head_: str, begins: str
) -> None:
    """The subject names nobody."""
    number = sighted.write("Kim", ago(5))
    sent = sighted.answer(number, "Kim", ago(4))
    sighted.write(
        "Kim", ago(0, 1 / 3), "Nothing has come!", **{"In-Reply-To": f"<{sent}>", "Subject": "Re: Order of Kim"}
    )
    sighted.write("Lee", ago(3))
    overdue = Limit(timedelta(hours=4), ago(0, 0.1))
    sighted.office = replace(sighted.office, limits=lambda connection, rows, now: {one.thread: overdue for one in rows})
    (kim,) = [item for item in sighted.compose()[0].items if item.section is Section.AGAIN]
    item = replace(kim, section=section)
    edition, composed = sighted.compose(kind=Kind.AT_ONCE, items=(item,), recipients=(ANNA, MIKE))
    (one, mikes) = composed.letters
    read = " ".join(twin(one, "plain").split())

    assert edition.items == (item,)
    assert subject(one) == head_
    assert read.startswith(begins)
    assert "“Nothing has come!”" in read
    assert "Lee" not in read + twin(one, "html")
    assert "accounted for" not in read
    assert "Done" in twin(mikes, "html")
    assert read.endswith("Reply: done 1 · phoned 1 · mine 1 · tomorrow 1")


def test_what_was_answered_before_it_could_be_told_is_told_as_that(sighted: Morning) -> None:
    """Nobody hurries for nothing."""
    number = sighted.write("Kim", ago(5))
    (item,) = sighted.compose()[0].items
    sighted.answer(number, "Kim", ago(4))
    one = sighted.compose(kind=Kind.AT_ONCE, items=(item,))[1].letters[0]

    assert twin(one, "plain").startswith("This has been seen to meanwhile.")


def test_on_a_bad_morning_every_line_is_shown_if_briefly(sighted: Morning) -> None:
    """Forty-five wait, some of them for a second night: each has its clocks, words, evidence and command."""
    people = [f"Kim Number {number} of Springfield" for number in range(45)]
    words = "Where is my order, and why does nobody tell me what has become of the other half of it?"
    for number, who in enumerate(people[:22]):
        sighted.write(who, ago(4, number), words)
    friday, _ = sighted.compose(made=ago(3))
    for number, who in enumerate(people[22:]):
        sighted.write(who, ago(2, number), words)
    _, composed = sighted.compose(friday)
    (one, *_) = composed.letters
    html, plain = (" ".join(twin(one, kind).split()) for kind in ("html", "plain"))

    assert len(composed.items) == 45
    assert len(one.block) + len(one.body) < 80_000
    assert [who for who in people if who not in html or who not in plain] == []
    assert all(f"Done {item.number}<" in html for item in composed.items)
    assert html.count("no answer of ours yet") == plain.count("no answer of ours yet") == 45
