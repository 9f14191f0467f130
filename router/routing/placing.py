"""Puts a message into its conversation: what follows from its placement, as rows, and for the rest of the batch."""

from router.conversation.guess import alike
from router.conversation.threads import Held, Placement, place
from router.routing.facts import Ties
from router.routing.routed import Routed
from router.store import threads
from router.store.messages import Known, Talk
from router.store.threads import Like


def put(routed: Routed, ties: Ties, known: Known, message: str) -> tuple[tuple[str, ...], bool]:
    """Place a message; a new conversation is named after it. Returns why it stands there, and whether it is a new one."""
    trait = ties.trait
    like = known.alike.setdefault(trait.topic, []) if trait is not None else []
    guessed = [other.thread for other in like if trait is not None and alike(trait, other.trait)]
    at = place(ties.links, known.threads, message, guessed)
    _follow(routed, at, known)
    if trait is not None:
        like.append(Like(trait, at.thread))
    return at.why, at.is_new


def tie(routed: Routed, ties: Ties, known: Known, thread: str) -> None:
    """Tie a message of this conversation to what else it turns out to be tied to."""
    _follow(routed, place(ties.links, known.threads, thread, (thread,)), known)


def _follow(routed: Routed, at: Placement, known: Known) -> None:
    routed.thread = at.thread
    rows = ({"key": key, "thread": at.thread, "carried": held.carried} for key, held in at.keys.items())
    routed.write(threads.SET_THREAD_KEY, *rows)
    known.threads.update(at.keys)
    for absorbed in at.absorbed:
        _move(known, absorbed, at.thread)
        for statement in threads.MERGE_THREADS:
            routed.write(statement, {"b_from": absorbed, "into": at.thread})


def _move(known: Known, absorbed: str, into: str) -> None:
    for key, held in known.threads.items():
        if held.thread == absorbed:
            known.threads[key] = Held(into, held.carried)
    for stored in known.messages.values():
        if stored.thread == absorbed:
            stored.thread = into
    for inbox, lies in known.lying.pop(absorbed, {}).items():
        known.lying.setdefault(into, {}).setdefault(inbox, lies)
    for some in known.alike.values():
        for other in some:
            if other.thread == absorbed:
                other.thread = into
    if absorbed in known.asked:
        known.asked.add(into)
    if (talk := known.talks.pop(absorbed, None)) is not None:
        known.talks.setdefault(into, Talk()).join(talk)
