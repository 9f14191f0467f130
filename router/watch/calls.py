"""Calls to the outside: a command of the operator's, a URL. Made in threads only, and each has its deadline."""

import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException

from router import __version__

COMMAND_SECONDS = 30.0
URL_SECONDS = 10.0
_KEPT = 500  # characters of a command's output
# What the service manager says to us is not meant for our children.
_OURS = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class CallFailed(Exception):
    """The call was not made or was refused; the words never hold the URL, which may hold a secret."""


def run_command(argv: Sequence[str], given: bytes) -> None:
    """Run a command with `given` at its standard input; it has half a minute, then it is killed with its children."""
    environment = {key: value for key, value in os.environ.items() if key not in _OURS}
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise CallFailed(f"{argv[0]} cannot be started: {error}") from error
    with process:
        try:
            output, _ = process.communicate(given, COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise CallFailed(f"{argv[0]} took more than {COMMAND_SECONDS:g} s") from None
    if process.returncode:
        words = output.decode("utf-8", "backslashreplace").strip()[:_KEPT]
        raise CallFailed(f"{argv[0]} ended with {process.returncode}: {words}")


def call_url(url: str, body: bytes | None = None, content: str | None = None) -> None:
    """GET a URL, or POST `body` to it; anything but 2xx is a failure."""
    headers = {"User-Agent": f"router/{__version__}"} | ({"Content-Type": content} if content else {})
    # The configuration takes http and https only.
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=URL_SECONDS) as answer:  # noqa: S310
            answer.read(1000)
    except urllib.error.HTTPError as error:
        error.close()
        raise CallFailed(f"the answer was {error.code}") from None
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise CallFailed(f"no answer: {reason}") from None


def post_json(url: str, given: bytes) -> None:
    """POST JSON."""
    call_url(url, given, "application/json")
