"""What docs/ tells the person who runs it is true."""

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from router.daemon import GRACE
from router.delivery.condition import REFUSES, UNREACHABLE
from router.digest.stage import FAILS as DIGEST_FAILS
from router.store import blind, watched
from router.store.keeping import STANDING
from router.watch.logins import EXPIRES, FAILS
from router.watch.pulse import PATIENCE, USUAL
from tests.bench.daemon import REPOSITORY
from tests.bench.need import need

_OF_SOURCES = (watched.BROKEN, watched.QUIET, watched.CHANGED, watched.MISSED, watched.QUARANTINED, blind.UNSEEN)
UNIT = REPOSITORY / "docs" / "router.service"
PAGE = (REPOSITORY / "docs" / "operations.md").read_text("utf-8")


class Unit(RawConfigParser):
    """A unit's keys keep their case."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture
def unit() -> Unit:
    """The example unit."""
    found = Unit(strict=False)
    found.read(UNIT)
    return found


def codes_in_source() -> set[str]:
    """Every alarm that some stage raises."""
    sources = [file.read_text() for file in Path(REPOSITORY, "router").rglob("*.py")]
    pattern = r'(?:alarm_row|\.alarm|_keep_last_good)\(\s*(?:database, )?"([a-z-]+)"'
    raised = {code for source in sources for code in re.findall(pattern, source)}
    return raised | {REFUSES, UNREACHABLE, FAILS, EXPIRES, DIGEST_FAILS, *_OF_SOURCES}


def test_the_page_knows_every_alarm() -> None:
    """Whoever is woken by a code looks it up there; those that end by themselves are said to."""
    told = re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE)

    assert set(told) == codes_in_source()
    assert set(told[: len(STANDING)]) == set(STANDING)
    assert "The first fifteen end with their cause" in PAGE
    assert len(STANDING) == 15


def test_the_unit_gives_a_clean_stop_its_time(unit: Unit) -> None:
    """A stop that is cut short is an unclean one."""
    assert float(unit["Service"]["TimeoutStopSec"]) > 2 * GRACE + 10


def test_the_unit_waits_for_more_than_one_beat(unit: Unit) -> None:
    """A slow disk is not a dead daemon."""
    assert float(unit["Service"]["WatchdogSec"]) > USUAL + PATIENCE


def test_the_unit_is_one(tmp_path: Path) -> None:
    """systemd itself reads it, where there is one."""
    analyze = need("systemd-analyze")
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/router/bin/router", shutil.which("true") or "/bin/true"))
    done = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, check=False)

    assert [line for line in done.stderr.splitlines() if UNIT.name in line] == []
