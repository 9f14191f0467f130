"""Every nightly digest beside the independent count: each line and figure, in words as a reader has them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.bench.year import count, said
from tests.bench.year.company import DIGESTS, FOUNDERS, GOALS, HOURS, MAILBOXES, ZONE, Digest, Goal
from tests.bench.year.count import Group, Happened, Line, Minutes, Span
from tests.bench.year.facts import Story, What
from tests.bench.year.slots import slot_on
from tests.bench.year.twin import Shown, Twin

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_TITLES = {
    "THEY WROTE AGAIN": Group.AGAIN,
    "STILL WAITING": Group.STILL,
    "NEW": Group.NEW,
    "WE SAID WE WOULD": Group.PROMISED,
    "PROBABLY FINISHED": Group.FINISHED,
}
_WAITING = (Group.AGAIN, Group.STILL, Group.NEW)
_FURTHER = re.compile(r"and (\d+) more")
_MOST = 25  # lines of a section; further ones are counted only
_LARGEST = 80_000  # octets of a mail
_FULL = 60_000  # octets of a mail that has no room for more


class Matter(NamedTuple):
    """What an edition lists: a conversation, and the event that began it."""

    story: int
    number: int


@dataclass(slots=True)
class Nightly:
    """Checks the editions of one run, in their order."""

    stories: Mapping[int, Story]
    happened: Mapping[int, Sequence[Happened]]
    noise: Sequence[tuple[str, Span]]  # the mailboxes of all mails that were posted
    minutes: Mapping[str, Minutes]
    wrong: list[str] = field(default_factory=list)
    lines: int = 0
    figures: int = 0
    _nights: dict[str, dict[Matter, int]] = field(default_factory=dict)  # by digest, of its last edition
    _groups: dict[str, dict[Matter, Group]] = field(default_factory=dict)
    _made: dict[str, datetime] = field(default_factory=dict)

    def check(self, twin: Twin) -> int:
        """Compare one edition with the facts that were true when it was made; returns how much of it is wrong."""
        digest = next(one for one in DIGESTS if one.name == twin.digest)
        before = len(self.wrong)
        one = _Edition(self, digest, twin, self._nights.get(digest.name, {}), self._groups.get(digest.name, {}))
        one.check(self._made.get(digest.name))
        self._nights[digest.name] = one.nights
        self._groups[digest.name] = {matter: line.group for matter, line in one.expected.items()}
        self._made[digest.name] = twin.made
        self.wrong[before:] = [f"{twin.digest} {twin.made:%F %T}: {what}" for what in self.wrong[before:]]
        return len(self.wrong) - before


class _Edition:
    def __init__(
        self, run: Nightly, digest: Digest, twin: Twin, before: Mapping[Matter, int], groups: Mapping[Matter, Group]
    ) -> None:
        self._run, self._digest, self._twin, self._before, self._groups = run, digest, twin, before, groups
        self._now = twin.made
        self._known = {
            number: [one for one in happened if one.when.late <= self._now]
            for number, happened in run.happened.items()
            if run.stories[number].mailbox in digest.mailboxes
        }
        self.expected: dict[Matter, Line] = {}
        listed = [matter.number for matter in before]
        for number, happened in self._known.items():
            if (found := count.line(run.stories[number], happened, self._now, listed)) is not None:
                self.expected[Matter(number, found.matter)] = found
        self.nights = {matter: before.get(matter, 0) + 1 for matter in self.expected}

    def check(self, last: datetime | None) -> None:
        """Everything."""
        self._sections()
        self._cleared()
        self._subject_and_verdict()
        self._goals()
        if last is not None:
            self._proof(last)
        if self._twin.size >= _LARGEST:
            self._say(f"it has {self._twin.size} octets")

    def _say(self, what: str) -> None:
        self._run.wrong.append(what)

    def _same(self, what: str, shown: object, expected: object) -> None:
        self._run.figures += 1
        if shown != expected:
            self._say(f"{what} is {shown!r} and should be {expected!r}")

    def _among(self, what: str, shown: str, allowed: Sequence[str]) -> None:
        self._run.figures += 1
        if shown not in allowed:
            self._say(f"{what} is {shown!r} and should be {' or '.join(dict.fromkeys((allowed[0], allowed[-1])))!r}")

    # The lines.

    def _sections(self) -> None:
        left = {(line.story.customer, line.story.subject): (matter, line) for matter, line in self.expected.items()}
        numbers = [shown.number for part in self._twin.sections.values() for shown in part]
        totals = {group: sum(line.group is group for line in self.expected.values()) for group in Group}
        shown_totals = {group: self._twin.totals.get(title, 0) for title, group in _TITLES.items()}
        self._same("the totals of sections", shown_totals, totals)
        self._same("the order of numbers", numbers, sorted(set(numbers)))
        hidden: set[Group] = set()
        for title, group in _TITLES.items():
            latest = None
            part = self._twin.sections.get(title, [])
            if len(part) < totals[group]:
                hidden.add(group)
                self._capped(group, len(part))
            for shown in part:
                found = self._take(left, shown)
                if found is None:
                    self._say(f"{group}: nobody should be listed as {shown}")
                    continue
                self._run.lines += 1
                matter, line = found
                self._same(f"the section of {line.story.customer}", group, line.group)
                self._line(shown, matter, line)
                if latest is not None and line.since.late < latest:
                    self._say(f"{group}: {line.story.customer} has waited for longer than who stands before")
                latest = line.since.early
        for _, line in left.values():
            if line.group not in hidden:
                self._say(f"not listed: {line}")

    def _capped(self, what: str, shown: int) -> None:
        """What is left out has a reason: so many lines, or a mail that would be too large."""
        if shown != _MOST and self._twin.size < _FULL:
            self._say(f"{shown} lines of {what} are shown, in a mail of {self._twin.size} octets")

    def _take(self, left: dict[tuple[str, str], tuple[Matter, Line]], shown: Shown) -> tuple[Matter, Line] | None:
        fits = (key for key in left if key[0] == shown.address and f"{key[1]} " in f"{shown.rest} ")
        key = next(fits, None)
        return left.pop(key) if key is not None else None

    def _line(self, shown: Shown, matter: Matter, line: Line) -> None:
        who, now, zone = line.story.customer, self._now, self._digest.zone
        self._same(f"{who}: the name", shown.name, line.story.name)
        self._same(f"{who}: VIP", shown.vip, line.story.vip)
        several = len(self._digest.mailboxes) > 1
        self._same(f"{who}: the mailbox", shown.mailbox, line.story.mailbox if several else None)
        waited = range(_whole(now - line.since.late), _whole(now - line.since.early) + 1)
        self._among(f"{who}: the customer's time", shown.waited, [said.span(one) for one in waited])
        minutes = self._run.minutes[line.story.mailbox]
        least = max(0, minutes.between(line.since.late, now) - 1)
        service = range(least, minutes.between(line.since.early, now) + 2)
        self._among(f"{who}: the working hours", shown.working, [said.working(one) for one in service])
        self._limit(shown, line)
        self._history(shown, line, self.nights[matter])
        told = count.tell(self._known[line.story.number])
        if line.group is Group.PROMISED and told.promise is not None:
            allowed = [f", due {one}" for one in _moments(line.since, now, zone)]
            ours = line.since.late.astimezone(ZoneInfo(ZONE))
            if ours.time() == time():  # by the clock of the router a day ends then, and it is that day for any reader
                last = datetime.combine(ours.date() - timedelta(days=1), time(23, 59), ZoneInfo(zone))
                allowed = [f", due {said.moment(last, now, zone)}"]
            if not any(one in f"{shown.rest}," for one in allowed):
                self._say(f"{who}: promised until {line.since.late}, and told as {shown.rest!r}")

    def _limit(self, shown: Shown, line: Line) -> None:
        limits = self._limits(line)
        if not limits:
            self._same(f"{line.story.customer}: the goal", shown.limit, None)
            return
        allowed = []
        for goal, limit in limits:
            at = limit.early - _MINUTE
            while at <= limit.late + _MINUTE:
                within = said.span(_whole(goal.within))
                missed = "missed" if at <= self._now else "due"
                allowed.append(f"goal {within}, {missed} {said.moment(at, self._now, self._digest.zone)}")
                at += _MINUTE
        self._among(f"{line.story.customer}: the goal", str(shown.limit), allowed)

    def _limits(self, line: Line) -> list[tuple[Goal, Span]]:
        """The goals that may fall due first for who waits."""
        if line.group not in _WAITING:
            return []
        again = line.group is Group.AGAIN
        goals = [one for one in GOALS if one.mailbox == line.story.mailbox]
        goals = [one for one in goals if not (one.measure == "first-reply" and again)]
        found = [(one, count.limit(one, line.since, self._run.minutes[line.story.mailbox])) for one in goals]
        earliest = min((limit.late for _, limit in found), default=None)
        return [(one, limit) for one, limit in found if earliest is not None and limit.early <= earliest]

    def _history(self, shown: Shown, line: Line, nights: int) -> None:
        who = line.story.customer
        letters = f"{said.ordinal(line.letters)} letter"
        self._same(f"{who}: {letters}", letters in shown.rest, line.letters > 1)
        self._same(f"{who}: {said.nth(nights)} night", f"{said.nth(nights)} night" in shown.rest, nights > 1)
        self._same(f"{who}: who sees to it", " sees to it" in shown.rest, line.taken_by is not None)
        answer = count.tell(self._known[line.story.number]).answer
        if answer is None:
            self._same(f"{who}: no answer yet", "no answer of ours yet" in shown.rest, True)
            return
        name = answer.fact.by.partition("@")[0]
        founder = ", founder" if name in FOUNDERS and answer.fact.what is What.ANSWERS else ""
        verb = "we phoned" if answer.fact.what is What.PHONED else "we answered"
        allowed = [
            f"{verb} {one} ({name.capitalize()}{founder})"
            for one in _moments(answer.when, self._now, self._digest.zone)
        ]
        if not any(one in shown.rest for one in allowed):
            self._say(f"{who}: {allowed[0]!r} is not said in {shown.rest!r}")

    # What is no more.

    def _cleared(self) -> None:
        standing = {matter.story for matter in self.expected}
        gone = [matter for matter in self._before if matter.story not in standing]
        self._same("the total of what is cleared", self._twin.totals.get("CLEARED SINCE LAST TIME", 0), len(gone))
        told = [one for one in self._twin.cleared if not _FURTHER.fullmatch(one)]
        further = [int(found[1]) for one in self._twin.cleared if (found := _FURTHER.fullmatch(one))]
        self._same("what is cleared, shown and counted", len(told) + sum(further), len(gone))
        if further:
            self._capped("what is cleared", len(told))
        self._run.figures += len(told)
        allowed = [self._ends(matter) for matter in gone]
        if not _fits(told, allowed):
            lost = [one for one in told if not any(one in some for some in allowed)]
            self._say(f"cleared: {lost or told} where these should be told: {[some[0] for some in allowed]}")

    def _ends(self, matter: Matter) -> list[str]:
        """What may be told of a matter that is listed no more."""
        story, zone = self._run.stories[matter.story], self._digest.zone
        told = count.tell(self._known[matter.story])
        if told.snoozed is not None:
            word = next(one for one in reversed(self._known[matter.story]) if one.fact.what is What.SNOOZED)
            return [f"{story.name}: snoozed until {said.day(told.snoozed, zone)} by {_first(word.fact.by)}"]
        if self._groups[matter] is Group.PROMISED:
            end = next((one for one in reversed(self._known[matter.story]) if one.fact.what is What.CLOSED), None)
            if end is not None and end.number > matter.number:
                verb = "closed"
            else:
                end, verb = told.answer, "promise kept"
        else:
            # Thanks that a question followed are part of the question's wait: what ended that is what became of them.
            end = next((one.ended for one in told.over if one.begun.number == matter.number), told.over[-1].ended)
            assert end is not None
            verb = {What.ANSWERS: "answered", What.PHONED: "phoned", What.CLOSED: "closed"}[end.fact.what]
        assert end is not None
        founder = " (founder)" if end.fact.founder else ""
        return [
            f"{story.name}: {verb} {one} by {_first(end.fact.by)}{mark}"
            for one in _moments(end.when, self._now, zone)
            for mark in {founder, "" if verb == "promise kept" else founder}
        ]

    # The figures.

    def _subject_and_verdict(self) -> None:
        waiting = [line for line in self.expected.values() if line.group in _WAITING]
        limits = [self._limits(line) for line in waiting]
        surely = sum(bool(one) and all(limit.late + _MINUTE <= self._now for _, limit in one) for one in limits)
        perhaps = sum(any(limit.early - _MINUTE <= self._now for _, limit in one) for one in limits)
        named = [name[:1].upper() + name[1:] for name in self._digest.mailboxes]
        title = ", ".join(named) if len(named) <= 2 else self._digest.name[:1].upper() + self._digest.name[1:]
        local = self._now.astimezone(ZoneInfo(self._digest.zone)).date()
        date = said.day(slot_on(self._digest, local), self._digest.zone)
        allowed = [
            f"{title}: {len(waiting)} waiting" + (f", {past} past goal" if past else "") + f" · {date}"
            for past in range(surely, perhaps + 1)
        ]
        self._among("the subject", self._twin.subject, allowed)
        customers = len({line.story.customer for line in waiting})
        verdict = f"{customers} customer{'s wait' if customers != 1 else ' waits'}"
        if waiting and not self._twin.verdict.startswith(verdict):
            self._say(f"the verdict begins with {self._twin.verdict[:60]!r} and not with {verdict!r}")
        if not waiting and not self._twin.verdict.startswith("Nobody waits"):
            self._say(f"the verdict is {self._twin.verdict!r}, and nobody waits")

    def _goals(self) -> None:
        goals = [one for one in GOALS if one.mailbox in self._digest.mailboxes]
        self._same("the goals", [one.split(",")[0] for one in self._twin.goals], [one.name for one in goals])
        for goal, shown in zip(goals, self._twin.goals, strict=False):
            known = [(self._run.stories[number], happened) for number, happened in self._known.items()]
            minutes = self._run.minutes[goal.mailbox]
            share = count.goal_share(goal, known, minutes, _week(goal, self._now), self._now)
            self._among(f"the goal {goal.name}", shown, list(_goal_lines(goal, share)))

    def _proof(self, last: datetime) -> None:
        mine = [span for mailbox, span in self._run.noise if mailbox in self._digest.mailboxes]
        surely = sum(last < span.early and span.late <= self._now for span in mine)
        perhaps = sum(last < span.late and span.early <= self._now for span in mine)
        texts = [
            f"{came} of {came} mail{'s' if came != 1 else ''} accounted for." if came else "No mail since "
            for came in range(surely, perhaps + 1)
        ]
        if not any(self._twin.proof.startswith(text) for text in texts):
            self._say(f"the proof is {self._twin.proof!r} and should begin with {texts[0]!r}")
        people = {
            one.fact.by
            for happened in self._known.values()
            for one in happened
            if one.number > 0 and one.fact.what is What.ANSWERS and one.when.early > self._now - 7 * _DAY
        }
        expected = f"Answers seen from {len(people)} {'person' if len(people) == 1 else 'people'}."
        if people and expected not in self._twin.proof:
            self._say(f"the proof is {self._twin.proof!r} and should say {expected!r}")


def _fits(told: Sequence[str], allowed: Sequence[Sequence[str]]) -> bool:
    """Whether each of these can be told of another matter: customers of one name may have several."""
    if not told:
        return True
    places = [place for place, some in enumerate(allowed) if told[0] in some]
    return any(_fits(told[1:], [*allowed[:place], *allowed[place + 1 :]]) for place in places)


def _whole(span: timedelta) -> int:
    return int(span / _MINUTE)


def _first(address: str) -> str:
    return address.partition("@")[0].capitalize()


def _moments(when: Span, now: datetime, zone: str) -> list[str]:
    """As it may be worded."""
    found, at = [], when.early
    while at < when.late + _MINUTE:
        found.append(said.moment(min(at, when.late), now, zone))
        at += _MINUTE
    return list(dict.fromkeys(found))


def _week(goal: Goal, now: datetime) -> tuple[datetime, datetime]:
    """From Monday to Monday, by the clock of the mailbox's hours."""
    hours = next(one.hours for one in MAILBOXES if one.name == goal.mailbox)
    zone = ZoneInfo(next(one.zone for one in HOURS if one.name == hours))
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - midnight.weekday() * _DAY  # on the wall
    return monday, monday + 7 * _DAY


def _goal_lines(goal: Goal, share: count.Share) -> Iterator[str]:
    """All that may be said, where some instants are known as spans only."""
    within = said.span(_whole(goal.within)) + (" working" if goal.clock == "service" else "")
    for kept in range(share.kept[0], share.kept[1] + 1):
        for missed in range(share.missed[0], share.missed[1] + 1):
            for risk in range(share.at_risk[0], share.at_risk[1] + 1):
                due = kept + missed
                text = " nothing has fallen due yet"
                if due:
                    allowed = int(due * round((1 - goal.share) * 1000) // 1000)
                    figures = f"{missed} of {allowed} misses used"
                    text = f" {_percent(kept, due)} kept, the goal is {round(goal.share * 100)} %; {figures}"
                yield f"{goal.name}, within {within}:{text}" + (f"; {risk} at risk" if risk else "")


def _percent(kept: int, due: int) -> str:
    """Rounded down to a tenth; whole ones without."""
    tenths = 1000 * kept // due
    return f"{tenths // 10} %" if tenths % 10 == 0 else f"{tenths / 10:.1f} %"
