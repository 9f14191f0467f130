"""A PostgreSQL server of our own in a temporary folder, on a socket that nobody else sees; and fresh databases in it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.need import need
from tests.bench.wait import until

_ROOM = 1_000_000_000  # bytes for the servers of all processes; containers have 64 MB there unless they are told
_numbers = count(1)


@cache
def _program(name: str) -> str:
    """Debian keeps the server's programs out of PATH."""
    found = shutil.which(name) or next(
        iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    return str(found or name)


def _fast() -> str | None:
    """A file system in memory: the server still syncs each commit, and the disk of the machine is left in peace."""
    roomy = os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > _ROOM
    return "/dev/shm" if roomy else None


class Postgres:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs."""
        subprocess.run(
            [_program(program), *arguments],
            cwd=self.folder,
            user=self._user,
            check=True,
            capture_output=True,
            timeout=90,
        )

    @property
    def data(self) -> Path:
        """The folder of the cluster."""
        return self.folder / "data"

    def create(self) -> None:
        """Make the cluster."""
        if self._user:
            shutil.chown(self.folder, self._user)
        self.run("initdb", "-D", str(self.data), "-A", "trust", "-U", "router", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        """Start the server, after a crash too; returns once it takes connections."""
        settings = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=200"
        self.run(
            "pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-o", settings, "-l", str(self.folder / "log"), "start"
        )

    def stop(self) -> None:
        """End it at once, as a crash does: nothing is flushed, nobody is told."""
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def kill(self) -> None:
        """End all its processes as the kernel does: what they had in memory of their own is gone."""
        parent = int((self.data / "postmaster.pid").read_text().split()[0])
        children = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
        for pid in (parent, *children):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not any(_runs(pid) for pid in (parent, *children)), "the end of all its processes")
        # They name a process that nobody may have reaped yet, which would be taken for a server that runs.
        for lock in (self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
            lock.unlink()

    @property
    def running(self) -> bool:
        """Whether it takes connections."""
        try:
            self.ask("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask as its administrator, outside any transaction."""
        with closing(psycopg.connect(host=str(self.folder), user="router", dbname="postgres", autocommit=True)) as link:
            cursor = link.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def serving(self, url: str) -> list[int]:
        """The processes that serve routers in a database."""
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = 'router' ORDER BY pid"
        return [pid for (pid,) in self.ask(query, _name(url))]

    def new_database(self, options: str = "") -> str:
        """The URL of an empty database."""
        name = f"router{next(_numbers)}"
        self.ask(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def new_database_on(self, folder: Path) -> str:
        """The URL of an empty database that lies in a folder of its own."""
        place = f"place{next(_numbers)}"
        if self._user:
            shutil.chown(folder, self._user)
        self.ask(f"CREATE TABLESPACE {place} LOCATION '{folder}'")
        return self.new_database(f"TABLESPACE {place}")

    def drop(self, url: str) -> None:
        """Throw a database away, and the folder that was its own."""
        places = self.ask(
            "SELECT spcname FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace"
            " WHERE datname = %s AND spcname <> 'pg_default'",
            _name(url),
        )
        self.ask(f"DROP DATABASE {_name(url)} WITH (FORCE)")
        for (place,) in places:
            self.ask(f"DROP TABLESPACE {place}")

    def url(self, name: str) -> str:
        """Where a database is, as the configuration names it."""
        return f"postgresql+psycopg://router@/{name}?host={self.folder}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server that ends with the block."""
    need("psql")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_fast()))
    server = Postgres(folder)
    try:
        server.create()
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def plain(url: str) -> str:
    """A database's URL as PostgreSQL itself writes it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def _runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def waiting_at(url: str) -> int:
    """How many things wait in a database on a server: sightings to be routed, copies to be delivered."""
    with closing(psycopg.connect(plain(url))) as link:
        unrouted = link.execute("SELECT count(*) FROM sighting WHERE routed IS NULL").fetchone()
        states = "('pending', 'sending', 'unknown', 'deferred')"
        copies = link.execute(f"SELECT count(*) FROM outbox WHERE state IN {states}").fetchone()
    return int(unrouted[0]) + int(copies[0])
