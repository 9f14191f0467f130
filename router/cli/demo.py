"""`router demo`: everything on this machine, in a temporary folder.

Owns the beginning and the end: the folder, the signals, the exit code. Whatever ends the demo, no process of it stays behind.
"""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from router.cli.common import FAULT, Failure

if TYPE_CHECKING:
    from router.cli.demonstration.show import Show

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AGAIN = 1.0  # seconds after which a signal that has ended nothing is raised once more


class Ended(BaseException):
    """A signal ends the demo; no `except Exception` on the way may stop it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


@click.command("demo")
@click.option("--once", is_flag=True, help="End after the last act, with exit code 1 if anything was not as promised.")
@click.option("--keep", is_flag=True, help="Leave the folder, with its mail and its log, where it is.")
def demo_command(once: bool, keep: bool) -> None:
    """Play the router in a temporary folder: an invented shop's mail, a kill -9, then your own mail until Ctrl-C."""
    from router.cli.demonstration.show import Show

    show = Show()
    try:
        _raise_signals()
        with _folder(keep, show) as folder:
            code = _play(folder, show, once=once, keep=keep)
    except Ended as ended:
        _ignore_signals()
        code = ended.exit_code
    click.get_current_context().exit(code)


def _play(folder: Path, show: "Show", *, once: bool, keep: bool) -> int:
    from router.cli.demonstration.after import stay, where_to_look
    from router.cli.demonstration.beats import BEATS
    from router.cli.demonstration.inboxes import Inboxes
    from router.cli.demonstration.scene import Scene
    from router.cli.demonstration.stage import Stage

    with Stage(folder) as stage, _tidying_undisturbed():
        scene = Scene(
            stage, Inboxes(stage.inboxes), show, asks=not once and sys.stdin is not None and sys.stdin.isatty()
        )
        good = [beat(scene) for beat in BEATS]
        where_to_look(scene, once=once, keep=keep)
        if not once:
            with suppress(Ended):
                stay(scene)
    return 0 if all(good) else FAULT


@contextmanager
def _folder(keep: bool, show: "Show") -> Iterator[Path]:
    try:
        path = Path(tempfile.mkdtemp(prefix="router-demo-"))
    except OSError as error:
        raise Failure(f"no temporary folder can be made: {error}") from error
    try:
        yield path
    finally:
        _ignore_signals()
        if not keep:
            shutil.rmtree(path, ignore_errors=True)
        show.say()
        show.say(f"The router is stopped; its folder {'stays' if keep else 'is removed'}: {path}")


def _raise_signals() -> None:
    """Turn signals into `Ended`.

    Python drops what is raised while it runs a finalizer or the callback of a weak reference, as each import does: an
    alarm raises it again until the tidying begins.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        _ignore_signals()
        signal.signal(signal.SIGALRM, lambda *_: end(number, None))
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        raise Ended(number)

    for number in _SIGNALS:
        # Whoever starts us with `nohup` wants us to survive the terminal.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)


def _ignore_signals() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _tidying_undisturbed() -> Iterator[None]:
    """Whatever ends the acts, no signal breaks off what follows: stopping the daemon, removing the folder."""
    try:
        yield
    finally:
        _ignore_signals()
