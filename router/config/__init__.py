"""The configuration: one file, read once, checked completely, then handed down as plain values.

Owns everything between `router.toml` and `Settings`. Nothing below `router.cli` and `router.daemon` may import it.
"""

from router.config.faults import Fault, Faults
from router.config.load import find_file, glimpse, load
from router.config.settings import Recipient, Settings, accepts

__all__ = ["Fault", "Faults", "Recipient", "Settings", "accepts", "find_file", "glimpse", "load"]
