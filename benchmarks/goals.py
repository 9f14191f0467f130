"""How long goals take over a database of a million mails that came in three years.

python -m benchmarks.goals                    SQLite
python -m benchmarks.goals --mails 100000     a smaller one

Three goals of a mailbox with office hours, by the day, the week and the month, for the present period and for the last
twelve; within a process, and as the whole command for the present one. Of the database only what is read is there:
mails, conversations, and their events.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import tiles
from benchmarks.million import timed
from router.config import load
from router.config.service import company_goals
from router.conversation.goal import Goals
from router.store.database import open_to_read, open_to_write
from router.store.dialect import write_engine
from router.store.goals import results
from tests.bench.installation import configuration

LIMIT = 1.0  # seconds for a weekly goal
SPAN = timedelta(days=3 * 365)
READ = {"message", "thread", "event"}
AT = tiles.BEGIN - timedelta(days=1, hours=12)  # a Saturday evening, by which a whole week has come in

_MORE = '\n[[hours]]\nname = "office"\nopen = { mon-fri = ["09:00-12:30", "13:30-17:00"] }\n' + "".join(
    f'[[goal]]\nname = "by the {length}"\nwithin = "4h"\nperiod = "{length}"\n' for length in ("day", "week", "month")
)


def main() -> int:
    """Measure; exit code 1 where the limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=1_000_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="r-") as name:
        folder = Path(name)
        text = configuration(1, extra=_MORE)
        office = 'addresses = ["support@example.com"]'
        (folder / "router.toml").write_text(text.replace(office, f'{office}\nhours = "office"'))
        url, count = f"sqlite:///{folder}/router.db", wanted.mails // tiles.MAILS
        open_to_write(url, lambda error: None).close()
        engine = write_engine(url)
        tell = lambda told: print(f"\r{told}", end="", file=sys.stderr)  # noqa: E731
        tiles.fill(engine, count, tell, apart=SPAN / count, only=READ)
        engine.dispose()
        print(file=sys.stderr)
        return measure(folder)


def measure(folder: Path) -> int:
    """Each goal, now and over twelve periods."""
    settings = load(folder / "router.toml", os.environ)
    database, every, weekly = open_to_read(settings.router.database), company_goals(settings), 0.0
    try:
        for goal in every.goals:
            goals = Goals((goal,), every.hours)
            for last in (1, 12):
                work = lambda goals=goals, last=last: database.read(lambda c: results(c, goals, AT, last))  # noqa: E731
                due, seconds = (
                    sum(one.share.known + len(one.at_risk) for one in work()),
                    timed(work, 5 if last == 1 else 1),
                )
                weekly = seconds if goal.period == "week" and last == 1 else weekly
                print(f"{goal.name}, {last} periods: {due} waits in {seconds * 1000:.0f} ms")
    finally:
        database.close()
    words = [sys.executable, "-m", "router", "--config", str(folder / "router.toml"), "goals", "--json"]
    words += ["--at", AT.isoformat(), "--goal", "by the week"]
    seconds = timed(lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL), 3)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"the weekly one by the command: {seconds * 1000:.0f} ms; {memory} MB with the making of the database")
    return int(weekly > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
