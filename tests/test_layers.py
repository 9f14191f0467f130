"""The rooms of the house: imports go downward only."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_contracts_of_the_layers_hold() -> None:
    """A stage that calls another one, or policy that reads a file, is found here and not in five years."""
    program = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=100)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_only_the_store_speaks_sql_and_only_the_top_reads_settings() -> None:
    """What the contracts cannot say: `sqlalchemy` belongs to one room, `router.config` to the attic."""
    top = ("cli", "config", "daemon.py", "destinations.py", "inforce.py", "logins.py", "stages.py", "wiring")
    found = []
    for path in sorted((ROOT / "router").rglob("*.py")):
        place, text = path.relative_to(ROOT / "router"), path.read_text("utf-8")
        if "from router.config" in text and place.parts[0] not in top:
            found.append(f"{place} reads the configuration")
        if "sqlalchemy" in text and place.parts[0] in (
            "mail",
            "conversation",
            "intake",
            "delivery",
            "routing",
            "digest",
            "oauth",
        ):
            found.append(f"{place} speaks SQL")

    assert found == []
