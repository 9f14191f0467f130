"""What processes have spent of the processor: the figure that a busy machine hardly changes."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _TIMES = 1, slice(11, 15)  # of the fields behind the name: utime, stime, and both of children that have ended


def spent(root: int) -> float:
    """Seconds that a process and all below it have spent, those that have ended included (proc_pid_stat(5))."""
    stats = {int(one.name): _fields(one) for one in Path("/proc").iterdir() if one.name.isdigit()}
    family = {root}
    while more := {pid for pid, fields in stats.items() if fields and int(fields[_PARENT]) in family} - family:
        family |= more
    return sum(int(ticks) for pid in family for ticks in stats.get(pid, ())[_TIMES]) / _TICKS


def _fields(process: Path) -> list[str]:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return []
