"""Tells what was read: which of us may be named, what of a text fits, how many lines there is room for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from router.conversation.letter import Letter
from router.conversation.weekly import quoting
from router.conversation.weekly.tale import Tale
from router.digest.lines import called
from router.digest.plan import Plan
from router.digest.weekly.found import Found
from router.digest.weekly.view import Rows
from router.mail.address import person
from router.mail.words import shown

SUBJECT, SENTENCE, TEXT = 90, 160, 320  # characters

T = TypeVar("T")
L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class Teller:
    """Of one letter, with `most` lines of each kind at the most."""

    plan: Plan
    found: Found
    most: int

    def us(self, letter: Letter) -> str | None:
        """One of us by name, where that may be told."""
        return self.one_of_us(letter.author, letter.founder is not None)

    def one_of_us(self, author: str | None, founder: bool) -> str | None:
        """The same by address; None is "a colleague"."""
        if author is None or author in self.plan.shared:
            return None
        return person(author) if founder or author in self.plan.founders or self.plan.name_staff else None

    def mailbox(self, name: str | None) -> str | None:
        """Only where a letter has several."""
        return name if len(self.plan.mailboxes) > 1 else None

    def passage(self, text: str, most: int) -> str:
        """The first sentences of a text, but for those that name somebody who may not be named."""
        return shown(quoting.passage(text, most, self.found.voices.unnamed), most)

    def fit(self, text: str, most: int) -> str:
        """One piece of a text, unless it names somebody who may not be named."""
        return "" if quoting.names(text, self.found.voices.unnamed) else shown(text, most)

    def rows(self, some: Sequence[T], line: Callable[["Teller", T], L], most: int) -> Rows[L]:
        """The first of them, as many as there is room for."""
        return Rows(len(some), tuple(line(self, one) for one in some[: min(most, self.most)]))

    def number(self, thread: str) -> int | None:
        """By which a reply names a conversation; None where it can not be acted on."""
        return next((item.number for item in self.found.items if item.thread == thread), None)


def who(tale: Tale) -> str | None:
    """What a customer is called."""
    return called(tale.name, tale.customer)


def seconds(span: timedelta | None) -> int | None:
    """Whole ones, and none below zero."""
    return None if span is None else max(0, int(span.total_seconds()))
