"""Somebody else, from another address, who sends a small mail again and again and notes how long each took.

python -m benchmarks.second PORT

It has a process of its own: among the threads of the attackers it would wait for their interpreter, and the daemon would
be blamed. It says a line once it is connected, and ends with its standard input, saying what it saw as JSON.
"""

import json
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.smtp import Client

REPOSITORY = Path(__file__).resolve().parents[1]
PAUSE = 0.1  # seconds between two mails


@dataclass(slots=True)
class Served:
    """How the second client was served."""

    sent: int = 0
    failed: int = 0
    worst: float = 0.0  # seconds for one whole mail

    def send(self, client: Client) -> None:
        """One small mail."""
        begun = time.monotonic()
        code = 0
        try:
            code = client.mail(b"Message-ID: <%d@second.example>\r\n\r\nhello\r\n" % time.time_ns()).code
        finally:
            self.worst = max(self.worst, time.monotonic() - begun)
            self.sent, self.failed = self.sent + (code == 250), self.failed + (code != 250)


def meanwhile(attack: Callable[[int], str], port: int) -> tuple[str, Served]:
    """What came of the attack, and how a second client that was connected before it was served until its end."""
    command = [sys.executable, "-m", "benchmarks.second", str(port)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        answers = attack(port)
        process.stdin.close()
        return answers, Served(**json.loads(process.stdout.read()))


def main(port: int) -> None:
    """Send until standard input ends; a lost connection is a failure and the end."""
    served = Served()
    with Client(port, source="127.0.0.2") as client:
        print("connected", flush=True)
        try:
            served.send(client)
            while not select.select([sys.stdin], [], [], PAUSE)[0]:
                served.send(client)
        except OSError as error:
            print(f"the second client ended: {error}", file=sys.stderr)
    print(json.dumps(asdict(served)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
