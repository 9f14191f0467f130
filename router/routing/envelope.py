"""To whom a transmission counts as sent: its envelope, or what a hop that is trusted wrote down of an earlier one. Pure.

A routing rule of Google's hands everybody's mail to one address of ours, and says in X-Gm-Original-To whose it is.
"""

from router.mail.trace import FIELDS, traced
from router.routing.analysis import Analysis
from router.routing.places import Places, Role


def recipients(this: Analysis, places: Places) -> tuple[str, ...]:
    """The envelope's, unless a trusted hop names mailboxes of ours. Never for what is no mail of customers."""
    seen = this.seen
    if seen.peer is None or not places.trusts(seen.peer) or places.roles(seen.recipients)[0] is not Role.INBOUND:
        return seen.recipients
    for field in FIELDS:
        if found := [one for one in traced(this.message, field) if places.is_mailbox(one)]:
            return tuple(dict.fromkeys(found))
    return seen.recipients
