"""A digest that could not be composed, and says so: its absence would mean something else.

It needs nothing but the wording, and not even that: where no template can be filled at all, three lines stand here.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from router.conversation.edition import Edition
from router.conversation.slots import is_late
from router.digest.letter import Composed, Letter
from router.mail import mark, written
from router.mail.block import folded
from router.mail.words import clean, clean_lines

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plain:
    """Writes it."""

    key: bytes  # signs our marks
    address: str  # ours, the From
    hostname: str  # of our message ids
    wording: Callable[[Mapping[str, Any]], str]  # subject, an empty line, text

    def __call__(self, edition: Edition, why: str) -> Composed:
        """The letters of an edition that lists nothing; `why` may hold anybody's words and stands in the text only."""
        subject, text = self._words(edition, clean(why)[:1000])
        token = mark.make(self.key, edition.id)
        head = [
            folded("From", [f"<{self.address}>"]),
            written.head(subject, edition.made),
            folded("Message-ID", [f"<{mark.message_id(token, 'digest', self.hostname)}>"]),
            folded("List-Id", [f"<{edition.digest}.digest.{self.hostname}>"]),
            written.MIME,
            written.part("text/plain", clean_lines(text)),
        ]
        body = b"".join(head)
        return Composed((), tuple(self._letter(one, token, body) for one in edition.recipients))

    def _letter(self, recipient: str, token: str, body: bytes) -> Letter:
        return Letter(recipient, folded(mark.FIELD.title(), [token]) + folded("To", [f"<{recipient}>"]), body)

    def _words(self, edition: Edition, why: str) -> tuple[str, str]:
        values = {
            "digest": edition.digest,
            "kind": edition.kind.value,
            "at": edition.at,
            "late": is_late(edition),
            "missed": edition.missed,
            "why": why,
        }
        try:
            subject, _, text = self.wording(values).lstrip("\n").partition("\n")
        except Exception as error:  # even the shipped wording is gone
            log.exception("no template can be filled")
            why = f"{why}; {clean(str(error))}"
            subject, text = "The digest could not be composed", f"{edition.digest}, {edition.slot}\n\n{why}"
        return subject, text
