"""Rules, and what they decide about one message: who gets a copy, where it is put, what is held or withheld.

Every rule that matches applies; a rule never stops another. This owns no files and no mail: rules come from
`router.config.rulefiles`, facts from the stage that routes.

A rule that cannot be told (see `conditions`) must neither lose a copy nor give away what it would have withheld:

    copy_to, folder, vip   count as if the rule matched: `copied`, `filed`, `vip`
    needs_answer           true counts as if it matched, `asks`; false as if it did not
    hold                   counts as if it did not: `not-held`
    withhold_from          the copy is held in the rule's name until a person looks: `delayed`

A rule that names inboxes in `copy_to` speaks of their copies only; one that names none steers every copy.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from router.conversation.hours import ServiceHours
from router.routing.conditions import Answer, Conditions, Facts, HoursCondition, Size, ask
from router.routing.decision import Decision, Effect, Plan, Undecided, Withheld
from router.routing.globs import any_matches

__all__ = [
    "Answer",
    "Conditions",
    "Decision",
    "Effect",
    "Facts",
    "HoursCondition",
    "Plan",
    "Rule",
    "Size",
    "Undecided",
    "Withheld",
    "answer",
    "decide",
]


@dataclass(frozen=True, slots=True)
class Rule:
    """One `[[rule]]`."""

    name: str
    file: str  # where it is written, for whoever wants to change it
    copy_to: tuple[str, ...] = ()  # names or globs of inboxes
    withhold_from: tuple[str, ...] = ()  # the same; wins over every rule's copy_to
    folder: str | None = None
    hold: bool = False
    vip: bool = False
    needs_answer: bool | None = None  # None: as its kind says
    first_day: date | None = None  # both days included, by local date of receipt
    last_day: date | None = None
    when: Conditions = field(default_factory=Conditions)  # asks nothing: every message
    unless: Conditions | None = None


class _Asked(NamedTuple):
    """A rule that may apply, with its answer and the inboxes it speaks of."""

    rule: Rule
    certain: bool
    unsure: tuple[str, ...]
    copies: frozenset[str]  # it asks for these
    steers: frozenset[str]  # its folder and hold are about these
    withholds: frozenset[str]

    @property
    def counts(self) -> bool:
        """Whether it is among the rules that matched: a guess that changes nothing is none of them."""
        return self.certain or bool(self.copies or self.rule.folder or self.rule.vip or self.rule.needs_answer)


def answer(rule: Rule, facts: Facts, hours: Mapping[str, ServiceHours], zone: ZoneInfo) -> Answer:
    """Tell whether one rule matches."""
    if rule.first_day or rule.last_day:
        today = facts.received.astimezone(zone).date()
        if (rule.first_day and today < rule.first_day) or (rule.last_day and today > rule.last_day):
            return Answer(False)
    when = ask(rule.when, facts, hours)
    unless = Answer(False) if rule.unless is None else ask(rule.unless, facts, hours)
    if when.holds is False or unless.holds is True:
        return Answer(False)
    unsure = (*when.unsure, *(f"unless.{key}" for key in unless.unsure))
    return Answer(None if unsure else True, unsure)


def decide(
    rules: Sequence[Rule],
    facts: Facts,
    *,
    inboxes: tuple[str, ...],
    hours: Mapping[str, ServiceHours],
    zone: ZoneInfo,
) -> Decision:
    """Apply every rule that matches; `zone` is the one in which first and last days are meant."""
    asked = [
        _asked(rule, found, inboxes) for rule in rules if (found := answer(rule, facts, hours, zone)).holds is not False
    ]
    copies, withheld = [], []
    for inbox in inboxes:
        wanted = tuple(one.rule.name for one in asked if inbox in one.copies)
        if not wanted:
            continue
        by = next((one.rule.name for one in asked if one.certain and inbox in one.withholds), None)
        if by is None:
            copies.append(Plan(inbox, wanted, _folder(asked, inbox), _hold(asked, inbox)))
        else:
            withheld.append(Withheld(inbox, by))
    kept = frozenset(plan.inbox for plan in copies)
    sure = frozenset(inbox for one in asked if one.certain for inbox in one.copies)
    return Decision(
        copies=tuple(copies),
        withheld=tuple(withheld),
        rules=tuple(one.rule.name for one in asked if one.counts),
        vip=any(one.rule.vip for one in asked),
        needs_answer=_needs_answer(asked),
        undecided=tuple(entry for one in asked if not one.certain for entry in _undecided(one, kept, sure)),
    )


def _asked(rule: Rule, found: Answer, inboxes: tuple[str, ...]) -> _Asked:
    copies = _named(rule.copy_to, inboxes)
    return _Asked(
        rule=rule,
        certain=found.holds is True,
        unsure=found.unsure,
        copies=copies,
        steers=copies if rule.copy_to else frozenset(inboxes),
        withholds=_named(rule.withhold_from, inboxes),
    )


@lru_cache(maxsize=1024)  # globs and inboxes are those of the configuration
def _named(globs: tuple[str, ...], inboxes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(inbox for inbox in inboxes if any_matches(globs, (inbox,)))


def _folder(asked: list[_Asked], inbox: str) -> str | None:
    """The first rule with a folder wins, certain or not: a copy in another folder is still a copy."""
    return next((one.rule.folder for one in asked if one.rule.folder and inbox in one.steers), None)


def _hold(asked: list[_Asked], inbox: str) -> str | None:
    """A doubt about withholding comes first, so that whoever releases the copy knows what is at stake."""
    doubts = (one.rule.name for one in asked if not one.certain and inbox in one.withholds)
    holds = (one.rule.name for one in asked if one.certain and one.rule.hold and inbox in one.steers)
    return next(doubts, None) or next(holds, None)


def _needs_answer(asked: list[_Asked]) -> tuple[bool, str] | None:
    """The first rule that says it: in doubt, a customer who waits is not to be missed."""
    says = ((one.rule.needs_answer, one) for one in asked)
    found = ((needs, one.rule.name) for needs, one in says if needs is not None and (one.certain or needs))
    return next(found, None)


def _undecided(one: _Asked, kept: frozenset[str], sure: frozenset[str]) -> Iterator[Undecided]:
    """Name what a doubtful rule did to this message; a doubt that changed no copy is left out."""
    done: dict[Effect, bool] = {
        "copied": bool(one.copies & kept - sure),
        "filed": one.rule.folder is not None and bool(one.steers & kept),
        "vip": one.rule.vip,
        "asks": bool(one.rule.needs_answer),
        "not-held": one.rule.hold and bool(one.steers & kept),
        "delayed": bool(one.withholds & kept),
    }
    return (Undecided(one.rule.name, key, effect) for effect, acted in done.items() if acted for key in one.unsure)
