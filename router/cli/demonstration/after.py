"""What follows the acts: where to look, and telling of the user's own mail until somebody ends the demo."""

import shlex
import shutil
import sys
import time
from pathlib import Path

from router.cli.demonstration.inboxes import Copy
from router.cli.demonstration.invented import SUPPORT
from router.cli.demonstration.ledger import record
from router.cli.demonstration.posting import HOST
from router.cli.demonstration.scene import Scene
from router.cli.render import render

_POLL = 0.05  # seconds between two looks; times are taken from the files, not from the looking
_BOTH = 2.0  # seconds in which a mail comes into every folder, or is told of without


def where_to_look(scene: Scene, *, once: bool, keep: bool) -> None:
    """Print the folders, the log, the commands to try and a way to send mail."""
    stage = scene.stage
    values = {
        "folders": [(owner, shlex.quote(str(path))) for owner, path in stage.inboxes.items()],
        "log": stage.log,
        "config": stage.config,
        "router": f"{_router()} --config {shlex.quote(str(stage.config))}",
        "support": SUPPORT,
        "address": f"{HOST}:{stage.port}",
        "send": _one_liner(stage.port),
        "folder": stage.folder,
        "once": once,
        "keep": keep,
    }
    scene.show.say(render("demo.txt.j2", values).rstrip("\n"))


def stay(scene: Scene) -> None:
    """Tell of every mail that comes, for ever; raises `Failure` where the daemon ends."""
    scene.inboxes.look()
    told = {copy.message for copy in scene.inboxes.copies}
    while True:
        time.sleep(_POLL)
        scene.stage.check()
        scene.inboxes.look()
        for message, copies in _untold(scene, told).items():
            if len(copies) >= len(scene.inboxes.owners) or time.monotonic() - copies[0].seen > _BOTH:
                told.add(message)
                _tell(scene, copies)


def _untold(scene: Scene, told: set[str]) -> dict[str, list[Copy]]:
    found: dict[str, list[Copy]] = {}
    for copy in scene.inboxes.copies:
        if copy.message not in told:
            found.setdefault(copy.message, []).append(copy)
    return found


def _tell(scene: Scene, copies: list[Copy]) -> None:
    one = record(scene.stage.settings, copies[0].message)
    owners = [owner for owner in scene.inboxes.owners if owner in {copy.owner for copy in copies}]
    # The file system's clock ticks more coarsely than ours.
    seconds = max(0.0, max(copy.linked for copy in copies) - one.received.timestamp())
    scene.tell(one, owners, seconds)


def _router() -> str:
    """The command as this user can type it in any folder."""
    program = Path(sys.argv[0])
    if program.name != "router":
        return f"{shlex.quote(sys.executable)} -m router"
    found = shutil.which("router")
    return "router" if found and Path(found).samefile(program) else shlex.quote(str(program.absolute()))


def _one_liner(port: int) -> str:
    """A command that sends a mail; it has a Message-ID, since what has none may pass for a repeat the second time."""
    visitor = "visitor@customer.example"
    code = (
        f'import smtplib, email.utils as u; smtplib.SMTP("{HOST}", {port}, "me").sendmail("{visitor}", "{SUPPORT}", '
        f'"From: A Visitor <{visitor}>\\nTo: {SUPPORT}\\nSubject: Is anybody there?\\nMessage-ID: " '
        '+ u.make_msgid(domain="customer.example") + "\\n\\nIt is me.")'
    )
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"
