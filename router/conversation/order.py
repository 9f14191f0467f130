"""The order in which letters were written: by their times of receipt, but no answer before what it answers.

The times of two ways do not compare: a customer's letter has that of its last hop, which may have fetched it hours late,
and an answer in a Sent folder that of its writer's clock. Who refers to a letter had it before him.
"""

from collections.abc import Sequence
from datetime import datetime

from router.conversation.letter import Letter


def told_in_order(letters: Sequence[Letter]) -> list[tuple[datetime, Letter]]:
    """Each letter with the instant since which it can have been there, in their order."""
    carried = {letter.message_id: letter for letter in letters if letter.message_id is not None}
    places: dict[str, tuple[datetime, int]] = {}
    for letter in letters:
        _place(letter, carried, places)
    ordered = sorted(letters, key=lambda letter: (*places[letter.id], letter.at, letter.id))
    return [(places[letter.id][0], letter) for letter in ordered]


def _place(letter: Letter, carried: dict[str, Letter], places: dict[str, tuple[datetime, int]]) -> None:
    """Find the instant of a letter behind all that it answers; a circle of answers is cut where it is met."""
    stack, under_way = [letter], {letter.id}
    while stack:
        top = stack[-1]
        before = [carried[name] for name in top.answers if name in carried and carried[name].id != top.id]
        missing = [one for one in before if one.id not in places and one.id not in under_way]
        if top.id not in places and missing:
            stack.append(missing[0])
            under_way.add(missing[0].id)
            continue
        stack.pop()
        if top.id not in places:
            at, behind = max((places[one.id] for one in before if one.id in places), default=(top.at, -1))
            places[top.id] = (top.at, 0) if at < top.at else (at, behind + 1)
