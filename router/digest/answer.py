"""The short mail back to whoever replied to a digest: what was carried out, what was not, and how to undo it.

It goes to a recipient of a digest and to nobody else. No customer's word stands in its header, and no machine answers it
(RFC 3834): it says what it is. Its Reply-To is the address that was replied to, so that the talk goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.conversation.carrying import Carried, Line, Outcome, Step, on_a_day
from router.conversation.edition import Edition
from router.conversation.mornings import Mornings
from router.conversation.orders import Verb
from router.mail import mark, written
from router.mail.block import folded
from router.mail.words import clean
from router.store.replies import Due, back_to

SHOWN = 100  # lines of one kind
_NAME = 80  # characters
_UNDONE = (Verb.DONE, Verb.PHONED, Verb.TOMORROW, Verb.SNOOZE, Verb.PARK, Verb.NEVER)


@dataclass(frozen=True, slots=True)
class Answers:
    """Writes these mails."""

    key: bytes  # signs our marks
    address: str  # ours, the From
    hostname: str
    reply_to: Callable[[str], str]  # the address of a name, signed: such as a bounce address
    wording: Callable[[Mapping[str, Any]], str]  # subject, an empty line, text
    days: int  # that an edition may be replied to

    def __call__(
        self, one: Due, edition: Edition, mornings: Mornings, carried: Carried, now: datetime
    ) -> tuple[str, bytes, bytes]:
        """Its name in the outbox, the header lines that are ours alone, and the rest: CRLF lines of ASCII."""
        values = _values(edition, mornings, carried) | {"days": self.days, "by": one.recipient}
        subject, _, text = self.wording(values).lstrip("\n").partition("\n")
        name = back_to(one.message)
        token = mark.make(self.key, name)
        place = edition.recipients.index(one.recipient)
        back = self.reply_to(mark.reply_name(edition.id, place))
        own = [
            folded(mark.FIELD.title(), [token]),
            folded("Message-ID", [f"<{mark.message_id(token, 'digest', self.hostname)}>"]),
            folded("To", [f"<{one.recipient}>"]),
            folded("Reply-To", [f"<{back}>"]),
        ]
        head = [
            folded("From", [f"<{self.address}>"]),
            written.head(subject, now, "auto-replied"),
            *_about(one.message_id),
            written.MIME,
            written.part("text/plain", text),
        ]
        return name, b"".join(own), b"".join(head)


def _about(message_id: str | None) -> list[bytes]:
    """What it answers, where that has an id that can stand in a header."""
    if not message_id or not message_id.isascii() or not message_id.isprintable() or " " in message_id:
        return []
    named = [f"<{message_id}>"] if len(message_id) < 900 else []
    return [folded(name, named) for name in ("In-Reply-To", "References") if named]


def _values(edition: Edition, mornings: Mornings, carried: Carried) -> dict[str, Any]:
    """What the template words."""
    done = [one for one in carried.steps if one.outcome is Outcome.CARRIED_OUT]
    left = [one for one in carried.steps if one.outcome is not Outcome.CARRIED_OUT]
    undo = dict.fromkeys(one.number for one in done if one.verb in _UNDONE)
    return {
        "digest": clean(edition.digest),
        "day": on_a_day(edition, mornings),
        "done": _shown(done, mornings, carried),
        "done_total": len(done),
        "left": _shown(left, mornings, carried),
        "left_total": len(left),
        "unclear": [{"text": clean(one.text), "why": one.why.value} for one in carried.unclear],
        "undo": list(undo)[:SHOWN],
        "fresh": carried.fresh,
        "served": carried.served,
        "refused": carried.refused,
    }


def _shown(steps: Sequence[Step], mornings: Mornings, carried: Carried) -> list[dict[str, Any]]:
    after = carried.after or {}
    return [_line(one, after.get(one.number, one.line), mornings) for one in steps[:SHOWN]]


def _line(one: Step, line: Line | None, mornings: Mornings) -> dict[str, Any]:
    """One number; instants by the clock of the digest."""

    def local(instant: datetime | None) -> datetime | None:
        return instant.astimezone(mornings.zone) if instant else None

    who = "" if line is None else clean(line.name or line.customer or "")[:_NAME]
    return {
        "number": one.number,
        "verb": one.verb.value,
        "outcome": one.outcome.value,
        "who": who,
        "until": local(one.until),
        "at": local(one.at),
        "state": line.state.value if line else "",
        "since": local(line.since) if line else None,
        "answered": local(line.answered) if line else None,
        "by": line.answered_by if line else None,
    }
