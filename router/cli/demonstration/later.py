"""The acts around the first day: what was there before, who answers, who is told, and what the morning brings.

Each tells what the router's own commands say at that time, and nothing that the play knows by itself.
"""

import os
import sys
import time
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from router.cli.common import reading
from router.cli.demonstration.invented import later, letters
from router.cli.demonstration.past import MONTHS, write_past
from router.cli.demonstration.scene import PATIENCE, Scene
from router.cli.demonstration.show import clean
from router.cli.demonstration.stage import DIGEST
from router.mail.header import split
from router.store.conversations import threads
from router.store.views import resolve_thread
from router.store.waiting import waiting

View = dict[str, Any]

_POLL = 0.05  # seconds between two looks
_READ = 0.4  # seconds to read a line or two
_LINES = 36  # of the digest, on the screen


def read_the_past(scene: Scene) -> bool:
    """What was there before the first letter shows at once who was forgotten."""
    inbox, sent = write_past(scene.stage.folder, datetime.now(UTC))
    begun = time.monotonic()
    (done,) = scene.stage.ask("import", "--mailbox", "shop", "--inbox", str(inbox), "--sent", str(sent))
    seconds = time.monotonic() - begun
    now = datetime.now(UTC)
    with reading(scene.stage.settings.router) as database:
        listed = database.read(lambda connection: waiting(connection, now))
        scene.past.update(database.read(lambda connection: [one["thread"] for one in threads(connection, None, now)]))
    forgotten = [row for row in listed if not row["promise"]]
    promised = [row for row in listed if row["promise"]]
    scene.show.say(f"Before today: {MONTHS} months of Inbox and Sent, {done['stored']} mails read in {seconds:.1f} s.")
    scene.show.say(f"{_summary(forgotten)}, {_counted(len(promised), 'promise', 'promises')} not kept:")
    for row in listed:
        why = f"we wrote “{row['promise']}”" if row["promise"] else "nobody answered"
        scene.show.say(f"  {_day(row['waiting_since'])}  {_who(row)}: {clean(row['subject'])} ({clean(why)})")
    scene.show.say()
    scene.show.breathe(_READ)
    return done["faults"] == 0 and bool(forgotten) and bool(promised)


def tom_answers(scene: Scene) -> bool:
    """An answer that is written elsewhere ends the wait, with its evidence."""
    answer, _, _ = later()
    before = _wedding(scene)
    scene.post(answer)
    after = _until(lambda: _wedding(scene), lambda found: found["state"] == "answered")
    scene.show.say()
    scene.show.say("Tom answers Jane Ferris from his own mail program; his Sent mail is seen, not asked for:")
    scene.show.say(f"  {before['state']} → {after['state']}: {_evidence(after)}")
    scene.show.breathe(_READ)
    return bool(before["state"] == "waiting" and after["state"] == "answered")


def jane_again(scene: Scene) -> bool:
    """A letter after the answer does not wait for the morning."""
    _, again, _ = later()
    begun = scene.post(again)
    scene.inboxes.wait(lambda: scene.inboxes.everywhere(again.message_id), PATIENCE)
    told = _until(lambda: _told_at_once(scene), lambda found: found is not None)
    scene.show.say(f"Jane Ferris writes again: {clean(again.subject)} → {_wedding(scene)['state']} once more")
    if told is None:
        scene.show.say(f"Mike was NOT told within {PATIENCE:.0f} s")
        return False
    scene.show.say(f"  Mike is told at once, after {time.monotonic() - begun:.1f} s: {clean(told)}")
    scene.show.breathe(_READ)
    return True


def mike_answers(scene: Scene) -> bool:
    """A founder presses Reply."""
    _, _, answer = later()
    if scene.asks:
        scene.show.say("You are Mike. Press Enter to answer Jane.")
        with suppress(EOFError):
            input()
    else:
        scene.show.say("Mike presses Reply, and answers Jane.")
    scene.post(answer)
    after = _until(lambda: _wedding(scene), lambda found: found["state"] == "answered")
    scene.show.say(f"  waiting → {after['state']}: {_evidence(after)}")
    scene.show.breathe(_READ)
    return bool(after["state"] == "answered")


def the_morning(scene: Scene) -> bool:
    """What the digest says now, and how it looks."""
    page = scene.stage.folder / "digest.html"
    lines = scene.stage.tell("digest", DIGEST, "--html", str(page)).rstrip("\n").splitlines()
    scene.show.say()
    scene.show.say(f"Tomorrow at seven Mike finds a digest. `router digest {DIGEST}` shows it as it would be now:")
    for line in lines[:_LINES]:
        scene.show.say(f"  | {clean(line)}".rstrip())
    if len(lines) > _LINES:
        scene.show.say(f"  | ... and {len(lines) - _LINES} more lines")
    scene.show.say(f"  and as Outlook shows it: {page}")
    if scene.asks and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"):
        webbrowser.open(page.as_uri())
    return page.stat().st_size > 0


def _wedding(scene: Scene) -> View:
    """The conversation of the first letter, as `router thread` shows it."""
    first, now = next(letters()).message_id, datetime.now(UTC)

    def read(connection: Any) -> View:
        name = resolve_thread(connection, first)
        return next(threads(connection, [name] if name else [], now))

    with reading(scene.stage.settings.router) as database:
        found: View = database.read(read)
    return found


def _until(look: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
    """What was found, as soon as it is enough, or once nobody waits any longer."""
    deadline = time.monotonic() + PATIENCE
    while not enough(found := look()) and time.monotonic() < deadline:
        time.sleep(_POLL)
    return found


def _told_at_once(scene: Scene) -> str | None:
    """The subject of the mail to Mike that is no copy."""
    folder: Path = scene.stage.inboxes["Mike"]
    for path in sorted((folder / "new").iterdir()):
        header = split(path.read_bytes())
        if header.first("list-id") is not None and header.first("x-router-copy") is not None:
            return (header.first("subject") or b"").decode("latin-1").strip()
    return None


def _evidence(thread: View) -> str:
    end = next(wait["end"] for wait in reversed(thread["waits"]) if wait["end"])
    founder = f" (founder {end['founder']})" if end["founder"] else ""
    return f"answered {end['at'].astimezone():%H:%M} by {clean(end['by'] or 'somebody')}{founder}"


def _summary(rows: list[View]) -> str:
    waiting = _counted(len(rows), "customer waits", "customers wait")
    since = min((row["waiting_since"] for row in rows), default=None)
    return f"{waiting} since {since:%B}" if since is not None else waiting


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _day(instant: datetime) -> str:
    return f"{instant:%d %b %Y}"


def _who(row: View) -> str:
    return clean(row["customer_name"] or row["customer"] or "Somebody")
