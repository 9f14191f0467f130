"""The copies of one message: outbox rows with their header block, alarms about what a rule could not tell.

Pure. A row exists for every inbox that any rule spoke of, also where the copy is held, withheld or
skipped: nothing ends uncopied without a row that says why.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from router.mail import dates, mark
from router.mail.block import block
from router.mail.kind import AUTOMATIC, Verdict
from router.routing.places import Inbox, Places
from router.routing.routed import Routed
from router.routing.rules import Decision, Plan
from router.store.answered import Mark
from router.store.bundles import Reason
from router.store.content import Content
from router.store.ids import copy_id
from router.store.messages import Stored
from router.store.outbox import ADD_COPY, Claimed, State
from router.store.rows import Row
from router.store.spool import RESTORED


@dataclass(frozen=True, slots=True)
class Copies:
    """Turns decisions into outbox rows."""

    places: Places
    key: bytes  # signs our marks
    now: datetime
    holder: str  # of the leases on copies that are handed on in memory
    lease: timedelta
    room: Callable[[str, Content], bool]  # whether the courier of an inbox takes one more in memory

    def add(
        self,
        routed: Routed,
        stored: Stored,
        mailboxes: Sequence[str],
        decision: Decision,
        held: str | None = None,
        *,
        read: bool = False,
    ) -> None:
        """Write the copies that this sighting adds to those that `stored` has; `held` says why all of them wait.

        `read`: they are filed as already read, where the decision says.
        """
        inboxes = self.places.by_name
        plans = [plan for plan in decision.copies if plan.inbox not in stored.inboxes]
        lines = self._block(routed, mailboxes, tuple(inboxes[plan.inbox].address for plan in plans), decision.rules)
        for plan in plans:
            inbox = inboxes[plan.inbox]
            has_it = self._has_it(inbox, stored, routed.analysis.seen.source)
            state, why = _first_state(plan, inbox, routed.analysis.seen.restored, has_it, held)
            if state in (State.PENDING, State.UNKNOWN) and inbox.rhythm.waits(self.now):
                state, why = State.HELD, Reason.RHYTHM.value
            filed = (plan, True) if read else _filed(plan, inbox, routed.analysis.verdict)
            self._copy(routed, filed, state, why, lines)
        for kept in decision.withheld:
            if kept.inbox not in stored.inboxes:
                plan = Plan(kept.inbox, (kept.rule,), None, None)
                self._copy(routed, (plan, False), State.WITHHELD, kept.rule, b"")
        stored.inboxes.update(plan.inbox for plan in plans)
        stored.inboxes.update(kept.inbox for kept in decision.withheld)
        for doubt in (one for one in decision.undecided if one.effect in ("delayed", "not-held")):
            detail = {"rule": doubt.rule, "key": doubt.key, "effect": doubt.effect, "message": routed.message}
            routed.alarm("rule-undecided", doubt.rule, detail, self.now)

    def _has_it(self, inbox: Inbox, stored: Stored, source: str) -> str | None:
        """Why an inbox holds the mail already: it was seen there, or is known to get it."""
        if self.places.found_in.get(source) == inbox.name:
            return "found-there"
        return "addressed" if inbox.skip_addressed and inbox.address in stored.recipients else None

    def _copy(self, routed: Routed, filed: tuple[Plan, bool], state: State, why: str | None, lines: bytes) -> None:
        (plan, read), seen = filed, routed.analysis.seen
        assert routed.thread is not None
        assert routed.message is not None
        copy = Claimed(
            id=copy_id(seen.id, plan.inbox),
            message=routed.message,
            inbox=plan.inbox,
            thread=routed.thread,
            content=seen.content,
            block=lines,
            received=seen.received,
            folder=plan.folder,
            seen=read,
            attempts=1,
            created=self.now,
            lease=self.now + self.lease,
            note={},
            doubts=0,
        )
        if state is State.UNKNOWN:
            routed.waiting.append(plan.inbox)
        elif state is not State.PENDING:
            routed.kept.append((plan.inbox, state, why))
        elif self.room(plan.inbox, seen.content):
            state = State.SENDING
            routed.claimed.append(copy)
        else:
            routed.waiting.append(plan.inbox)
        routed.write(ADD_COPY, self._row(copy, seen.id, state, why, plan.rules))

    def _row(self, copy: Claimed, sighting: str, state: State, why: str | None, rules: Sequence[str]) -> Row:
        ours, ended = state is State.SENDING, state in (State.WITHHELD, State.SKIPPED)
        marked = self.places.by_name[copy.inbox].marked and not ended
        return {
            "id": copy.id,
            "message": copy.message,
            "sighting": sighting,
            "sha256": copy.content.sha256,
            "inbox": copy.inbox,
            "thread": copy.thread,
            "received": copy.received,
            "state": state.value,
            "attempts": copy.attempts if ours else 0,
            "created": self.now,
            "due": self.now if state in (State.PENDING, State.UNKNOWN) else None,
            "holder": self.holder if ours else None,
            "lease": copy.lease if ours else None,
            "block": copy.block,
            "folder": copy.folder,
            "seen": copy.seen,
            "doubts": copy.doubts,
            "rules": list(rules),
            "reason": why,
            "changed": [],
            "ended": self.now if ended else None,
            "answered": Mark.OPEN.value if marked else None,
        }

    def _block(self, routed: Routed, mailboxes: Sequence[str], to: tuple[str, ...], rules: tuple[str, ...]) -> bytes:
        """Our header lines. The date stands last: a mail that begins with a folded line then spoils no mark."""
        this = routed.analysis
        known_as = tuple(self.places.mailbox_address.get(name, name) for name in mailboxes)
        return b"".join(
            (
                block([("X-Router-Copy", mark.make(self.key, str(routed.message)))]),
                _alike(known_as, to, rules, this.verdict.kind.value),
                _received(this.seen.received.replace(microsecond=0)),
            )
        )


@lru_cache(maxsize=256)
def _alike(mailboxes: tuple[str, ...], to: tuple[str, ...], rules: tuple[str, ...], kind: str) -> bytes:
    """The lines that are the same for most mail."""
    return block(
        [
            ("X-Router-Mailbox", ", ".join(mailboxes)),
            ("X-Router-Copied-To", ", ".join(to)),
            ("X-Router-Rule", ", ".join(rules)),
            ("X-Router-Kind", kind),
        ]
    )


@lru_cache(maxsize=16)
def _received(at: datetime) -> bytes:
    """The same for all mail of one second."""
    return block([("X-Router-Received", dates.written(at))])


def _filed(plan: Plan, inbox: Inbox, verdict: Verdict) -> tuple[Plan, bool]:
    """Where a copy goes, and whether as already read: a rule's folder comes before that for automatic mail."""
    if plan.folder or not inbox.automatic_folder or verdict.kind not in AUTOMATIC or verdict.needs_answer:
        return plan, False
    return plan._replace(folder=inbox.automatic_folder), True


def _first_state(
    plan: Plan, inbox: Inbox, restored: bool, has_it: str | None, held: str | None
) -> tuple[State, str | None]:
    if not inbox.delivers:
        return State.SKIPPED, "deliver-none"
    if has_it is not None:
        return State.SKIPPED, has_it
    if plan.hold is not None or held is not None:
        return State.HELD, plan.hold or held
    if restored:
        # It may have been delivered after the backup was made.
        return (State.UNKNOWN, None) if inbox.findable else (State.HELD, RESTORED)
    return State.PENDING, None
