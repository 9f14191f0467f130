"""What follows from a mail about a copy: it is recorded at that copy, and a copy that was refused is sent wrapped, or given up.

Pure. A refusal that speaks of the mail (RFC 3463: 5.6 the content, 5.7 policy) is answered by the wrapper, once, and
one of its size by its beginning. Nothing that comes back is a customer's mail, and nothing is answered.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.clock import rfc3339
from router.mail.address import base
from router.mail.dsn import Fate
from router.mail.kind import Kind
from router.mail.mark import is_notice
from router.routing.places import Inbox
from router.routing.returns import Return
from router.routing.routed import Routed
from router.store.ids import new_id
from router.store.messages import ADD_EVENT
from router.store.outbox import State
from router.store.returns import GIVE_UP, NOTE_RETURN, SEND_SHORTENED, SEND_WRAPPED, SENT, Original, Sent

# Why a mail about a copy is not copied itself.
UNCOPIED: Mapping[Kind, str] = {
    Kind.BOUNCE: "bounce-of-copy",
    Kind.DELAY: "report-of-copy",
    Kind.DELIVERY_REPORT: "report-of-copy",
    Kind.READ_RECEIPT: "report-of-copy",
}
OTHERWISE = "reply-to-copy"
KEPT = 20  # of what came back, at one copy: a responder may answer for ever
_ABOUT_THE_MAIL, _ABOUT_ITS_SIZE = ("5.6.", "5.7."), ("5.2.3", "5.3.4")
_WRITES = {"wrapped": SEND_WRAPPED, "shortened": SEND_SHORTENED, "failed": GIVE_UP}
_KINDS = {"failed": Kind.BOUNCE, "delayed": Kind.DELAY}


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Records what came back."""

    inboxes: Sequence[Inbox]
    originals: Mapping[str, Original]
    now: datetime

    def of(self, routed: Routed, back: Return) -> None:
        """Add what follows from `back` to the writes of its sighting."""
        original = self.originals.get(back.message)
        for kind, fate in _news(routed, back):
            copy = None if original is None else self._copy(original, fate.addresses)
            then = None if copy is None else self._follow(routed, copy, kind, fate)
            if original is not None and original.thread is not None:
                self._event(routed, original.thread, back, copy, kind, fate)
            if kind is Kind.BOUNCE and is_notice(back.message):
                bounced = {"addresses": list(fate.addresses), "status": fate.status}
                routed.alarm("alarm-bounced", ",".join(fate.addresses) or "operator", bounced, self.now)
            elif kind is Kind.BOUNCE:
                about = copy.inbox if copy else "unknown"
                told = {"inbox": about, "status": fate.status, "text": fate.text, "message": back.message, "then": then}
                of_digest = {"digest": original.digest} if original is not None and original.digest else {}
                routed.alarm("copy-bounced", about, told | of_digest, self.now)

    def _copy(self, original: Original, addresses: Sequence[str]) -> Sent | None:
        """The copy for one of these addresses; else the only one that went by mail."""
        names = {name: inbox.name for inbox in self.inboxes for name in (base(inbox.address), inbox.address)}
        named = [names[one] for each in addresses for one in (each, base(each)) if one in names]
        # A digest goes to people by their address, whether they have an inbox here or not.
        people = [one for each in addresses for one in (each, base(each)) if _is_address(one)]
        copies = {copy.inbox: copy for copy in original.copies}
        if found := next((copies[name] for name in (*named, *people) if name in copies), None):
            return found
        by_mail = [copy for copy in original.copies if self._by_mail(copy)]
        return by_mail[0] if len(by_mail) == 1 and not named else None

    def _follow(self, routed: Routed, copy: Sent, kind: Kind, fate: Fate) -> str | None:
        """Note it at the copy, which may go on its way again; "wrapped", "shortened", "failed" or None says how."""
        then = _next(copy, fate) if kind is Kind.BOUNCE and self._by_mail(copy) and copy.state in SENT else None
        entry = {"kind": kind.value, "status": fate.status or None, "at": rfc3339(routed.analysis.seen.received)}
        copy.came_back = [*copy.came_back, {**entry, "message": routed.message, "then": then}][-KEPT:]
        routed.write(NOTE_RETURN, {"b_id": copy.id, "came_back": copy.came_back})
        if then is None:
            return None
        said = " ".join(part for part in ("bounced:", fate.status, fate.text) if part)
        row = {"b_id": copy.id, "now": self.now, "last_error": said}
        routed.write(_WRITES[then], row)
        copy.state = State.FAILED if then == "failed" else State.DEFERRED
        if copy.state is State.DEFERRED:
            routed.waiting.append(copy.inbox)
        return then

    def _by_mail(self, copy: Sent) -> bool:
        """Elsewhere a receipt is proof that it is there: what bounced went on from there."""
        return _is_address(copy.inbox) or any(inbox.name == copy.inbox and not inbox.findable for inbox in self.inboxes)

    def _event(self, routed: Routed, thread: str, back: Return, copy: Sent | None, kind: Kind, fate: Fate) -> None:
        detail: dict[str, Any] = {
            "inbox": copy.inbox if copy else None,
            "kind": kind.value,
            "status": fate.status or None,
        }
        row = {
            "id": new_id(),
            "thread": thread,
            "message": back.message,
            "name": "came-back",
            "at": routed.analysis.seen.received,
            "detail": {**detail, "message": routed.message},
        }
        routed.write(ADD_EVENT, row)


def _news(routed: Routed, back: Return) -> Iterator[tuple[Kind, Fate]]:
    """What is said of each recipient; an automatic reply speaks for whoever sent it."""
    if not back.fates:
        this = routed.analysis
        writers = tuple(one.addr for one in this.message.from_)
        yield back.kind, Fate((*writers, this.seen.sender), "", "", "")
    for fate in back.fates:
        yield _KINDS.get(fate.action, Kind.DELIVERY_REPORT) if fate.action else back.kind, fate


def _is_address(channel: str) -> bool:
    """Whether letters go there by mail, to a person; the name of an inbox has no such sign."""
    return "@" in channel


def _next(copy: Sent, fate: Fate) -> str:
    if _is_address(copy.inbox):
        return "failed"  # a letter of ours: as an attachment it would say the same
    before = {entry.get("then") for entry in copy.came_back}
    if "shortened" in before or "wrapped:size" in copy.changed:
        return "failed"
    if fate.status in _ABOUT_ITS_SIZE:
        return "shortened"
    wrapped = "wrapped" in before or any(code.startswith("wrapped") for code in copy.changed)
    return "wrapped" if fate.status.startswith(_ABOUT_THE_MAIL) and not wrapped else "failed"
