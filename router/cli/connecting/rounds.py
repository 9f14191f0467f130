"""Testing again and again until all is green: each round tries only what is still missing, after a pause that grows.

A provider and a mail server are asked no more often than a person who tries it by hand would, and no sooner than they
wish. The configuration is read anew each time, since its mistakes are mended in it.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from router.cli.checking.finding import FAULT, UNTRIED, Finding
from router.cli.checking.tries import Try, run, tries
from router.config import Faults, Settings
from router.pauses import pause

PAUSES = (5.0, 60.0)  # seconds between rounds: first, longest
Key = tuple[str, str, str, str]


@dataclass(slots=True)
class Rounds:
    """All rounds of one run."""

    read: Callable[[], Settings]
    tell: Callable[[Settings, Finding], None]
    refuse: Callable[[Faults], None]
    wait: Callable[[int, int, float], None]  # tells how many of how many are missing, and for how long we rest
    _settings: Settings | None = None
    _found: dict[int, list[Finding]] = field(default_factory=dict)  # by the place among the tries
    _times: int = 0

    async def run(self, settings: Settings, *, once: bool) -> bool:
        """Whether all is green in the end; without `once` it ends no sooner."""
        while True:
            missing, count = await self.round(settings)
            if not missing or once:
                return not missing
            self._times += 1
            seconds = max([pause(PAUSES, self._times), *map(_asked, self._all())])
            self.wait(missing, count, seconds)
            settings = await self._read_after(seconds)

    async def round(self, settings: Settings) -> tuple[int, int]:
        """Try what is missing: how many still are, and of how many."""
        if settings != self._settings:
            self._settings, self._found, self._times = settings, {}, 0
        every = tries(settings)
        open_ones = [place for place in range(len(every)) if not _green(self._found.get(place))]
        before = {_key(one) for place in open_ones for one in self._found.pop(place, [])}
        async for found in run([self._noting(place, every[place]) for place in open_ones]):
            for one in found:
                if _key(one) not in before:
                    self.tell(settings, one)
        return sum(not _green(self._found.get(place)) for place in open_ones), len(every)

    def _noting(self, place: int, one: Try) -> Try:
        async def run() -> list[Finding]:
            self._found[place] = await one.run()
            return self._found[place]

        return replace(one, run=run)

    def _all(self) -> Iterable[Finding]:
        return (one for found in self._found.values() for one in found)

    async def _read_after(self, seconds: float) -> Settings:
        """The configuration as it is by then, without a fault."""
        said = ""
        while True:
            await asyncio.sleep(seconds)
            try:
                return self.read()
            except Faults as faults:
                if str(faults) != said:
                    self.refuse(faults)
                said = str(faults)


def _green(found: list[Finding] | None) -> bool:
    """One that did not end in time has found nothing."""
    return found is not None and all(one.state not in (FAULT, UNTRIED) for one in found)


def _key(one: Finding) -> Key:
    """The same as before, but for words that differ each time."""
    detail = one.values.get("detail") or {}
    return one.what, one.name, one.state, f"{one.code} {detail.get('right', '')}"


def _asked(one: Finding) -> float:
    """How long a provider wishes to be left alone."""
    return float((one.values.get("detail") or {}).get("wait") or 0.0)
