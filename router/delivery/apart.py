"""A courier in a process of its own: making the forms of mails and sending them takes no time from the daemon's loop.

Small mails go there with their bytes. A large one stays with the same courier here, which takes it from the database
piece by piece. Copies keep their order. What the process had in hand when it died is `unknown`.
"""

import logging
from collections.abc import Sequence
from itertools import groupby

from router.apart.process import Apart, Failed, Gone, NotUp
from router.delivery.courier import Copy, Courier, Delivered, Outcome, Transient, Unknown
from router.store.content import SMALL

log = logging.getLogger(__name__)


class _Desk:
    """What the other process does."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier

    async def answer(self, request: Sequence[Copy]) -> list[Outcome]:
        """Deliver."""
        return await self._courier.deliver(request)

    async def close(self) -> None:
        """End what is kept open."""
        await self._courier.close()


class CourierApart:
    """Gives copies to a courier elsewhere, which can be pickled and looks for no copies."""

    def __init__(self, name: str, courier: Courier) -> None:
        self._here = courier
        self.there = Apart(f"the courier of {name}", _Desk(courier))

    async def deliver(self, copies: Sequence[Copy]) -> list[Outcome]:
        """Deliver each copy, in order; one outcome for each."""
        outcomes: list[Outcome] = []
        for large, some in groupby(copies, lambda copy: copy.content.size > SMALL):
            outcomes += await (self._deliver_here if large else self._deliver_there)(list(some))
        return outcomes

    async def find(self, copy: Copy) -> Delivered | None:
        """Nowhere to look."""
        return None

    async def close(self) -> None:
        """End the process with all that it keeps open; a later delivery starts it again."""
        await self.there.close()

    async def _deliver_there(self, copies: list[Copy]) -> list[Outcome]:
        try:
            outcomes: list[Outcome] = await self.there.ask(copies)
        except NotUp as error:
            log.error("%s", error)
            return [Transient(str(error)) for _ in copies]
        except (Gone, Failed) as error:
            return [Unknown(str(error)) for _ in copies]
        return outcomes

    async def _deliver_here(self, copies: list[Copy]) -> list[Outcome]:
        try:
            return await self._here.deliver(copies)
        except Exception as error:  # what was delivered before in this batch stays so
            log.exception("a courier failed")
            return [Unknown(f"{type(error).__name__}: {error}") for _ in copies]
        finally:
            await self._here.close()  # servers count sessions: those that are kept are the other process's
