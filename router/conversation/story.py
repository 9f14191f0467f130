"""Reads a conversation from its first letter to its last, and says where it stands.

A conversation is a row of waits. A letter that needs an answer begins one; a further letter before the answer is a
reminder, and the clock goes on; an answer, or a person's word, ends it; a letter after an answer begins the next.

    answer      ours, written by a person, with the customer among its recipients
    none        automatic replies, receipts, bounces, campaigns, and what went to colleagues only

An answer that bounced has never reached whom the bounce names: their wait is as old as it was. A letter of nothing but
thanks after an answer begins a wait that is probably finished. Whoever writes with a plus-tag and without is one
customer, and an answer to either reaches him. All of this is a function of letters and words in the order in which they
were written: history that comes in late gives the same end.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from router.conversation.customer import person
from router.conversation.letter import Deed, Letter, Word
from router.conversation.order import told_in_order
from router.conversation.standing import End, How, Part, Pledge, Standing, State, Wait
from router.mail.kind import Kind

PROMISE_WITHOUT_A_DAY = timedelta(days=3)  # after which one that names no day has fallen due

# Ours of these kinds somebody wrote: a group of our own puts the marks of a list on its members' mail.
_WRITTEN = (Kind.PERSON, Kind.LIST)
_NOBODY: frozenset[str] = frozenset()


def stand(letters: Iterable[Letter], words: Iterable[Word] = ()) -> Standing:
    """Say where a conversation of these letters and words stands, in whatever order they are given."""
    ordered = told_in_order(list(letters))
    alone = [letter for _, letter in ordered]
    story = _Story(_unreached(alone), any(not one.ours and not one.inside for one in alone))
    told: list[tuple[datetime, Letter | Word]] = [*ordered, *((word.at, word) for word in words)]
    for at, one in sorted(told, key=lambda pair: pair[0]):  # stable: at the same instant a word is about the letter
        if isinstance(one, Word):
            story.hear(one)
        elif one.ours:
            story.send(one, at)
        else:
            story.receive(one)
    return story.end()


def _unreached(letters: Sequence[Letter]) -> dict[str, frozenset[str]]:
    """By letter of ours: the persons of whom a bounce says that it has not reached them."""
    lost: dict[str, frozenset[str]] = {}
    for bounce in (one for one in letters if one.kind is Kind.BOUNCE and not one.ours):
        sent = [one for one in letters if one.ours]
        failed = _persons(bounce.failed)
        named = [one for one in sent if one.message_id is not None and one.message_id in bounce.about]
        if told := named or [one for one in sent if one.at <= bounce.at and _persons(one.people) & failed]:
            last = told[-1]
            people = _persons(last.people)
            lost[last.id] = lost.get(last.id, _NOBODY) | (failed & people or people)
    return lost


@dataclass(slots=True)
class _Story:
    """What has been read so far."""

    unreached: Mapping[str, frozenset[str]]
    of_outsiders: bool  # somebody outside writes in it
    waits: list[Wait] = field(default_factory=list)
    reach: dict[str, frozenset[str]] = field(default_factory=dict)  # by a wait's first letter: whom an answer may go to
    parts: dict[str, Part] = field(default_factory=dict)
    rest: State = State.NONE  # where it stands while nobody waits
    customers: frozenset[str] = _NOBODY  # every person that an answer may go to
    answered: End | None = None
    pledge: Pledge | None = None
    snoozed_until: datetime | None = None
    taken_by: str | None = None
    last: Letter | None = None  # the newest that somebody outside wrote and no bounce
    vip: bool = False

    def receive(self, letter: Letter) -> None:
        """Somebody outside wrote."""
        if letter.kind is Kind.BOUNCE:
            self.parts[letter.id] = Part.BOUNCE
            return
        about_itself = letter.customer is None or letter.customer == letter.author
        if letter.inside and letter.needs_answer and (self.of_outsiders or not about_itself):
            # One of us, or somebody who says so: neither an answer nor a question. Alone it may be a form of ours.
            self.parts[letter.id] = Part.ASIDE
            return
        self.last = letter
        self.vip |= letter.vip
        self.customers |= _reach(letter)
        if not letter.needs_answer:
            self.parts[letter.id] = Part.NEEDS_NONE
            return
        self.snoozed_until = None
        at = next((at for at, wait in self._open() if _is_one(wait.customer, letter.customer)), None)
        if at is not None and self.waits[at].courtesy is not None and letter.courtesy is None:
            del self.waits[at]  # it was not finished: what was only thanks is no part of the wait
            at = None
        if at is not None:
            self._add(at, letter)
        elif letter.courtesy is not None and self.answered is not None:
            self._begin(letter, Part.COURTESY)
        else:
            self._begin(letter, Part.LETTER if self.answered is None else Part.AGAIN)

    def send(self, letter: Letter, at: datetime) -> None:
        """We wrote; `at` is no earlier than what it answers."""
        people = _persons(letter.people)
        reached = people - self.unreached.get(letter.id, _NOBODY)
        if letter.kind not in _WRITTEN or (self.customers and not people & self.customers):
            self.parts[letter.id] = Part.ASIDE
            return
        if people and not reached & (self.customers or people):
            self.parts[letter.id] = Part.BOUNCED
            return
        due = letter.promise_due or letter.at + PROMISE_WITHOUT_A_DAY
        promise = letter.promise
        self.pledge = Pledge(letter.id, letter.at, due, promise, letter.author) if promise is not None else None
        end = End(at, How.ANSWER, letter.author, letter.id, letter.founder)
        ended = self._finish(
            end, lambda wait: not self.reach[wait.letters[0]] or bool(reached & self.reach[wait.letters[0]])
        )
        self.parts[letter.id] = Part.ANSWER if ended else Part.WORD
        if self.last is not None:
            self.answered, self.rest = end, State.ANSWERED

    def hear(self, word: Word) -> None:
        """Somebody of us said a word on it."""
        match word.deed:
            case Deed.TAKE:
                self.taken_by = word.by
            case Deed.SNOOZE:
                self.snoozed_until = word.until
            case Deed.REOPEN:
                self._reopen()
            case Deed.PHONED:
                self.answered = End(word.at, How.PHONE, word.by)
                self._settle(self.answered, State.ANSWERED)
            case Deed.CLOSE:
                self._settle(End(word.at, How.CLOSED, word.by), State.CLOSED)
            case Deed.NEVER:
                self._finish(End(word.at, How.NEVER, word.by), lambda wait: _is_one(wait.customer, word.customer))
                self.rest = State.NONE
            case Deed.NEVER_MIND:
                self._resume(lambda wait, end: end.how is How.NEVER and _is_one(wait.customer, word.customer))

    def end(self) -> Standing:
        """All has been told."""
        state = self.rest
        if any(self._open()):
            state = State.WAITING if self.snoozed_until is None else State.SNOOZED
        snoozed = self.snoozed_until if state is State.SNOOZED else None
        return Standing(
            state, tuple(self.waits), self.parts, self.answered, self.pledge, snoozed, self.taken_by, self.vip
        )

    def _open(self) -> list[tuple[int, Wait]]:
        return [(at, wait) for at, wait in enumerate(self.waits) if wait.end is None]

    def _begin(self, letter: Letter, part: Part) -> None:
        self.parts[letter.id] = part
        self.reach[letter.id] = _reach(letter)
        courtesy = letter.courtesy if part is Part.COURTESY else None
        self.waits.append(Wait(letter.customer, letter.at, (letter.id,), self.answered is not None, courtesy))

    def _add(self, at: int, letter: Letter) -> None:
        wait = self.waits[at]
        self.parts[letter.id] = Part.REMINDER if wait.courtesy is None else Part.COURTESY
        self.reach[wait.letters[0]] |= _reach(letter)
        self.waits[at] = replace(wait, letters=(*wait.letters, letter.id))

    def _finish(self, end: End, which: Callable[[Wait], bool]) -> int:
        """End the open waits of `which`; returns how many."""
        ended = [(at, wait) for at, wait in self._open() if which(wait)]
        for at, wait in ended:
            self.waits[at] = replace(wait, end=end)
        if not self._open():
            self.taken_by = self.snoozed_until = None
        return len(ended)

    def _settle(self, end: End, rest: State) -> None:
        self._finish(end, lambda wait: True)
        self.pledge, self.rest = None, rest

    def _reopen(self) -> None:
        """What waits is no courtesy; if nothing waits, what came last waits after all."""
        self.snoozed_until = None
        waiting, last = self._open(), self.last
        ended = self.waits[-1].end if self.waits else None
        for at, wait in waiting:
            self.waits[at] = replace(wait, courtesy=None)
        if waiting or last is None:
            return
        if self.parts[last.id] is Part.NEEDS_NONE and (ended is None or ended.at < last.at):
            self._begin(last, Part.LETTER if self.answered is None else Part.AGAIN)
            return
        self._resume(lambda wait, end: end == ended)

    def _resume(self, which: Callable[[Wait, End], bool]) -> None:
        for at, wait in enumerate(self.waits):
            if wait.end is not None and which(wait, wait.end):
                self.waits[at] = replace(wait, end=None, courtesy=None)


def _reach(letter: Letter) -> frozenset[str]:
    """The persons whom an answer has to go to, so that it reaches whoever wrote."""
    return _persons(letter.answer_to if letter.customer is None else letter.answer_to | {letter.customer})


def _persons(addresses: frozenset[str]) -> frozenset[str]:
    return frozenset(map(person, addresses))


def _is_one(customer: str | None, other: str | None) -> bool:
    if customer is None or other is None:
        return customer is other
    return person(customer) == person(other)
