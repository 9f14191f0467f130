"""What every act of the demo is given: the stage, the founders' folders, the screen; and the one sentence they all say."""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass, field

from router.cli.demonstration.inboxes import Inboxes
from router.cli.demonstration.invented import Letter
from router.cli.demonstration.ledger import Record
from router.cli.demonstration.posting import post
from router.cli.demonstration.show import Show, clean
from router.cli.demonstration.stage import Stage

PATIENCE = 15.0  # seconds for what takes a fraction of one


@dataclass(slots=True)
class Scene:
    """The demo while it runs."""

    stage: Stage
    inboxes: Inboxes
    show: Show
    asks: bool = False  # a person is there, who may press Enter
    past: set[str] = field(default_factory=set)  # conversations that were read from the past
    threads: set[str] = field(default_factory=set)  # conversations that were told of
    crowd: set[str] = field(default_factory=set)  # Message-IDs of mail that came by the dozen

    def post(self, letter: Letter) -> float:
        """Send one letter; the instant at which its last byte had been handed over."""
        try:
            return post(self.stage.port, letter)
        except (OSError, smtplib.SMTPException) as error:
            raise self.stage.failure(f"the router did not take “{letter.subject}”: {error}") from error

    def tell(self, record: Record, owners: Sequence[str], seconds: float) -> None:
        """One line: who wrote what, where it is, and what is particular about it."""
        told = f"{clean(record.who)} writes: {clean(record.subject)} → in {_folders(owners)} after {seconds:.2f} s"
        if not record.needs_answer:
            told += f"  ({record.kind}: copied all the same; needs no answer)"
        elif record.thread in self.threads:
            told += "  (follows up: same conversation)"
        self.threads.add(record.thread)
        self.show.say(told)


def _folders(owners: Sequence[str]) -> str:
    """`Mike's and Helen's folder`."""
    return " and ".join(f"{owner}'s" for owner in owners) + " folder"
