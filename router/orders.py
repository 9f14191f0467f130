"""Orders of a person to the running daemon: what a command changes in the database, and what the stages must hear of it."""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from router.clock import Clock
from router.control import Handler
from router.conversation.letter import Deed
from router.intake import past
from router.store import blind, commands, cursors, deeds, keeping, wishes
from router.store.audit import Order
from router.store.cursors import Cursor
from router.store.database import Database
from router.store.forgetting import Forgetting
from router.store.handover import Handover
from router.store.spool import IMPORT, Spool
from router.store.writer import Unit

Request = Mapping[str, Any]
_DEEDS = [deed.value for deed in Deed]
_WISHES = [kind.value for kind in wishes.Kind]


def transaction(request: Request, clock: Clock) -> Callable[[Connection], list[str]]:
    """The write that an order asks for: the same with a daemon and without one. Raises KeyError for an unknown order."""
    if request["do"] in _DEEDS:
        return partial(deeds.say, name=request["thread"], said=_said(request), now=clock.now())
    if request["do"] in _WISHES:
        return partial(wishes.order, said=_wished(request, clock.now()))
    ids: Sequence[str] = request["ids"]
    orders: dict[str, Callable[[Connection], list[str]]] = {
        "retry": partial(commands.retry, ids=ids, now=clock.now()),
        "hold": partial(commands.hold, ids=ids),
        "release": partial(commands.release, ids=ids, now=clock.now()),
    }
    return orders[request["do"]]


def _said(request: Request) -> deeds.Said:
    until = request.get("until")
    return deeds.Said(
        Deed(request["do"]), request["by"], request.get("why"), datetime.fromisoformat(until) if until else None
    )


def _wished(request: Request, now: datetime) -> wishes.Wish:
    """With no value it is taken back."""
    kind, value = wishes.Kind(request["do"]), request.get("value") or ""
    return wishes.Wish(kind, request["inbox"], value, now, request["by"], request.get("rule") or "", request.get("why"))


async def forgotten(forgetting: Forgetting, request: Request) -> dict[str, Any]:
    """One step of forgetting a person: the same with a daemon and without one."""
    order = Order(request["id"], "forget", request["address"], request["actor"])
    step = {"forget-copies": forgetting.cancel, "forget": forgetting.erase}[request["do"]]
    return await step(order)


@dataclass(frozen=True, slots=True)
class Orders:
    """Carries orders out in the daemon."""

    database: Database
    clock: Clock
    spool: Spool
    handover: Handover
    room: Callable[[], None] = lambda: None  # raises `StoreFull` where no more mail should be taken
    knows: Callable[[str], bool] = lambda address: (
        True
    )  # whether an address means a mailbox of the present configuration
    digest: Callable[[str, str], Awaitable[list[str]]] | None = None  # sends one now; told its name and a unique order

    @property
    def _forgetting(self) -> Forgetting:
        return Forgetting(self.database, self.clock, self.handover)

    def handlers(self) -> dict[str, Handler]:
        """By the name that a request bears."""
        change = dict.fromkeys(("retry", "hold", "release"), self._change)
        words = dict.fromkeys([*_DEEDS, *_WISHES], self._hear)
        history = {"import": self._import, "import-piece": self._import_piece, "import-sent": self._import_sent}
        watched = {"import-begin": self._import_begin, "import-blind": self._import_blind}
        others = {"forget-copies": self._forget, "forget": self._forget, "live": self._live, "digest": self._digest}
        return {**change, **words, **history, **watched, **others}

    async def _change(self, request: Request) -> list[str]:
        changed: list[str] = await self.database.writer.submit(Unit("command", call=transaction(request, self.clock)))
        self.handover.look()
        self.spool.rescan()
        return changed

    async def _hear(self, request: Request) -> list[str]:
        about: list[str] = await self.database.writer.submit(Unit("command", call=transaction(request, self.clock)))
        return about

    async def _forget(self, request: Request) -> dict[str, Any]:
        return await forgotten(self._forgetting, request)

    async def _import(self, request: Request) -> int:
        """Take mail of the past; it is durable when this returns, and routed by and by."""
        batch = [past.unpacked(one, self.database.fetch_chunk) for one in request["mails"]]
        files = (seen for seen in batch if seen.source == IMPORT)  # the watcher would ask about no others either
        if strange := next((to for seen in files for to in seen.recipients if not self.knows(to)), None):
            raise LookupError(f"the daemon's configuration has no {strange}: restart it")
        fetched = [past.timed(row, "at") for row in request.get("fetched", ())]
        await past.take(self.spool, batch, self.room, fetched)
        return len(batch)

    async def _import_piece(self, request: Request) -> None:
        self.room()
        await past.take_piece(self.database.writer, request)

    async def _import_sent(self, request: Request) -> None:
        """The answers of a mailbox can be seen, even if there are none."""
        await self.database.writer.submit(past.answers_seen(request["mailbox"], request["source"], self.clock.now()))

    async def _import_begin(self, request: Request) -> dict[str, Any]:
        """A watched folder is seen, by the import or by the watcher; the cursor that stands."""
        at = Cursor(**past.timed(request["cursor"], "first", "compared"))
        found: Cursor = await self.database.writer.submit(Unit("command", call=partial(cursors.begin, at=at)))
        return past.plain(asdict(found), "first", "compared")

    async def _import_blind(self, request: Request) -> None:
        """What a history says of whether answers can be seen."""
        call = partial(blind.judge, judged=blind.Judged(**request["judged"]), now=self.clock.now())
        await self.database.writer.submit(Unit("alarm", call=call))

    async def _digest(self, request: Request) -> list[str]:
        """Send a digest now; whom it goes to."""
        found = await self.digest(request["digest"], request["id"]) if self.digest is not None else []
        if not found:
            raise LookupError(f"the daemon's configuration has no digest {request['digest']}: restart it")
        return found

    async def _live(self, request: Request) -> dict[str, Any]:
        """Loop, writer and disk work: a durable commit tells."""
        await self.database.writer.submit(Unit("live", call=partial(keeping.touch, now=self.clock.now())))
        return {"pid": os.getpid()}
