"""Whom a listener's decisions are about: a session as far as these go by it, and the mail that it has begun."""

from dataclasses import dataclass, field
from typing import Protocol

from aiosmtpd.smtp import Session

from router.intake.credentials import Credentials
from router.intake.path import Path
from router.intake.timers import Verdict


@dataclass(slots=True)
class Transaction:
    """What MAIL and RCPT said."""

    sender: Path
    utf8: bool
    size: int  # as announced, or 0
    recipients: list[Path] = field(default_factory=list)


class Visitor(Protocol):
    """One client."""

    session: Session | None
    credentials: Credentials
    transaction: Transaction | None  # the mail that is under way
    login: str | None  # the name that proved itself by a password

    def tick(self) -> Verdict | None:
        """End the session where its time is over; returns why."""

    def end(self, reply: str) -> None:
        """Say a last word and hang up."""

    def abort(self) -> None:
        """End the connection at once."""
