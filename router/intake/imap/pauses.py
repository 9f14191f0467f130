"""How long to wait before the next attempt: longer each time, never all at once, never sooner than a server wishes. Pure."""

from dataclasses import dataclass

from router.intake.imap.answers import Answer, Meaning
from router.intake.imap.source import Patience
from router.pauses import pause


@dataclass(slots=True)
class Pauses:
    """The failures of one source in a row."""

    patience: Patience
    failures: int = 0

    def next(self, answer: Answer, chance: float, *, of_mail: bool = False) -> float:
        """Seconds before the next attempt; `chance` is drawn from 0 to 1, so that many sources do not knock at once."""
        longest = self.patience.mail_pause if of_mail else self.patience.longest_pause
        usual = pause((self.patience.first_pause, longest), self.failures + 1)
        if usual < longest or not of_mail:  # what a mail is to blame for makes no later pause longer
            self.failures += 1
        if answer.meaning is Meaning.OTHER:
            return usual * (0.5 + chance / 2)
        return max(answer.seconds, usual) * (1 + chance / 10)

    def well(self, seconds: float) -> None:
        """A whole round was done, so many seconds after the login: what ends soon again and again is no recovery."""
        if seconds >= self.patience.stable:
            self.failures = 0
