"""What a person sees of an import while it runs, and at its end."""

import sys
from dataclasses import asdict
from time import monotonic

import click

from router.cli.history.run import Counts
from router.config import Settings
from router.intake.files import Unread
from router.wording import Wording

ON_TERMINAL, ELSEWHERE = 0.2, 5.0  # seconds between two lines of progress


class Telling:
    """Progress on stderr: one moving line on a terminal, else a line every few seconds."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._wording = Wording(settings.router.templates, settings.router.timezone)
        self._name = name  # of the mailbox or the source
        self._moving = sys.stderr.isatty()
        self._begun = monotonic()
        self._told = self._begun
        self._line = False  # whether the cursor stands behind a line that moves

    def progress(self, counts: Counts) -> None:
        """Say where we are, now and then."""
        if monotonic() - self._told < (ON_TERMINAL if self._moving else ELSEWHERE):
            return
        self._told = monotonic()
        line = self.words(counts, "progress").strip()
        click.echo(f"\r\x1b[K{line}" if self._moving else line, nl=not self._moving, err=True)
        self._line = self._moving

    def fault(self, one: Unread) -> None:
        """Name what cannot be read."""
        self.again(f"{one.where}: {one.why}")

    def again(self, words: str) -> None:
        """Say what holds it up."""
        self.end_line()
        click.echo(f"router: {words}", err=True)

    def end_line(self) -> None:
        """Leave the moving line."""
        if self._line:
            click.echo("", err=True)
        self._line = False

    def words(self, counts: Counts, what: str) -> str:
        """The template's words for "progress", "interrupted" or the "end"."""
        seconds = monotonic() - self._begun
        values = {"what": what, "name": self._name, "seconds": seconds, **asdict(counts)}
        return self._wording.surely("import.txt.j2", values)
