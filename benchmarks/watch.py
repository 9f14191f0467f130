"""How long a mail takes from a watched mailbox into a founder's inbox, both on a private Dovecot.

python -m benchmarks.watch [MAILS [PAUSE]]

Each mail is appended alone, after a pause that is drawn, of up to PAUSE seconds: 0.9, after which the router looks again by
itself anyway, or many more, after which it has to be told. Printed are the times from the end of the APPEND, and from the
moment at which another client that idles on the same folder is told of it: Dovecot gathers news for half a second before
it tells anybody.
"""

import os
import random
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.daemon import Daemon
from tests.bench.dovecot import Account, Dovecot
from tests.bench.letters import letters
from tests.bench.wait import until
from tests.bench.watching import source, with_password
from tests.conftest import short_folder

_FOUNDER = """\
[[inbox]]
address = "mike@example.com"
deliver = "imap"
host = "localhost"
port = {port}
security = "none"
username = "mike"
password_file = "password"
"""


def run(folder: Path, count: int, pause: float) -> tuple[list[float], list[float]]:
    """Seconds since the APPEND and since the news, for each mail."""
    dovecot = Dovecot(folder / "dovecot", users={"ann": Account(), "mike": Account()}).start()
    (folder / "router").mkdir()
    daemon = Daemon(
        folder / "router",
        inboxes=_FOUNDER.format(port=dovecot.port),
        extra=source(dovecot.port, more='mailbox = "support"'),
    )
    with_password(daemon).start()
    told: list[float] = []
    try:
        until(lambda: daemon.ask("SELECT name FROM watched WHERE last_success IS NOT NULL"), daemon.tail)
        threading.Thread(target=_listen, args=(dovecot, told), daemon=True).start()
        time.sleep(1)
        return _times(dovecot, told, count, pause)
    finally:
        daemon.kill()
        dovecot.stop()


def _times(dovecot: Dovecot, told: list[float], count: int, pause: float) -> tuple[list[float], list[float]]:
    chance, since_append, since_news = random.Random(1), [], []
    inbox = dovecot.home("mike") / "Maildir" / "new"
    with dovecot.client("ann") as client:
        for number, mail in enumerate(letters(count, "watch"), 1):
            time.sleep(chance.uniform(pause / 9, pause))
            news = len(told)
            client.append("INBOX", mail)
            begun = time.monotonic()
            _wait(inbox, number)
            arrived = time.monotonic()
            since_append.append(arrived - begun)
            until(lambda: len(told) > news, "the news", pause=0.001)  # noqa: B023
            since_news.append(max(arrived - told[news], 0.0))
    return since_append, since_news


def _wait(inbox: Path, number: int) -> None:
    deadline = time.monotonic() + 60
    while not inbox.is_dir() or len(os.listdir(inbox)) < number:
        if time.monotonic() > deadline:
            raise TimeoutError(f"mail {number} has not arrived")
        time.sleep(0.002)


def _listen(dovecot: Dovecot, told: list[float]) -> None:
    """Another client, which notes when it is told of news."""
    with dovecot.client("ann") as client:
        client.select_folder("INBOX", readonly=True)
        client.idle()
        while True:
            if any(len(one) > 1 and one[1] == b"EXISTS" for one in client.idle_check(timeout=600)):
                told.append(time.monotonic())


def share(times: Sequence[float], part: float) -> float:
    """The time within which that part of them was done."""
    return sorted(times)[min(int(len(times) * part), len(times) - 1)]


def main() -> None:
    """Measure, and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    pause = float(sys.argv[2]) if len(sys.argv) > 2 else 0.9
    with short_folder() as folder:
        since_append, since_news = run(folder, count, pause)
    for what, times in (("since the APPEND", since_append), ("since the server's EXISTS", since_news)):
        print(
            f"{what}: median {share(times, 0.5) * 1000:.0f} ms, 99 of 100 within {share(times, 0.99) * 1000:.0f} ms, "
            f"longest {max(times) * 1000:.0f} ms, {count} mails"
        )


if __name__ == "__main__":
    main()
