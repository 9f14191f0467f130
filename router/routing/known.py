"""What T2 has to ask the store about a batch before it plans it: one look for all of its mails."""

from collections.abc import Sequence
from dataclasses import dataclass

from router.conversation.links import Link, links
from router.routing.analysis import Analysis
from router.routing.facts import letter_of
from router.routing.loops import Signs, Watch
from router.routing.places import Places


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked: the fields of `messages.look_up`, and what is known without it."""

    keys: frozenset[bytes]
    own_ids: frozenset[str]
    threads: frozenset[bytes]
    sent: frozenset[str]
    signs: dict[str, Signs]  # of mail that has come through an inbox, by sighting
    links: dict[str, tuple[Link, ...]]  # what ties each mail to conversations, by sighting
    customers: frozenset[str]  # whose mail it is


def questions(analyses: Sequence[Analysis], places: Places) -> Questions:
    """Everything that the plans of a batch may want to know."""
    watch = Watch(places)
    found = {this.seen.id: one for this in analyses if (one := watch.signs(this)) is not None}
    own = {i for this in analyses for i in this.message.message_ids}
    letters = {this.seen.id: letter_of(this, places) for this in analyses}
    tied = {name: links(letter) for name, letter in letters.items()}
    customers = (letter.parties.customer for letter in letters.values())
    return Questions(
        keys=frozenset(key for this in analyses for key in this.questions).union(
            key for one in found.values() for key in one.questions
        ),
        own_ids=frozenset(own),
        threads=frozenset(link.key for one in tied.values() for link in one),
        sent=frozenset(this.back.message for this in analyses if this.back is not None),
        signs=found,
        links=tied,
        customers=frozenset(one.addr for one in customers if one is not None),
    )
