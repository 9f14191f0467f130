"""From settings to the plain values that the stages take. Here, and in the commands, the configuration ends."""

from router.wiring.digests import digests, reply_stage
from router.wiring.founders import post, rhythmic, terms
from router.wiring.listener import credentials, limits
from router.wiring.places import places
from router.wiring.sources import sources, watched_company, watched_source
from router.wiring.watchers import Watcher, reserve, watchers

__all__ = [
    "Watcher",
    "credentials",
    "digests",
    "limits",
    "places",
    "post",
    "reply_stage",
    "reserve",
    "rhythmic",
    "sources",
    "terms",
    "watched_company",
    "watched_source",
    "watchers",
]
