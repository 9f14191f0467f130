"""Postfix's smtp-sink: takes every mail, keeps none, and says how many it took."""

import re
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType

from router.cli.demonstration.ports import listens
from tests.bench.need import need
from tests.bench.ports import free_port
from tests.bench.wait import until


class Sink:
    """Where all copies end."""

    def __init__(self, dump: Path | None = None) -> None:
        """`dump`: a folder in which each mail is kept, with its envelope; for looking, not for measuring."""
        self.port = free_port()
        self.mails = 0
        keep = ["-d", f"{dump}/"] if dump is not None else []
        command = [need("smtp-sink"), "-u", "root", "-c", *keep, f"127.0.0.1:{self.port}", "1000"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        threading.Thread(target=self._count, daemon=True).start()

    def __enter__(self) -> "Sink":
        until(lambda: listens(self.port), lambda: "smtp-sink")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def wait(self, mails: int, seconds: float) -> bool:
        """Wait until it has taken so many in all."""
        end = time.monotonic() + seconds
        while self.mails < mails and time.monotonic() < end:
            time.sleep(0.002)
        return self.mails >= mails

    def _count(self) -> None:
        assert self._process.stdout is not None
        left = b""
        while said := self._process.stdout.read1(65536):  # type: ignore[attr-defined]
            left = (left + said)[-200:]
            if found := re.findall(rb"mesg=(\d+)\s", left):
                self.mails = int(found[-1])
