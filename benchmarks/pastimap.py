"""Mails per second that `router import --source` takes out of a Dovecot folder, beside `mbsync` into a Maildir.

python -m benchmarks.pastimap [--mails 20000] [--turns 3] [--daemon]

Both read the same folder, in turns, each time into nothing: mails of about 4 kB, a customer's question and our answer by
turns. The clock of the router runs from the start of the command until everything is stored, routed and stands in its
conversation. Memory is that of the processes of the command, and of its daemon.
"""

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.bench.daemon import Daemon
from tests.bench.dovecot import PASSWORD, Account, Dovecot
from tests.bench.watching import source, with_password
from tests.conftest import short_folder

BEGIN = datetime(2025, 1, 6, 8, tzinfo=UTC)
SENTENCES = (
    "The order has not come yet, and nobody answers the telephone.",
    "We looked at it this morning, and the parcel stands at the depot in the next town.",
    "The second parcel was damaged when it arrived; see the pictures.",
    "Could you tell us where it is?",
    "Thank you for writing to us about the flowers.",
    "My address has not changed since last year.",
    "The invoice names another amount than the offer, and we would like to know why.",
)

_MBSYNC = """\
IMAPAccount past
Host 127.0.0.1
Port {port}
User ann
PassCmd "cat {folder}/password"
SSLType None
AuthMechs PLAIN
PipelineDepth 50

IMAPStore far
Account past

MaildirStore near
Path {into}/
Inbox {into}/INBOX

Channel past
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull
SyncState {into}/state
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--daemon", action="store_true", help="import beside a running daemon")
    given = parser.parse_args()
    with short_folder() as folder:
        dovecot = Dovecot(folder / "dovecot", users={"ann": Account()}).start()
        try:
            octets = fill(dovecot, given.mails)
            print(f"load {os.getloadavg()[0]:.1f}, {given.mails} mails, {octets / given.mails / 1000:.1f} kB each")
            compare(folder, dovecot, given.mails, given.turns, daemon=given.daemon)
        finally:
            dovecot.stop()


def compare(folder: Path, dovecot: Dovecot, mails: int, turns: int, *, daemon: bool) -> None:
    """In turns, so that the machine's moods meet both."""
    ours, theirs, most = [], [], 0.0
    mbsync = shutil.which("mbsync")
    if mbsync is None:
        print("mbsync is not here (Debian's package isync): nothing to compare with")
    for turn in range(turns):
        if mbsync is not None:
            theirs.append(mails / fetched(folder / f"m{turn}", dovecot, mbsync, mails))
            print(f"mbsync {theirs[-1]:6.0f} a second")
        seconds, memory = imported(folder / f"r{turn}", dovecot, mails, daemon=daemon)
        ours.append(mails / seconds)
        most = max(most, memory)
        print(f"router {ours[-1]:6.0f} a second, {memory:.0f} MB")
    if theirs:
        ratio = statistics.median(ours) / statistics.median(theirs)
        print(f"ratio  {ratio:6.2f} of the medians ({statistics.median(ours):.0f} to {statistics.median(theirs):.0f})")
    print(f"memory {most:6.0f} MB at the most")


def fill(dovecot: Dovecot, mails: int) -> int:
    """Put the mails where Dovecot keeps them, and let it index them; how many octets."""
    chance, octets = random.Random("past"), 0
    with dovecot.client() as client:
        client.create_folder("Sent")
    new = dovecot.home() / "Maildir" / "new"
    for number in range(mails):
        raw = letter(number, chance)
        octets += len(raw)
        path = new / f"{1_700_000_000 + number}.M{number}.here"
        path.write_bytes(raw)
        shutil.chown(path, dovecot.home().stat().st_uid, dovecot.home().stat().st_gid)
        at = (BEGIN + timedelta(minutes=7 * number)).timestamp()
        os.utime(path, (at, at))
    with dovecot.client() as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == mails
        uids = client.search()
        for at in range(0, len(uids), 1000):
            client.fetch(uids[at : at + 1000], ["RFC822.SIZE", "INTERNALDATE"])
    return octets


def letter(number: int, chance: random.Random) -> bytes:
    """A customer's question, or what he adds to it."""
    at = BEGIN + timedelta(minutes=7 * number)
    pair, again = divmod(number, 2)
    lines = [
        f"Return-Path: <kim{pair}@customer.example>",
        f"Received: from mx.customer.example by mx.example.com with ESMTPS; {at:%a, %d %b %Y %H:%M:%S} +0000",
        f"From: Kim {pair} <kim{pair}@customer.example>",
        "To: support@example.com",
        f"Subject: {'Re: ' if again else ''}Order {pair}",
        f"Date: {at:%a, %d %b %Y %H:%M:%S} +0000",
        f"Message-ID: <q{number}@customer.example>",
        *([f"In-Reply-To: <q{number - 1}@customer.example>"] if again else []),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "Hello,",
        "",
    ]
    size = chance.randrange(2500, 4500)
    while size > 0:
        lines.append(chance.choice(SENTENCES))
        size -= len(lines[-1])
    return "\r\n".join([*lines, "", "Kind regards", f"Kim {pair}", ""]).encode()


def fetched(folder: Path, dovecot: Dovecot, mbsync: str, mails: int) -> float:
    """Seconds that mbsync takes."""
    folder.mkdir()
    into = folder / "mail"
    into.mkdir()
    (folder / "password").write_text(PASSWORD)
    config = folder / "rc"
    config.write_text(_MBSYNC.format(port=dovecot.port, folder=folder, into=into))
    begun = time.monotonic()
    ran = subprocess.run([mbsync, "-q", "-c", str(config), "past"], capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    found = sum(len(os.listdir(into / "INBOX" / name)) for name in ("cur", "new"))
    assert (ran.returncode, found) == (0, mails), ran.stderr
    shutil.rmtree(folder)
    return seconds


def imported(folder: Path, dovecot: Dovecot, mails: int, *, daemon: bool) -> tuple[float, float]:
    """Seconds that the router takes, and the memory of its processes at their highest."""
    folder.mkdir()
    router = with_password(Daemon(folder, extra=source(dovecot.port, more='mailbox = "support"')))
    if daemon:
        router.start()
    line = [sys.executable, "-m", "router", "--config", str(router.config), "import", "--source", "watched", "--json"]
    begun = time.monotonic()
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    roots = [process.pid, *([router.process.pid] if daemon and router.process is not None else [])]
    memory = Memory(roots)
    out, err = process.communicate()
    seconds = time.monotonic() - begun
    most = memory.most()
    assert process.returncode == 0, err
    assert json.loads(out) == {"read": mails, "stored": mails, "repeats": 0, "faults": 0}, out
    assert router.ask("SELECT count(*) FROM message") == [(mails,)]
    if daemon:
        router.stop()
    shutil.rmtree(folder)
    return seconds, most


class Memory:
    """The highest sum of what some processes and their children hold for themselves (PSS), in MB."""

    def __init__(self, roots: Sequence[int]) -> None:
        self._roots, self._most = roots, 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def most(self) -> float:
        """End, and say it."""
        self._end.set()
        self._thread.join()
        return self._most / 1000

    def _watch(self) -> None:
        while not self._end.wait(0.2):
            self._most = max(self._most, sum(map(_kilobytes, _family(self._roots))))


def _family(roots: Sequence[int]) -> list[int]:
    found = list(roots)
    for pid in found:
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                found += map(int, path.read_text().split())
            except OSError:
                continue
    return found


def _kilobytes(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    line = re.search(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)
    return int(line[1]) if line else 0


if __name__ == "__main__":
    main()
