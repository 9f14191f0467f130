"""After an unclean stop: `quick_check` of the database, in a thread and beside the work.

What it finds stands in the log, and damage raises the standing alarm `database-damaged`. It does not end the daemon:
mail that still can be delivered should be, and whether to restore a backup is a person's decision.
"""

import logging
import sqlite3
import time
from functools import partial
from pathlib import Path

from router.clock import Clock
from router.store import keeping
from router.store.database import Database
from router.store.soundness import quick_check
from router.store.writer import Unit
from router.tasks import Lane

log = logging.getLogger(__name__)


async def examine(database: Database, path: Path, clock: Clock) -> None:
    """Check the file once, and raise or clear the alarm."""
    log.warning("the last stop was not clean: the database is checked beside the work")
    begun = time.monotonic()
    try:
        troubles = await Lane("quick-check").call(partial(quick_check, path))
    except sqlite3.Error as error:
        log.error("the database cannot be checked: %s", error)
        return
    now = clock.now()
    if not troubles:
        log.info("the database is sound, checked in %.1f s", time.monotonic() - begun)
        row = keeping.clear_row("database-damaged", "database", now)
        await database.writer.insist(lambda: Unit("alarm", [(keeping.CLEAR_ALARM, [row])]))
        return
    for trouble in troubles:
        log.critical("the database is damaged: %s", trouble)
    raised = keeping.alarm_row("database-damaged", "database", {"found": troubles}, now)
    log.error("alarm database-damaged: restore a backup, then `router db restored`")
    await database.writer.insist(lambda: Unit("alarm", [(keeping.RAISE_ALARM, [raised])]))
