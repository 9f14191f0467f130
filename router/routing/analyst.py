"""Who reads mail for T2: a thread of ours while there is little, a process of its own when much comes at once.

Reading is most of what T2 does, and needs nothing but the mail. In a thread it takes its time from the loop and the
writer, under one interpreter. Nothing depends on that process: where it is not to be had the thread reads.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from router.apart.process import Apart, Failed, Gone, NotUp
from router.mail.kind import NOBODY, Company
from router.routing.analysis import Analysis, analyse_all
from router.routing.reader import Reader, suspicious
from router.store.spool import Sighting

log = logging.getLogger(__name__)

MANY = 5  # mails in a batch, from which on the other process reads
REST = 60.0  # seconds until a process that failed us is asked again

_parts = attrgetter(*(one.name for one in fields(Analysis) if one.name != "seen"))


class _Desk:
    """What the other process does."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    async def answer(self, request: tuple[Sequence[Sighting], Company]) -> list[tuple[Any, ...]]:
        """Read; what we were given stays where it came from."""
        batch, company = request
        return [_parts(this) for this in analyse_all(batch, self._key, Reader(), company)]

    async def close(self) -> None:
        """Nothing is kept open."""


class Analyst:
    """Reads batches."""

    def __init__(self, key: bytes) -> None:
        """`key` is the signing key of our marks."""
        self._key = key
        self.apart = Apart("routing", _Desk(key))
        self._rests_until = float("-inf")  # by the loop's time

    async def analyse(self, batch: Sequence[Sighting], reader: Reader, company: Company = NOBODY) -> list[Analysis]:
        """Read a batch for `company`, suspicious mail by `reader`.

        Raises `StoreBusy`, `StoreFull`: large mail comes from the store.
        """
        now = asyncio.get_running_loop().time()
        if len(batch) >= MANY and now >= self._rests_until and not any(suspicious(seen.content) for seen in batch):
            try:
                found = await self.apart.ask((batch, company))
                return [Analysis(seen, *parts) for seen, parts in zip(batch, found, strict=True)]
            except (NotUp, Gone, Failed) as error:
                log.error("mail is read beside the other work for a while: %s", error)
                self._rests_until = asyncio.get_running_loop().time() + REST
        return await asyncio.to_thread(analyse_all, batch, self._key, reader, company)

    async def close(self) -> None:
        """End the process."""
        await self.apart.close()
