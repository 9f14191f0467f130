"""Which letters arrived, by the number in their Message-ID: for mail whose bytes another server has added to."""

import re
from collections import Counter

from tests.bench.daemon import INBOXES, Daemon

_NUMBER = re.compile(rb"^Message-ID: <[^>@]*-([0-9]+)@customer\.example>\r$", re.MULTILINE)


def numbers(daemon: Daemon) -> dict[str, Counter[int]]:
    """The numbers of the letters in each inbox, counted."""
    return {
        name: Counter(int(found[1]) for copy in daemon.inbox(name).copies() if (found := _NUMBER.search(copy.original)))
        for name in INBOXES
    }
