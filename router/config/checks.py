"""The tables checked together: what no single one can know.

Owns the order of the checks and what they share. A check only looks at what is right by itself, so that one mistake is
one fault. It must never change a setting.
"""

from router.config.check_files import files
from router.config.check_logins import logins
from router.config.check_loops import ways_back
from router.config.check_mail import digests, inboxes, listener, loops
from router.config.check_names import enough, names, references, reserved
from router.config.draft import Draft
from router.config.faults import Fault


def check(draft: Draft, faults: list[Fault]) -> None:
    """Add every fault that the tables have together."""
    for one in (enough, names, reserved, references, listener, loops, ways_back, inboxes, digests, logins, files):
        faults.extend(one(draft))
