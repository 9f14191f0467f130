"""The mail that a journal report brought, and its report: settled in one commit, or nothing of either is kept."""

from router.routing.analysis import UNREADABLE, Analysis
from router.routing.batch import Batch
from router.routing.envelope import recipients
from router.routing.identify import Found, Identity
from router.routing.journal import SOURCE, Way, by_itself, way
from router.routing.places import Role
from router.routing.routed import Routed
from router.store.content import SMALL
from router.store.reports import Report, kept, kept_out
from router.store.spool import SETTLE_SIGHTING, sighting_row

NO_WAY = Way(Role.OWN, ())  # of a mail that is none of ours


def way_of(batch: Batch, this: Analysis) -> Way:
    """What a mail is for: by its envelope; what a report brought concerns perhaps no mailbox, and has no role then."""
    found = None
    if by_itself(this, batch.places):
        found = way(this, batch.places, batch.known, batch.ties_of(this).links)
    if found is None and this.seen.source == SOURCE:
        return NO_WAY
    return found or Way(*batch.places.roles(recipients(this, batch.places)))


def settle(batch: Batch, routed: Routed, report: Report, way: Way) -> bool:
    """Settle the report that a mail came in; false where the mail is none of ours, and nothing of it is kept."""
    this, verdict = routed.analysis, Identity.REPORT
    content = this.seen.content
    if ours := way is not NO_WAY and routed.found.identity is not Identity.OWN:
        rows = kept(report, sighting_row(this.seen), content, batch.now)
        routed.whole += [content.sha256] if content.size > SMALL else []
    elif UNREADABLE in this.faults:
        raise ValueError("whose it is cannot be told")  # the report is set aside, for a person to see
    else:
        routed.found, verdict = Found(Identity.FOREIGN), Identity.FOREIGN
        rows = kept_out(report, content)
    for statement, row in rows:
        routed.write(statement, row)
    settled = {"message": None, "verdict": verdict.value, "repeat_of": None, "routed": batch.now}
    routed.write(SETTLE_SIGHTING, {"b_id": report.sighting, **settled})
    return ours
