"""The act in which the daemon is killed: mail in flight, SIGKILL, a restart, and the count in every folder afterwards."""

import time

from router.cli.demonstration.inboxes import Inboxes
from router.cli.demonstration.invented import Letter, rush
from router.cli.demonstration.ledger import settled
from router.cli.demonstration.posting import MailServer
from router.cli.demonstration.scene import PATIENCE, Scene


def kill_in_flight(scene: Scene) -> bool:
    """Twenty letters at once, `kill -9` as soon as the first copies appear, a restart; then count."""
    letters = rush()
    scene.crowd.update(letter.message_id for letter in letters)
    scene.show.say()
    scene.show.say(f"Now {len(letters)} letters come at once, and in the midst of them: kill -9 {scene.stage.pid}")
    with MailServer(scene.stage.port, letters) as sender:
        before = len(scene.inboxes.copies)
        scene.inboxes.wait(lambda: len(scene.inboxes.copies) > before or sender.done, PATIENCE)
        scene.stage.kill()
        _tell_of_the_kill(scene, sender, letters)
        seconds = scene.stage.start()
        scene.show.say(f"It is up again after {seconds:.1f} s; the sender comes again with whatever got no 250.")
        scene.inboxes.wait(lambda: _all_there(scene.inboxes, letters) and sender.done, PATIENCE)
        # A second copy of anything would have come by now.
        quiet = sender.done and settled(scene.stage.settings, PATIENCE)
    scene.inboxes.look()
    return _count(scene, letters) and quiet


def _tell_of_the_kill(scene: Scene, sender: MailServer, letters: list[Letter]) -> None:
    deadline = time.monotonic() + 1
    while sender.connected and time.monotonic() < deadline:  # answers given before the kill may still be on their way
        time.sleep(0.001)
    scene.inboxes.look()
    copies = sum(scene.inboxes.holders(letter.message_id).total() for letter in letters)
    wanted = len(letters) * len(scene.inboxes.owners)
    answered = f"{len(sender.answered)} of {len(letters)} answered 250"
    scene.show.say(f"Killed, with {answered} and {copies} of {wanted} copies in the folders.")


def _all_there(inboxes: Inboxes, letters: list[Letter]) -> bool:
    return all(inboxes.everywhere(letter.message_id) for letter in letters)


def _count(scene: Scene, letters: list[Letter]) -> bool:
    """Count by message in each folder, and say what came of it."""
    counts = [scene.inboxes.holders(letter.message_id) for letter in letters]
    delivered = sum(len(count) == len(scene.inboxes.owners) for count in counts)
    twice = sum(any(number > 1 for number in count.values()) for count in counts)
    scene.show.say(f"{delivered} of {len(letters)} delivered, {twice or 'none'} twice")
    return delivered == len(letters) and not twice
