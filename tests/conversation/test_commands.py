"""What people reply to a digest, read as orders."""

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.conversation.commands import TEXT_CAP, UNCLEAR_CAP, read
from router.conversation.orders import Verb, Why
from router.conversation.replytext import words_of

DAYS14 = timedelta(days=14)
NAMES = {1: {"jane", "ferris"}, 3: {"lee", "stone"}}


def told(text, names=None):
    """Orders in a short form."""
    return [
        (one.verb.value, *one.numbers, *(["all"] if one.everything else []), *filter(None, (one.span, one.until)))
        for one in read(text, names).orders
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("done 3 7", [("done", 3, 7)]),
        (
            "done 3 7 · phoned 1 · mine 5 · tomorrow 6 · never 4 · back 9 · fresh · park 14d",
            [
                *(("done", 3, 7), ("phoned", 1), ("mine", 5), ("tomorrow", 6), ("never", 4), ("back", 9), ("fresh",)),
                ("park", "all", DAYS14),
            ],
        ),
        ("done 3, 7 and 9", [("done", 3, 7, 9)]),  # as people list things
        ("done 3; phoned 1", [("done", 3), ("phoned", 1)]),
        ("rung 1 · mine 2 · reopen 4", [("phoned", 1), ("mine", 2), ("back", 4)]),  # of a weekly letter
        ("I rang 3", [("phoned", 3)]),
        ("done 3, phoned 1", [("done", 3), ("phoned", 1)]),  # a comma ends nothing, a word does
        ("done 3 phoned 1", [("done", 3), ("phoned", 1)]),
        ("DONE 3\nPhoned 1", [("done", 3), ("phoned", 1)]),  # telephones begin lines with a capital
        ("done #3 #7.", [("done", 3, 7)]),
        ("done: 3.", [("done", 3)]),
        ("done no. 3", [("done", 3)]),
        ("done 3-5", [("done", 3, 4, 5)]),
        ("done 3\u20135 9", [("done", 3, 4, 5, 9)]),  # a dash that a telephone makes longer
        ("done 3 to 5", [("done", 3, 4, 5)]),
        ("erledigt 3 bis 5, 9", [("done", 3, 4, 5, 9)]),
        ("done 3 until 5", [("done", 3, 4, 5)]),
        ("done (3), (7)", [("done", 3, 7)]),
        ("- done 3\n- phoned 1", [("done", 3), ("phoned", 1)]),  # a list
        ("* done 3", [("done", 3)]),
        ("3 7 done", [("done", 3, 7)]),  # the other way round
        ("3: done\n7: phoned", [("done", 3), ("phoned", 7)]),
        ("3 done, 7 phoned", [("done", 3), ("phoned", 7)]),
        ("3 is done", [("done", 3)]),
        ("I have done 3", [("done", 3)]),
        ("please mark 3 as done", [("done", 3)]),
        ("10 is finished; 4 has been handled", [("done", 10), ("done", 4)]),
        ("I’ve just called 3", [("phoned", 3)]),  # the apostrophe of a telephone
        ("Close 3 & 5. I'll take 6. I will take 7.", [("done", 3, 5), ("mine", 6), ("mine", 7)]),
        ("7 erledigt, 8 mach ich", [("done", 7), ("mine", 8)]),
        ("3 hat sich erledigt, 4 habe ich gestern angerufen", [("done", 3), ("phoned", 4)]),
        ("4 bitte morgen wieder", [("tomorrow", 4)]),
        ("Guten Morgen, 3 erledigt", [("done", 3)]),  # a greeting, though "morgen" is an order elsewhere
        ("alles erledigt", [("done", "all")]),
        ("3 et 4 : fait\n2 terminé, merci", [("done", 3, 4), ("done", 2)]),
        ("j'ai appelé 8", [("phoned", 8)]),
        ("je m’occupe de 5 · 7 pour moi", [("mine", 5), ("mine", 7)]),
        ("6 demain svp; jamais n° 2", [("tomorrow", 6), ("never", 2)]),
        ("3 à 5 réglés", [("done", 3, 4, 5)]),
        ("Bonjour à tous,\nfait 3", [("done", 3)]),
        ("park 14 jours · reporter 3 2 semaines", [("park", "all", DAYS14), ("snooze", 3, DAYS14)]),
        ("`done 3`", [("done", 3)]),  # as it stands in the digest
        ("\u201edone 3\u201c", [("done", 3)]),
        ("done 3 \U0001f44d\U0001f3fd", [("done", 3)]),
        ("Hi all, done 3, thanks!", [("done", 3)]),  # "all" greets here
        ("Good morning,\n\ndone 3\n\nThanks", [("done", 3)]),
        ("Guten Morgen,\n\nerledigt 3 und 7\nDanke", [("done", 3, 7)]),  # this morning is no order
        ("morgen 6", [("tomorrow", 6)]),
        ("done all", [("done", "all")]),
        ("all done", [("done", "all")]),
        ("done 3 3 3", [("done", 3)]),
        ("done 3\ndone 3", [("done", 3)]),
        ("done 3 7,\n9 11", [("done", 3, 7, 9, 11)]),  # a list goes on behind a comma
        ("done " + " ".join(map(str, range(1, 26))) + "\n26 27", [("done", *range(1, 28))]),  # a program broke the line
        ("snooze 6 3d", [("snooze", 6, timedelta(days=3))]),
        ("snooze 6 for 2 weeks", [("snooze", 6, DAYS14)]),
        ("snooze 6 until 2026-12-01", [("snooze", 6, date(2026, 12, 1))]),
        ("snooze 6 until tomorrow", [("tomorrow", 6)]),
        ("snooze 6 bis 2026-12-01", [("snooze", 6, date(2026, 12, 1))]),  # no range
        ("snooze 6 until 14 days", [("snooze", 6, DAYS14)]),
        ("park 3 4 14d", [("park", 3, 4, DAYS14)]),
        ("park 14 days", [("park", "all", DAYS14)]),
        ("fresh please", [("fresh",)]),
        ("", []),
        ("thanks!", []),
    ],
)
def test_what_people_write_is_understood(text, expected):
    """By number, in whatever punctuation a hurried person or a telephone makes."""
    assert told(text) == expected
    assert read(text).unclear == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("done 3 but not 7", Why.WORDS),  # a word that changes what the others mean
        ("don't close 3", Why.WORDS),
        ("3 is not done", Why.WORDS),
        ("is 3 done?", Why.WORDS),  # a question
        ("3 will be done", Why.WORDS),
        ("done 3.7", Why.WORDS),  # 3 and 7, or three and a bit?
        ("done 5-3", Why.WORDS),
        ("done 5 bis 3", Why.WORDS),
        ("done 3..5", Why.WORDS),  # these two, or all between them?
        ("done 3…5", Why.WORDS),
        ("done 3 to Kim", Why.WORDS),
        ("done 1-9999", Why.WORDS),
        ("done 12345678", Why.WORDS),
        ("done +44 20 7946 0958 77889900", Why.WORDS),
        ("3 done 7", Why.WORDS),  # which of them?
        ("1 2 3", Why.WORDS),  # what about them?
        ("please look at 2", Why.WORDS),
        ("please call 3", Why.WORDS),  # somebody else is to
        ("I will close 3", Why.WORDS),  # later
        ("3 anrufen", Why.WORDS),
        ("3 wird erledigt", Why.WORDS),
        ("3 n'est pas fait", Why.WORDS),
        ("fait tout sauf 3", Why.WORDS),
        ("alle erledigt außer 3", Why.WORDS),
        ("done", Why.NUMBER),
        ("done 3 phoned", Why.NUMBER),
        ("done 3 tomorrow", Why.NUMBER),
        ("never all", Why.ALL),  # too much for a slip
        ("phoned all", Why.ALL),
        ("park", Why.SPAN),
        ("park 14", Why.SPAN),
        ("snooze 6", Why.SPAN),
        ("snooze 6 999999d", Why.WORDS),
        ("snooze 6 until 2026-13-77", Why.WORDS),
        ("done 3 14d", Why.WORDS),
        ("fresh 3", Why.WORDS),
        ("> done 3", Why.WORDS),  # a quote
        ("done 3 see https://customer.example/3", Why.WORDS),
        ("done 3 kim@customer.example", Why.WORDS),
    ],
)
def test_what_is_not_understood_is_told_and_never_guessed(text, why):
    """A piece is carried out whole or not at all."""
    found = read(text)

    assert found.orders == ()
    assert [one.why for one in found.unclear] == [why]
    assert found.unclear[0].text == text


def test_a_piece_that_is_not_understood_leaves_the_others_alone():
    """One slip does not cost the morning."""
    found = read("done 3 · phned 1 · mine 5")

    assert [(one.verb, one.numbers) for one in found.orders] == [(Verb.DONE, (3,)), (Verb.MINE, (5,))]
    assert [one.text for one in found.unclear] == ["phned 1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("done Jane Ferris 1", [("done", 1)]),
        ("done 3 (Lee Stone)", [("done", 3)]),
        ("phoned Jane 1, done Lee 3", [("phoned", 1), ("done", 3)]),
        ("done Jane 3", []),  # 3 is somebody else
        ("done Mike 3", []),
        ("done 1 not 3", []),  # nobody is called so
    ],
)
def test_a_name_may_stand_beside_its_number_and_beside_no_other(text, expected):
    """People write whom they mean; where name and number disagree one of them is wrong."""
    assert told(text, NAMES | {3: {"lee", "stone", "not"}}) == expected


@pytest.mark.parametrize(
    ("subject", "above", "expected"),
    [
        ("Re: Support: 7 waiting", "done 3", "done 3"),
        ("done 3", "", "done 3"),  # a link whose mail was sent as it stood
        ("done 3", "done 3", "done 3\ndone 3"),
        ("Done 3", "Sent in a hurry", "Done 3\nSent in a hurry"),
        ("Re: done 3", "", ""),  # an answer to our mail back: carried out already
        ("AW: done 3", "thanks", "thanks"),
        ("Support: 7 waiting, 2 past goal", "", ""),  # forwarded by hand
        ("done 3 or not?", "", ""),
        ("Re: x", "done 3\n\nBest regards,\nAnna Hill\nCall 3 me: +44 20 7946 0958", "done 3"),
        ("Re: x", "done 3\n\nAnna Hill\nHead of Support\ndone 9", "done 3"),  # a signature without anything above it
        ("Re: x", "done 3\n\nAnna", "done 3"),
        ("Re: x", "Thanks\n\ndone 3", "Thanks\n\ndone 3"),  # a closing above is none
        ("Re: x", "Anna done 3", "Anna done 3"),
    ],
)
def test_the_words_of_a_reply_end_with_its_writers_name(subject, above, expected):
    """What stands in a signature is no order, and no misunderstanding either."""
    assert words_of(subject, above, "Anna Hill") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("done 3 Studio 54", []),  # who has written the name means one
        ("done 3-5 Studio 54", []),
        ("done 54 Kim", [("done", 54)]),
        ("done 3 54", [("done", 3, 54)]),
        ("done 3 Studio", [("done", 3)]),
    ],
)
def test_a_figure_in_a_name_is_nobodys_number(text, expected):
    """It would close another customer's conversation."""
    assert told(text, {3: {"studio", "54"}, 54: {"kim"}}) == expected


@pytest.mark.parametrize("text", ["done 3 7\nAll done, thanks!", "phoned 3 7 · done all"])
def test_all_done_below_numbers_is_a_farewell(text):
    """It would close what nobody has looked at."""
    found = read(text)

    assert [one.numbers for one in found.orders] == [(3, 7)]
    assert [one.why for one in found.unclear] == [Why.ALL]


def test_an_umlaut_of_two_characters_is_one():
    """Some programs write letters and their dots apart."""
    assert told("zuru\u0308ck 4 · u\u0308bernehme 3") == [("back", 4), ("mine", 3)]


@pytest.mark.parametrize("line", ["Thanks, Anna", "Many thanks,  Anna Hill", "Best, Anna.", "Gruß Anna", "LG Anna"])
def test_a_closing_and_a_name_in_one_line_end_a_reply(line):
    """People sign so; it comes back as not understood otherwise, and so does the whole signature below it."""
    assert words_of("Re: x", f"done 3\n{line}\nHead of Support", "Anna Hill") == "done 3"
    assert words_of("Re: x", f"{line}\ndone 3", "Anna Hill").endswith("done 3")  # above the orders it is none


@pytest.mark.parametrize("line", ["Hi Support,", "Hello Tom,", "Hallo Herr Kern,", "Dear Router Team,"])
def test_a_salutation_is_no_part_of_the_order_below_it(line):
    """It ends with a comma, as a list does that goes on in the next line."""
    found = read(f"{line}\ndone 3,\n7")

    assert [one.numbers for one in found.orders] == [(3, 7)]
    assert found.unclear == ()


@pytest.mark.parametrize(
    "line", ["Skrev Support <Router@example.com>:", "router+re-1-0.x@example.com", "x ROUTER@EXAMPLE.COM"]
)
def test_a_line_with_our_own_address_begins_a_quote_that_nobody_knew_for_one(line):
    """Whatever the language of a mail program, it names the author of what it quotes."""
    assert words_of("Re: x", f"done 3\n{line}\ndone 9", ours="router@example.com") == "done 3"
    assert words_of("Re: x", "done 3\nkim@example.com\ndone 9", ours="router@example.com").endswith("done 9")


WORDS = ("done", "phoned", "all", "park", "snooze", "tomorrow", "fresh", "14d", "3", "7-9", "2026-12-01")
ALPHABET = st.sampled_from([*WORDS, *"·,;#.?-()>é\u2013\n"])


@given(st.one_of(st.text(max_size=300), st.lists(ALPHABET, max_size=60).map(" ".join), st.lists(ALPHABET).map("".join)))
def test_no_text_is_too_odd(text):
    """Whatever arrives, it is read: with whole orders or none, and never more than was written."""
    found = read(text, NAMES)

    assert len(found.unclear) <= UNCLEAR_CAP
    for one in found.orders:
        assert one.numbers or one.everything or one.verb is Verb.FRESH
        assert all(number < 1_000_000 for number in one.numbers)
        assert not (one.everything and one.verb in (Verb.NEVER, Verb.PHONED))
    assert words_of(text, text, text) == words_of(text, text, text).strip()


@pytest.mark.parametrize(
    "piece",
    ["done ", "done 3 ", "3-", "1-1 ", "a'a", "#", "done 3, ", "snooze 6 tomorrow ", "9", "- ", "·", "Re:", "\n"],
)
def test_a_long_text_takes_no_time(piece):
    """It is cut, and what is left is read in one pass."""
    started = time.perf_counter()
    read(piece * (1_000_000 // len(piece)))
    words_of(piece * 300_000, piece * 300_000, piece * 1000)

    assert time.perf_counter() - started < 1.0
    assert len(words_of("", piece * TEXT_CAP)) <= TEXT_CAP
