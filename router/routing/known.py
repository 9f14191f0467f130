"""What T2 has to ask the store about a batch before it plans it: one look for all of its mails."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from router.routing.analysis import Analysis
from router.routing.facts import Ties, ties_of
from router.routing.journal import by_itself, is_outbound, leads
from router.routing.loops import Signs, Watch
from router.routing.places import Places
from router.store.messages import Asked


@dataclass(frozen=True, slots=True)
class Questions:
    """What the store is asked, and what is known without it."""

    asked: Asked
    signs: dict[str, Signs]  # of mail that has come through an inbox, by sighting
    ties: dict[str, Ties]  # of each mail, by sighting


def questions(analyses: Sequence[Analysis], places: Places) -> Questions:
    """Everything that the plans of a batch may want to know."""
    watch = Watch(places)
    found = {this.seen.id: one for this in analyses if (one := watch.signs(this)) is not None}
    own = {i for this in analyses for i in this.message.message_ids}
    tied = {this.seen.id: ties_of(this, places) for this in analyses}
    customers = (one.parties.customer for one in tied.values())
    talking = (leads(this, tied[this.seen.id].links) for this in analyses if by_itself(this, places))
    asked = Asked(
        keys=frozenset(key for this in analyses for key in this.questions).union(
            key for one in found.values() for key in one.questions
        ),
        own_ids=frozenset(own),
        links=frozenset(link.key for one in tied.values() for link in one.links),
        traits=tuple(one.trait for one in tied.values() if one.trait is not None),
        sent=frozenset(this.back.message for this in analyses if this.back is not None),
        editions=frozenset(this.back.reply[0] for this in analyses if this.back is not None and this.back.reply),
        customers=frozenset(one.addr for one in customers if one is not None),
        answers=frozenset(_of_answers(analyses, tied, places)),
        talks=frozenset(key for keys in talking for key in keys),
    )
    return Questions(asked, signs=found, ties=tied)


def _of_answers(analyses: Sequence[Analysis], tied: Mapping[str, Ties], places: Places) -> Iterator[bytes]:
    """What leads to the questions that mail of ours answers, where anybody wants to have it beside them."""
    if not any(inbox.answers for inbox in places.inboxes):
        return
    for this in analyses:
        if is_outbound(this, places) and not this.seen.history:
            ties = tied[this.seen.id]
            yield from (link.key for link in ties.links)
            if ties.trait is not None:
                yield ties.trait.topic
