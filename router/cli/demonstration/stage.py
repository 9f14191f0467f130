"""The stage: a temporary folder with a configuration and the real daemon in it, as its own process.

Owns that process: started, killed, started anew, and gone when the stage is left, whatever the reason. The daemon has a
session of its own, so that a Ctrl-C in the terminal reaches the demo alone; if the demo is killed, the kernel kills the daemon.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import Any

from router.cli.common import Failure
from router.cli.demonstration.ports import free_port, listens
from router.cli.demonstration.posting import HOST
from router.config import Settings, load

COMPANY = "Petal & Pendulum"
DIGEST = "morning"
FOUNDERS = {"Mike": "mike", "Helen": "helen"}  # who they are, and the names of their inboxes
_START = 30.0  # seconds in which a busy machine gets the daemon up
_STOP = 5.0  # ... and down
_TAIL = 15  # lines of its log that explain a failure
_PR_SET_PDEATHSIG = 1  # prctl(2)
_prctl = getattr(ctypes.CDLL(None), "prctl", None)

_CONFIGURATION = """\
# Written by `router demo` for an invented shop.
[router]
timezone = "Europe/London"
hostname = "router.example.com"
address = "router@example.com"

[smtp]
listen = "{host}:{port}"

[[mailbox]]
name = "shop"
address = "support@example.com"
open = {{ mon-fri = "09:00-17:00" }}
answer_within = "4h"

[[digest]]
name = "{digest}"
to = ["mike@example.com"]
mailboxes = ["shop"]
"""
_INBOX = """
[[inbox]]
name = "{name}"
address = "{name}@example.com"
deliver = "maildir"
path = "inboxes/{name}"
"""


class Stage:
    """One installation in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "router.toml"
        self.log = folder / "router.log"
        self.port = free_port()
        self.inboxes = {who: folder / "inboxes" / name for who, name in FOUNDERS.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Stage":
        inboxes = "".join(_INBOX.format(name=name) for name in FOUNDERS.values())
        self.config.write_text(_CONFIGURATION.format(host=HOST, port=self.port, digest=DIGEST) + inboxes, "utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @cached_property
    def settings(self) -> Settings:
        """The settings, as the daemon reads them."""
        return load(self.config, {})

    @property
    def pid(self) -> int | None:
        """The daemon's process."""
        return self._process.pid if self._process else None

    def start(self) -> float:
        """Start the daemon and wait until it listens; the seconds that took. Raises `Failure` with its last words."""
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_router(), "--config", str(self.config), "run"],
                cwd=self.folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        while not listens(self.port, HOST):
            self.check()
            if time.monotonic() - begun > _START:
                raise self.failure(f"the router does not listen after {_START:.0f} s")
            time.sleep(0.02)
        return time.monotonic() - begun

    def check(self) -> None:
        """Raise `Failure` where the daemon has ended by itself."""
        if self._process is not None and (code := self._process.poll()) is not None:
            raise self.failure(f"the router has ended with {code}")

    def kill(self) -> None:
        """End the daemon as a power cut does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it as a service manager does; what does not listen is killed."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self.kill()

    def ask(self, *arguments: str) -> list[dict[str, Any]]:
        """The JSON lines of one of the router's commands."""
        return [json.loads(line) for line in self.tell(*arguments, "--json").splitlines()]

    def tell(self, *arguments: str) -> str:
        """What one of the router's commands prints."""
        command = [*_router(), "--config", str(self.config), *arguments]
        done = subprocess.run(command, cwd=self.folder, env=_environment(), capture_output=True, check=False)
        if done.returncode:
            raise self.failure(f"router {' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode("utf-8")

    def failure(self, what: str) -> Failure:
        """A failure together with the end of the daemon's log."""
        lines = self.log.read_text("utf-8", "replace").splitlines()[-_TAIL:] if self.log.exists() else []
        return Failure("\n  ".join([what, "the last lines of its log:", *(lines or ["(nothing)"])]))


def _router() -> list[str]:
    return [sys.executable, "-m", "router"]


def _environment() -> dict[str, str]:
    """Ours, without what would configure another router; the commands answer in UTF-8 whatever the locale."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ROUTER_")}
    return {**kept, "PYTHONUTF8": "1"}


def _die_with_parent() -> None:
    """Runs in the new process before the daemon does; where there is no prctl(2), the demo's own clean-up has to do."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
