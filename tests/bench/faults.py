"""The named places at which the router can be told to die, read from its source so that none is forgotten."""

import re
from pathlib import Path

from tests.bench.daemon import REPOSITORY

COMMANDS = ("backup.", "upgrade.")  # places that only these pass
UNITS = ("accept", "route", "claim", "deliver")  # the writer dies before and after the commit of each


def named_in_source() -> list[str]:
    """Every place whose name is written out somewhere in the package."""
    sources = (file.read_text() for file in sorted(Path(REPOSITORY, "router").rglob("*.py")))
    return sorted({name for source in sources for name in re.findall(r'\breach\("([^"]+)"\)', source)})


def units_in_source() -> set[str]:
    """Every unit that the source hands to the writer by name."""
    sources = (file.read_text() for file in Path(REPOSITORY, "router").rglob("*.py"))
    return {name for source in sources for name in re.findall(r'\bUnit\(\s*"([^"]+)"', source)}


def fault_points() -> list[str]:
    """All places that a message passes."""
    around = [f"{unit}.{when}-commit" for unit in UNITS for when in ("before", "after")]
    return around + [name for name in named_in_source() if not name.startswith(COMMANDS)]
