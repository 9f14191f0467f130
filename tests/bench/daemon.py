"""The router as a process: started, stopped, killed at a named place, and asked by its own commands."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from router.cli.demonstration.ports import listens
from tests.bench.installation import TWO_MAILDIRS, Ran, configuration
from tests.bench.maildir import Maildir
from tests.bench.ports import free_port
from tests.bench.postgres import waiting_at
from tests.bench.wait import until

REPOSITORY = Path(__file__).resolve().parents[2]
INBOXES = ("mike", "helen")
UNSETTLED = ("pending", "sending", "unknown", "deferred")
_START = 40.0  # seconds in which a busy machine gets a daemon up


class Daemon:
    """One installation in a folder of its own; the process may come and go."""

    def __init__(
        self,
        folder: Path,
        *,
        smtp: str = "",
        inboxes: str = TWO_MAILDIRS,
        extra: str = "",
        router: str = "",
        database: str = "router.db",
        url: str | None = None,
    ) -> None:
        """`url`: of a database on a server, instead of SQLite's file."""
        self.folder = folder
        self.port = free_port()
        self.config = folder / "router.toml"
        self.database = folder / database
        self.url = url
        self.log = folder / "stderr.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.program = REPOSITORY  # the folder of the package that runs
        place = url or f"sqlite:///{database}"
        text = configuration(self.port, database=place, smtp=smtp, router=router, inboxes=inboxes, extra=extra)
        self.config.write_text(text)

    # The process.

    def start(self, *, fault: str | None = None, **parts: Sequence[str]) -> "Daemon":
        """Start it and wait until it listens; with `fault` it may just as well have died before."""
        self.launch(fault=fault, **parts)
        until(lambda: self.ended or listens(self.port), self._not_up, _START)
        assert fault is not None or not self.ended, self._not_up()
        return self

    def launch(
        self, *, fault: str | None = None, prefix: Sequence[str] = (), options: Sequence[str] = ()
    ) -> "subprocess.Popen[bytes]":
        """Start it and wait for nothing."""
        assert self.ended, "it runs already"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "router", "--config", str(self.config), "run", *options],
                cwd=self.folder,
                env=self._environment({"ROUTER_FAULT": fault} if fault else {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        return self.process

    @property
    def ended(self) -> bool:
        """Whether no process runs."""
        return self.process is None or self.process.poll() is not None

    def wait(self, seconds: float = 30.0) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        assert self.process is not None
        return self.process.wait(seconds)

    def stop(self) -> None:
        """Ask it to end; it has to do so cleanly and soon."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(15)
        assert code == 0, f"exit code {code}\n{self.tail()}"

    def kill(self) -> None:
        """End it as the kernel or a power cut does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)

    def processor(self) -> float:
        """Seconds of processor time that it has used."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def couriers(self) -> list[int]:
        """The processes in which couriers work."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"the courier of" in _command(pid)]

    def tail(self, lines: int = 30) -> str:
        """The end of what it logged."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ROUTER_")}
        return {**kept, "PYTHONPATH": str(self.program), "PYTHONUNBUFFERED": "1", **more}

    def _not_up(self) -> str:
        return f"the daemon does not listen\n{self.tail()}"

    # Its commands.

    def cli(self, *arguments: str, seconds: float = 60.0, fault: str | None = None) -> Ran:
        """Run one command with this configuration."""
        done = subprocess.run(
            [sys.executable, "-m", "router", "--config", str(self.config), *arguments],
            cwd=self.folder,
            env=self._environment({"ROUTER_FAULT": fault} if fault else {}),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """The JSON lines of a listing that has to succeed."""
        ran = self.cli(*arguments, "--json")
        assert ran.code == 0, f"{arguments} ended with {ran.code}: {ran.err}"
        return ran.rows

    def status(self) -> dict[str, Any]:
        """What `router status --json` says, whether all is well or not."""
        ran = self.cli("status", "--json")
        assert len(ran.rows) == 1, f"status ended with {ran.code}: {ran.err}"
        return ran.rows[0]

    # What came of it.

    def inbox(self, name: str) -> Maildir:
        """One of the executives' Maildirs."""
        return Maildir(self.folder / name)

    def settle(self, seconds: float = 60.0) -> None:
        """Wait until nothing waits to be routed or delivered.

        `router status` says the same, but a command costs a second, and this is asked hundreds of times.
        """
        until(lambda: self._waiting() == 0, lambda: f"{self._waiting()} things still wait\n{self.tail()}", seconds)
        assert not self.ended, f"the daemon has died\n{self.tail()}"

    def _waiting(self) -> int:
        if self.url is not None:
            return waiting_at(self.url)
        ((unrouted,),) = self.ask("SELECT count(*) FROM sighting WHERE routed IS NULL")
        copies = dict(self.ask("SELECT state, count(*) FROM outbox GROUP BY state"))
        return int(unrouted) + sum(copies.get(state, 0) for state in UNSETTLED)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Read from the database, for what is asked again and again; what a person asks is asked by `cli`."""
        with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True, timeout=30)) as link:
            return link.execute(query).fetchall()

    def arrivals(self) -> dict[str, Counter[str]]:
        """The mails in each inbox by sha256, counted."""
        return {name: self.inbox(name).counts() for name in INBOXES}


def once_each(hashes: Iterable[str]) -> dict[str, Counter[str]]:
    """What `Daemon.arrivals` says when each mail arrived exactly once in each inbox."""
    each = Counter(set(hashes))
    return dict.fromkeys(INBOXES, each)


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""  # it has just ended
