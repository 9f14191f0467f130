"""Where all copies end: a sink that says how many mails it took."""

import os
import re
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from tests.bench.sink import sink


class Sink:
    """A sink that counts."""

    def __init__(self, dump: Path | None = None) -> None:
        """`dump`: a folder in which each mail is kept, with its envelope; for looking, not for measuring."""
        self.port = 0
        self.mails = 0
        self._keep = ["-d", f"{dump}/"] if dump is not None else []
        self._open = ExitStack()

    def __enter__(self) -> "Sink":
        said, out = os.pipe()
        self._open.callback(os.close, out)
        self.port = self._open.enter_context(sink("-c", *self._keep, user="root", out=out))
        threading.Thread(target=self._count, args=(said,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def wait(self, mails: int, seconds: float) -> bool:
        """Wait until it has taken so many in all."""
        end = time.monotonic() + seconds
        while self.mails < mails and time.monotonic() < end:
            time.sleep(0.002)
        return self.mails >= mails

    def _count(self, said: int) -> None:
        left = b""
        with open(said, "rb", buffering=0) as file:
            while more := file.read(65536):
                left = (left + more)[-200:]
                if found := re.findall(rb"mesg=(\d+)\s", left):
                    self.mails = int(found[-1])
