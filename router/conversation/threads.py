"""Which conversation a message belongs to: the closure of Message-ID, In-Reply-To and References (RFC 5322 section 3.6.4).

Every Message-ID that a mail carries or mentions is a key; mails that share a key share a conversation, also where the
mail that bears the mentioned id was never seen. Two conversations that turn out to share a key become one, so that
every order of arrival gives the same partition. A conversation's name is the oldest of the names that went into it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a message belongs."""

    thread: str
    is_new: bool
    absorbed: tuple[str, ...]  # conversations that this message joins to `thread`
    keys: tuple[str, ...]  # that lead to `thread` from now on
    why: tuple[str, ...]  # codes with values


def place(
    carried: Sequence[str], answered: Sequence[str], mentioned: Sequence[str], known: Mapping[str, str], fresh: str
) -> Placement:
    """Find the conversation of a message.

    `carried` are its own Message-IDs, `answered` those of In-Reply-To, `mentioned` those of References; `known` leads
    from keys to conversations; `fresh` is the name of a new one, younger than every known name.
    """
    keys = tuple(dict.fromkeys((*carried, *answered, *mentioned)))
    found = sorted({known[key] for key in keys if key in known})
    if not found:
        return Placement(fresh, True, (), keys, ("new",))
    return Placement(found[0], False, tuple(found[1:]), keys, _reasons(carried, answered, mentioned, known))


def _reasons(
    carried: Sequence[str], answered: Sequence[str], mentioned: Sequence[str], known: Mapping[str, str]
) -> tuple[str, ...]:
    """The plainest reason first: a known id in In-Reply-To, in References (nearest ancestor), or somebody mentioned ours."""
    ways = (("in-reply-to", answered), ("references", tuple(reversed(mentioned))), ("mentioned-before", carried))
    for code, ids in ways:
        if hit := next((key for key in ids if key in known), None):
            return (f"{code}=<{hit}>",)
    return ()
