"""Rules: what each condition asks, what each action does, and what happens where it cannot be told."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.conversation.hours import ServiceHours
from router.routing.rules import (
    Conditions,
    Decision,
    Facts,
    HoursCondition,
    Plan,
    Rule,
    Size,
    Undecided,
    Withheld,
    decide,
)

LONDON = ZoneInfo("Europe/London")
OFFICE = ServiceHours("office", LONDON, dict.fromkeys(range(5), ((540, 1020),)))
INBOXES = ("mike", "helen", "hugo")

MAIL = Facts(
    mailboxes=frozenset({"shop"}),
    sender="bounce-7@mailer.example",
    recipients=("shop@example.com",),
    from_=("carla@bigcustomer.example",),
    to=("shop@example.com", "sales@example.com"),
    subject="[Shop] Where is my order?",
    headers={"x-shop": ("berlin", "paris"), "subject": ("[Shop] Where is my order?",)},
    text="Hello,\nI want a refund.\nCarla",
    text_is_whole=True,
    kind="person",
    size=1_000_000,
    received=datetime(2026, 11, 3, 12, tzinfo=UTC),  # a Tuesday
)
TO_ALL = Rule("everything", "10.toml", copy_to=("*",))


def decided(*rules: Rule, mail: Facts = MAIL, inboxes: tuple[str, ...] = INBOXES) -> Decision:
    """The decision about one mail."""
    return decide(rules, mail, inboxes=inboxes, hours={"office": OFFICE}, zone=LONDON)


def rule(name: str = "rule", **parts: Any) -> Rule:
    """A rule whose conditions are `when` and `unless`, each a dict of keys."""
    for key in ("when", "unless"):
        if key in parts:
            parts[key] = Conditions(**parts[key])
    return Rule(name, "20.toml", **parts)


def copied(decision: Decision) -> list[str]:
    """Who gets a copy."""
    return [plan.inbox for plan in decision.copies]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, True),  # asks nothing
        ({"mailbox": ("SHOP",)}, True),
        ({"mailbox": ("support",)}, False),
        ({"mailbox": ("support", "sh*")}, True),  # any value will do
        ({"from_": ("*@bigcustomer.example",)}, True),
        ({"from_": ("*@mailer.example",)}, False),  # the envelope says nothing where From does
        ({"to": ("sales@*",)}, True),  # named in To
        ({"to": ("mike@*",)}, False),
        ({"subject": ("[shop]*",)}, True),
        ({"subject": ("order",)}, False),  # the whole subject must match
        ({"body": ("*refund*",)}, True),
        ({"body": ("*lawyer*", "*hello*")}, True),
        ({"body": ("*lawyer*",)}, False),
        ({"kind": ("bounce", "person")}, True),
        ({"kind": ("bounce",)}, False),
        ({"header": (("X-Shop", ("*",)),)}, True),  # it is there
        ({"header": (("x-shop", ("paris",)),)}, True),  # a field that stands twice has two values
        ({"header": (("X-Shop", ("rome",)),)}, False),
        ({"header": (("X-Other", ("*",)),)}, False),  # what is not there has no value at all
        ({"header": (("X-Shop", ("*",)), ("X-Other", ("*",)))}, False),  # every named field
        ({"size": Size(">", 999_999)}, True),
        ({"size": Size(">", 1_000_000)}, False),
        ({"size": Size(">=", 1_000_000)}, True),
        ({"size": Size("<", 1_000_000)}, False),
        ({"size": Size("<=", 1_000_000)}, True),
        ({"hours": HoursCondition("office", outside=False)}, True),
        ({"hours": HoursCondition("office", outside=True)}, False),
        ({"kind": ("person",), "mailbox": ("support",)}, False),  # all keys must hold
        ({"kind": ("person",), "mailbox": ("shop",)}, True),
    ],
)
def test_each_condition_asks_what_it_says(when: dict[str, Any], expected: bool) -> None:
    """And `unless` is its opposite, key by key."""
    assert (["mike", "helen", "hugo"] if expected else []) == copied(decided(rule(copy_to=("*",), when=when)))
    assert ([] if expected else ["mike", "helen", "hugo"]) == copied(decided(rule(copy_to=("*",), unless=when)))


def test_a_mail_without_from_is_its_envelope_senders() -> None:
    """Somebody wrote it all the same."""
    nameless = replace(MAIL, from_=())

    assert copied(decided(rule(copy_to=("*",), when={"from_": ("*@mailer.example",)}), mail=nameless))


def test_a_recipient_of_the_envelope_alone_is_a_recipient() -> None:
    """A blind copy names its recipient nowhere else."""
    blind = replace(MAIL, recipients=("vip@example.com",))

    assert copied(decided(rule(copy_to=("*",), when={"to": ("vip@*",)}), mail=blind))


@pytest.mark.parametrize(
    ("first", "last", "received", "expected"),
    [
        (date(2026, 11, 3), None, datetime(2026, 11, 3, 0, 0, tzinfo=UTC), True),  # the first day, from its beginning
        (date(2026, 11, 3), None, datetime(2026, 11, 2, 23, 59, tzinfo=UTC), False),
        (None, date(2026, 11, 3), datetime(2026, 11, 3, 23, 59, tzinfo=UTC), True),  # the last day, to its end
        (None, date(2026, 11, 3), datetime(2026, 11, 4, 0, 0, tzinfo=UTC), False),
        (date(2026, 7, 1), None, datetime(2026, 6, 30, 23, 0, tzinfo=UTC), True),  # midnight in London's summer
        (None, date(2026, 6, 30), datetime(2026, 6, 30, 23, 0, tzinfo=UTC), False),
        (date(2026, 11, 3), date(2026, 11, 3), datetime(2026, 11, 3, 12, tzinfo=UTC), True),  # for a single day
    ],
)
def test_a_period_includes_both_days_by_local_date(
    first: date | None, last: date | None, received: datetime, expected: bool
) -> None:
    """For a month means the whole month, where the company is."""
    period = rule(copy_to=("*",), first_day=first, last_day=last)

    assert expected is bool(copied(decided(period, mail=replace(MAIL, received=received))))


def test_every_rule_that_matches_applies() -> None:
    """Rules add up; none stops another."""
    decision = decided(
        rule("one", copy_to=("mike",)), rule("two", copy_to=("m*", "helen")), rule("none", when={"kind": ("spam",)})
    )

    assert decision.copies == (Plan("mike", ("one", "two"), None, None), Plan("helen", ("two",), None, None))
    assert decision.rules == ("one", "two")


@pytest.mark.parametrize(
    ("copy_to", "expected"),
    [
        (("*",), ["mike", "helen", "hugo"]),
        (("hugo", "mike"), ["mike", "hugo"]),  # in the order of the inboxes, not of the rule
        (("h*",), ["helen", "hugo"]),
        (("HELEN",), ["helen"]),
        (("nobody",), []),
        ((), []),
    ],
)
def test_copies_go_to_the_inboxes_that_are_named(copy_to: tuple[str, ...], expected: list[str]) -> None:
    """By name, by glob, or all of them."""
    assert expected == copied(decided(rule(copy_to=copy_to)))


def test_withholding_wins_wherever_it_stands_and_is_counted() -> None:
    """Personnel matters stay away from whom they are about, and openly so."""
    private = rule("private", withhold_from=("mike",), when={"subject": ("*order*",)})

    for rules in ((TO_ALL, private), (private, TO_ALL)):
        decision = decided(*rules)
        assert copied(decision) == ["helen", "hugo"]
        assert decision.withheld == (Withheld("mike", "private"),)
        assert set(decision.rules) == {"everything", "private"}


def test_a_copy_that_nobody_asked_for_is_not_withheld() -> None:
    """The figure of withheld copies must mean copies."""
    decision = decided(rule("to helen", copy_to=("helen",)), rule("private", withhold_from=("mike",)))

    assert decision.withheld == ()


def test_the_first_folder_wins() -> None:
    """A copy can only lie in one."""
    decision = decided(TO_ALL, rule("a", folder="Customers/A"), rule("b", folder="Customers/B"))

    assert {plan.folder for plan in decision.copies} == {"Customers/A"}


def test_a_rule_with_copies_steers_only_these() -> None:
    """Who sends Helen's copies of the shop to a folder says nothing about Mike's."""
    decision = decided(TO_ALL, rule("shop", copy_to=("helen",), folder="Shop", hold=True))

    assert decision.copies == (
        Plan("mike", ("everything",), None, None),
        Plan("helen", ("everything", "shop"), "Shop", "shop"),
        Plan("hugo", ("everything",), None, None),
    )


def test_a_rule_without_copies_holds_them_all() -> None:
    """Each with the name of the first rule that holds."""
    decision = decided(TO_ALL, rule("wait", hold=True), rule("wait too", hold=True))

    assert [plan.hold for plan in decision.copies] == ["wait"] * 3


def test_a_vip_is_one_by_any_rule() -> None:
    """Also where another rule matches and says nothing about it."""
    assert decided(TO_ALL, rule("big", vip=True, when={"from_": ("*@bigcustomer.*",)})).vip
    assert not decided(TO_ALL, rule("big", vip=True, when={"from_": ("*@other.*",)})).vip


def test_a_rule_says_whether_mail_needs_an_answer_and_the_first_that_does_wins() -> None:
    """An order form that says bulk is a customer's; a supplier's statement is nobody's question."""
    form, never = rule("form", needs_answer=True), rule("statements", needs_answer=False)

    assert decided(TO_ALL).needs_answer is None
    assert decided(TO_ALL, form, never).needs_answer == (True, "form")
    assert decided(TO_ALL, never, form).needs_answer == (False, "statements")


def test_in_doubt_a_rule_makes_mail_wait_and_excuses_none() -> None:
    """A customer who waits unseen is worse than a line too many."""
    unreadable, doubt = replace(MAIL, text=None), {"body": ("*order*",)}
    asks = decided(TO_ALL, rule("form", needs_answer=True, when=doubt), mail=unreadable)

    assert asks.needs_answer == (True, "form")
    assert Undecided("form", "body", "asks") in asks.undecided
    assert decided(TO_ALL, rule("never", needs_answer=False, when=doubt), mail=unreadable).needs_answer is None


# What makes a key's answer unsure, with a condition that is not found in what is known.
UNSURE = (
    ("body", {"body": ("*salary*",)}, {"text": None}),  # cannot be read
    ("body", {"body": ("*salary*",)}, {"text_is_whole": False}),  # not in the part that is known
    ("body", {"body": ("*carla",)}, {"text_is_whole": False}),  # where the known part ends, the text goes on
    ("body", {"body": ("*salary*",)}, {"faults": frozenset({"too-many-parts"})}),
    ("header", {"header": (("X-Secret", ("*",)),)}, {"faults": frozenset({"header-cut"})}),
    ("header", {"header": (("X-Secret", ("*",)),)}, {"faults": frozenset({"header-too-long"})}),
    ("to", {"to": ("hr@*",)}, {"faults": frozenset({"field-too-long"})}),  # a list of recipients goes on
    ("from", {"from_": ("hr@*",)}, {"faults": frozenset({"several-from"})}),  # which of them will be shown?
    ("subject", {"subject": ("*salary*",)}, {"faults": frozenset({"unreadable-subject"})}),
    ("kind", {"kind": ("person",)}, {"faults": frozenset({"header-cut"})}),  # what was found is in doubt as well
    ("hours", {"hours": HoursCondition("gone", outside=False)}, {}),  # no such hours: the settings refuse it
)


@pytest.mark.parametrize(("key", "when", "faulty"), UNSURE)
def test_what_cannot_be_told_loses_no_copy_and_gives_none_away(
    key: str, when: dict[str, Any], faulty: dict[str, Any]
) -> None:
    """Nobody gets round a rule by sending something that cannot be read."""
    unsure = replace(MAIL, **faulty)
    decision = decided(
        rule("copy", copy_to=("mike",), folder="F", vip=True, when=when),
        rule("hold", hold=True, when=when),
        rule("everything but", copy_to=("helen",), unless=when),
        rule("private", withhold_from=("helen",), when=when),
        mail=unsure,
    )

    assert decision.copies == (
        Plan("mike", ("copy",), "F", None),
        Plan("helen", ("everything but",), None, "private"),
    )
    assert decision.withheld == ()
    assert decision.vip
    assert decision.rules == ("copy", "everything but")
    assert decision.undecided == (
        Undecided("copy", key, "copied"),
        Undecided("copy", key, "filed"),
        Undecided("copy", key, "vip"),
        Undecided("hold", key, "not-held"),
        Undecided("everything but", f"unless.{key}", "copied"),
        Undecided("private", key, "delayed"),
    )


@pytest.mark.parametrize(
    ("when", "faulty"),
    [
        ({"body": ("*refund*",)}, {"text_is_whole": False}),  # found in the part that is known
        ({"body": ("*hello,*",)}, {"faults": frozenset({"too-deep"})}),
        ({"header": (("X-Shop", ("paris",)),)}, {"faults": frozenset({"header-cut"})}),
        ({"to": ("sales@*",)}, {"faults": frozenset({"field-too-long"})}),
    ],
)
def test_what_was_found_is_certain_though_not_all_was_read(when: dict[str, Any], faulty: dict[str, Any]) -> None:
    """A doubt about the rest takes nothing away."""
    decision = decided(TO_ALL, rule("private", withhold_from=("mike",), when=when), mail=replace(MAIL, **faulty))

    assert decision.withheld == (Withheld("mike", "private"),)
    assert decision.undecided == ()


def test_one_certain_no_settles_a_doubt() -> None:
    """A rule for another mailbox is not in doubt because a text is."""
    unreadable = replace(MAIL, text=None)
    decision = decided(
        rule("elsewhere", copy_to=("*",), when={"mailbox": ("support",), "body": ("*x*",)}),
        rule("never", copy_to=("*",), when={"body": ("*x*",)}, unless={"mailbox": ("shop",)}),
        rule("over", copy_to=("*",), last_day=date(2026, 1, 1), when={"body": ("*x*",)}),
        mail=unreadable,
    )

    assert decision == Decision((), (), (), False, None, ())


def test_a_doubt_about_withholding_is_named_before_a_hold() -> None:
    """Whoever releases the copy must know what is at stake."""
    decision = decided(
        TO_ALL,
        rule("wait", hold=True),
        rule("private", withhold_from=("mike",), when={"body": ("*salary*",)}),
        mail=replace(MAIL, text=None),
    )

    assert [plan.hold for plan in decision.copies] == ["private", "wait", "wait"]


def test_a_certain_withholding_leaves_no_doubt_behind() -> None:
    """The copy is withheld already; an alarm about it would be one too many."""
    decision = decided(
        TO_ALL,
        rule("private", withhold_from=("mike",), when={"mailbox": ("shop",)}),
        rule("perhaps", withhold_from=("mike",), when={"body": ("*salary*",)}),
        mail=replace(MAIL, text=None),
    )

    assert decision.withheld == (Withheld("mike", "private"),)
    assert decision.undecided == ()


def test_a_copy_that_goes_out_anyway_is_in_no_doubt() -> None:
    """With everything copied to everybody, an unreadable text raises no alarm about who gets it."""
    more = rule("refunds", copy_to=("helen",), when={"body": ("*refund*",)})

    assert decided(TO_ALL, more, mail=replace(MAIL, text=None)).undecided == ()


def test_without_rules_nothing_is_copied() -> None:
    """Which `check` warns about; the router invents no rule of its own."""
    assert decided() == Decision((), (), (), False, None, ())


CONDITIONS = st.builds(
    Conditions,
    mailbox=st.sampled_from((None, ("shop",), ("support",))),
    body=st.sampled_from((None, ("*refund*",), ("*salary*",))),
    header=st.sampled_from((None, (("X-Shop", ("*",)),), (("X-No", ("*",)),))),
    kind=st.sampled_from((None, ("person",), ("bounce",))),
)
NAMES = st.sampled_from(((), ("*",), ("mike",), ("h*",)))
RULES = st.lists(
    st.builds(
        Rule,
        name=st.uuids().map(str),
        file=st.just("x.toml"),
        copy_to=NAMES,
        withhold_from=NAMES,
        hold=st.booleans(),
        when=CONDITIONS,
        unless=st.none() | CONDITIONS,
    ),
    max_size=5,
)
UNREAD = st.sampled_from(({"text": None}, {"text_is_whole": False}, {"faults": frozenset({"header-cut"})}))


@given(RULES, UNREAD)
def test_reading_less_never_loses_a_copy_nor_gives_one_away(rules: list[Rule], unread: dict[str, Any]) -> None:
    """The two promises, for any set of rules: compared with the same mail, read as a whole."""
    known, less = decided(*rules), decided(*rules, mail=replace(MAIL, **unread))
    on_their_way = {plan.inbox for plan in less.copies if plan.hold is None}
    held_or_withheld = {plan.inbox for plan in less.copies if plan.hold} | {one.inbox for one in less.withheld}

    assert set(copied(known)) <= set(copied(less)) | held_or_withheld
    assert not {one.inbox for one in known.withheld} & on_their_way


@given(RULES)
def test_each_inbox_is_copied_or_withheld_and_never_both(rules: list[Rule]) -> None:
    """Every copy that a rule asked for has a row that says what became of it."""
    decision = decided(*rules)
    asked = {
        inbox
        for one in rules
        if one.name in decision.rules
        for inbox in copied(decided(replace(one, when=Conditions(), unless=None, withhold_from=())))
    }

    assert sorted(asked) == sorted([*copied(decision), *(one.inbox for one in decision.withheld)])
