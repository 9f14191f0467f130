"""The composer of weekly letters: what customers told us, whom to ring, and whether we kept our word.

The same guarantees as those of a nightly digest: it comes also when there is nothing to tell, it never says a figure of
what it cannot see, and its numbers mean the same to all its readers.
"""

from collections.abc import Mapping

from router.conversation.edition import Edition, Kind
from router.conversation.slots import is_late
from router.digest import nightly, writing
from router.digest.letter import Composed, Letter
from router.digest.plan import Compose, Office, Plan, Post
from router.digest.weekly import matters, people
from router.digest.weekly.found import Found
from router.digest.weekly.read import read
from router.digest.weekly.teller import Teller
from router.digest.weekly.view import WeekView
from router.mail import mark
from router.store.reading import Connection
from router.wording import Wording

MOST = 10  # lines of a section


def composer(plans: Mapping[str, Plan], office: Office, post: Post) -> Compose:
    """What makes the letters of every digest: weekly ones here, all others where nightly ones are made."""
    wordings = {name: Wording(office.templates, plan.zone) for name, plan in plans.items()}
    others = nightly.composer(plans, office, post)

    def compose(connection: Connection, edition: Edition, last: Edition | None) -> Composed:
        plan, wording = plans[edition.digest], wordings[edition.digest]
        if not plan.weekly or edition.kind is Kind.AT_ONCE:
            return others(connection, edition, last)
        found = read(connection, plan, office, edition, last)
        letters, most = [], MOST
        for place, recipient in enumerate(edition.recipients):
            reply = post.reply(post.token(mark.reply_name(edition.id, place)))
            letter = _letter(plan, found, post, wording, recipient, reply, most)
            while most > 1 and writing.size(letter) > nightly.LARGEST:
                most -= 1
                letter = _letter(plan, found, post, wording, recipient, reply, most)
            letters.append(letter)
        return Composed(found.items, tuple(letters))

    return compose


def view(plan: Plan, found: Found, reply_to: str | None, most: int = MOST) -> WeekView:
    """What one reader sees, with so many lines of each section."""
    edition, teller, trust, rising = found.edition, Teller(plan, found, most), found.trust, found.voices.rising
    days = [*found.counted.days]
    return WeekView(
        title=plan.title,
        zone=plan.zone,
        whole=plan.whole,
        at=edition.at,
        now=edition.made,
        begin=found.span.begin,
        first=days[0],
        last=days[-1],
        kind=Kind.WEEKLY.value,
        late=edition.kind is Kind.WEEKLY and is_late(edition),
        missed=edition.missed,
        asked=trust.proof is None,
        week=matters.counts(teller),
        goals=tuple(found.counted.goals),
        ring=people.ring(teller),
        said=matters.said(teller),
        rising=matters.rising(teller),
        doubtful=matters.doubtful(teller),
        too_early=rising.too_early,
        weeks=rising.weeks,
        counted=rising.week.monday,
        exchanges=people.exchanges(teller),
        praise=people.praise(teller),
        word=matters.word(teller),
        forgotten=matters.forgotten(teller),
        old=people.old(teller),
        own=people.own(teller),
        by_founder=people.by_founder(teller),
        doubts=writing.doubts_shown(trust.doubts),
        blind=trust.blind,
        sighted=len(trust.blind) < len(plan.mailboxes),
        proof=trust.proof,
        answerers=writing.answerers(plan, trust.proof),
        reply_to=reply_to,
    )


def subject(seen: WeekView, wording: Wording) -> str:
    """Counts and names of mailboxes, and no word of a customer."""
    return wording.surely("digest/weekly-subject.txt.j2", {"view": seen})


def text(seen: WeekView, wording: Wording) -> str:
    """For a terminal, and for whoever reads no HTML."""
    return wording.surely("digest/weekly.txt.j2", {"view": seen})


def html(seen: WeekView, wording: Wording) -> str:
    """For Outlook, a phone, and the dark."""
    return wording.surely("digest/weekly.html.j2", {"view": seen, "subject": subject(seen, wording)})


def _letter(plan: Plan, found: Found, post: Post, wording: Wording, to: str, reply: str, most: int) -> Letter:
    seen = view(plan, found, reply, most)
    name = wording.surely(writing.SENDER, {"view": seen})
    texts = subject(seen, wording), text(seen, wording), html(seen, wording)
    return writing.letter(plan, found.edition, post, name, to, reply, *texts)
