"""Who speaks, to whom, and which of them is the customer."""

from typing import Any

import pytest

from router.conversation.customer import Parties, author, parties, people, person
from router.mail.message import read

KIM, ANNA, SUPPORT = "kim@customer.example", "anna@example.com", "support@example.com"


def ours(addr: str) -> bool:
    """Our side."""
    return addr.endswith("@example.com") or addr == "founder@mail.example"


def of(outbound: bool = False, sender: str = "", recipients: tuple[str, ...] = (), **fields: str) -> Parties:
    """The people of a mail with these fields."""
    raw = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    return parties(read(raw.encode()), sender, recipients, outbound, ours)


@pytest.mark.parametrize(
    ("fields", "customer", "why"),
    [
        ({"From": "Kim <KIM@Customer.example>"}, KIM, "whoever wrote it"),
        ({"From": f"{KIM}, lee@x.example"}, KIM, "the first of several"),
        ({"From": f"{ANNA}, {KIM}"}, KIM, "an own address is passed over"),
        ({"sender": "Env@x.example"}, "env@x.example", "the envelope, where there is no From"),
        ({"From": KIM, "Reply_To": "kim@home.example"}, KIM, "a Reply-To alone makes nobody else of him"),
        ({"From": SUPPORT, "Reply_To": KIM}, KIM, "our contact form"),
        ({"From": f"shop@example.com, {ANNA}", "Reply_To": f"{ANNA}, {KIM}"}, KIM, "the outsider in it"),
        ({"From": "noreply@forms.example", "Reply_To": KIM}, KIM, "a form service"),
        ({"From": "no-reply@shop.example", "Reply_To": "help@shop.example"}, "no-reply@shop.example", "one house"),
        ({"From": "noreply@eu.shop.example", "Reply_To": "a@shop.example"}, "noreply@eu.shop.example", "the same"),
        ({"From": f'"Kim via Support" <{SUPPORT}>', "Reply_To": KIM}, KIM, "a list of ours rewrote it"),
        ({"From": f'"Kim via Support" <{SUPPORT}>', "X_Original_From": f"Kim <{KIM}>", "Reply_To": "list@x.example"}, KIM,
         "and says whom"),
        ({"From": f'"Kim via Support" <{SUPPORT}>', "Reply_To": SUPPORT, "X_Original_Sender": KIM}, KIM,
         "a group whose members answer to it all"),
        ({"From": '"Kim via Dev" <dev@lists.example>', "Reply_To": KIM}, KIM, "a foreign list did"),
        ({"From": ANNA, "To": SUPPORT, "Cc": KIM}, KIM, "staff who answer to all"),
        ({"From": ANNA, "To": SUPPORT}, ANNA, "nobody else is there"),
        ({"From": "founder@mail.example", "To": f"{SUPPORT}, {KIM}"}, KIM, "staff at another house"),
        ({}, None, "nobody wrote a bounce without a From"),
    ],
)  # fmt: skip
def test_the_customer_of_what_comes_in(fields: dict[str, Any], customer: str | None, why: str) -> None:
    """Whoever waits for an answer."""
    found = of(**fields).customer

    assert (found.addr if found else None) == customer, why


@pytest.mark.parametrize(
    ("fields", "customer", "why"),
    [
        ({"To": f"Kim <{KIM}>, lee@x.example"}, KIM, "the first recipient"),
        ({"To": f"{ANNA}, {KIM}"}, KIM, "the first outside"),
        ({"To": ANNA, "Cc": KIM}, KIM, "a copy's reader"),
        ({"To": ANNA, "recipients": ("support-sent@example.com", "Kim@customer.example")}, KIM, "a hidden one"),
        ({"To": ANNA}, ANNA, "an internal mail"),
        ({"recipients": ("support-sent@example.com",)}, None, "nobody at all"),
    ],
)
def test_the_customer_of_our_own_mail(fields: dict[str, Any], customer: str | None, why: str) -> None:
    """Whoever gets the answer."""
    found = of(outbound=True, From=ANNA, **fields)

    assert (found.customer.addr if found.customer else None) == customer, why
    assert (found.ours, found.writer) == (True, None)


def test_the_circle_is_whom_a_mail_names() -> None:
    """A colleague in Cc and a second address in Reply-To may speak of it; our own side needs no leave."""
    found = of(From=KIM, Reply_To="kim@home.example", To=f"{SUPPORT}, lee@customer.example", Cc=f"{ANNA}, mo@x.example")

    assert found.circle == (KIM, "kim@home.example", "lee@customer.example", "mo@x.example")
    assert len(of(From=KIM, Cc=", ".join(f"p{n}@x.example" for n in range(500))).circle) == 10


MANY = ", ".join(f"p{number}@x.example" for number in range(11))
DIVERSE = f"{KIM}, lee@two.example, mo@three.example"


@pytest.mark.parametrize(
    ("fields", "expected", "why"),
    [
        ({"To": f"{KIM}, lee@customer.example"}, False, "two of one house"),
        ({"To": f"{KIM}, lee@two.example"}, False, "a customer and his agency"),
        ({"To": DIVERSE}, True, "three houses have nothing to do with each other"),
        ({"To": DIVERSE, "In_Reply_To": "<1@x>"}, False, "unless it goes on"),
        ({"To": MANY}, True, "eleven people"),
        ({"To": f"{KIM}, lee@customer.example", "List_Unsubscribe": "<https://x.example>"}, True, "it says so"),
        ({"To": KIM, "List_Unsubscribe": "<https://x.example>"}, False, "one reader has no others"),
        (
            {"To": "undisclosed-recipients:;", "recipients": (KIM, "lee@customer.example")},
            True,
            "hidden from each other",
        ),
        ({"To": "news@example.com", "Precedence": "bulk"}, True, "to a list of ours"),
    ],
)
def test_what_goes_to_many_is_an_announcement(fields: dict[str, Any], expected: bool, why: str) -> None:
    """Its readers are nothing to each other, so that it has no circle."""
    found = of(outbound=True, From=ANNA, **fields)

    assert found.announcement is expected, why
    assert bool(found.circle) is not expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (KIM, "KIM@Customer.Example", True),
        (KIM, "kim+lamp@customer.example", True),
        ("k.im@gmail.com", "kim@gmail.com", False),
        (KIM, "kim@other.example", False),
        ("+kim@x.example", "kim@x.example", False),
    ],
)
def test_one_customer_by_several_spellings(one: str, other: str, same: bool) -> None:
    """Case and plus-tags make no other person; everything else may."""
    assert (person(one) == person(other)) is same


def test_author_and_people_are_kept_as_they_are_written() -> None:
    """What the state of a conversation is computed from."""
    mail = read(f"From: A <A@x.example>\r\nTo: {KIM}, {SUPPORT}\r\nCc: {KIM}, b@x.example\r\n\r\n".encode())

    assert (author(mail, "env@x.example"), author(read(b""), "Env@x.example"), author(read(b""), "")) == (
        "a@x.example",
        "env@x.example",
        None,
    )
    assert people(mail, (SUPPORT, "C@x.example"), ours) == [KIM, "b@x.example", "c@x.example"]
    assert len(people(mail, tuple(f"{n}@y.example" for n in range(500)), ours)) == 100
