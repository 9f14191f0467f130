"""The figures of a weekly letter, from what was read: no database, no clock."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from router.conversation.agenda import Waiter
from router.conversation.edition import Item, Section
from router.conversation.weekly import figures, ourword
from router.conversation.weekly.figures import Mail
from router.conversation.weekly.ourword import Promise, Stretch
from router.conversation.weekly.ring import Call
from router.conversation.weekly.tale import Tale
from router.digest.weekly.found import FIVE, OurWord
from router.digest.weekly.scene import Scene


def mail(scene: Scene) -> Mail:
    """Letters of all mailboxes, times of those whose answers can be seen."""
    counted = figures.mail(scene.every, scene.span)
    if len(scene.tales) == len(scene.every):
        return counted
    timed = figures.mail(scene.tales, scene.span)
    return replace(timed, letters=counted.letters, people=counted.people)


def by_day(scene: Scene) -> dict[date, int]:
    """What came before the first of the days counts to it, and so at the other end."""
    days = scene.days
    counted = Counter(at.astimezone(scene.plan.zone).date() for at in figures.received(scene.every, scene.span))
    found = dict.fromkeys(days, 0)
    for day, letters in counted.items():
        found[min(max(day, days[0]), days[-1])] += letters
    return found


def our_word(scene: Scene) -> OurWord:
    """Promises, hours, days, and what came to its end."""
    tales, span, waits = scene.tales, scene.span, scene.waits()
    return OurWord(
        promises=ourword.promises(tales, span),
        stretch=_stretch(scene, waits),
        silent=ourword.silent_days(tales, scene.hours(), scene.plan.zone, scene.days, span.end, waits),
        settled=ourword.settled(tales, span),
    )


def _stretch(scene: Scene, waiting: Sequence[tuple[str, datetime]]) -> tuple[Stretch, str] | None:
    """The longest of all mailboxes, each by its own hours."""
    by_mailbox: dict[str, list[Tale]] = {}
    for tale in scene.tales:
        by_mailbox.setdefault(tale.mailbox, []).append(tale)
    waits: dict[str, list[datetime]] = {}
    for mailbox, since in waiting:
        waits.setdefault(mailbox, []).append(since)
    found = [
        (one, name)
        for name, hours in sorted(scene.hours().items())
        if (one := ourword.longest_stretch(by_mailbox.get(name, ()), hours, scene.span, waits.get(name, ())))
        is not None
    ]
    return max(found, key=lambda pair: pair[0].hours, default=None)


def items(urgent: Sequence[Call], broken: Sequence[Promise], old: Sequence[Waiter]) -> tuple[Item, ...]:
    """What can be acted on, in the order of the letter; a conversation has one number."""
    rows = [(call.tale.thread, Section.RING, call.ours.at) for call in urgent[:FIVE]]
    rows += [(one.tale.thread, Section.PROMISED, one.due) for one in broken[:FIVE] if _stands(one)]
    rows += [(row.thread, Section.FORGOTTEN, row.listed_since) for row in old[:FIVE]]
    first: dict[str, tuple[str, Section, datetime]] = {}
    for one in rows:
        first.setdefault(one[0], one)
    return tuple(Item(number, *one) for number, one in enumerate(first.values(), start=1))


def _stands(one: Promise) -> bool:
    """Whether a promise still waits for a word of ours."""
    pledge = one.tale.standing.pledge
    return pledge is not None and pledge.message == one.letter.id
