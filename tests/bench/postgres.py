"""A PostgreSQL server of our own in a temporary folder, on a socket that nobody else sees; and fresh databases in it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

from tests.bench.need import need

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

    def start(self) -> None:
        """Make the cluster and start the server."""
        if self._user:
            shutil.chown(self.folder, self._user)
        data = str(self.folder / "data")
        self.run("initdb", "-D", data, "-A", "trust", "-U", "router", "-E", "UTF8", "--no-sync")
        settings = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=200"
        self.run("pg_ctl", "-D", data, "-w", "-t", "60", "-o", settings, "-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        """End it at once; what it held is thrown away."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"router{next(_numbers)}"
        self.run("psql", "-h", str(self.folder), "-U", "router", "-d", "postgres", "-qc", f"CREATE DATABASE {name}")
        return self.url(name)

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
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def waiting_at(url: str) -> int:
    """How many things wait in a database on a server: sightings to be routed, copies to be delivered."""
    with closing(psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"))) as link:
        unrouted = link.execute("SELECT count(*) FROM sighting WHERE routed IS NULL").fetchone()
        states = "('pending', 'sending', 'unknown', 'deferred')"
        copies = link.execute(f"SELECT count(*) FROM outbox WHERE state IN {states}").fetchone()
    return int(unrouted[0]) + int(copies[0])
