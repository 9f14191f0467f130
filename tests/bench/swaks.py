"""swaks, the SMTP tester that administrators use."""

import subprocess

from tests.bench.daemon import Ran
from tests.bench.need import need


def swaks(port: int, *options: str, sender: str = "kim@customer.example", to: str = "support@example.com") -> Ran:
    """Send one mail; its exit code says at which step the server refused (24 for a recipient, 23 for a sender)."""
    where = ["--server", "127.0.0.1", "--port", str(port), "--helo", "bench.example.net"]
    command = [need("swaks"), *where, "--from", sender, "--to", to, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)
