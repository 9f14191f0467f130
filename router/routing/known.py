"""What T2 has to ask the store about a batch before it plans it: one look for all of its mails."""

from collections.abc import Sequence
from dataclasses import dataclass

from router.routing.analysis import Analysis
from router.routing.journal import SOURCE, named_by
from router.routing.loops import Signs, Watch
from router.routing.places import Places


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked: the fields of `messages.look_up`, and what is known without it."""

    keys: frozenset[bytes]
    own_ids: frozenset[str]
    all_ids: frozenset[str]
    sent: frozenset[str]
    journaled: frozenset[str]
    signs: dict[str, Signs]  # of mail that has come through an inbox, by sighting


def questions(analyses: Sequence[Analysis], places: Places) -> Questions:
    """Everything that the plans of a batch may want to know."""
    watch = Watch(places)
    found = {this.seen.id: one for this in analyses if (one := watch.signs(this)) is not None}
    own = {i for this in analyses for i in this.message.message_ids}
    mentioned = {i for this in analyses for i in (*this.message.in_reply_to, *this.message.references)}
    journaled = frozenset(i for this in analyses if this.seen.source == SOURCE for i in named_by(this))
    return Questions(
        keys=frozenset(key for this in analyses for key in this.questions).union(
            key for one in found.values() for key in one.questions
        ),
        own_ids=frozenset(own),
        all_ids=frozenset(own | mentioned | journaled),
        sent=frozenset(this.back.message for this in analyses if this.back is not None),
        journaled=journaled,
        signs=found,
    )
