"""A customer's letter as far as its words matter: what is new in it, who wrote it, when and about what."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Voice:
    """One letter of one customer."""

    message: str
    customer: str  # address
    thread: str
    mailbox: str | None  # the first one that it came to
    subject: str
    at: datetime
    text: str  # without quotes and signature; lines end with LF
