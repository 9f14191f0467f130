"""The sections of a weekly letter that tell of single people: whom to ring, what we said, thanks, who waits longest, you."""

from datetime import timedelta

from router.conversation.agenda import Waiter
from router.conversation.letter import Letter
from router.conversation.ownwords import own_words
from router.conversation.voice import Voice
from router.conversation.weekly import quoting
from router.conversation.weekly.figures import Founder, Thanks
from router.conversation.weekly.pairs import Pair
from router.conversation.weekly.ring import Call
from router.conversation.weekly.tale import Tale
from router.digest.lines import called, findable, last_minute
from router.digest.weekly.found import FIVE
from router.digest.weekly.teller import SENTENCE, SUBJECT, TEXT, Teller, seconds, who
from router.digest.weekly.view import Exchange, Old, Own, Praise, Ring, Rows
from router.mail.words import shown

_TEN = 10  # thanks, and answers of founders, that are shown
_YEAR = timedelta(days=365)  # of waiting fills a bar


def ring(teller: Teller) -> Rows[Ring]:
    """Whom to ring."""
    return teller.rows(teller.found.ring.calls, _ring, FIVE)


def _ring(teller: Teller, call: Call) -> Ring:
    tale, texts = call.tale, teller.found.texts
    others, first = teller.found.ring.known.get(tale.customer or "", (1, call.theirs.at))
    year = first.astimezone(teller.plan.zone).year
    return Ring(
        number=teller.number(tale.thread) or 0,
        name=who(tale),
        address=findable(tale.customer),
        mailbox=teller.mailbox(tale.mailbox),
        vip=tale.standing.vip,
        letters=call.letters,
        others=others - 1,
        since=year if others > 1 and year < teller.found.span.end.astimezone(teller.plan.zone).year else None,
        subject=shown(tale.subject, SUBJECT),
        words=_theirs(teller, tale, call.theirs),
        wrote=call.theirs.at,
        ours=teller.passage(texts.get(call.ours.id, ""), SENTENCE),
        answered=call.ours.at,
        by=teller.us(call.ours),
    )


def _theirs(teller: Teller, tale: Tale, last: Letter) -> str:
    """The sentence that says most, else the first of the last letter."""
    texts, names = teller.found.texts, teller.found.voices.unnamed
    voices = [
        Voice(one.id, tale.customer or "", tale.thread, tale.mailbox, tale.subject, one.at, texts[one.id])
        for one in tale.theirs()
        if one.id in texts and not quoting.names(texts[one.id], names)
    ]
    best = own_words(reversed(voices), teller.plan.zone, 1)
    return shown(best[0].text, SENTENCE) if best else teller.passage(texts.get(last.id, ""), SENTENCE)


def exchanges(teller: Teller) -> Rows[Exchange]:
    """What we said to them."""
    answers = teller.found.answers
    return Rows(answers.total, tuple(_exchange(teller, one) for one in answers.exchanges[: teller.most]))


def _exchange(teller: Teller, pair: Pair) -> Exchange:
    texts = teller.found.texts
    return Exchange(
        name=who(pair.tale),
        subject=shown(pair.tale.subject, SUBJECT),
        question=teller.passage(texts.get(pair.question.id, ""), TEXT),
        asked=pair.question.at,
        answer=teller.passage(texts.get(pair.answer.id, ""), TEXT),
        answered=pair.answer.at,
        by=teller.us(pair.answer),
        took=seconds(pair.took) or 0,
    )


def praise(teller: Teller) -> Rows[Praise]:
    """Well done."""
    return teller.rows(teller.found.answers.thanks, _praise, _TEN)


def _praise(teller: Teller, thanked: tuple[Thanks, tuple[str, ...]]) -> Praise:
    one, to = thanked
    words = teller.found.texts.get(one.letter.id, one.letter.courtesy or "")
    founders = {one.to.author} if one.to is not None and one.to.founder is not None else set()
    names = dict.fromkeys(teller.one_of_us(address, address in founders) for address in to)
    return Praise(who(one.tale), teller.passage(words, SENTENCE), one.letter.at, tuple(names) or (None,))


def old(teller: Teller) -> Rows[Old]:
    """The oldest."""
    return teller.rows(teller.found.forgotten.rows, _old, FIVE)


def _old(teller: Teller, row: Waiter) -> Old:
    waited = teller.found.span.end - row.listed_since
    return Old(
        number=teller.number(row.thread) or 0,
        name=called(row.customer_name or teller.found.forgotten.names.get(row.thread), row.customer),
        address=findable(row.customer),
        mailbox=teller.mailbox(next((one for one in row.mailboxes if one in teller.plan.mailboxes), None)),
        vip=row.vip,
        subject=shown(row.subject, SUBJECT),
        words=teller.fit(row.snippet or "", SENTENCE) if row.since is not None else "",
        since=row.since or last_minute(row.listed_since, teller.plan) or row.listed_since,
        seconds=seconds(waited) or 0,
        promise=teller.fit(row.promise, SENTENCE) if row.promise and row.since is None else None,
        taken=row.taken_by is not None,
        taken_by=teller.one_of_us(row.taken_by, founder=False),
        bar=max(2, min(100, int(100 * waited / _YEAR))),
    )


def own(teller: Teller) -> Rows[Own]:
    """You."""
    return teller.rows(teller.found.answers.own, _own, _TEN)


def _own(teller: Teller, one: Founder) -> Own:
    return Own(
        founder=_founder(one.inbox),
        name=who(one.tale),
        at=one.at,
        mailbox=one.tale.mailbox,
        took=seconds(one.took) or 0,
    )


def by_founder(teller: Teller) -> tuple[tuple[str, int], ...]:
    """How many answers of each, the most first."""
    counted: dict[str, int] = {}
    for one in teller.found.answers.own:
        counted[_founder(one.inbox)] = counted.get(_founder(one.inbox), 0) + 1
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def _founder(inbox: str) -> str:
    name = shown(inbox, SUBJECT)
    return name[:1].upper() + name[1:]
