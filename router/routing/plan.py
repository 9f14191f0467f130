"""What T2 decides for one sighting, as rows: pure but for fresh ids.

`Planner` goes through a batch in order and adds to `known` what the batch itself makes known, so that the second of two
equal mails in one batch is a repeat of the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from router.conversation import customer
from router.conversation.story import stand
from router.mail.kind import MACHINE
from router.routing import loops
from router.routing.aftermath import OTHERWISE, Aftermath
from router.routing.aftermath import UNCOPIED as UNCOPIED_RETURN
from router.routing.analysis import UNREADABLE, Analysis
from router.routing.copies import Copies
from router.routing.facts import Ties, facts_of, ties_of
from router.routing.identify import Identity, identify
from router.routing.letters import letter_columns, needed
from router.routing.loops import Signs
from router.routing.places import Places, Role
from router.routing.placing import put
from router.routing.routed import Routed
from router.routing.rules import Decision, decide
from router.store import messages
from router.store.erase import came_again
from router.store.history import IMPORTED
from router.store.ids import new_id
from router.store.letters import letter
from router.store.messages import Hit, Known, Stored
from router.store.rows import Row
from router.store.spool import SETTLE_SIGHTING
from router.store.standings import columns
from router.store.threads import ADD_THREAD
from router.store.waiting import ANSWERS_SEEN

# Why a message has no copies.
UNCOPIED = {Role.OUTBOUND: "answer", Role.JOURNAL: "journal-report", Role.OWN: "to-router"}


@dataclass(slots=True)
class Planner:
    """Plans the sightings of one batch, one after the other."""

    places: Places
    known: Known
    copies: Copies
    now: datetime
    signs: Mapping[str, Signs] = field(default_factory=dict)  # of mail that has come through an inbox, by sighting
    ties: Mapping[str, Ties] = field(default_factory=dict)  # that were looked up, by sighting

    def plan(self, this: Analysis) -> Routed:
        """Decide what one sighting is and what follows from it."""
        role, mailboxes = self.places.roles(this.seen.recipients)
        routed = Routed(this, identify(this, self.known.hits, role, self.places.address))
        hit = routed.found.hit
        # A hash may outlive its mail: then it says only that the mail was here.
        stored = self.known.messages.get(hit.message) if hit is not None else None
        match routed.found.identity:
            case Identity.SETTLED:
                return routed
            case Identity.NEW:
                self._new(routed, role, mailboxes)
            case Identity.SAME if hit is not None and stored is not None and not stored.forgotten:
                self._same(routed, hit.message, role, mailboxes)
            case Identity.OWN:
                routed.message = hit.message if hit else this.copy_of or (this.back.message if this.back else None)
            case Identity.RETURNED if hit is None:
                self._returned(routed)
            case _:
                routed.message = hit.message if hit and stored else None
        self._settle(routed)
        if stored is not None and stored.forgotten:
            for statement, row in came_again(this.seen.id, this.seen.content.sha256):
                routed.write(statement, row)
        return routed

    def _settle(self, routed: Routed) -> None:
        hit = routed.found.hit if routed.found.identity is Identity.REPEAT else None
        row = {
            "b_id": routed.analysis.seen.id,
            "message": routed.message,
            "verdict": routed.found.identity.value,
            "repeat_of": hit.sighting if hit else None,
            "routed": self.now,
        }
        routed.write(SETTLE_SIGHTING, row)

    def _new(self, routed: Routed, role: Role, mailboxes: tuple[str, ...]) -> None:
        this, message = routed.analysis, new_id()
        routed.message = message
        if role is Role.OWN and this.verdict.kind in MACHINE:
            # Nobody wrote it to anybody: it belongs to no conversation, whatever it replies to.
            routed.alarm("stray-report", this.verdict.kind.value, {"message": message}, self.now)
            self._apart(routed, UNCOPIED[role])
            return
        why, is_new = put(routed, self._ties(routed), self.known, message)
        decision = self._decide(this, mailboxes) if role is Role.INBOUND else None
        routed.uncopied = IMPORTED if this.seen.history else UNCOPIED.get(role)
        if decision is not None and not this.seen.history:
            routed.rules = decision.rules
            routed.uncopied = None if decision.copies or decision.withheld else "no-rule"
        row = self._message_row(routed, role, mailboxes, why, decision)
        routed.write(messages.ADD_MESSAGE, row)
        self._stand(routed, row, is_new)
        if role is Role.OUTBOUND:
            self._answers_seen(routed, mailboxes)
        recipients, ours = set(this.seen.recipients), role is Role.OUTBOUND
        stored = Stored(str(routed.thread), mailboxes, set(), recipients=recipients, ours=ours)
        self.known.messages[message] = stored
        self._remember(routed)
        self._event(routed, "received", {"sighting": this.seen.id})
        if decision is not None and not this.seen.history:
            self.copies.add(routed, stored, mailboxes, decision, self._held(routed, mailboxes))
        if UNREADABLE in this.faults:
            routed.alarm("unreadable-message", message, {"faults": list(this.faults)}, self.now)

    def _stand(self, routed: Routed, row: Row, is_new: bool) -> None:
        """Where the conversation stands now: of a new one that is known here, of others the store computes it."""
        if is_new:
            fresh = {"id": row["id"], "merged_into": None, "created": self.now}
            routed.write(ADD_THREAD, fresh | columns(stand([letter(row)])))
        else:
            routed.restate.add(str(routed.thread))

    def _answers_seen(self, routed: Routed, mailboxes: Sequence[str]) -> None:
        seen = {"source": routed.analysis.seen.source, "first": self.now, "last": self.now}
        routed.write(ANSWERS_SEEN, *(seen | {"mailbox": name} for name in mailboxes))

    def _returned(self, routed: Routed) -> None:
        """A mail about a copy: recorded there, and nowhere else."""
        this, back = routed.analysis, routed.analysis.back
        assert back is not None
        original = self.known.originals.get(back.message)
        if original is not None and original.forgotten:
            # It may return the whole mail of somebody who was erased.
            for statement, row in came_again(this.seen.id, this.seen.content.sha256):
                routed.write(statement, row)
            return
        routed.message = new_id()
        self._apart(routed, UNCOPIED_RETURN.get(back.kind, OTHERWISE), original.customer if original else None)
        Aftermath(self.places.inboxes, self.known.originals, self.now).of(routed, back)

    def _apart(self, routed: Routed, why: str, customer: str | None = None) -> None:
        """Store a message without a conversation and copies; `customer` is whose mail it may return."""
        message = str(routed.message)
        routed.thread, routed.uncopied = message, why
        row = self._message_row(routed, Role.OWN, (), ())
        routed.write(messages.ADD_MESSAGE, row | {"customer": customer, "customer_name": None, "topic": None})
        self.known.messages[message] = Stored(message, (), set())
        self._remember(routed)

    def _held(self, routed: Routed, mailboxes: Sequence[str]) -> str | None:
        """Why all copies wait for a person, if they do."""
        this = routed.analysis
        seen, signs = this.seen, self.signs.get(this.seen.id)
        if signs is not None and not seen.released:
            before = signs.count(self.known.hits, seen.received)
            self._count(routed, signs.rows)
            if before >= self.places.loop_limit:
                routed.alarm("loop", signs.inbox, {"inbox": signs.inbox, "message": routed.message}, self.now)
                return "loop"
        if loops.too_many_hops(this) and not seen.released:
            about = ",".join(mailboxes) or "unknown"
            routed.alarm("too-many-hops", about, {"message": routed.message}, self.now)
            return "too-many-hops"
        return None

    def _same(self, routed: Routed, message: str, role: Role, mailboxes: tuple[str, ...]) -> None:
        """A further sighting: routed for its own mailboxes; one row per message and inbox makes the union."""
        this, stored = routed.analysis, self.known.messages[message]
        routed.message, routed.thread = message, stored.thread
        stored.recipients.update(this.seen.recipients)
        self._remember(routed)
        self._event(routed, "sighted", {"sighting": this.seen.id, "why": routed.found.why})
        if role not in (Role.INBOUND, Role.OUTBOUND):  # it came to no mailbox
            return
        if role is Role.OUTBOUND:
            self._ours(routed, mailboxes)
        if added := tuple(name for name in mailboxes if name not in stored.mailboxes):
            stored.mailboxes = (*stored.mailboxes, *added)
            routed.write(messages.ADD_MAILBOXES, {"b_id": message, "mailboxes": list(stored.mailboxes)})
        if role is Role.OUTBOUND or this.seen.history:
            return
        decision = self._decide(this, mailboxes)
        routed.rules = decision.rules
        if decision.copies or decision.withheld:
            routed.write(messages.COPIED, {"b_id": message})
        held = "too-many-hops" if loops.too_many_hops(this) else None
        self.copies.add(routed, stored, mailboxes, decision, held)

    def _ours(self, routed: Routed, mailboxes: Sequence[str]) -> None:
        """Known by another way, and now seen where only our mail is: whoever wrote it had put the mailbox into Cc."""
        this, message = routed.analysis, str(routed.message)
        self._answers_seen(routed, mailboxes)
        stored = self.known.messages[message]
        if stored.ours:
            return
        stored.ours = True
        among = self._ties(routed).parties
        address, name = (among.customer.addr, among.customer.name) if among.customer else (None, None)
        row = {"b_id": message, "customer": address, "customer_name": name}
        routed.write(messages.BECOME_OURS, row | letter_columns(this, self.places, among, ours=True, vip=False))
        routed.restate.add(stored.thread)

    def _decide(self, this: Analysis, mailboxes: Sequence[str]) -> Decision:
        places = self.places
        facts = facts_of(this, mailboxes)
        return decide(places.rules, facts, inboxes=places.names, hours=places.hours, zone=places.zone)

    def _ties(self, routed: Routed) -> Ties:
        return self.ties.get(routed.analysis.seen.id) or ties_of(routed.analysis, self.places)

    def _event(self, routed: Routed, name: str, detail: dict[str, Any]) -> None:
        at = routed.analysis.seen.received
        row = {
            "id": new_id(),
            "thread": routed.thread,
            "message": routed.message,
            "name": name,
            "at": at,
            "detail": detail,
        }
        routed.write(messages.ADD_EVENT, row)

    def _remember(self, routed: Routed) -> None:
        """What this sighting is known by, for the batch and for ever."""
        self._count(routed, routed.analysis.keys)

    def _count(self, routed: Routed, keys: Sequence[bytes]) -> None:
        seen, message = routed.analysis.seen, str(routed.message)
        hit = Hit(seen.id, message, seen.source, seen.peer, seen.received, seen.history)
        for key in keys:
            self.known.hits.setdefault(key, []).append(hit)
            row = {"key": key, "sighting": seen.id, "message": message, "source": seen.source, "at": seen.received}
            routed.write(messages.ADD_IDENTITY, row)

    def _message_row(
        self,
        routed: Routed,
        role: Role,
        mailboxes: Sequence[str],
        why: Sequence[str],
        decision: Decision | None = None,
    ) -> Row:
        this = routed.analysis
        ours = role is Role.OUTBOUND
        mail, verdict = this.message, this.verdict
        ties = self._ties(routed)
        about, trait = ties.parties.customer, ties.trait
        needs, because = needed(verdict, decision, excused=about is not None and about.addr in self.known.never)
        vip = decision is not None and decision.vip
        marks = list(this.faults)
        if any(key in self.known.message_ids for key in mail.message_ids):
            marks.append("known-message-id")
        self.known.message_ids.update(mail.message_ids)
        return {
            "id": routed.message,
            "sha256": this.seen.content.sha256,
            "message_id": mail.message_id,
            "direction": "out" if ours else "in",
            "kind": verdict.kind.value,
            "reasons": list(verdict.reasons),
            "needs_answer": needs and role is Role.INBOUND,
            "needs_reasons": list(because),
            "customer": about.addr if about else None,
            "customer_name": about.name if about else None,
            "subject": mail.subject,
            "mailboxes": list(mailboxes),
            "received": this.seen.received,
            "thread": routed.thread,
            "thread_why": list(why),
            "rules": list(routed.rules),
            "marks": marks,
            "uncopied": routed.uncopied,
            "author": customer.author(mail, this.seen.sender),
            "people": customer.people(mail, this.seen.recipients, self.places.ours),
            "topic": trait.topic if trait else None,
            "reply": trait.reply if trait else None,
            "untied": trait.untied if trait else None,
            **letter_columns(this, self.places, ties.parties, ours=ours, vip=vip),
        }
