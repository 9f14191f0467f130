"""One folder read to its end: first sight, UIDs that have changed, what is new, and every night the comparison."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from router.intake.imap import fetch
from router.intake.imap.comparing import Comparing, due
from router.intake.imap.fetch import Size
from router.intake.imap.folder import Look
from router.intake.imap.healing import Healing
from router.intake.imap.session import Opened, Session
from router.store.cursors import Cursor

_LATELY = timedelta(hours=1)
_MARGIN = timedelta(days=1)  # servers search by days of a zone of their own

log = logging.getLogger(__name__)


class Been(NamedTuple):
    """What a look into a folder came to."""

    new: int  # mails
    empty: bool  # there are none


def read_folder(look: Look, name: str, *, sent: bool) -> Been:
    """Read it to its end. Raises `NoFolder`, `Trouble`, `Stopped`."""
    desk = look.desk
    opened = look.session.examine(name)
    at = desk.cursors.get(name) or _begin(look, opened, sent=sent)
    new = _news(look, at, opened, sent=sent)
    at = desk.cursors[name]
    new += look.reconsider(at, _LATELY, sent=sent)
    if due(at.compared, desk.clock.now(), look.source.zone):
        new += Comparing(look).compare(at, opened, sent=sent)
        desk.cursors[name] = replace(at, compared=desk.clock.now())
    return Been(new, not opened.exists)


def _news(look: Look, at: Cursor, opened: Opened, *, sent: bool) -> int:
    if at.uidvalidity != opened.uidvalidity or look.session.set_back(opened, at.last_uid):
        return Healing(look).heal(at, opened, sent=sent)
    return look.new(at, opened, sent=sent)


def sight(session: Session, source: str, opened: Opened, now: datetime) -> Cursor:
    """An opened folder at first sight: what is there was there before us."""
    next_uid = opened.uidnext or max(session.search("*"), default=0) + 1
    return Cursor(source, opened.name, opened.uidvalidity, next_uid, next_uid - 1, now)


def _begin(look: Look, opened: Opened, *, sent: bool) -> Cursor:
    """An import of its past may have seen a folder before us: then we go on where that ended."""
    desk, source = look.desk, look.source.name
    at = sight(look.session, source, opened, desk.clock.now())
    if sent and desk.cursors:
        first = _first_since(look, at, opened, min(one.first for one in desk.cursors.values()))
        at = replace(at, first_uid=first, last_uid=first - 1)
    at = desk.begin(at)
    if desk.condition.first_sight is None:
        desk.condition.first_sight = at.first
    log.info("source %s: %s is read from UID %d on", source, opened.name, at.first_uid)
    return at


def _first_since(look: Look, at: Cursor, opened: Opened, since: datetime) -> int:
    """Mail programs make a folder of sent mail with the first answer, or give it another name: from which UID on it is ours.

    What was sent since we have watched the account would otherwise never be seen.
    """
    day = (since - _MARGIN).strftime("%d-%b-%Y")
    limits = look.limits
    uids = [uid for uid in look.session.present(1, opened.uidnext, limits.search, "SINCE", day) if uid < at.first_uid]
    for start in range(0, len(uids), limits.sizes):
        some = uids[start : start + limits.sizes]
        there = look.each(at, some, partial(fetch.sizes, look.session), lambda uid: Size(uid, 0, None))
        ours = (one.uid for one in there.values() if one.arrived and one.arrived >= since.replace(microsecond=0))
        if (first := min(ours, default=None)) is not None:
            return first
    return at.first_uid
