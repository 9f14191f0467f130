"""Reading large or suspicious mail in a process of its own, under a deadline.

Every reader is linear and capped, so the deadline should never pass. Should one of them be wrong about that, the process is
killed, the mail is read by its header alone, and nobody else waits: neither the loop nor the mails behind it.
"""

import logging
import multiprocessing
import resource
import signal
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from router.mail.kind import NOBODY, Company
from router.mail.reading import Reading, read_header_alone, read_mail
from router.store.content import SMALL, Content

log = logging.getLogger(__name__)

DEADLINE = 1.0  # seconds for one mail
START = 30.0  # seconds for the process to come up, on a busy machine
MEMORY = 1 << 30  # octets of address space
SUSPICIOUS_HEADER = 32 * 1024  # octets without an empty line


def suspicious(content: Content) -> bool:
    """Whether a mail is read in the other process."""
    top = content.head[:SUSPICIOUS_HEADER]
    return content.size > SMALL or (len(top) == SUSPICIOUS_HEADER and b"\n\r\n" not in top and b"\n\n" not in top)


@dataclass(slots=True)
class Reader:
    """The other process: started when first needed, killed at the deadline, started anew. For one thread at a time."""

    deadline: float = DEADLINE
    _process: BaseProcess | None = field(default=None)
    _pipe: "Connection[object, object] | None" = field(default=None)

    def read(self, content: Content, sender: str, company: Company = NOBODY) -> Reading:
        """Read a mail; by its header alone where that takes too long or ends the process."""
        try:
            pipe = self._connected()
            pipe.send((content.head, content.size, sender, company))
            if pipe.poll(self.deadline):
                found = pipe.recv()
                if isinstance(found, Reading):
                    return found
            why = "deadline"
        except (OSError, EOFError):
            why = "reader-died"
        log.warning("a mail of %d octets is read by its header alone: %s", content.size, why)
        self.close()
        return read_header_alone(content.head, content.size, sender, why, company)

    def _connected(self) -> "Connection[object, object]":
        if self._pipe is None or self._process is None or not self._process.is_alive():
            self.close()
            context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), name="reader", daemon=True)
            self._process.start()
            theirs.close()
            if not self._pipe.poll(START):
                raise EOFError
            self._pipe.recv()
        return self._pipe

    def close(self) -> None:
        """End the process; harmless when none runs."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def _serve(pipe: "Connection[object, tuple[bytes, int, str, Company]]") -> None:
    """The other process: reads what it is given until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is meant for the daemon, which ends us
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    pipe.send("ready")
    while True:
        try:
            head, size, sender, company = pipe.recv()
        except EOFError:
            return
        pipe.send(read_mail(head, size, sender, company))
