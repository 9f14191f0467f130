"""What rules decide about one message: values that say who gets a copy and why, and in which doubts.

Nothing is decided here; `rules` does that, and the stage that routes turns these into rows. Reasons are codes
and names, never sentences. They are tuples since every mail makes some.
"""

from typing import Literal, NamedTuple

Effect = Literal["copied", "filed", "vip", "asks", "not-held", "delayed"]


class Plan(NamedTuple):
    """One copy to make."""

    inbox: str
    rules: tuple[str, ...]  # the rules that asked for it
    folder: str | None  # None: the inbox's own
    hold: str | None  # the rule that holds it, else None


class Withheld(NamedTuple):
    """A copy that some rule asked for and another one withholds."""

    inbox: str
    rule: str


class Undecided(NamedTuple):
    """A rule that could not be told, the key that stood in the way, and what was done about it."""

    rule: str
    key: str  # `body`, or `unless.body`
    effect: Effect


class Decision(NamedTuple):
    """Everything that the rules say about one message."""

    copies: tuple[Plan, ...]  # in the order of the inboxes
    withheld: tuple[Withheld, ...]
    rules: tuple[str, ...]  # every rule that matched or counted as if it did, in their order
    vip: bool
    needs_answer: tuple[bool, str] | None  # what a rule says, and which; None: none says anything
    undecided: tuple[Undecided, ...]
