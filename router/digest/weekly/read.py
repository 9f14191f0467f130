"""Reads what a weekly letter is made of, at one instant, in the transaction that is given; nothing is written.

The words that rise are of one calendar week: that in which the middle of the last seven days lies.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter

from router.conversation.edition import Edition
from router.conversation.proof import doubts
from router.conversation.weekly import figures, quoting
from router.conversation.weekly.figures import Thanks
from router.conversation.weekly.pairs import KNOWN, Pair, count, pairs
from router.conversation.weekly.ring import Call, calls
from router.conversation.weekly.tale import Span
from router.conversation.weeks import Week
from router.digest.gather import blind_of, evidence_of, mailbox_of
from router.digest.plan import Office, Plan
from router.digest.weekly import reckon
from router.digest.weekly.found import FIVE, Answers, Calls, Counted, Forgotten, Found, Trust, Voices
from router.digest.weekly.scene import Scene, scene
from router.mail.address import person
from router.store import listed, rising, week
from router.store.reading import Connection
from router.store.texts import texts_of

THREE = 3  # pairs of question and answer
MOST_RISING = 15  # words that are looked for in sentences: a letter shows five, and names ten more
_MIDDLE = timedelta(days=3.5)
_TOLD = 80  # characters that have to stand in a text for it to tell something
_THANKS, _POOL = 200, 50  # texts that are read to choose from


def read(
    connection: Connection,
    plan: Plan,
    office: Office,
    edition: Edition,
    last: Edition | None,
    *,
    present: datetime | None = None,
) -> Found:
    """What stands in a letter; with `present` somebody asks from outside of a running router, perhaps for another instant."""
    seen = scene(connection, plan, office, edition, last, present)
    counted = Counted(reckon.by_day(seen), reckon.mail(seen), office.goals(connection, plan.mailboxes, seen.now))
    ring, word, forgotten = _calls(connection, seen), reckon.our_word(seen), _forgotten(connection, seen)
    staff, former = _staff(connection, plan, seen.now)
    lot = f"{edition.digest} {seen.days[-1]}"  # a letter that is made twice shows the same pairs
    pool = pairs(seen.tales, seen.span, lot, len(seen.tales), former)
    thanks = figures.thanks(seen.tales, seen.span)
    texts = texts_of(connection, _quoted(ring.calls, pool, thanks))
    return Found(
        edition=edition,
        span=seen.span,
        items=reckon.items(ring.calls, word.broken(), forgotten.rows),
        texts=texts,
        counted=counted,
        ring=ring,
        voices=_voices(connection, seen, ring.calls, staff - plan.founders),
        answers=Answers(
            exchanges=[pair for pair in pool if _tells(pair, texts)][:THREE],
            total=count(seen.tales, seen.span),
            thanks=[(one, _thanked(one, texts, staff | plan.founders)) for one in thanks],
            own=figures.founders(seen.tales, seen.span),
        ),
        word=word,
        forgotten=forgotten,
        trust=_trust(connection, seen, present),
    )


def _calls(connection: Connection, seen: Scene) -> Calls:
    """Whom to ring, and what is known of each from before."""
    found = calls(seen.tales, seen.now, {})
    known = week.earlier(connection, [call.tale.customer for call in found if call.tale.customer], seen.now)
    earlier = {name: count - 1 for name, (count, _) in known.items()}
    return Calls(calls((call.tale for call in found), seen.now, earlier), known)


def _forgotten(connection: Connection, seen: Scene) -> Forgotten:
    waits = [row for row in seen.waiters if mailbox_of(row, seen.plan) in seen.seen and not row.finished]
    old = [row for row in waits if seen.now - row.listed_since > figures.AGES[0]]
    old.sort(key=attrgetter("listed_since", "thread"))
    return Forgotten(old, listed.names(connection, [row.thread for row in old[:FIVE] if row.since is None]))


def _staff(connection: Connection, plan: Plan, now: datetime) -> tuple[frozenset[str], frozenset[str]]:
    """Whoever of us has written of late, but for shared addresses; and the authors who are no new colleagues."""
    former = week.authors(connection, Span(now - KNOWN[0], now - KNOWN[1]))
    return (week.authors(connection, Span(now - KNOWN[1], now)) | former) - plan.shared, former


def _voices(connection: Connection, seen: Scene, urgent: Sequence[Call], colleagues: Collection[str]) -> Voices:
    plan, span = seen.plan, seen.span
    scope = plan.scope
    assert scope is not None, "a weekly letter counts words"
    unnamed = frozenset[str]() if plan.name_staff else quoting.name_words(colleagues)
    quoted = {one.id for call in urgent[:FIVE] for one in call.tale.theirs()}
    # Some may name a colleague, and are left out.
    drawn = rising.said_in(connection, scope, span.begin, span.end, 4 * FIVE, quoted)
    said = [one for one in drawn if not quoting.names(one.text, unnamed)][:FIVE]
    wanted = Week.of(seen.now - _MIDDLE, plan.zone)
    risen = rising.rises_in(connection, scope, wanted, plan.stop_words, seen.now, MOST_RISING)
    quotes = [one.message for rise in risen.rises for one in rise.quotes]
    return Voices(said, risen, week.signed(connection, [*(one.message for one in said), *quotes]), unnamed)


def _trust(connection: Connection, seen: Scene, present: datetime | None) -> Trust:
    """Of another instant than the present there is no evidence."""
    plan, now = seen.plan, seen.now
    unseen = [row for row in seen.waiters if mailbox_of(row, plan) not in seen.seen]
    blind = blind_of(plan, seen.office, seen.seen, unseen)
    if present not in (None, now):
        return Trust((), None, blind)
    proof = evidence_of(connection, plan, seen.span.begin, now, present)
    clock = seen.office.clocks(min([seen.span.begin, *proof.recent[-1:]]), now)
    since = clock(plan.mailboxes[0] if plan.mailboxes else None).since
    return Trust(doubts(proof, now, since, listener=plan.listener), proof, blind)


def _thanked(one: Thanks, texts: Mapping[str, str], people: Collection[str]) -> tuple[str, ...]:
    """Who is named, else who wrote before."""
    called = {address: person(address) for address in people}
    by_name = quoting.named(texts.get(one.letter.id, one.letter.courtesy or ""), called)
    return tuple(by_name) or ((one.to.author,) if one.to is not None and one.to.author else ())


def _tells(pair: Pair, texts: Mapping[str, str]) -> bool:
    """Whether both sides have a text that is kept."""
    return all(quoting.passage(texts.get(one.id, ""), _TOLD) for one in (pair.question, pair.answer))


def _quoted(urgent: Sequence[Call], pool: Sequence[Pair], thanks: Sequence[Thanks]) -> list[str]:
    """The messages whose texts may be shown."""
    found = [one.letter.id for one in thanks[:_THANKS]]
    for call in urgent[:FIVE]:
        found += [*(one.id for one in call.tale.theirs()), call.ours.id]
    for pair in pool[:_POOL]:
        found += [pair.question.id, pair.answer.id]
    return list(dict.fromkeys(found))
