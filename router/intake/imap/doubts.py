"""Mails that a session broke over: fetched alone, then in other ways, and at last set aside, so that the others go on.

A count is kept in memory: what breaks a session after a restart is found again within a few attempts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

Place = tuple[str, int, int]  # folder, UIDVALIDITY, UID


class Way(Enum):
    """How a mail is fetched."""

    USUAL = 0
    PIECES = 1  # for servers that stumble over the whole
    HALVES = 2  # header and text, which some can give where they cannot put them together
    NONE = 3


_PATIENCE = 3  # times in the usual way
_LOST = 1 / 3  # a lost connection is often nobody's fault: three of them count as one refusal


@dataclass(slots=True)
class Doubts:
    """What a source stumbled over."""

    _counts: dict[Place, float] = field(default_factory=dict)
    _errors: dict[Place, str] = field(default_factory=dict)

    def suspect(self, places: Iterable[Place]) -> None:
        """One of these is to blame, and nobody knows which."""
        for place in places:
            self._counts.setdefault(place, 0.0)

    def failed(self, place: Place, error: str, *, lost: bool) -> None:
        """This one was fetched alone, and in vain."""
        self._counts[place] = self._counts.get(place, 0.0) + (_LOST if lost else 1.0)
        self._errors[place] = error

    def well(self, place: Place) -> None:
        """It was had after all, or is settled."""
        self._counts.pop(place, None)
        self._errors.pop(place, None)

    def alone(self, folder: str, uidvalidity: int) -> set[int]:
        """The UIDs of a folder that are fetched one by one."""
        return {uid for name, validity, uid in self._counts if (name, validity) == (folder, uidvalidity)}

    def way(self, place: Place) -> Way:
        """How to try it next."""
        # A little more than it is: three thirds are one.
        tries = int(self._counts.get(place, 0.0) + 0.01)
        return Way(min(max(tries - _PATIENCE + 1, 0), 3))

    def error(self, place: Place) -> str:
        """What was said last."""
        return self._errors.get(place, "")
