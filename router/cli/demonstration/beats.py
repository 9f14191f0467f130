"""The acts of the demo, one function each: it is given the scene, prints what it saw, and says whether all was as promised.

To add an act, write such a function and name it in `BEATS`. An act prints only what was measured, counted or asked for.
"""

from collections.abc import Callable
from typing import Any

from router.cli.demonstration.invented import SUPPORT, Letter, letters
from router.cli.demonstration.killing import kill_in_flight
from router.cli.demonstration.later import jane_again, mike_answers, read_the_past, the_morning, tom_answers
from router.cli.demonstration.ledger import record
from router.cli.demonstration.posting import HOST
from router.cli.demonstration.scene import PATIENCE, Scene
from router.cli.demonstration.stage import COMPANY

Beat = Callable[[Scene], bool]
_PAUSE = 0.3  # seconds to read a line


def introduce(scene: Scene) -> bool:
    """Who they are."""
    founders = " and ".join(scene.inboxes.owners)
    scene.show.say(f"{COMPANY} sells flowers and watches. Its customers write to {SUPPORT};")
    scene.show.say(f"{founders}, who founded it, want to read every letter.")
    scene.show.say()
    return True


def open_the_shop(scene: Scene) -> bool:
    """Start the daemon."""
    stage = scene.stage
    seconds = stage.start()
    scene.show.say(f"The router is up after {seconds:.1f} s: process {stage.pid}, {HOST}:{stage.port}, {stage.folder}")
    scene.show.say()
    return True


def customers_write(scene: Scene) -> bool:
    """One letter after the other, each timed from its last byte to the copies."""
    arrived = []
    for letter in letters():
        arrived.append(_arrives(scene, letter))
        scene.show.breathe(_PAUSE)
    return all(arrived)


def _arrives(scene: Scene, letter: Letter) -> bool:
    handed_over = scene.post(letter)
    everywhere = scene.inboxes.wait(lambda: scene.inboxes.everywhere(letter.message_id), PATIENCE)
    copies = [copy for copy in scene.inboxes.copies if copy.message_id == letter.message_id]
    if copies:
        owners = [owner for owner in scene.inboxes.owners if owner in {copy.owner for copy in copies}]
        seconds = max(copy.seen for copy in copies) - handed_over
        scene.tell(record(scene.stage.settings, copies[0].message), owners, seconds)
    if not everywhere:
        scene.show.say(f"{letter.who} writes: {letter.subject} → NOT in every folder after {PATIENCE:.0f} s")
    return everywhere


def conversations(scene: Scene) -> bool:
    """What the daemon made of it all, by its own command."""
    found = [one for one in scene.stage.ask("thread", "--all") if one["thread"] not in scene.past]
    rows = [_row(one) for one in found if not _of_the_crowd(scene, one)]
    scene.show.say()
    scene.show.say(f"{len(found)} conversations; `router thread --all` shows each with its letters:")
    scene.show.table(("CUSTOMER", "SUBJECT", "LETTERS", "KIND"), rows)
    scene.show.say(f"  ... and the {len(found) - len(rows)} that came at once")
    return True


def _of_the_crowd(scene: Scene, thread: dict[str, Any]) -> bool:
    return all(one["message_id"] in scene.crowd for one in thread["messages"])


def _row(thread: dict[str, Any]) -> tuple[object, ...]:
    kinds = dict.fromkeys(one["kind"] for one in thread["messages"])
    who = thread["customer_name"] or thread["customer"]
    return who, thread["subject"], len(thread["messages"]), ", ".join(kinds)


BEATS: tuple[Beat, ...] = (
    introduce,
    read_the_past,
    open_the_shop,
    customers_write,
    kill_in_flight,
    conversations,
    tom_answers,
    jane_again,
    mike_answers,
    the_morning,
)
