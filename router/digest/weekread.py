"""What a weekly letter is made of: all is read at one instant, in the transaction that is given; nothing is written.

the span    from the last letter to this one, so that nothing falls between two; seven days where there was none
            lately, and where somebody asks
the words   that rise are of one calendar week: that in which the middle of the last seven days lies
unseen      of a mailbox whose answers cannot be seen only letters are counted and quoted; no figure hangs on answers
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from operator import attrgetter

from router.conversation.agenda import Waiter
from router.conversation.edition import Edition, Item, Kind, Section
from router.conversation.goallines import GoalLine
from router.conversation.hours import ServiceHours, always
from router.conversation.ownwords import OwnWords
from router.conversation.proof import Doubt, Proof, doubts
from router.conversation.weekly import figures, ourword, quoting
from router.conversation.weekly.figures import Founder, Mail, Thanks
from router.conversation.weekly.ourword import Promise, Settled, Stretch
from router.conversation.weekly.pairs import KNOWN, Pair, count, pairs
from router.conversation.weekly.ring import Call, calls
from router.conversation.weekly.tale import Span, Tale
from router.conversation.weeks import Week
from router.digest.gather import blind_of, evidence_of, mailbox_of
from router.digest.plan import Office, Plan
from router.digest.view import Blind
from router.mail.address import person
from router.store import listed, rising, week
from router.store.asof import waiters_at
from router.store.reading import Connection
from router.store.texts import texts_of
from router.store.waiting import seen_mailboxes

FIVE, THREE = 5, 3
THANKS = 10  # that are quoted
MOST_RISING = 15  # words that are looked for in sentences: a letter shows five, and names ten more
LONGEST = timedelta(days=28)  # that one letter tells of
_WEEK, _MIDDLE = timedelta(days=7), timedelta(days=3.5)
_NIGHT = timedelta(hours=12)  # what begins in the evening is called by the next day


@dataclass(frozen=True, slots=True)
class Found:
    """All that a letter is made of."""

    edition: Edition
    items: tuple[Item, ...]
    span: Span
    days: Mapping[date, int]  # letters, by every day by which the span is called
    mail: Mail
    goals: Sequence[GoalLine]
    calls: Sequence[Call]
    known: Mapping[str, tuple[int, datetime]]  # by customer: conversations, and the first letter
    said: Sequence[OwnWords]
    signed: Mapping[str, str | None]  # names of customers, by message
    rising: rising.Rising
    exchanges: Sequence[Pair]
    answers: int  # that could have been drawn
    thanks: Sequence[tuple[Thanks, tuple[str, ...]]]  # and whom they thank: addresses
    promises: Sequence[Promise]
    stretch: tuple[Stretch, str] | None  # and the mailbox
    silent: Sequence[date]  # days without an answer
    settled: Sequence[Settled]
    old: Sequence[Waiter]
    names: Mapping[str, str]  # of customers to whom something was promised
    own: Sequence[Founder]
    texts: Mapping[str, str]  # by message
    unnamed: frozenset[str]  # words that are names of staff, who may not be named
    doubts: tuple[Doubt, ...]
    proof: Proof | None
    blind: tuple[Blind, ...]


def span_of(plan: Plan, edition: Edition, last: Edition | None) -> Span:
    """From the last letter to this one."""
    end = edition.made
    begin = (end.astimezone(plan.zone).replace(tzinfo=None) - _WEEK).replace(tzinfo=plan.zone).astimezone(end.tzinfo)
    follows = edition.kind is Kind.WEEKLY and last is not None and last.kind is Kind.WEEKLY
    if follows and last is not None and end - LONGEST <= last.made < end:
        begin = last.made
    return Span(begin, end)


def days_of(plan: Plan, span: Span) -> list[date]:
    """The days by which it is called: "16–22 Nov" is from Sunday evening to Sunday evening."""
    first = (span.begin + _NIGHT).astimezone(plan.zone).date()
    last = max(first, (span.end - _NIGHT).astimezone(plan.zone).date())
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def read(
    connection: Connection,
    plan: Plan,
    office: Office,
    edition: Edition,
    last: Edition | None,
    *,
    present: datetime | None = None,
) -> Found:
    """What stands in a letter; with `present` somebody asks from outside of a running router, perhaps for another instant."""
    now, span = edition.made, span_of(plan, edition, last)
    seen = seen_mailboxes(connection)
    every = [tale for tale in week.tales(connection, span, plan.mailboxes) if _concerns(tale, span)]
    tales = [tale for tale in every if tale.mailbox in seen]
    rows = [row for row in waiters_at(connection, now, present or now) if mailbox_of(row, plan) is not None]
    unseen = [row for row in rows if mailbox_of(row, plan) not in seen]
    old = sorted((row for row in rows if _is_old(row, plan, seen, now)), key=attrgetter("listed_since", "thread"))
    urgent, known = _calls(connection, tales, now)
    promised = ourword.promises(tales, span)
    days = days_of(plan, span)
    recent = week.authors(connection, Span(span.end - KNOWN[1], span.end))
    former = week.authors(connection, Span(span.end - KNOWN[0], span.end - KNOWN[1]))
    staff = (recent | former) - plan.founders - plan.shared
    proved = present in (None, now)
    proof = evidence_of(connection, plan, span.begin, now, present) if proved else None
    pool = pairs(tales, span, f"{edition.digest} {days[-1]}", len(tales), former)
    thanks = figures.thanks(tales, span)
    texts = texts_of(connection, _quoted(urgent, pool, thanks))
    scope = plan.scope
    assert scope is not None, "a weekly letter counts words"
    quoted = {one.id for call in urgent[:FIVE] for one in call.tale.theirs()}
    said = rising.said_in(connection, scope, span.begin, span.end, 4 * FIVE, quoted)
    unnamed = frozenset[str]() if plan.name_staff else quoting.name_words(staff)
    said = [one for one in said if not quoting.names(one.text, unnamed)][:FIVE]
    wanted = Week.of(now - _MIDDLE, plan.zone)
    risen = rising.rises_in(connection, scope, wanted, plan.stop_words, now, MOST_RISING)
    clock = office.clocks(min([span.begin, *(proof.recent[-1:] if proof else ())]), now)
    return Found(
        edition=edition,
        items=_items(urgent, promised, old),
        span=span,
        days=_by_day(every, span, plan, days),
        mail=_mail(every, tales, span),
        goals=office.goals(connection, plan.mailboxes, now),
        calls=urgent,
        known=known,
        said=said,
        signed=week.signed(
            connection, [*_messages(said), *(one.message for rise in risen.rises for one in rise.quotes)]
        ),
        rising=risen,
        exchanges=[pair for pair in pool if _tells(pair, texts)][:THREE],
        answers=count(tales, span),
        thanks=[(one, _thanked(one, texts, staff | plan.founders)) for one in thanks],
        promises=promised,
        stretch=_stretch(tales, plan, office, span),
        silent=ourword.silent_days(tales, _hours(plan, office, seen), plan.zone, days, span.end),
        settled=ourword.settled(tales, span),
        old=old,
        names=listed.names(connection, [row.thread for row in old[:FIVE] if row.since is None]),
        own=figures.founders(tales, span),
        texts=texts,
        unnamed=unnamed,
        doubts=doubts(proof, now, clock(plan.mailboxes[0] if plan.mailboxes else None).since, listener=plan.listener)
        if proof
        else (),
        proof=proof,
        blind=blind_of(plan, office, seen, unseen),
    )


def _concerns(tale: Tale, span: Span) -> bool:
    """Whether there is anything to be told of it: of two conversations that were read, one has long been over."""
    if any(one.at in span for one in tale.letters):
        return True
    if any(wait.end is None or wait.end.at in span for wait in tale.standing.waits):
        return True
    return bool(calls([tale], span.end, {}) or ourword.settled([tale], span) or ourword.promises([tale], span))


def _is_old(row: Waiter, plan: Plan, seen: Collection[str], now: datetime) -> bool:
    return mailbox_of(row, plan) in seen and not row.finished and now - row.listed_since > figures.AGES[0]


def _calls(
    connection: Connection, tales: Sequence[Tale], now: datetime
) -> tuple[list[Call], dict[str, tuple[int, datetime]]]:
    """Whom to ring, and what is known of each from before."""
    found = calls(tales, now, {})
    known = week.earlier(connection, [call.tale.customer for call in found if call.tale.customer], now)
    return calls((call.tale for call in found), now, {name: count - 1 for name, (count, _) in known.items()}), known


def _mail(every: Sequence[Tale], seen: Sequence[Tale], span: Span) -> Mail:
    """Letters of all mailboxes, times of those whose answers can be seen."""
    counted = figures.mail(every, span)
    if len(seen) == len(every):
        return counted
    timed = figures.mail(seen, span)
    return replace(timed, letters=counted.letters, people=counted.people)


def _by_day(tales: Sequence[Tale], span: Span, plan: Plan, days: Sequence[date]) -> dict[date, int]:
    """What came before the first of the days counts to it, and so at the other end."""
    counted = Counter(at.astimezone(plan.zone).date() for at in figures.received(tales, span))
    found = dict.fromkeys(days, 0)
    for day, letters in counted.items():
        found[min(max(day, days[0]), days[-1])] += letters
    return found


def _stretch(tales: Sequence[Tale], plan: Plan, office: Office, span: Span) -> tuple[Stretch, str] | None:
    """The longest of all mailboxes, each by its own hours."""
    by_mailbox: dict[str, list[Tale]] = {}
    for tale in tales:
        by_mailbox.setdefault(tale.mailbox, []).append(tale)
    found = [
        (one, name)
        for name, some in sorted(by_mailbox.items())
        if (one := ourword.longest_stretch(some, office.hours.get(name) or always(plan.zone), span)) is not None
    ]
    return max(found, key=lambda pair: pair[0].hours, default=None)


def _hours(plan: Plan, office: Office, seen: Collection[str]) -> dict[str, ServiceHours]:
    """Of every mailbox whose answers can be seen."""
    return {name: office.hours.get(name) or always(plan.zone) for name in plan.mailboxes if name in seen}


def _thanked(one: Thanks, texts: Mapping[str, str], people: Collection[str]) -> tuple[str, ...]:
    """Who is named, else who wrote before."""
    called = {address: person(address) for address in people}
    by_name = quoting.named(texts.get(one.letter.id, one.letter.courtesy or ""), called)
    return tuple(by_name) or ((one.to.author,) if one.to is not None and one.to.author else ())


def _tells(pair: Pair, texts: Mapping[str, str]) -> bool:
    """Whether both sides have a text that is kept."""
    return bool(
        quoting.passage(texts.get(pair.question.id, ""), 80) and quoting.passage(texts.get(pair.answer.id, ""), 80)
    )


def _quoted(urgent: Sequence[Call], pool: Sequence[Pair], thanks: Sequence[Thanks]) -> list[str]:
    """The messages whose texts may be shown."""
    found = [one.letter.id for one in thanks[:200]]
    for call in urgent[:FIVE]:
        found += [*(one.id for one in call.tale.theirs()), call.ours.id]
    for pair in pool[:50]:
        found += [pair.question.id, pair.answer.id]
    return list(dict.fromkeys(found))


def _messages(said: Sequence[OwnWords]) -> list[str]:
    return [one.message for one in said]


def _items(urgent: Sequence[Call], promised: Sequence[Promise], old: Sequence[Waiter]) -> tuple[Item, ...]:
    """What can be acted on, in the order of the letter; a conversation has one number."""
    rows = [(call.tale.thread, Section.RING, call.ours.at) for call in urgent[:FIVE]]
    rows += [(one.tale.thread, Section.PROMISED, one.due) for one in broken(promised)[:FIVE] if stands(one)]
    rows += [(row.thread, Section.FORGOTTEN, row.listed_since) for row in old[:FIVE]]
    first: dict[str, tuple[str, Section, datetime]] = {}
    for one in rows:
        first.setdefault(one[0], one)
    return tuple(Item(number, *one) for number, one in enumerate(first.values(), start=1))


def broken(promised: Sequence[Promise]) -> list[Promise]:
    """Those that were not kept."""
    return [one for one in promised if one.kept is None]


def stands(one: Promise) -> bool:
    """Whether a promise still waits for a word of ours."""
    pledge = one.tale.standing.pledge
    return pledge is not None and pledge.message == one.letter.id
