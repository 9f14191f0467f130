"""A conversation as the weekly letter reads it: whole up to the end of the week, with the names that people know it by.

Values only. Whatever came after the end of the week is not in it, so that the letter of an old week is what it would
have been then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from router.conversation.letter import Letter, Word
from router.conversation.standing import Part, Standing

OF_CUSTOMERS = (Part.LETTER, Part.REMINDER, Part.AGAIN, Part.COURTESY)
TO_CUSTOMERS = (Part.ANSWER, Part.WORD)


@dataclass(frozen=True, slots=True)
class Tale:
    """One conversation up to an instant."""

    thread: str
    mailbox: str
    subject: str
    customer: str | None  # an address
    name: str | None  # the customer's
    letters: tuple[Letter, ...]  # by receipt
    words: tuple[Word, ...]  # by the time at which they were said
    standing: Standing

    def theirs(self) -> Iterator[Letter]:
        """The letters of customers that asked for an answer, or thanked for one."""
        return (one for one in self.letters if self.standing.parts.get(one.id) in OF_CUSTOMERS)

    def to_them(self) -> Iterator[Letter]:
        """Our letters that reached a customer."""
        return (one for one in self.letters if self.standing.parts.get(one.id) in TO_CUSTOMERS)


@dataclass(frozen=True, slots=True)
class Span:
    """A week, or any other time that a letter tells of."""

    begin: datetime
    end: datetime  # the first instant that is no longer of it

    def __contains__(self, at: datetime) -> bool:
        return self.begin <= at < self.end
