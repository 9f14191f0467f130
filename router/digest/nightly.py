"""The composer of digests: from what an edition lists to the letters of its readers.

It never fails for one bad row: such a line is shown by its number alone. What is too much to be shown is counted; the
totals are those of everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from router.conversation.agenda import Agenda, Waiter
from router.conversation.edition import Edition, Kind, Section
from router.conversation.slots import is_late
from router.digest import writing
from router.digest.gather import MOST, Found, read
from router.digest.letter import Composed, Letter
from router.digest.lines import Liner, cleared_line
from router.digest.plan import Compose, Office, Plan, Post
from router.digest.view import Part, View
from router.mail import mark
from router.store.reading import Connection
from router.wording import Wording

LARGEST = 78_000  # octets of a mail: Gmail shows no more than some 100 kB
PARK = timedelta(days=14)  # waits that are older may be of another age, when the first digest comes


def composer(plans: Mapping[str, Plan], office: Office, post: Post) -> Compose:
    """What makes the letters of the editions of these digests, by the name of each."""
    wordings = {name: Wording(office.templates, plan.zone) for name, plan in plans.items()}

    def compose(connection: Connection, edition: Edition, last: Edition | None) -> Composed:
        plan, wording = plans[edition.digest], wordings[edition.digest]
        found = read(connection, plan, office, edition, last)
        letters, room = [], ROOM
        for place, recipient in enumerate(edition.recipients):
            reply = post.reply(post.token(mark.reply_name(edition.id, place)))
            letter = _letter(plan, found, post, wording, recipient, reply, room)
            while room.most > 1 and (size := writing.size(letter)) > LARGEST:
                room = _less(room, size)
                letter = _letter(plan, found, post, wording, recipient, reply, room)
            letters.append(letter)
        items = edition.items if edition.kind is Kind.AT_ONCE else found.agenda.items
        return Composed(items, tuple(letters))

    return compose


@dataclass(frozen=True, slots=True)
class Room:
    """How much there is room for."""

    most: int  # lines of each section
    whole: int  # of all lines these many in full; what follows is brief, and says the same


ROOM = Room(MOST, 1_000_000)
_DENSER = (15, 5, 0)


def _less(room: Room, size: int) -> Room:
    """For a mail of this size, which is too large: first its lines get brief, then they get fewer."""
    denser = next((whole for whole in _DENSER if whole < room.whole), None)
    if denser is not None:
        return Room(room.most, denser)
    return Room(max(1, min(room.most - 1, room.most * LARGEST // size)), 0)


def view(plan: Plan, found: Found, reply_to: str | None, room: Room = ROOM) -> View:
    """What one reader sees."""
    edition, now = found.edition, found.edition.made
    waiting = found.agenda.waiting
    liner = Liner(plan, now, found.clock_of, found.limits, _longest(found.agenda, now), found.names, found.returned)
    parts: list[Part] = []
    for section in dict.fromkeys(entry.item.section for entry in found.agenda.entries):
        entries, before = found.agenda.section(section), sum(len(part.lines) for part in parts)
        lines = [
            replace(liner.line(entry), brief=at >= room.whole) for at, entry in enumerate(entries[: room.most], before)
        ]
        parts.append(Part(section.value, len(entries), tuple(lines)))
    return View(
        title=plan.title,
        zone=plan.zone,
        at=edition.at,
        now=now,
        kind=edition.kind.value,
        late=edition.kind in (Kind.NIGHTLY, Kind.WEEKLY) and is_late(edition),
        missed=edition.missed,
        matter=_matter(edition),
        asked=found.proof is None,
        waiting=len(waiting),
        customers=len({entry.row.customer or entry.row.thread for entry in waiting}),
        past_goal=sum(limit.due <= now for limit in found.limits.values()),
        first=liner.line(waiting[0]) if waiting else None,
        parts=tuple(parts),
        cleared=tuple(cleared_line(one) for one in found.gone[: room.most]),
        cleared_total=len(found.agenda.gone),
        old=_old([entry.row for entry in waiting], now) if found.first_ever else 0,
        park=PARK,
        goals=tuple(found.goals),
        doubts=writing.doubts_shown(found.doubts),
        blind=found.blind,
        sighted=len(found.blind) < len(plan.mailboxes),
        proof=found.proof,
        answerers=writing.answerers(plan, found.proof),
        reply_to=reply_to,
    )


def subject(seen: View, wording: Wording) -> str:
    """Counts and names of mailboxes, and no word of a customer."""
    return wording.surely(_name(seen, "-subject.txt"), {"view": seen})


def text(seen: View, wording: Wording) -> str:
    """For a terminal, and for whoever reads no HTML."""
    return wording.surely(_name(seen, ".txt"), {"view": seen})


def html(seen: View, wording: Wording) -> str:
    """For Outlook, a phone, and the dark."""
    return wording.surely(_name(seen, ".html"), {"view": seen, "subject": subject(seen, wording)})


def _name(seen: View, what: str) -> str:
    return f"digest/{'at-once' if seen.matter else 'nightly'}{what}.j2"


def _matter(edition: Edition) -> str:
    """What does not wait for the morning: the letter after an answer, else the VIP past a goal."""
    if edition.kind is not Kind.AT_ONCE:
        return ""
    return "again" if any(item.section is Section.AGAIN for item in edition.items) else "vip"


def _letter(plan: Plan, found: Found, post: Post, wording: Wording, to: str, reply: str, room: Room) -> Letter:
    seen = view(plan, found, reply, room)
    name = wording.surely(writing.SENDER, {"view": seen})
    texts = subject(seen, wording), text(seen, wording), html(seen, wording)
    return writing.letter(plan, found.edition, post, name, to, reply, *texts)


def _longest(made: Agenda, now: datetime) -> timedelta:
    return max((now - entry.row.listed_since for entry in made.entries), default=timedelta(0))


def _old(rows: Sequence[Waiter], now: datetime) -> int:
    return sum(now - row.listed_since > PARK for row in rows)
