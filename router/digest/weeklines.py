"""From what a weekly letter is made of to what it shows: names that may be told, words made fit, spans as seconds."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TypeVar

from router.conversation.agenda import Waiter
from router.conversation.letter import Letter
from router.conversation.ownwords import OwnWords, own_words
from router.conversation.rising import Rise
from router.conversation.voice import Voice
from router.conversation.weekly import figures, quoting
from router.conversation.weekly.figures import Founder, Thanks
from router.conversation.weekly.ourword import Promise
from router.conversation.weekly.pairs import Pair
from router.conversation.weekly.ring import Call
from router.conversation.weekly.tale import Tale
from router.digest.lines import called, findable, last_minute
from router.digest.plan import Plan
from router.digest.weekread import FIVE, THANKS, Found, broken
from router.digest.weekview import Broken, Counts, Day, Exchange, Old, Own, Praise, Ring, Risen, Rows, Said, Word
from router.mail.address import person
from router.mail.words import shown

_SUBJECT, _SENTENCE, _TEXT = 90, 160, 320  # characters
_BARS = 14  # days in a row that are shown one by one
_QUOTES = 2  # of a word that rises
_WORDS = 5  # that rise
_YEAR = timedelta(days=365)

T = TypeVar("T")
L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes the lines of one letter, `most` of each kind at the most."""

    plan: Plan
    found: Found
    most: int

    # Who.

    def us(self, letter: Letter) -> str | None:
        """One of us by name, where that may be told."""
        return self._us(letter.author, letter.founder is not None)

    def _us(self, author: str | None, founder: bool) -> str | None:
        if author is None or author in self.plan.shared:
            return None
        return person(author) if founder or author in self.plan.founders or self.plan.name_staff else None

    def mailbox(self, name: str | None) -> str | None:
        """Only where a letter has several."""
        return name if len(self.plan.mailboxes) > 1 else None

    # Sections.

    def counts(self) -> Counts:
        """The week."""
        mail, days = self.found.mail, self.found.days
        fullest = max(days.values(), default=0)
        shown_days = days.items() if len(days) <= _BARS else ()
        return Counts(
            letters=mail.letters,
            people=mail.people,
            days=tuple(Day(day, count, max(2, 100 * count // max(1, fullest))) for day, count in shown_days),
            half=_seconds(mail.half),
            slowest=_seconds(mail.slowest),
            slow=_who(mail.slow) if mail.slow else None,
            waits=mail.slowest is not None and not mail.answered,
        )

    def ring(self) -> Rows[Ring]:
        """Whom to ring."""
        return self._rows(self.found.calls, self._ring, FIVE)

    def _ring(self, call: Call) -> Ring:
        tale, texts = call.tale, self.found.texts
        others, first = self.found.known.get(tale.customer or "", (1, call.theirs.at))
        year = first.astimezone(self.plan.zone).year
        return Ring(
            number=self._number(tale.thread) or 0,
            name=_who(tale),
            address=findable(tale.customer),
            mailbox=self.mailbox(tale.mailbox),
            vip=tale.standing.vip,
            letters=call.letters,
            others=others - 1,
            since=year if others > 1 and year < self.found.span.end.astimezone(self.plan.zone).year else None,
            subject=shown(tale.subject, _SUBJECT),
            words=self._theirs(tale, call.theirs),
            wrote=call.theirs.at,
            ours=self._passage(texts.get(call.ours.id, ""), _SENTENCE),
            answered=call.ours.at,
            by=self.us(call.ours),
        )

    def _theirs(self, tale: Tale, last: Letter) -> str:
        """The sentence that says most, else the first of the last letter."""
        texts, names = self.found.texts, self.found.unnamed
        voices = [
            Voice(one.id, tale.customer or "", tale.thread, tale.mailbox, tale.subject, one.at, texts[one.id])
            for one in tale.theirs()
            if one.id in texts and not quoting.names(texts[one.id], names)
        ]
        best = own_words(reversed(voices), self.plan.zone, 1)
        return shown(best[0].text, _SENTENCE) if best else self._passage(texts.get(last.id, ""), _SENTENCE)

    def said(self) -> tuple[Said, ...]:
        """In their own words."""
        return tuple(self._said(one) for one in self.found.said[: self.most])

    def _said(self, one: OwnWords) -> Said:
        name = called(self.found.signed.get(one.message), one.customer)
        return Said(shown(one.text, _SENTENCE), name, shown(one.subject, _SUBJECT), one.at, self.mailbox(one.mailbox))

    def rising(self) -> tuple[Risen, ...]:
        """The words that surely rise; each sentence stands once, where a word has another."""
        told: set[str] = set()
        lines = []
        for one in [one for one in self._rises() if one.sure][: min(_WORDS, self.most)]:
            lines.append(self._risen(one, told))
            told.update(quote.text for quote in lines[-1].quotes)
        return tuple(lines)

    def doubtful(self) -> tuple[str, ...]:
        """The others."""
        return tuple(shown(one.word, _SUBJECT) for one in self._rises() if not one.sure)[: self.most]

    def _rises(self) -> list[Rise]:
        return [one for one in self.found.rising.rises if one.word.casefold() not in self.found.unnamed]

    def _risen(self, one: Rise, told_before: Collection[str]) -> Risen:
        fit = [quote for quote in one.quotes if not quoting.names(quote.text, self.found.unnamed)]
        quotes = [quote for quote in fit if shown(quote.text, _TEXT) not in told_before][:_QUOTES] or fit[:1]
        told = (
            Said(shown(quote.text, _TEXT), called(self.found.signed.get(quote.message), quote.customer))
            for quote in quotes
        )
        return Risen(shown(one.word, _SUBJECT), one.customers, one.mean, tuple(told))

    def exchanges(self) -> Rows[Exchange]:
        """What we said to them."""
        lines = tuple(map(self._exchange, self.found.exchanges[: self.most]))
        return Rows(self.found.answers, lines)

    def _exchange(self, pair: Pair) -> Exchange:
        texts = self.found.texts
        return Exchange(
            name=_who(pair.tale),
            subject=shown(pair.tale.subject, _SUBJECT),
            question=self._passage(texts.get(pair.question.id, ""), _TEXT),
            asked=pair.question.at,
            answer=self._passage(texts.get(pair.answer.id, ""), _TEXT),
            answered=pair.answer.at,
            by=self.us(pair.answer),
            took=_seconds(pair.took) or 0,
        )

    def praise(self) -> Rows[Praise]:
        """Well done."""
        return self._rows(self.found.thanks, self._praise, THANKS)

    def _praise(self, thanked: tuple[Thanks, tuple[str, ...]]) -> Praise:
        one, to = thanked
        words = self.found.texts.get(one.letter.id, one.letter.courtesy or "")
        founders = {one.to.author} if one.to is not None and one.to.founder is not None else set()
        names = dict.fromkeys(self._us(address, address in founders) for address in to)
        return Praise(_who(one.tale), self._passage(words, _SENTENCE), one.letter.at, tuple(names) or (None,))

    def word(self) -> Word:
        """Our word."""
        found = self.found
        stretch, mailbox = found.stretch or (None, None)
        settled = found.settled
        missed = broken(found.promises)
        return Word(
            stretch=_seconds(stretch.hours) if stretch else None,
            stretch_begin=stretch.begin if stretch else None,
            stretch_end=stretch.end if stretch else None,
            stretch_mailbox=self.mailbox(mailbox),
            silent=tuple(found.silent),
            kept=len(found.promises) - len(missed),
            broken=len(missed),
            lines=tuple(map(self._broken, missed[: min(FIVE, self.most)])),
            settled=len(settled),
            median=int(median(one.took.total_seconds() for one in settled)) if settled else None,
            again=sum(one.again for one in settled),
        )

    def _broken(self, one: Promise) -> Broken:
        due = last_minute(one.due, self.plan.zone) or one.due
        return Broken(
            number=self._number(one.tale.thread),
            name=_who(one.tale),
            mailbox=self.mailbox(one.tale.mailbox),
            vip=one.tale.standing.vip,
            phrase=self._fit(one.letter.promise or "", _SENTENCE),
            by=self.us(one.letter),
            said=one.letter.at,
            due=due,
        )

    def forgotten(self) -> tuple[tuple[int, int], ...]:
        """How many wait for longer than so many days."""
        counted = figures.forgotten([row.listed_since for row in self.found.old], self.found.span.end)
        return tuple((age.days, count) for age, count in counted.items())

    def old(self) -> Rows[Old]:
        """The oldest."""
        return self._rows(self.found.old, self._old, FIVE)

    def _old(self, row: Waiter) -> Old:
        waited = self.found.span.end - row.listed_since
        return Old(
            number=self._number(row.thread) or 0,
            name=called(row.customer_name or self.found.names.get(row.thread), row.customer),
            address=findable(row.customer),
            mailbox=self.mailbox(next((one for one in row.mailboxes if one in self.plan.mailboxes), None)),
            vip=row.vip,
            subject=shown(row.subject, _SUBJECT),
            words=self._fit(row.snippet or "", _SENTENCE) if row.since is not None else "",
            since=row.listed_since,
            seconds=_seconds(waited) or 0,
            promise=self._fit(row.promise, _SENTENCE) if row.promise and row.since is None else None,
            taken=row.taken_by is not None,
            taken_by=self._us(row.taken_by, founder=False),
            bar=max(2, min(100, int(100 * waited / _YEAR))),
        )

    def own(self) -> Rows[Own]:
        """You."""
        return self._rows(self.found.own, self._own, THANKS)

    def _own(self, one: Founder) -> Own:
        return Own(
            founder=_founder(one.inbox),
            name=_who(one.tale),
            at=one.at,
            mailbox=one.tale.mailbox,
            took=_seconds(one.took) or 0,
        )

    def by_founder(self) -> tuple[tuple[str, int], ...]:
        """How many answers of each, the most first."""
        counted: dict[str, int] = {}
        for one in self.found.own:
            counted[_founder(one.inbox)] = counted.get(_founder(one.inbox), 0) + 1
        return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))

    # Words.

    def _passage(self, text: str, most: int) -> str:
        return shown(quoting.passage(text, most, self.found.unnamed), most)

    def _fit(self, text: str, most: int) -> str:
        """One piece of a text, unless it names somebody who may not be named."""
        return "" if quoting.names(text, self.found.unnamed) else shown(text, most)

    def _rows(self, some: Sequence[T], line: Callable[[T], L], most: int) -> Rows[L]:
        return Rows(len(some), tuple(line(one) for one in some[: min(most, self.most)]))

    def _number(self, thread: str) -> int | None:
        return next((item.number for item in self.found.items if item.thread == thread), None)


def _who(tale: Tale) -> str | None:
    return called(tale.name, tale.customer)


def _founder(inbox: str) -> str:
    name = shown(inbox, _SUBJECT)
    return name[:1].upper() + name[1:]


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else max(0, int(span.total_seconds()))
