"""Hops of our own between a customer and us: groups that write themselves into a mail, rules that hand it on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from router.mail.kind import Company
from router.routing.analysis import analyse
from router.routing.reader import Reader
from router.store import tables
from tests.store.desk import opened, seen
from tests.store.driver import KEY, Router, letter, places_of

KIM, SUPPORT, SHOP = "kim@customer.example", "support@example.com", "shop@example.com"
OURS = Company(frozenset({"example.com"}), frozenset({"mx.example.com"}))
GOOGLE = {
    "Precedence": "list",
    "Mailing_list": f"list {SUPPORT}; contact support+owners@example.com",
    "List_ID": "<support.example.com>",
    "X_Google_Group_Id": "123456789012",
    "List_Post": "<https://groups.google.com/a/example.com/group/support/post>, <mailto:support@example.com>",
    "List_Unsubscribe": "<mailto:googlegroups-manage+123456789012+unsubscribe@googlegroups.com>",
    "X_Original_Sender": KIM,
}
MAILMAN = {
    "Precedence": "list",
    "List_Id": "Support <support.lists.example.com>",
    "List_Post": "<mailto:support@lists.example.com>",
    "List_Unsubscribe": "<mailto:support-leave@lists.example.com>",
    "X_Mailman_Version": "3.3.8",
    "Sender": '"Support" <support-bounces@lists.example.com>',
}
GROUPS = [
    (GOOGLE, "a Google Group, From as it was"),
    (
        GOOGLE
        | {"From": f"'Kim' via Support <{SUPPORT}>", "X_Original_From": f"Kim <{KIM}>", "Reply_To": f"Kim <{KIM}>"},
        "a Google Group that writes itself into From, since the customer's domain wants that",
    ),
    (GOOGLE | {"From": f"'Kim' via Support <{SUPPORT}>", "X_Original_From": f"Kim <{KIM}>"}, "answers go to the group"),
    (MAILMAN, "Mailman, From as it was"),
    (
        MAILMAN | {"From": "Kim via Support <support@lists.example.com>", "Reply_To": f"Kim <{KIM}>"},
        "Mailman with dmarc_moderation_action = munge",
    ),
    (MAILMAN | {"X_Mailman_Version": "2.1.39", "Errors_To": "support-bounces@lists.example.com"}, "Mailman 2"),
]


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    """It trusts one server, and one network."""
    with opened(tmp_path) as database:
        made = Router(database)
        made.places = replace(
            places_of(),
            company=OURS,
            ours=lambda address: address.endswith(("@example.com", "@router.example.com", "@lists.example.com")),
            trusts=lambda peer: peer == "192.0.2.99",
        )
        yield made


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("fields", "why"), GROUPS)
def test_a_group_of_ours_says_nothing_about_the_customer(
    router: Router, fields: dict[str, str], signed: bool, why: str
) -> None:
    """He waits like anybody, and our answer to him is one; also where the group signs what it hands on."""
    results = {"Authentication_Results": "mx.example.com; dkim=pass header.d=example.com"} if signed else {}
    raw = letter(Cc="lee@other.example", **fields | results)
    (routed,) = router.route(seen(raw, sender="support+bncBD@example.com"))
    (message,) = router.messages
    verdict = analyse(seen(raw), KEY, Reader(), OURS).verdict

    assert (message["direction"], message["customer"]) == ("in", KIM), why
    assert (verdict.kind.value, verdict.needs_answer) == ("person", True), why
    assert len(router.copies) == 2, why

    answer = letter(2, From=SUPPORT, To=KIM, In_Reply_To="<1@customer.example>")
    router.mail(answer, sender=SUPPORT, recipients=("support-sent@router.example.com",))
    assert {row["thread"] for row in router.messages} == {routed.thread}, why


def test_somebody_elses_list_is_one(router: Router) -> None:
    """A newsletter by Mailman."""
    raw = letter(**MAILMAN | {"List_Id": "<news.other.example>", "Sender": "news-bounces@other.example"})
    verdict = analyse(seen(raw), KEY, Reader(), OURS).verdict

    assert (verdict.kind.value, verdict.needs_answer) == ("list", False)


TRACES = [
    ({"X_Gm_Original_To": SHOP}, "192.0.2.99", ["shop"], "Google's rule says whose it is"),
    ({"X_Original_To": SHOP, "To": "undisclosed-recipients:;"}, "192.0.2.99", ["shop"], "Postfix, of a Bcc"),
    ({"Delivered_To": SHOP}, "192.0.2.99", ["shop"], "a Delivered-To that names a mailbox"),
    ({"Delivered_To": "anna@example.com"}, "192.0.2.99", ["support"], "names none: the envelope holds"),
    ({"X_Gm_Original_To": SHOP, "X_Original_To": SUPPORT}, "192.0.2.99", ["shop"], "the plainest first"),
    ({"X_Gm_Original_To": SHOP}, "192.0.2.1", ["support"], "somebody else wrote it"),
    ({"X_Gm_Original_To": "support-sent@router.example.com"}, "192.0.2.99", ["support"], "no mailbox's address"),
]


@pytest.mark.parametrize(("fields", "peer", "mailboxes", "why"), TRACES)
def test_a_trusted_hop_tells_whose_mail_it_is(
    router: Router, fields: dict[str, str], peer: str, mailboxes: list[str], why: str
) -> None:
    """Where all mail is handed to one address."""
    router.mail(letter(**fields), peer=peer)
    (row,) = router.rows(tables.message)

    assert row["mailboxes"] == mailboxes, why
