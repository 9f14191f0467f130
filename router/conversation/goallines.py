"""What a digest shows of goals. Values only; who computes them is handed to the composer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Measured = Literal["service", "customer"]


@dataclass(frozen=True, slots=True)
class GoalLine:
    """How a goal stands in its period."""

    name: str
    within: timedelta
    clock: Measured
    share: float | None  # kept; None where nothing has fallen due yet
    target: float
    allowed: int  # misses
    used: int
    at_risk: int  # wait, and may still be in time


@dataclass(frozen=True, slots=True)
class Limit:
    """The goal of one who waits: the one that falls due first, or was missed first."""

    within: timedelta
    due: datetime
    clock: Measured = "service"
