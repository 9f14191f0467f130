"""What an edition of a digest is made of: all is read at one instant, in the transaction that is given; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from router.conversation.agenda import Agenda, Waiter, agenda
from router.conversation.edition import Edition, Kind, Section
from router.conversation.goallines import GoalLine, Limit
from router.conversation.proof import Doubt, Proof, doubts
from router.digest.plan import ClockOf, Office, Plan
from router.digest.view import Blind
from router.store import listed
from router.store.asof import waiters_at
from router.store.proof import proof
from router.store.reading import Connection
from router.store.waiting import seen_mailboxes

MOST = 25  # lines of a section
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """All that an edition is made of, read at one instant."""

    edition: Edition
    agenda: Agenda
    gone: Sequence[listed.Gone]
    names: Mapping[str, str]  # of customers to whom something was promised
    clock_of: ClockOf
    limits: Mapping[str, Limit]
    goals: Sequence[GoalLine]
    doubts: tuple[Doubt, ...]
    proof: Proof | None
    blind: tuple[Blind, ...]
    first_ever: bool
    returned: Mapping[str, datetime] = field(default_factory=dict)  # last bounce of ours, by the conversation of a line


def read(
    connection: Connection,
    plan: Plan,
    office: Office,
    edition: Edition,
    last: Edition | None,
    *,
    present: datetime | None = None,
) -> Found:
    """What stands in an edition.

    With `present` somebody asks from outside of a running router, perhaps for another instant. An edition at once has
    its own conversations alone, and nothing beside them.
    """
    now, urgent = edition.made, edition.kind is Kind.AT_ONCE
    seen = seen_mailboxes(connection)
    mine = [row for row in waiters_at(connection, now, present or now) if mailbox_of(row, plan) is not None]
    rows = [row for row in mine if mailbox_of(row, plan) in seen]
    unseen = [row for row in mine if mailbox_of(row, plan) not in seen]
    if urgent:
        rows, last = [row for row in rows if row.thread in {item.thread for item in edition.items}], None
    moved = listed.moved(connection, [item.thread for item in last.items]) if last is not None else {}
    made = agenda(rows, last, moved, [row.thread for row in unseen])
    since = last.made if last else now - _DAY
    evidence = evidence_of(connection, plan, since, now, present) if not urgent and present in (None, now) else None
    first = min([now, *(row.listed_since for row in rows), *(evidence.recent[-1:] if evidence else ())])
    clock_of = office.clocks(first, now)
    clock = clock_of(plan.mailboxes[0] if plan.mailboxes else None)
    return Found(
        edition=edition,
        agenda=made,
        gone=listed.gone(connection, made.gone[:MOST], now),
        names=listed.names(connection, [entry.item.thread for entry in made.section(Section.PROMISED)[:MOST]]),
        clock_of=clock_of,
        limits=office.limits(connection, [entry.row for entry in made.waiting], now),
        goals=() if urgent else office.goals(connection, plan.mailboxes, now),
        doubts=doubts(evidence, now, clock.since, listener=plan.listener) if evidence else (),
        proof=evidence,
        blind=blind_of(plan, office, seen, unseen),
        first_ever=not urgent and (last is None or last.kind is Kind.BEGUN),
        returned=listed.returned(connection, _shown(made), now),
    )


def evidence_of(connection: Connection, plan: Plan, since: datetime, now: datetime, present: datetime | None) -> Proof:
    """What proves the list; where nobody asks from outside, it is we who live."""
    found = proof(connection, plan.mailboxes, plan.sources, since, now)
    return found if present is not None else replace(found, alive=now)


def _shown(made: Agenda) -> list[str]:
    """The conversations of the lines that there is room for."""
    return [entry.item.thread for section in Section for entry in made.section(section)[:MOST]]


def mailbox_of(row: Waiter, plan: Plan) -> str | None:
    """Of which mailbox of the digest a conversation is."""
    return next((name for name in row.mailboxes if name in plan.mailboxes), None)


def blind_of(plan: Plan, office: Office, seen: frozenset[str], unseen: Sequence[Waiter]) -> tuple[Blind, ...]:
    """The mailboxes whose answers cannot be seen."""
    return tuple(
        Blind(name, sum(mailbox_of(row, plan) == name for row in unseen), dict(office.cures.get(name, {})))
        for name in plan.mailboxes
        if name not in seen
    )
