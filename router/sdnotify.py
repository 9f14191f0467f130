"""Words to the service manager: one datagram to the socket that it names (sd_notify(3))."""

import logging
import os
import socket

log = logging.getLogger(__name__)


def notify(*words: str) -> None:
    """Tell `READY=1` and the like; without a manager that asked for it nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    name = "\0" + address[1:] if address[0] == "@" else address  # an abstract socket (unix(7))
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
            link.setblocking(False)  # a manager that does not listen must not hold up the loop
            link.connect(name)
            link.send("\n".join(words).encode())
    except OSError as error:
        log.warning("the service manager cannot be told %s: %s", words[0], error)


def watchdog_seconds() -> float | None:
    """How often the manager wants to hear `WATCHDOG=1` at the least; None where it does not ask (sd_watchdog_enabled(3))."""
    wanted, process = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not wanted.isdigit() or int(wanted) == 0 or process not in ("", str(os.getpid())):
        return None
    return int(wanted) / 1_000_000
