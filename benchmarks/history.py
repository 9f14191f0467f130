"""Mails per second that `router import` takes in, and the memory that it needs.

python -m benchmarks.history    20,000 mails: alone, once more, and by a running daemon

Half of them are customers' mails in one mbox, the other half the answers to them in another; some 1.4 kB each. The
clock runs from the start of the command to its end, when everything is routed and stands in its conversation.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.bench.daemon import Daemon

BEGIN = datetime(2025, 1, 6, 8, tzinfo=UTC)
SENTENCES = (
    "The order has not come yet, and nobody answers the telephone.",
    "We looked at it this morning.",
    "The second parcel was damaged when it arrived; see the pictures.",
    "Could you tell us where it is?",
    "Thank you for writing to us about the flowers.",
    "It was sent on Tuesday with the usual courier.",
    "My address has not changed since last year.",
    "The invoice names another amount than the offer.",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=20_000)
    mails = parser.parse_args().mails
    with tempfile.TemporaryDirectory(prefix="r-") as name:
        folder = Path(name)
        write(folder, mails)
        print(f"load {os.getloadavg()[0]:.1f}, {mails} mails, {octets(folder) / mails / 1000:.1f} kB each")
        (folder / "alone").mkdir()
        alone = Daemon(folder / "alone")
        measure("alone", alone, folder, stored=mails)
        measure("once more", alone, folder, stored=0)
        (folder / "daemon").mkdir()
        daemon = Daemon(folder / "daemon").start()
        measure("by the daemon", daemon, folder, stored=mails)
        daemon.stop()


def measure(what: str, daemon: Daemon, folder: Path, stored: int) -> None:
    """Run one import as a process of its own; its memory is that of this process alone."""
    words = ["import", "--mailbox", "support", "--inbox", str(folder / "inbox"), "--sent", str(folder / "sent")]
    line = [sys.executable, "-m", "router", "--config", str(daemon.config), *words, "--json"]
    begun = time.monotonic()
    out, err = folder / "out", folder / "err"
    actions = [(os.POSIX_SPAWN_OPEN, number, str(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
               for number, path in ((1, out), (2, err))]  # fmt: skip
    process = os.posix_spawn(sys.executable, line, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    seconds = time.monotonic() - begun
    assert status == 0, err.read_text()
    done = json.loads(out.read_text())
    assert done["stored"] == stored, done
    cpu = usage.ru_utime + usage.ru_stime
    rate, work = done["read"] / seconds, done["read"] / cpu
    print(
        f"{what:14} {seconds:6.1f} s {rate:7.0f} a second; {work:7.0f} by processor time, {usage.ru_maxrss // 1000} MB"
    )


def octets(folder: Path) -> int:
    """Of both files."""
    return sum((folder / name).stat().st_size for name in ("inbox", "sent"))


def write(folder: Path, mails: int) -> None:
    """Questions and their answers."""
    chance = random.Random("history")
    with (folder / "inbox").open("wb") as inbox, (folder / "sent").open("wb") as sent:
        for number in range(mails // 2):
            asked = BEGIN + timedelta(minutes=7 * number)
            inbox.write(b"".join(question(number, asked, chance)))
            sent.write(b"".join(answer(number, asked + timedelta(hours=2), chance)))


def question(number: int, at: datetime, chance: random.Random) -> Iterator[bytes]:
    """As an mbox has it."""
    author = f"kim{number}@customer.example"
    yield f"From {author} {at:%a %b %d %H:%M:%S %Y}\n".encode()
    yield f"Received: from mx.customer.example by mx.example.com; {at:%a, %d %b %Y %H:%M:%S} +0000\n".encode()
    yield f"From: Kim {number} <{author}>\nTo: support@example.com\nSubject: Order {number}\n".encode()
    yield f"Date: {at:%a, %d %b %Y %H:%M:%S} +0000\nMessage-ID: <q{number}@customer.example>\n".encode()
    yield text(chance, 40, "Kim")


def answer(number: int, at: datetime, chance: random.Random) -> Iterator[bytes]:
    """As an mbox has it."""
    yield f"From anna@example.com {at:%a %b %d %H:%M:%S %Y}\n".encode()
    yield f"From: Anna <anna@example.com>\nTo: kim{number}@customer.example\nSubject: Re: Order {number}\n".encode()
    yield f"Date: {at:%a, %d %b %Y %H:%M:%S} +0000\nMessage-ID: <a{number}@example.com>\n".encode()
    yield f"In-Reply-To: <q{number}@customer.example>\n".encode()
    yield text(chance, 20, "Anna")


def text(chance: random.Random, most: int, name: str) -> bytes:
    """Of some length, with the end of the header before it."""
    lines = [chance.choice(SENTENCES) for _ in range(chance.randrange(3, most))]
    head = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
    return (head + "\n".join(("Hello,", "", *lines, "", "Kind regards", name)) + "\n\n").encode()


if __name__ == "__main__":
    main()
