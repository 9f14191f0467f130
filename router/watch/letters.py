"""Alarms as mail to the operator, through the relay: one small mail tells everything that is new.

It holds no word of a customer's, and what a bounce says is left out, since that may quote a mail. It is a mail of ours
by its Message-ID and its mark: where it comes back, it becomes nobody's question. Its envelope sender is a bounce
address of its own, not the null one, which many relays refuse to those who log in; a bounce that comes there is told
by the other channels and `status` only, or each mail about a bounce would set off the next.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar

from router.delivery.forms.form import Form
from router.delivery.forms.ours import address_list
from router.delivery.smtp.now import send_now
from router.delivery.smtp.session import CannotSend, Relay
from router.delivery.smtp.transactions import Taken
from router.delivery.words import plain
from router.mail import mark, written
from router.mail.block import folded
from router.mail.words import clean
from router.store.telling import News
from router.watch.alarms import SHOWN
from router.watch.calls import CallFailed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letters:
    """The way to the operator by mail."""

    relay: Relay
    recipients: tuple[str, ...]
    address: str  # ours, the From
    hostname: str
    token: Callable[[str], str]  # signs the name of a mail
    bounces: Callable[[str], str]  # the envelope sender for the name of a mail
    wording: Callable[[Mapping[str, Any]], str]  # subject, an empty line, text
    now: Callable[[], datetime]
    name: ClassVar[str] = "mail"

    def groups(self, found: Sequence[News]) -> list[list[News]]:
        """All in one mail."""
        told = [one for one in found if one.code != mark.NOTICE_BOUNCED]
        return [told] if told else []

    async def tell(self, group: Sequence[News]) -> None:
        """Send it; told is what at least one of the recipients has."""
        octets = self.letter(group)
        form = Form(lambda: iter((octets,)), len(octets), eight_bit=False, changed=())
        try:
            ends = await send_now(self.relay, self.bounces(_name(group)), self.recipients, form)
        except CannotSend as error:
            raise CallFailed(str(error)) from error
        refused = {to: plain(end.error) for to, end in ends.items() if not isinstance(end, Taken)}
        if len(refused) == len(ends):
            raise CallFailed("; ".join(f"{to}: {why}" for to, why in refused.items()))
        for to, why in refused.items():
            log.error("%s is not told of alarms: %s", to, why)

    def letter(self, group: Sequence[News]) -> bytes:
        """The mail: CRLF lines of ASCII."""
        token = self.token(_name(group))
        subject, _, text = self.wording(self._values(group)).lstrip("\n").partition("\n")
        head = [
            folded("From", [f"<{self.address}>"]),
            address_list("To", self.recipients),
            written.head(subject, self.now()),
            folded("Message-ID", [f"<{mark.message_id(token, mark.NOTICE, self.hostname)}>"]),
            folded(mark.FIELD.title(), [token]),
            written.MIME,
            written.part("text/plain", text),
        ]
        return b"".join(head)

    def _values(self, group: Sequence[News]) -> dict[str, Any]:
        """What the template words: alarms by code, those that stand and those that have ended."""
        kinds = groupby(sorted(group, key=_kind), key=_kind)
        listed = [(standing, code, list(several)) for (standing, code), several in kinds]
        return {
            "hostname": self.hostname,
            **{
                name: [
                    {"code": code, "total": len(several), "alarms": [_shown(one) for one in several[:SHOWN]]}
                    for standing, code, several in listed
                    if standing is (name == "raised")
                ]
                for name in ("raised", "ended")
            },
        }


def _kind(one: News) -> tuple[bool, str]:
    return one.standing, one.code


def _shown(one: News) -> dict[str, Any]:
    detail = {key: value for key, value in dict(one.detail).items() if key != "text"}
    return {
        "code": one.code,
        "detail": _clean(detail),
        "first": one.first,
        "last": one.last,
        "count": one.count,
        "ended": one.ended,
    }


def _clean(value: Any) -> Any:
    """Servers' words on one line each."""
    match value:
        case str():
            return clean(value)
        case list():
            return [_clean(one) for one in value]
        case dict():
            return {key: _clean(one) for key, one in value.items()}
    return value


def _name(group: Sequence[News]) -> str:
    """The same for the same news, so that a mail that is sent twice is one to those who compare Message-IDs."""
    told = "\n".join(f"{one.key} {one.standing} {one.count} {one.last.isoformat()}" for one in group)
    return f"{mark.NOTICE}-{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]}"
