"""The sections of a weekly letter that count or quote: the week, their words, what rises, and whether we kept our word."""

from collections.abc import Collection
from statistics import median

from router.conversation.ownwords import OwnWords
from router.conversation.rising import Rise
from router.conversation.weekly import figures, quoting
from router.conversation.weekly.ourword import Promise
from router.digest.lines import called, last_minute
from router.digest.weekly.found import FIVE
from router.digest.weekly.teller import SENTENCE, SUBJECT, TEXT, Teller, seconds, who
from router.digest.weekly.view import Broken, Counts, Day, Risen, Said, Word
from router.mail.words import shown

_BARS = 14  # days in a row that are shown one by one
_QUOTES = 2  # of a word that rises
_WORDS = 5  # that rise


def counts(teller: Teller) -> Counts:
    """The week."""
    mail, days = teller.found.counted.mail, teller.found.counted.days
    fullest = max(days.values(), default=0)
    shown_days = days.items() if len(days) <= _BARS else ()
    return Counts(
        letters=mail.letters,
        people=mail.people,
        days=tuple(Day(day, count, max(2, 100 * count // max(1, fullest))) for day, count in shown_days),
        half=seconds(mail.half),
        slowest=seconds(mail.slowest),
        slow=who(mail.slow) if mail.slow else None,
        waits=mail.slowest is not None and not mail.answered,
    )


def said(teller: Teller) -> tuple[Said, ...]:
    """In their own words."""
    return tuple(_said(teller, one) for one in teller.found.voices.said[: teller.most])


def _said(teller: Teller, one: OwnWords) -> Said:
    name = called(teller.found.voices.signed.get(one.message), one.customer)
    return Said(shown(one.text, SENTENCE), name, shown(one.subject, SUBJECT), one.at, teller.mailbox(one.mailbox))


def rising(teller: Teller) -> tuple[Risen, ...]:
    """The words that surely rise; each sentence stands once, where a word has another."""
    told: set[str] = set()
    lines = []
    for one in [one for one in _rises(teller) if one.sure][: min(_WORDS, teller.most)]:
        lines.append(_risen(teller, one, told))
        told.update(quote.text for quote in lines[-1].quotes)
    return tuple(lines)


def doubtful(teller: Teller) -> tuple[str, ...]:
    """The others."""
    return tuple(shown(one.word, SUBJECT) for one in _rises(teller) if not one.sure)[: teller.most]


def _rises(teller: Teller) -> list[Rise]:
    """Without those that are, or hold, a name: people are called by both of theirs, and those are a pair."""
    voices = teller.found.voices
    return [one for one in voices.rising.rises if voices.unnamed.isdisjoint(one.word.casefold().split())]


def _risen(teller: Teller, one: Rise, told_before: Collection[str]) -> Risen:
    fit = [quote for quote in one.quotes if not quoting.names(quote.text, teller.found.voices.unnamed)]
    quotes = [quote for quote in fit if shown(quote.text, TEXT) not in told_before][:_QUOTES] or fit[:1]
    told = (
        Said(shown(quote.text, TEXT), called(teller.found.voices.signed.get(quote.message), quote.customer))
        for quote in quotes
    )
    return Risen(shown(one.word, SUBJECT), one.customers, one.mean, tuple(told))


def word(teller: Teller) -> Word:
    """Our word."""
    ours = teller.found.word
    stretch, mailbox = ours.stretch or (None, None)
    settled, missed = ours.settled, ours.broken()
    return Word(
        stretch=seconds(stretch.hours) if stretch else None,
        stretch_begin=stretch.begin if stretch else None,
        stretch_end=stretch.end if stretch else None,
        stretch_mailbox=teller.mailbox(mailbox),
        silent=tuple(ours.silent),
        kept=len(ours.promises) - len(missed),
        broken=len(missed),
        lines=tuple(_broken(teller, one) for one in missed[: min(FIVE, teller.most)]),
        settled=len(settled),
        median=int(median(one.took.total_seconds() for one in settled)) if settled else None,
        again=sum(one.again for one in settled),
    )


def _broken(teller: Teller, one: Promise) -> Broken:
    due = last_minute(one.due, teller.plan) or one.due
    return Broken(
        number=teller.number(one.tale.thread),
        name=who(one.tale),
        mailbox=teller.mailbox(one.tale.mailbox),
        vip=one.tale.standing.vip,
        phrase=teller.fit(one.letter.promise or "", SENTENCE),
        by=teller.us(one.letter),
        said=one.letter.at,
        due=due,
    )


def forgotten(teller: Teller) -> tuple[tuple[int, int], ...]:
    """How many wait for longer than so many days."""
    counted = figures.forgotten([row.listed_since for row in teller.found.forgotten.rows], teller.found.span.end)
    return tuple((age.days, count) for age, count in counted.items())
