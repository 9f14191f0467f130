"""What the kernel was asked to do, in order, as strace writes it down."""

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.need import lack, need
from tests.bench.wait import until

DOT = r'\r\n.\r\n"'  # the end of what was read, as it is printed
CALLS = "fsync,fdatasync,read,recvfrom,recvmsg,write,sendto,sendmsg,pwrite64,link,linkat,rename,renameat,renameat2"
_LINE = re.compile(r"(?P<pid>\d+) +(?P<at>\d+\.\d+) (?P<rest>.*)")
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class Call:
    """One system call; `begun` and `ended` are places in the order of events."""

    name: str
    text: str  # its arguments and its result
    begun: int
    ended: int

    @property
    def worked(self) -> bool:
        """Whether it returned without an error."""
        return re.search(r"= (0x)?[0-9a-f]+(<.*>)?$", self.text) is not None

    def on(self, path: str) -> bool:
        """Whether its first descriptor stands for `path`."""
        return re.match(rf"\d+<{re.escape(path)}(>|<)", self.text) is not None


def prefix(output: Path) -> list[str]:
    """The command that traces the command after it, with all threads; descriptors are shown with their paths."""
    # -D: the daemon itself is our child, to be stopped and killed like any other.
    return [need("strace"), "-D", *_options(output)]


def _options(output: Path) -> list[str]:
    return ["-f", "-ttt", "-y", "-s", "8192", "-e", f"trace={CALLS}", "-o", str(output)]


@contextmanager
def attach(output: Path, pids: Sequence[int]) -> Iterator[None]:
    """Trace processes that run already, all into one output, until the block ends."""
    command = [need("strace"), *_options(output), *(f"--attach={pid}" for pid in pids)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracing:
        assert tracing.stderr is not None
        for _ in pids:  # it says so, once for each
            if " attached" not in (said := tracing.stderr.readline()):
                tracing.terminate()
                lack(f"strace cannot attach here ({said.strip()})")
        try:
            yield
        finally:
            tracing.terminate()


def calls(output: Path, pid: int) -> list[Call]:
    """All calls of a process that has ended, as they ended; what another thread interrupted is put together again."""
    until(
        lambda: re.search(rf"^{pid} .*\+\+\+ exited", output.read_text(errors="replace"), re.M), "the end of the trace"
    )
    begun: dict[str, tuple[int, str]] = {}
    found = []
    for number, line in enumerate(output.read_text(errors="replace").splitlines()):
        if (parsed := _LINE.match(line)) is None:
            continue
        pid, rest = parsed["pid"], parsed["rest"]
        if rest.endswith(_UNFINISHED):
            begun[pid] = (number, rest.removesuffix(_UNFINISHED))
            continue
        start, whole = number, rest
        if resumed := _RESUMED.match(rest):
            start, first = begun.pop(pid, (number, ""))
            whole = first + resumed["rest"]
        name, bracket, text = whole.partition("(")
        if bracket and name.isidentifier():
            found.append(Call(name, text, start, number))
    return found


def syncs(found: list[Call], path: str | Path) -> Iterator[Call]:
    """The calls that brought `path` to the disk."""
    return (call for call in found if call.name in ("fsync", "fdatasync") and call.on(str(path)) and call.worked)


def first(found: list[Call], matches: Callable[[Call], bool], what: str) -> Call:
    """The first call of a kind."""
    call = next((call for call in found if matches(call)), None)
    assert call is not None, f"no {what} among {len(found)} calls"
    return call
