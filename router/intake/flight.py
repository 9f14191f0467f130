"""The mail that is being received, all sessions together: what bounds the memory and the disk of the intake."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Flight:
    """Octets that are taken in and not yet stored."""

    most: int
    used: int = field(init=False, default=0)

    def fits(self, octets: int) -> bool:
        """Whether there is room at the moment."""
        return self.used + octets <= self.most

    def take(self, octets: int) -> bool:
        """Reserve room; false where there is none, and then nothing is reserved."""
        if not self.fits(octets):
            return False
        self.used += octets
        return True

    def give_back(self, octets: int) -> None:
        """What was reserved is free again."""
        self.used -= octets
