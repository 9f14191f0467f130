"""What a person's commands change in the outbox and the spool; each function is one write transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, or_, select, update

from router.store import bundles, cursors
from router.store.outbox import State
from router.store.slices import slices
from router.store.spool import RELEASE, RELEASE_RESTORED, RESTORED, release_repeat
from router.store.tables import outbox, sighting


def _named(ids: Sequence[str]) -> ColumnElement[bool]:
    """Copies by their own id or by their message's: what a person typed."""
    return or_(outbox.c.id.in_(ids), outbox.c.message.in_(ids))


def _change(connection: Connection, which: ColumnElement[bool], states: Sequence[State], **values: object) -> list[str]:
    """Change those of `which` that stand in one of `states`; returns their ids."""
    found = select(outbox.c.id).where(which, outbox.c.state.in_(states)).order_by(outbox.c.id)
    changed = list(connection.execute(found).scalars())
    for some in slices(changed):
        connection.execute(update(outbox).where(outbox.c.id.in_(some)).values(**values))
    return changed


def retry(connection: Connection, ids: Sequence[str], now: datetime) -> list[str]:
    """Try these copies again at once; one of unknown outcome is still looked for first. Returns the copies it changed."""
    unknown = _change(connection, _named(ids), [State.UNKNOWN], due=now)
    waiting = _change(connection, _named(ids), [State.PENDING, State.DEFERRED], due=now, state=State.PENDING)
    # The time to give up is counted anew, and the copy goes as it would have gone at first.
    failed = _change(
        connection, _named(ids), [State.FAILED], due=now, state=State.PENDING, created=now, ended=None, note=None
    )
    return sorted({*unknown, *waiting, *failed})


def hold(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Keep these copies until they are released; one that a courier has in hand cannot be held any more."""
    states = [State.PENDING, State.DEFERRED, State.FAILED]
    return _change(connection, _named(ids), states, state=State.HELD, due=None, reason="by-command", ended=None)


def release(connection: Connection, ids: Sequence[str], now: datetime) -> list[str]:
    """Let held copies go, and route repeats and mail that was set aside after all."""
    # A copy that was tried before it was held may have arrived: look first.
    state = case((outbox.c.attempts > 0, State.UNKNOWN.value), else_=State.PENDING.value)
    ours = [one for name in ids for one in bundles.release(connection, name, now)]
    # What a bundle on its way has with it would come twice.
    alone = _named(ids) & outbox.c.reason.is_distinct_from(bundles.Reason.BUNDLED.value)
    released = _change(connection, alone, [State.HELD], state=state, due=now, created=now)
    return ours + released + [one for one in ids if release_repeat(connection, one)]


def restored(connection: Connection, now: datetime, inboxes_by_smtp: Sequence[str]) -> list[str]:
    """After a restore of a backup: what was open then may have been delivered since.

    Copies that can be looked for become `unknown`; those that go by SMTP are held for a person's decision. Mail that
    was not routed yet is marked, so that the same is done with its copies once it is; history has none, and keeps its mark.
    So is what watched accounts have had since the backup: it is taken once more.
    """
    verdict = case((sighting.c.verdict == RELEASE, RELEASE_RESTORED), else_=RESTORED)
    unmarked = or_(sighting.c.verdict.is_(None), sighting.c.verdict == RELEASE)
    connection.execute(update(sighting).where(sighting.c.routed.is_(None), unmarked).values(verdict=verdict))
    cursors.look_back(connection, now)
    # These wait for a person, who may have let them go since: when that comes again, they are looked for first.
    waiting = (outbox.c.state.in_([State.HELD, State.FAILED]), outbox.c.attempts == 0)
    connection.execute(update(outbox).where(*waiting).values(attempts=1))
    open_states = [State.PENDING, State.SENDING, State.DEFERRED, State.UNKNOWN]
    by_smtp = outbox.c.inbox.in_(inboxes_by_smtp)
    free = {"holder": None, "lease": None}
    held = _change(connection, by_smtp, open_states, state=State.HELD, due=None, reason=RESTORED, **free)
    unknown = _change(connection, ~by_smtp, open_states, state=State.UNKNOWN, due=now, **free)
    return sorted({*held, *unknown})
