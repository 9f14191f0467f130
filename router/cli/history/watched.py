"""The import of a watched account's past: its folders one after the other, our own words first."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count

from router.cli.history.reading import Item
from router.cli.history.run import Import
from router.cli.history.ways import Way
from router.imap.errors import NoFolder
from router.intake.imap.account import Watched, whose
from router.intake.imap.history import History
from router.store.cursors import Cursor


@dataclass(slots=True)
class AccountImport:
    """One account."""

    history: History
    work: Import
    way: Way

    async def run(self) -> None:
        """Until everything is routed. Raises `Trouble`."""
        lane = self.work.lane
        try:
            found = await lane.call(self.history.folders)
            cursors = {folder: at for folder in found if (at := await self._sight(folder)) is not None}
            for turn in count():
                before = self.work.counts.stored
                for folder, at in cursors.items():
                    await self._read(folder, at, again=turn > 0)
                # What belongs to a conversation may be known only by what was read after it.
                if not self.history.source.kind.by_header or self.work.counts.stored == before:
                    break
            await lane.call(self.history.close)
        finally:
            self.history.stop()

    async def _sight(self, folder: Watched) -> Cursor | None:
        try:
            return await self.way.begin(await self.work.lane.call(partial(self.history.sight, folder.name)))
        except NoFolder as error:
            self.work.fault(self._where(folder), error.words)
            return None

    async def _read(self, folder: Watched, at: Cursor, *, again: bool) -> None:
        try:
            await self.work.run(self._items(folder, at))
        except NoFolder as error:
            self.work.fault(self._where(folder), error.words)
            return
        mailbox = whose(self.history.source, self.history.company)
        if folder.sent and mailbox is not None and not again:
            await self.way.sent_seen(mailbox, self.history.source.name)

    def _items(self, folder: Watched, at: Cursor) -> Iterator[tuple[Item, bool]]:
        for item in self.history.mails(at, sent=folder.sent):
            yield item, folder.sent

    def _where(self, folder: Watched) -> str:
        return f"{self.history.source.name}: {folder.name}"
