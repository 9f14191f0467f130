"""Copies that come back: by mark, by name, by content, and at last by their rate."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from router.mail.mark import make
from router.routing.identify import Identity
from router.store import tables
from tests.bench.bounces import lines, postfix
from tests.routing.conftest import ADDRESS, Sent
from tests.store.desk import NOON, seen
from tests.store.driver import KEY, Router, letter

MIKE = "mike@example.com"
SUPPORT = "support@example.com"
MINUTE = timedelta(minutes=1)


def states(router: Router) -> list[str]:
    """The states of Mike's copies, in the order in which their mail came."""
    rows = sorted(router.rows(tables.outbox), key=lambda row: row["sighting"])
    return [row["state"] for row in rows if row["inbox"] == "mike"]


def body(raw: bytes) -> bytes:
    """Without its header."""
    return raw.partition(b"\r\n\r\n")[2]


# A copy that lost our mark, and is still known.


def test_a_wrapper_is_known_by_its_message_id(sent: Sent) -> None:
    """A hop took all the X fields off."""
    wrapper = lines(f"Message-ID: <{make(KEY, sent.message)}.wrapped@router.example.com>", "From: " + ADDRESS, "", "x")
    routed = sent.back(wrapper, SUPPORT)

    assert (routed.found.identity, routed.message) == (Identity.OWN, sent.message)
    assert len(sent.router.copies) == 2


def test_a_redirect_is_known_by_its_resent_message_id(sent: Sent) -> None:
    """RFC 5322 section 3.6.6: ours is among those fields."""
    token = make(KEY, sent.message)
    routed = sent.back(f"Resent-Message-ID: <{token}.resent@router.example.com>\r\n".encode() + letter(9), SUPPORT)

    assert (routed.found.identity, routed.message) == (Identity.OWN, sent.message)


def test_a_redirect_without_any_line_of_ours_is_known_by_its_content(sent: Sent) -> None:
    """The bytes of the customer are all there."""
    routed = sent.back(b"Received: from mike\r\nDelivered-To: mike@example.com\r\n" + sent.raw, SUPPORT)

    assert (routed.found.identity, routed.message) == (Identity.SAME, sent.message)
    assert len(sent.router.copies) == 2


def munged(**fields: str) -> bytes:
    """A copy in our name, without our mark."""
    given = {"From": f'"Kim via Support" <{ADDRESS}>', "Reply_To": "Kim <kim@customer.example>"}
    return letter(**given | fields)


@pytest.mark.parametrize("old", [{}, {"Reply_To": "lee@x.example", "X_Original_From": "Kim <kim@customer.example>"}])
def test_a_munged_copy_is_known_by_what_it_was(sent: Sent, old: dict[str, str]) -> None:
    """Only From differs, and names us."""
    routed = sent.back(munged(**old), SUPPORT)

    assert (routed.found.identity, routed.found.why, routed.message) == (Identity.OWN, "munged", sent.message)
    assert len(sent.router.copies) == 2


@pytest.mark.parametrize(
    "raw",
    [
        munged(text="Something else"),  # our name alone hides no mail
        munged(Message_ID="<2@customer.example>"),
        munged(From="Kim via Shop <shop@elsewhere.example>"),
        munged(Reply_To="lee@customer.example"),
    ],
)
def test_a_mail_that_only_looks_munged_is_copied(sent: Sent, raw: bytes) -> None:
    """Everything has to be equal."""
    sent.back(raw, SUPPORT)

    assert len(sent.router.copies) == 4


# What has lost everything is counted.


def rebuilt(number: int, **fields: str) -> bytes:
    """A rule in Mike's mailbox sends each copy on as a new mail of his own."""
    given = {"From": f"Mike <{MIKE}>", "Subject": "FW: " * number + "Order", "Message_ID": f"<{number}@mike.example>"}
    return letter(text="-- Forwarded --\r\n" * number + "Where is my order? It was due on Monday.", **given | fields)


def redirected(number: int) -> bytes:
    """A server sends each copy on, and says so; a gateway gives it a new name each time."""
    trace = b"Received: from x by y\r\n\tfor <Mike@example.com>; Fri, 20 Nov 2026 12:00:00 +0000\r\n"
    return trace + letter(Message_ID=f"<{number}@gw.example>", Subject="[EXT] " * number + "Order")


def gmails(number: int) -> bytes:
    """Gmail's own field; the conversation is the same."""
    name = f"<{number}@gw.example>"
    return letter(
        text=str(number), Message_ID=name, References="<1@x>", X_Forwarded_For=f"{MIKE} {SUPPORT}", Subject=name
    )


def stripped(number: int) -> bytes:
    """Our field is there, and its value is not."""
    return letter(X_Router_Copy=f"removed-{number}", Message_ID=f"<{number}@gw.example>")


def from_us(number: int) -> bytes:
    """A munged copy that a gateway has made its own: another id, words at its end, and no line of ours or an inbox."""
    return munged(Message_ID=f"<{number}@gateway.example>", text=f"Note {number}.\r\n-- \r\nScanned for your safety")


def through_us(number: int) -> bytes:
    """The trace of our own hop is left, in a redirected copy that some server gives a new name."""
    hop = b"Received: by router.example.com (router) id 38g0ny9hm2npbbc8;\r\n\tFri, 20 Nov 2026 12:00:00 +0000\r\n"
    return hop + letter(Message_ID=f"<{number}@gw.example>")


def reports(number: int) -> bytes:
    """A bounce of each copy, which returns nothing, to the customers' mailbox."""
    return b"Message-ID: <%d@mx.example.com>\r\n" % number + postfix(MIKE, b"", said=f"552 5.2.2 {number} too many")


LOOPS = [rebuilt, redirected, gmails, stripped, from_us, through_us, reports]


@pytest.mark.parametrize("back", LOOPS)
def test_what_comes_back_again_and_again_is_held(router: Router, back: Callable[[int], bytes]) -> None:
    """Five in an hour are copied; the others wait for a person, all of them on record."""
    for number in range(1, 9):
        router.mail(back(number), received=NOON + number * 0.1 * MINUTE)
    (alarm,) = router.rows(tables.alarm)

    assert states(router) == ["pending"] * 5 + ["held"] * 3
    assert {reason for _, state, reason in router.copies if state == "held"} == {"loop"}
    assert alarm["key"] == ("loop:unknown" if back in (stripped, from_us, through_us) else "loop:mike")
    assert (alarm["detail"]["inbox"], alarm["count"]) == (alarm["key"].partition(":")[2], 3)


@pytest.mark.parametrize("back", LOOPS)
def test_a_burst_in_one_batch_is_counted_too(router: Router, back: Callable[[int], bytes]) -> None:
    """The database knows none of them."""
    router.route(*(seen(back(number)) for number in range(1, 9)))

    assert states(router) == ["pending"] * 5 + ["held"] * 3


def test_a_loop_that_changes_each_subject_is_held_by_its_pace(router: Router) -> None:
    """Everything is new but the end of the text: more than five within a minute no person writes."""
    for number in range(1, 9):
        router.mail(rebuilt(number, Subject=f"Note {number}"), received=NOON + number * 0.1 * MINUTE)

    assert states(router) == ["pending"] * 5 + ["held"] * 3


def test_the_count_survives_a_restart(router: Router) -> None:
    """It is rows, so that another router goes on with it."""
    for number in range(1, 6):
        router.mail(rebuilt(number))
    other = Router(router.database, router.places)
    other.mail(rebuilt(6))

    assert states(other)[-1] == "held"


def test_an_hour_later_it_is_copied_again(router: Router) -> None:
    """Whoever has ended the loop need not tell us."""
    for number in range(1, 8):
        router.mail(rebuilt(number), received=NOON)
    router.mail(rebuilt(8), received=NOON + 61 * MINUTE)

    assert states(router)[-2:] == ["held", "pending"]


def test_a_count_goes_on_over_the_full_hour(router: Router) -> None:
    """The keys are per hour, what is counted is the hour before."""
    for number in range(1, 7):
        router.mail(rebuilt(number), received=NOON - MINUTE + number * 0.3 * MINUTE)

    assert states(router)[-1] == "held"


def test_the_limit_is_a_setting(router: Router) -> None:
    """`[delivery] loop_limit`."""
    router.places = replace(router.places, loop_limit=2)
    for number in range(1, 4):
        router.mail(rebuilt(number))

    assert states(router) == ["pending", "pending", "held"]


def test_a_released_mail_is_not_held_again(router: Router) -> None:
    """A person has said so."""
    for number in range(1, 7):
        router.mail(rebuilt(number))
    router.mail(rebuilt(7), released=True)

    assert states(router)[-2:] == ["held", "pending"]


# Honest mail.


def test_a_founder_who_answers_many_customers_is_never_held(router: Router) -> None:
    """Late on a Sunday, by Reply-All with the mailbox in Cc, with one signature, about one form of the shop."""
    for number in range(40):
        to = f"kim{number}@customer.example"
        raw = letter(
            text="Done.\r\n-- \r\n" + "Mike, founder. " * 30,
            From=f"Mike <{MIKE}>",
            To=to,
            Cc=SUPPORT,
            Subject="Re: Contact form",
            Message_ID=f"<{number}@example.com>",
        )
        router.mail(raw, sender=MIKE, received=NOON + number * 0.1 * MINUTE)

    assert set(states(router)) == {"pending"}


def test_a_founder_who_hands_on_a_mail_every_few_minutes_is_never_held(router: Router) -> None:
    """To the mailbox alone, each about something else."""
    for number in range(20):
        raw = letter(
            text=f"Please see to number {number}, it is about {'x' * number}.\r\n-- \r\nMike",
            From=f"Mike <{MIKE}>",
            Subject=f"FW: Order {number}",
            Message_ID=f"<{number}@example.com>",
        )
        router.mail(raw, sender=MIKE, received=NOON + number * 2 * MINUTE)

    assert set(states(router)) == {"pending"}


def test_a_mailbox_that_a_founder_forwards_is_never_held(router: Router) -> None:
    """What customers write to him goes on to the mailbox: each is another mail."""
    for number in range(30):
        raw = b"Delivered-To: mike@example.com\r\n" + letter(number, text=f"Where is order number {number}?")
        router.mail(raw, received=NOON + number * MINUTE / 3)

    assert set(states(router)) == {"pending"}


def test_a_customer_who_writes_the_same_all_day_is_never_held(router: Router) -> None:
    """Nothing says that it came through an inbox: a rate alone is no reason."""
    for number in range(30):
        router.mail(letter(number), received=NOON + number * MINUTE / 10)

    assert set(states(router)) == {"pending"}
    assert router.rows(tables.alarm) == []


def test_two_routers_count_together(router: Router) -> None:
    """Whichever routes at the moment."""
    routers = [router, Router(router.database, router.places)]
    for number in range(1, 7):
        routers[number % 2].mail(rebuilt(number))

    assert states(router) == ["pending"] * 5 + ["held"]
