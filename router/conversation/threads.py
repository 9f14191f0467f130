"""Which conversation a message belongs to: every one that its links lead to, made one.

`links` says what ties two mails, `guess` what probably does. Conversations that turn out to be tied become one, so that
every order of arrival gives the same partition. A conversation's name is the oldest of the names that went into it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from router.conversation.guess import WHY
from router.conversation.links import ANYBODY, HALF, Link


class Held(NamedTuple):
    """What a key leads to."""

    thread: str
    carried: bool  # a mail there bears the id itself


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a message belongs."""

    thread: str
    is_new: bool
    absorbed: tuple[str, ...]  # conversations that this message joins to `thread`
    keys: Mapping[bytes, Held]  # what is to be kept of its links: new, or changed
    why: tuple[str, ...]  # codes with values


def place(links: Sequence[Link], known: Mapping[bytes, Held], fresh: str, guessed: Iterable[str] = ()) -> Placement:
    """Find the conversation of a message.

    `known` tells what keys lead to, `guessed` are the conversations of mails that are `alike`; `fresh` is the name of a
    new conversation, younger than every known name.
    """
    why: dict[str, str] = {}  # by conversation, the plainest reason
    for link in links:
        if (held := known.get(link.key)) is not None and _ties(link, held):
            why.setdefault(held.thread, link.why)
    for name in guessed:
        why.setdefault(name, WHY)
    found = sorted(why)
    thread = found[0] if found else fresh
    keys: dict[bytes, Held] = {}
    for link in links:
        held = known.get(link.key)
        if held is None or (link.carried and not held.carried):
            keys[link.key] = Held(thread, link.carried)
    reasons = tuple(dict.fromkeys(why.values())) or ("new",)
    return Placement(thread, not found, tuple(found[1:]), keys, reasons)


def _ties(link: Link, held: Held) -> bool:
    """Whether a known key ties: of several mails that bear one id, the first alone stands for it to whoever asks."""
    return not (link.carried and held.carried and link.key[HALF:] == ANYBODY)
