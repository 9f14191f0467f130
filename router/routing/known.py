"""What T2 has to know of a batch before it plans it: one look into the store for all of its mails."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from router.routing.analysis import Analysis
from router.routing.copies import Copies
from router.routing.loops import signs
from router.routing.plan import Planner
from router.store import messages, returns


def planner(connection: Connection, analyses: Sequence[Analysis], copies: Copies, now: datetime) -> Planner:
    """The planner of a batch, with everything that the store knows of it."""
    found = {this.seen.id: one for this in analyses if (one := signs(this, copies.places)) is not None}
    keys = {key for this in analyses for key in this.questions} | {key for one in found.values() for key in one.keys}
    own = {i for this in analyses for i in this.message.message_ids}
    mentioned = {i for this in analyses for i in (*this.message.in_reply_to, *this.message.references)}
    known = messages.look_up(connection, keys, own, own | mentioned)
    known.originals = returns.look_up(connection, {this.back.message for this in analyses if this.back is not None})
    return Planner(copies.places, known, copies, now, found)
