"""Judges real mail, and prints how often the judgement is that of the truth.

MAIL_CORPORA=FOLDER python -m benchmarks.kinds        also: --half 0 or 1, for a part of the files; --misses names them

Machine mail is what has a kind from auto-reply to feedback-report. The exit code is 1 where a figure is below its limit.
"""

import argparse
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from router.mail import dsn
from router.mail.address import addresses
from router.mail.header import split
from router.mail.kind import MACHINE, Kind
from router.mail.reading import Reading, read_mail

RECALL, PRECISION, STATUS = 0.98, 0.99, 0.95
HAM_CAP = 2  # of people's mail that may be called a machine's
HAM = "list-spamassassin-corpus/easy-ham-1"
BOUNCES = "bounce-sisimai/maildir/bsd"
# What a bounce parser made up where a report holds no code: no server writes these.
_MADE_UP = re.compile(r"[245]\.0\.9\d\d")

# Which kinds are right for a label; a delay that ends as a bounce is told by the same report.
LABELS = {
    "bounce": {Kind.BOUNCE, Kind.DELAY},
    "delay": {Kind.DELAY},
    "dsn_success": {Kind.DELIVERY_REPORT},
    "arf": {Kind.FEEDBACK_REPORT},
    "mdn": {Kind.READ_RECEIPT},
    "autoreply": {Kind.AUTO_REPLY},
    "auto_ack": {Kind.ACKNOWLEDGEMENT},
    "challenge": {Kind.CHALLENGE},
    "notification": {Kind.BULK, Kind.LIST},
    "human": {Kind.PERSON},
}
MACHINE_LABELS = frozenset(LABELS) - {"human", "notification"}


@dataclass
class Figures:
    """What was counted."""

    kinds: Counter[tuple[str, Kind]] = field(default_factory=Counter)  # label and kind
    ham: Counter[Kind] = field(default_factory=Counter)
    right: int = 0  # machine mail called so
    missed: list[str] = field(default_factory=list)  # machine mail called something else
    wrong: list[str] = field(default_factory=list)  # labelled as people's, called machine mail
    machines_in_ham: list[str] = field(default_factory=list)  # that the truth labels as such
    ham_wrong: list[str] = field(default_factory=list)
    status_right: int = 0
    status_wrong: list[str] = field(default_factory=list)
    made_up: int = 0

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + len(self.missed))

    @property
    def precision(self) -> float:
        wrong = len(self.wrong) + len(self.ham_wrong)
        return self.right / max(1, self.right + wrong)

    @property
    def status(self) -> float:
        return self.status_right / max(1, self.status_right + len(self.status_wrong))

    def failures(self) -> list[str]:
        """The limits that do not hold."""
        held = {
            f"recall {RECALL}": self.recall >= RECALL,
            f"precision {PRECISION}": self.precision >= PRECISION,
            f"status {STATUS}": self.status >= STATUS,
            "no mail labelled as people's is a machine's": not self.wrong,
            f"at most {HAM_CAP} of ham": len(self.ham_wrong) <= HAM_CAP,
        }
        return [name for name, holds in held.items() if not holds]


def judged(raw: bytes) -> Reading:
    """A file as `router explain` takes it: Return-Path is what is left of the envelope, else From stands for it."""
    header = split(raw[: 256 * 1024])
    sender = header.first("return-path")
    sender = header.first("from") if sender is None else sender
    return read_mail(raw[: 256 * 1024], len(raw), next((one.addr for one in addresses(sender or b"")), ""))


def in_half(name: str, half: int | None) -> bool:
    """Whether a file belongs to that half of all files: what was made by one is measured by the other."""
    return half is None or sha256(name.encode()).digest()[0] % 2 == half


def labelled(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Label, name and bytes of each mail of the truth."""
    truth = json.loads((folder / "truth" / "auto_truth.json").read_text())
    several = Counter(one["path"] for one in truth)
    for one in truth:
        raw = (folder / one["path"]).read_bytes()
        if several[one["path"]] > 1:
            raw = re.split(rb"(?m)^(?=From )", raw)[1:][one["index"]]
        yield one["label"], f"{one['path']}:{one['index']}", raw


def measure(folder: Path, half: int | None = None) -> Figures:
    """Everything that the corpora say about kinds."""
    figures = Figures()
    known: dict[str, str] = {}
    for label, name, raw in labelled(folder):
        known[name.rpartition(":")[0]] = label
        if in_half(name, half):
            _label(figures, label, name, judged(raw))
    for file in sorted((folder / HAM).glob("[0-9]*")):
        name = f"{HAM}/{file.name}"
        if in_half(name, half):
            _ham(figures, known.get(name), name, judged(file.read_bytes()))
    expected = json.loads((folder / "truth" / "sisimai_expected.json").read_text())
    for name, told in expected.items():
        if told[0]["dsn"] and in_half(name, half):
            _status(figures, name, told[0]["dsn"], judged((folder / BOUNCES / f"{name}.eml").read_bytes()))
    return figures


def _label(figures: Figures, label: str, name: str, reading: Reading) -> None:
    kind = reading.verdict.kind
    figures.kinds[label, kind] += 1
    if label in MACHINE_LABELS:
        figures.right += kind in MACHINE
        if kind not in MACHINE:
            figures.missed.append(f"{label}: {name} is {kind}")
    elif kind in MACHINE:
        figures.wrong.append(f"{label}: {name} is {kind} by {reading.verdict.reasons[0]}")


def _ham(figures: Figures, label: str | None, name: str, reading: Reading) -> None:
    kind = reading.verdict.kind
    figures.ham[kind] += 1
    if kind in MACHINE:
        told = figures.machines_in_ham if label in MACHINE_LABELS else figures.ham_wrong
        told.append(f"{name} is {kind} by {reading.verdict.reasons[0]}")


def _status(figures: Figures, name: str, status: str, reading: Reading) -> None:
    if _MADE_UP.fullmatch(status):
        figures.made_up += 1
        return
    found = dsn.bounce(reading.message, reading.body).status
    figures.status_right += found == status
    if found != status:
        figures.status_wrong.append(f"{name}: {status} read as {found}")


def table(figures: Figures) -> Iterator[str]:
    """The figures as lines."""
    yield f"{'label':14} {'mails':>6} {'machine':>8} {'right kind':>11}   kinds"
    for label, right in LABELS.items():
        kinds = {kind: count for (of, kind), count in figures.kinds.items() if of == label}
        if not (mails := sum(kinds.values())):
            continue
        machine = sum(count for kind, count in kinds.items() if kind in MACHINE)
        exact = sum(count for kind, count in kinds.items() if kind in right)
        told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items(), key=lambda each: -each[1]))
        yield f"{label:14} {mails:6} {machine:8} {exact / mails:11.3f}   {told}"
    told = ", ".join(f"{kind} {count}" for kind, count in figures.ham.most_common())
    machine = len(figures.ham_wrong) + len(figures.machines_in_ham)
    yield f"{'easy ham':14} {figures.ham.total():6} {machine:8} {'':11}   {told}"
    yield f"recall of machine mail     {figures.recall:.4f}  (limit {RECALL}), {len(figures.missed)} missed"
    yield f"precision of machine mail  {figures.precision:.4f}  (limit {PRECISION})"
    yield f"labelled as people's, called a machine's: {len(figures.wrong)}  (limit 0)"
    yield f"of easy ham, called a machine's: {len(figures.ham_wrong)}  (limit {HAM_CAP})"
    codes = figures.status_right + len(figures.status_wrong)
    yield f"status of bounces          {figures.status:.4f}  (limit {STATUS}), of {codes} that a report gives"
    yield f"                           left out: {figures.made_up} codes 5.0.9xx that the other parser made up"
    yield from (f"  a real machine in ham: {each}" for each in figures.machines_in_ham)
    yield from (f"  wrong: {each}" for each in (*figures.wrong, *figures.ham_wrong))


def main(folder: Path, half: int | None, *, misses: bool) -> int:
    """Measure and print."""
    figures = measure(folder, half)
    print("\n".join(table(figures)))
    if misses:
        print("\n".join(f"  missed: {each}" for each in (*figures.missed, *figures.status_wrong)))
    for failure in figures.failures():
        print(f"BELOW: {failure}")
    return 1 if figures.failures() else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", type=int, choices=(0, 1), help="only this half of the files")
    parser.add_argument("--misses", action="store_true", help="name what was missed")
    given = parser.parse_args()
    if not os.environ.get("MAIL_CORPORA"):
        parser.error("MAIL_CORPORA names no folder with mail")
    sys.exit(main(Path(os.environ["MAIL_CORPORA"]), given.half, misses=given.misses))
