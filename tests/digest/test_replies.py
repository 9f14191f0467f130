"""A lead replies to a digest: what counts, what becomes of it, and what is told."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from router.mail import mark
from router.routing.orders import UNCOPIED
from router.store import replies, settling, tables
from router.store.audit import Order
from router.store.database import open_to_write
from router.store.forgetting import Forgetting
from router.store.handover import Handover
from router.store.settling import EXPIRES, LETTERS
from router.store.writer import Unit
from tests.digest.office import ANNA, BEN, PROVEN, WAITING, Office, london
from tests.store.desk import LEASE, NOON, emptied
from tests.store.driver import KEY, letter

OUT_OF_OFFICE = "I am out of the office until 30 November. done 3"


def test_one_reply_clears_the_list(office):
    """Each order is a person's word on its conversation, with who and why."""
    told = office.say("done 3 · phoned 1 · mine 5 · tomorrow 4")

    assert office.states == ["answered", "waiting", "closed", "snoozed", "waiting"]
    assert office.row(5)["taken_by"] == ANNA
    assert office.row(4)["snoozed_until"] == london(2026, 11, 23, 7)  # a Friday's tomorrow is Monday
    events = [row for row in office.router.rows(tables.event) if row["detail"].get("by") == ANNA]
    assert {row["detail"]["why"] for row in events} == {"digest support of 2026-11-20"}
    assert "3  Lee Stone: done" in told
    assert "back 3 1 4" in told


def test_a_reply_is_no_conversation_and_is_copied_to_nobody(office):
    """It is stored like other mail to the router, and says why nobody got it."""
    before = len(office.router.rows(tables.thread)), len(office.router.copies)
    routed = office.reply("done 3")

    assert (len(office.router.rows(tables.thread)), len(office.router.copies)) == before
    assert (routed.uncopied, routed.reply) == (UNCOPIED, "due")
    (row,) = [row for row in office.router.messages if row["id"] == routed.message]
    assert (row["uncopied"], row["customer"], row["needs_answer"]) == (UNCOPIED, None, False)


def test_what_was_ordered_is_undone_by_back(office):
    """Also that a sender never needs an answer."""
    office.say("done 3 · never 2 · tomorrow 1")
    assert office.states == ["snoozed", "none", "closed", "waiting", "waiting"]

    told = office.say("back 1 2 3")

    assert office.states == WAITING
    assert office.router.rows(tables.never) == []
    assert "2  Kim Brook: waits again since Thu 19 Nov 16:00" in told


def test_the_whole_list_is_parked(office):
    """The first digest after an install lists years."""
    office.say("park 14d")

    assert office.states == ["snoozed"] * 5
    assert {office.row(number)["snoozed_until"] for number in range(1, 6)} == {london(2026, 12, 4, 7)}


def test_whoever_wrote_again_meanwhile_is_not_closed_unseen(office):
    """The order is about the wait that was listed; what came since nobody has read."""
    office.write(11, "Lee Stone <lee@customer.example>", NOON, In_Reply_To="<3@customer.example>")
    told = office.say("done 3 1 · tomorrow 3 · mine 3")

    assert office.states == ["closed", "waiting", "waiting", "waiting", "waiting"]
    assert office.row(3)["taken_by"] == ANNA  # closes nothing
    assert "3  Lee Stone: wrote again Fri 20 Nov 12:00" in told


def test_a_letter_that_was_fetched_late_counts_as_unseen(office):
    """It bears a time before the edition, which could not list it."""
    at = NOON - timedelta(hours=6)
    office.write(11, "Lee Stone <lee@customer.example>", at, In_Reply_To="<3@customer.example>")

    assert "wrote again Fri 20 Nov 06:00" in office.say("done 3")
    assert office.states == WAITING


def test_whoever_does_not_wait_any_more_is_left_as_he_is(office):
    """A colleague's answer is better evidence than "done"."""
    office.say("phoned 3", who=BEN, to=office.address(1))
    told = office.say("done 3 · tomorrow 3 · done 9")

    assert office.states[2] == "answered"
    assert "3  Lee Stone: answered Fri 20 Nov 12:00 by ben@example.com; left as it is" in told
    assert "9  there is no such number in this digest" in told


def test_the_mail_back_is_one_and_starts_no_talk_of_machines(office):
    """It answers, says that no person wrote it, and goes to whoever ordered, by a reply address of his."""
    routed = office.reply("done 3 and have a nice day", fields={"Message-ID": "<r@example.com>"})
    office.work()
    office.work()

    (mail,) = office.mails
    assert mail["To"] == ANNA
    assert mail["Reply-To"] == office.address()
    assert mail["In-Reply-To"] == mail["References"] == "<r@example.com>"
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "DR, RN, NRN, OOF, AutoReply")
    assert mark.verify(KEY, mail["X-Router-Copy"]) == f"{routed.message}-re"
    assert mark.verify_id(KEY, mail["Message-ID"].strip("<>")) == f"{routed.message}-re"
    assert "Ferris" not in str(mail["Subject"])
    assert '"done 3 and have a nice day"' in mail.get_content()
    assert office.looked == [ANNA]
    assert office.states == WAITING


def test_no_word_of_a_customer_can_write_a_field_or_a_line(office):
    """A name is whatever its bearer likes."""
    office.write(9, '"Eve\u202e\\r\\nBcc: x@y.example" <eve@customer.example>')
    thread = office.router.rows(tables.thread)[-1]["id"]
    office.publish("0other0edition00", [thread])
    office.say("done 1", to=office.address(edition="0other0edition00"))

    (mail,) = office.mails
    assert mail["Bcc"] is None
    assert "\u202e" not in mail.get_content()


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"head": ""}, "unproven"),  # a From alone
        ({"head": PROVEN.replace("mx.example.com", "mx.evil.example")}, "unproven"),  # not our server's word
        ({"head": "Authentication-Results: mx.evil.example; none\r\n" + PROVEN}, "unproven"),  # not the topmost
        ({"head": PROVEN.replace("dmarc=pass", "dmarc=fail")}, "unproven"),
        ({"head": PROVEN.replace("header.from=example.com", "header.from=evil.example")}, "unproven"),
        ({"head": PROVEN.replace("dmarc=pass", "dmarc=fail; spf=pass smtp.mailfrom=anna@example.com")}, "unproven"),
        ({"head": "Authentication-Results: mx.example.com; dkim=pass header.d=evil.example\r\n"}, "unproven"),
        ({"head": "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=x@evil.example\r\n"}, "unproven"),
        ({"head": "", "login": "relay"}, "unproven"),  # a server's login says nothing of whose mail it hands on
        ({"head": "", "login": BEN}, "unproven"),
        ({"head": "X-MS-Exchange-Organization-AuthAs: Internal\r\n"}, "unproven"),  # by a way that anybody may take
        ({"head": "X-MS-Exchange-Organization-AuthAs: Anonymous\r\n", "source": "own-imap"}, "unproven"),
        ({"who": BEN}, "wrong-person"),  # he has an address of his own
        ({"who": "eve@evil.example"}, "wrong-person"),
        ({"fields": {"From": f"{ANNA}, {BEN}"}}, "wrong-person"),  # one of two
        (
            {"head": PROVEN + f"From: {ANNA}\r\n", "who": BEN},
            "wrong-person",
        ),  # two fields: programs show one or the other
        ({"fields": {"Auto-Submitted": "auto-replied"}}, "automatic=auto-reply"),
        ({"fields": {"Subject": "Automatic reply: Support: 5 waiting"}}, "automatic=auto-reply"),
        ({"fields": {"X-Autoreply": "yes"}}, "automatic=auto-reply"),
        ({"fields": {"Precedence": "bulk"}}, "automatic=bulk"),
        ({"sender": ""}, "automatic=null-sender"),
    ],
)
def test_what_is_not_beyond_doubt_changes_nothing_and_is_answered_by_nobody(office, parts, why):
    """A forged sender must not even cause a mail."""
    routed = office.reply("done 3 · never 2", **parts)
    office.work()

    assert office.states == WAITING
    assert office.replies == [("refused", why)]
    assert routed.reply == why
    assert routed.uncopied == UNCOPIED
    assert office.mails == []


def test_an_out_of_office_in_words_alone_changes_nothing(office):
    """Some programs mark nothing."""
    office.reply(OUT_OF_OFFICE, fields={"Subject": "Out of office: Support", "In-Reply-To": "<d@router.example.com>"})
    office.work()

    assert office.states == WAITING
    assert office.replies == [("refused", "automatic=auto-reply")]


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"head": "Authentication-Results: mx.example.com; dkim=pass header.d=example.com\r\n"},
        {"head": "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=anna@example.com\r\n"},
        {"head": "", "login": "Anna@example.com"},
        {"head": "X-MS-Exchange-Organization-AuthAs: Internal\r\n", "source": "own-imap"},
        {"who": "Anna@Example.com"},
        {"who": "anna+phone@example.com"},
    ],
)
def test_whoever_is_proven_to_be_the_one_is_obeyed(office, parts):
    """By a trusted server's word, by our own tenant's, or by a login of that name."""
    office.say("done 3", **parts)

    assert office.replies == [("done", None)]
    assert office.states[2] == "closed"


@pytest.mark.parametrize("shape", [str.upper, lambda one: f"<{one}>", lambda one: f"Support digest <{one}>"])
def test_a_token_survives_what_servers_do_to_addresses(office, shape):
    """Case gets lost; and where a mailbox is read by IMAP only the header tells where a mail came to."""
    office.say("done 3", fields={"To": shape(office.address())}, recipients=("router@example.com",))

    assert office.states[2] == "closed"


@pytest.mark.parametrize("field", ["Delivered-To", "X-Original-To"])
def test_a_token_is_found_where_servers_write_it_down(office, field):
    """Redirected, the To names somebody else."""
    fields = {"To": "digests@example.com", field: office.address()}
    office.say("done 3", fields=fields, recipients=("router@example.com",))

    assert office.states[2] == "closed"


def test_a_reply_address_may_have_a_domain_of_its_own(office):
    """Where plus-addresses fail."""
    token = office.address().partition("+")[2].partition("@")[0]
    office.say("done 3", to=f"{token}@bounces.example.com")

    assert office.states[2] == "closed"


def test_a_reply_with_the_mailbox_in_copy_is_both(office):
    """Staff mail to a mailbox is copied, and the orders in it are orders."""
    before = len(office.router.copies)
    routed = office.reply("done 3", recipients=(office.address(), "support@example.com"))
    office.work()

    assert len(office.router.copies) == before + 2 + 1  # two founders, and the mail back
    assert routed.uncopied is None
    assert office.states[2] == "closed"


def test_a_token_that_nobody_signed_is_none(office):
    """It is mail to the router like any other."""
    address = office.address()[:-14] + "a@example.com"
    routed = office.reply("done 3", to=address)
    office.work()

    assert (office.replies, office.states) == ([], WAITING)
    assert routed.uncopied == "to-router"


def test_a_signed_token_of_an_edition_that_is_gone_changes_nothing(office):
    """Editions are forgotten some day, reply addresses in old mail are not."""
    office.reply("done 3", to=office.address(edition="0gone0gone0gone0"))
    office.reply("done 3", to=office.address(7))
    office.work()

    assert office.replies == [("refused", "no-edition")] * 2
    assert office.mails == []


def test_an_expired_edition_changes_nothing_and_says_so(office):
    """Whoever is proven to have it is told; its numbers are long about something else."""
    office.clock.at = NOON + EXPIRES
    told = office.say("done 3")

    assert office.states == WAITING
    assert office.replies == [("refused", "expired")]
    assert "more than 90 days old" in told


def test_whoever_left_the_digest_is_neither_obeyed_nor_written_to(office):
    """A list of recipients is who may order."""
    office.publish("0second0edition0", [office.row(3)["id"]], recipients=["gone@example.com"])
    office.reply("done 1", to=office.address(edition="0second0edition0"), who="gone@example.com")
    office.work()

    assert office.states == WAITING
    assert office.replies == [("refused", "not-a-recipient")]
    assert office.mails == []


def test_the_same_mail_by_two_ways_is_carried_out_once(office):
    """By SMTP and by IMAP, or twice by a server that missed our 250."""
    fields = {"Message-ID": "<one@example.com>"}
    first = office.reply("done 3", fields=fields)
    again = office.reply("done 3", fields=fields)
    office.work()
    office.say("back 3")
    third = office.reply(
        "done 3", fields=fields, source="own-imap", recipients=(office.address(), "router@example.com")
    )
    office.work()

    assert first.message == third.message
    assert again.found.identity == "repeat"
    assert office.states == WAITING
    assert [state for state, _ in office.replies] == ["done", "done"]


def test_a_mail_that_was_not_proven_by_one_way_may_be_by_another(office):
    """The copy that the tenant's own mailbox holds says who wrote it."""
    fields = {"Message-ID": "<one@example.com>"}
    office.reply("done 3", fields=fields, head="")
    office.work()
    assert office.replies == [("refused", "unproven")]

    inside = "X-MS-Exchange-Organization-AuthAs: Internal\r\n"
    office.say("done 3", fields=fields, head=inside, source="own-imap", recipients=("x", office.address()))

    assert office.replies == [("done", None)]
    assert office.states[2] == "closed"


def test_a_second_copy_that_is_not_proven_takes_nothing_back(office):
    """Nor does it make the first one wait."""
    fields = {"Message-ID": "<one@example.com>"}
    office.reply("done 3", fields=fields)
    office.reply("done 3", fields=fields, head="", recipients=("x", office.address()))
    office.work()

    assert office.replies == [("done", None)]
    assert office.states[2] == "closed"


def test_a_fresh_digest_is_asked_for_and_served_once(office):
    """The stage of digests makes it; nothing else is sent for it."""
    office.reply("fresh")
    office.work()
    (wanted,) = office.database.read(replies.fresh)
    served = [office.database.write("test", lambda c: replies.served(c, wanted.message)) for _ in range(2)]

    assert (wanted.edition, wanted.recipient) == (office.edition, ANNA)
    assert office.mails == []
    assert served == [True, False]
    assert office.database.read(replies.fresh) == []


def test_an_order_in_the_subject_of_a_link_counts(office):
    """The mail that it opens is sent as it stands."""
    office.say("", fields={"Subject": "done 3"})

    assert office.states[2] == "closed"


def test_an_empty_reply_is_told_that_it_ordered_nothing(office):
    """Better than silence."""
    told = office.say("> done 3\r\n")

    assert office.states == WAITING
    assert "No order was found in it." in told


def test_words_are_kept_no_longer_than_they_are_needed(office):
    """Whatever a lead wrote beside his orders is in his mail, and nowhere else."""
    office.say("done 3, and Kim Brook is a nuisance")

    assert [row["words"] for row in office.router.rows(tables.reply)] == [None]


def test_a_machine_that_nobody_knows_for_one_is_answered_only_so_often(office):
    """It is proven and marks nothing; its answers to ours must end somewhere."""
    for number in range(LETTERS + 5):
        office.reply(f"Your mail was filed under {number}")
        office.work()
        office.clock.later(seconds=10)

    assert len(office.mails) == LETTERS


def test_a_reply_that_cannot_be_carried_out_holds_up_no_other(office, monkeypatch):
    """It is refused, and its writer hears of it."""
    office.reply("done 3", fields={"Message-ID": "<1@x>"})
    office.clock.later(seconds=1)
    office.reply("done 4", fields={"Message-ID": "<2@x>"})
    read, failed = office.stage.settling.__class__.carry_out, []

    def broken(self, connection, one, now):
        if not failed:
            failed.append(one)
            raise ValueError("boom")
        return read(self, connection, one, now)

    monkeypatch.setattr(office.stage.settling.__class__, "carry_out", broken)
    office.work()

    assert office.states == ["waiting", "waiting", "waiting", "closed", "waiting"]
    assert office.replies == [("refused", "fault"), ("done", None)]
    assert len(office.mails) == 2


def test_two_stages_carry_it_out_once(office):
    """Both have read that it is due."""
    office.reply("done 3")
    (one,) = office.database.read(lambda c: replies.due(c, 10))
    carry_out = office.stage.settling.carry_out

    def write():
        return office.database.write("test", lambda c: carry_out(c, one, NOON))

    assert [write(), write()] == [[ANNA], []]
    assert len(office.mails) == 1
    events = [row for row in office.router.rows(tables.event) if row["name"] == "close"]
    assert len(events) == 1


def test_two_routers_on_one_database_carry_each_reply_out_once(postgres_url):
    """Each has a stage of its own, and they look at the same moment."""
    with emptied(postgres_url) as database:
        office = Office(database).open()
        for number in range(1, 6):
            office.reply(f"done {number}")
        other = open_to_write(postgres_url, lambda error: None)
        try:
            second = replace(office.stage, database=other)

            async def both():
                await asyncio.gather(office.stage.carry_out_all(), second.carry_out_all())

            asyncio.run(both())
        finally:
            other.close()

        assert office.replies == [("done", None)] * 5
        assert office.states == ["closed"] * 5
        assert len(office.mails) == 5
        assert [row["name"] for row in office.router.rows(tables.event)].count("close") == 5


def test_a_transaction_that_fails_leaves_all_of_it_undone(office):
    """Order, mail back and the row itself stand or fall together."""
    office.reply("done 3")
    (one,) = office.database.read(lambda c: replies.due(c, 10))

    def fails(connection):
        office.stage.settling.carry_out(connection, one, NOON)
        raise RuntimeError("killed")

    async def submit():
        await office.database.writer.submit(Unit("reply", call=fails))

    with pytest.raises(RuntimeError):
        asyncio.run(submit())
    assert (office.replies, office.states, office.mails) == ([("due", None)], WAITING, [])

    office.work()
    assert office.states[2] == "closed"


def test_merged_conversations_are_found_by_their_old_names(office):
    """An edition of last week names what has been joined since."""
    first, second = office.row(1)["id"], office.row(2)["id"]

    def merge(connection):
        connection.execute(tables.message.update().where(tables.message.c.thread == first).values(thread=second))
        connection.execute(tables.thread.update().where(tables.thread.c.id == first).values(merged_into=second))

    office.database.write("test", merge)
    office.say("done 1")

    assert office.row(2)["state"] == "closed"


def test_more_than_a_reply_may_speak_of_is_told(office, monkeypatch):
    """Nothing is left out without a word."""
    monkeypatch.setattr(settling, "MOST", 3)
    told = office.say("done all")

    assert office.states.count("closed") == 3
    assert "support: 3 done as you said, 2 not" in str(office.mails[0]["Subject"])
    assert told.count("too many at once") == 2


async def test_forgetting_a_customer_takes_the_mails_back_along(office):
    """They name the customers of the list."""
    office.reply("done 3")
    await office.stage.carry_out_all()
    back = office.router.rows(tables.outbox)[-1]
    handover = Handover(office.database, office.clock, "me", LEASE)
    told = await Forgetting(office.database, office.clock, handover).erase(
        Order("order1", "forget", "lee@customer.example", "tester")
    )

    assert back["message"].endswith("-re")
    assert told["more"] is False
    assert back["sha256"] not in {row["sha256"] for row in office.router.rows(tables.raw)}
    assert {row["message"]: row["state"] for row in office.router.rows(tables.outbox)}[back["message"]] == "skipped"


def to_ring(office: Office) -> None:
    """A weekly letter: Kim, whom nobody has answered, and Zoe, who had our word and has been silent since."""
    asked = "Zoe Ray <zoe@customer.example>"
    zoe = office.write(70, asked, NOON - timedelta(days=9))
    answer = letter(71, "We are sorry.", From=ANNA, To="zoe@customer.example", In_Reply_To="<70@customer.example>")
    sent = {"sender": ANNA, "recipients": ("support-sent@router.example.com",)}
    office.router.mail(answer, received=NOON - timedelta(days=5), **sent)
    (kim,) = [row["thread"] for row in office.router.messages if row["customer"] == "kim@customer.example"]
    made = NOON - timedelta(hours=5)
    items = [
        {"number": 1, "thread": zoe, "section": "ring", "since": (NOON - timedelta(days=5)).isoformat(), "nights": 1},
        {"number": 2, "thread": kim, "section": "forgotten", "since": made.isoformat(), "nights": 1},
    ]
    office.publish("0week00000000000", [], made, kind="weekly", items=items)


@pytest.mark.parametrize("words", ["rung 1", "phoned 1", "I rang 1"])
def test_somebody_to_ring_waits_for_nothing_and_is_rung_all_the_same(office, words):
    """The word is the evidence; whoever rings twice has rung twice."""
    to_ring(office)
    address = office.address(edition="0week00000000000")
    told = office.say(words, to=address)

    assert "1  Zoe Ray: answered by phone" in told
    (zoe,) = [row for row in office.router.rows(tables.event) if row["name"] == "phoned"]
    assert (zoe["detail"]["by"], zoe["detail"]["why"]) == (ANNA, "digest support of 2026-11-20")
    assert "1  Zoe Ray: answered by phone" in office.say("rung 1", to=address, who=ANNA, fields={"X-Again": "1"})


def test_somebody_to_ring_may_be_closed_taken_and_had_back(office):
    """Whatever else can be said of a line."""
    to_ring(office)
    address = office.address(edition="0week00000000000")

    assert "1  Zoe Ray: done" in office.say("done 1", to=address)
    assert "1  Zoe Ray: closed; left as it is" in office.say("done 1 2", to=address)
    assert "1  Zoe Ray: waits again" in office.say("reopen 1", to=address)
    assert "1  Zoe Ray: yours" in office.say("mine 1", to=address)


def test_whoever_writes_again_after_the_letter_is_not_closed(office):
    """Nobody has seen that letter."""
    to_ring(office)
    office.write(72, "Zoe Ray <zoe@customer.example>", NOON - timedelta(hours=1), In_Reply_To="<71@customer.example>")
    told = office.say("rung 1", to=office.address(edition="0week00000000000"))

    assert "1  Zoe Ray: wrote again" in told
