"""What the plans of one batch go by together, and what every plan writes: events, identities, answers that were seen.

A plan adds to `known` what it makes known, so that the second of two equal mails in one batch is a repeat of the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from router.routing.analysis import Analysis
from router.routing.copies import Copies
from router.routing.facts import Ties, facts_of, ties_of
from router.routing.journal import SOURCE
from router.routing.loops import Signs
from router.routing.places import Places, Role
from router.routing.routed import Routed
from router.routing.rules import Decision, decide
from router.store import messages
from router.store.ids import new_id
from router.store.messages import Hit, Known
from router.store.waiting import ANSWERS_SEEN


@dataclass(slots=True)
class Batch:
    """Sightings that are planned one after the other."""

    places: Places
    known: Known
    copies: Copies
    now: datetime
    signs: Mapping[str, Signs] = field(default_factory=dict)  # of mail that has come through an inbox, by sighting
    ties: Mapping[str, Ties] = field(default_factory=dict)  # that were looked up, by sighting
    damaged: Mapping[str, str] = field(default_factory=dict)  # why a journal report is none, by sighting

    def ties_of(self, this: Analysis) -> Ties:
        """What ties it to other mails."""
        return self.ties.get(this.seen.id) or ties_of(this, self.places)

    def decide(self, this: Analysis, mailboxes: Sequence[str]) -> Decision:
        """What the rules say of it in these mailboxes."""
        places = self.places
        facts = facts_of(this, mailboxes)
        return decide(places.rules, facts, inboxes=places.names, hours=places.hours, zone=places.zone)

    def event(self, routed: Routed, name: str, detail: dict[str, Any]) -> None:
        """Write a line into the log of its conversation."""
        row = {
            "id": new_id(),
            "thread": routed.thread,
            "message": routed.message,
            "name": name,
            "at": routed.analysis.seen.received,
            "detail": detail,
        }
        routed.write(messages.ADD_EVENT, row)

    def remember(self, routed: Routed) -> None:
        """What this sighting is known by, for the batch and for ever."""
        self.count(routed, routed.analysis.keys)

    def count(self, routed: Routed, keys: Sequence[bytes]) -> None:
        """Count the sighting under these identity keys."""
        seen, message = routed.analysis.seen, str(routed.message)
        hit = Hit(seen.id, message, seen.source, seen.peer, seen.received, seen.history)
        for key in keys:
            self.known.hits.setdefault(key, []).append(hit)
            row = {"key": key, "sighting": seen.id, "message": message, "source": seen.source, "at": seen.received}
            routed.write(messages.ADD_IDENTITY, row)

    def answers_seen(self, routed: Routed, mailboxes: Sequence[str]) -> None:
        """The source of this sighting shows the answers of these mailboxes; not so what staff happened to send to one."""
        at = routed.analysis.seen
        if at.source != SOURCE and self.places.roles(at.recipients)[0] is Role.INBOUND:
            return
        seen = {"source": at.source, "first": self.now, "last": self.now}
        routed.write(ANSWERS_SEEN, *(seen | {"mailbox": name} for name in mailboxes))
