"""SMTP from the outside: a client that sends exactly the bytes it is given, and a sender that gives up nothing.

Neither uses a library, since a library keeps its user from saying what is wrong on purpose.
"""

import hashlib
import re
import socket
import ssl
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

RECIPIENT = "support@example.com"


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of a server, all its lines."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


def stuffed(mail: bytes) -> bytes:
    """The mail as it goes over the wire, with its end (RFC 5321 section 4.5.2)."""
    # No regular expression: over 40 MB it keeps all threads of a test or benchmark from running for a second.
    first = b"." if mail.startswith(b".") else b""
    return first + whole(mail).replace(b"\r\n.", b"\r\n..") + b".\r\n"


def whole(mail: bytes) -> bytes:
    """The mail as SMTP can carry it: ending with a line end."""
    return mail if mail.endswith(b"\r\n") else mail + b"\r\n"


class Client:
    """One connection."""

    def __init__(self, port: int, *, source: str = "127.0.0.1", timeout: float = 60.0, greet: bool = True) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0))
        self._file = self.socket.makefile("rb")
        try:
            self.greeting = self.reply()
            if greet and self.greeting.code == 220:
                self.command("EHLO bench.example.net")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send exactly these bytes."""
        self.socket.sendall(data)

    def start_tls(self, context: ssl.SSLContext, before: bytes = b"", *, greet: bool = True) -> Reply:
        """Go over to TLS; `before` goes out in one segment with the command."""
        self.send(b"STARTTLS\r\n" + before)
        answer = self.reply()
        if answer.code == 220:
            self._file.close()
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
            self._file = self.socket.makefile("rb")
            if greet:
                self.command("EHLO bench.example.net")
        return answer

    def reply(self) -> Reply:
        """The next reply; `ConnectionError` where the server hung up."""
        lines = []
        while True:
            line = self._file.readline()
            if not line.endswith(b"\n"):
                raise ConnectionError("the server hung up")
            assert re.match(rb"[2-5][0-9]{2}[ -]", line), f"not a reply: {line!r}"
            lines.append(line[4:].decode("ascii").strip())
            if line[3:4] == b" ":
                return Reply(int(line[:3]), "\n".join(lines))

    def replies(self) -> list[Reply]:
        """All replies until the server hangs up."""
        found = []
        while True:
            try:
                found.append(self.reply())
            except ConnectionError:
                return found

    def command(self, line: str | bytes) -> Reply:
        """One command and its reply."""
        self.send((line.encode("ascii") if isinstance(line, str) else line) + b"\r\n")
        return self.reply()

    def begin(self, sender: str = "kim@customer.example", recipients: Sequence[str] = (RECIPIENT,)) -> Reply:
        """MAIL, RCPT and DATA, up to the first reply that is no yes."""
        answer = self.command(f"MAIL FROM:<{sender}>")
        for recipient in recipients:
            if answer.code == 250:
                answer = self.command(f"RCPT TO:<{recipient}>")
        return self.command("DATA") if answer.code == 250 else answer

    def mail(
        self, mail: bytes, sender: str = "kim@customer.example", recipients: Sequence[str] = (RECIPIENT,)
    ) -> Reply:
        """One whole transaction; returns the reply that decided it."""
        answer = self.begin(sender, recipients)
        if answer.code != 354:
            return answer
        self.send(stuffed(mail))
        return self.reply()


class Mta:
    """Sends like a mail server: each mail stays in its queue until it is answered 250, whatever happens in between."""

    def __init__(self, port: int, mails: Iterable[bytes], *, connections: int = 4) -> None:
        self.accepted: list[str] = []  # sha256 of each mail as sent, in the order of the replies
        self.refused: dict[str, Reply] = {}  # answered 5xx: a mail server would bounce it
        self.answers: Counter[int] = Counter()  # to mails, by their code; 0 where the connection was lost instead
        self.longest = 0.0  # seconds that a mail took, from MAIL to its answer
        self._port = port
        self._queue = deque(whole(mail) for mail in mails)
        self._total = len(self._queue)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(connections)]

    def __enter__(self) -> "Mta":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(70)

    @property
    def settled(self) -> int:
        """How many mails have their final answer."""
        return len(self.accepted) + len(self.refused)

    def finish(self, seconds: float = 60.0) -> None:
        """Wait until every mail has its final answer."""
        deadline = time.monotonic() + seconds
        while self.settled < self._total:
            assert time.monotonic() < deadline, f"{self._total - self.settled} of {self._total} mails are still queued"
            time.sleep(0.02)

    def _work(self) -> None:
        while not self._stop.is_set() and self.settled < self._total:
            try:
                with Client(self._port, timeout=60) as client:
                    if client.greeting.code == 220:
                        self._session(client)
            except (OSError, ConnectionError):
                pass
            self._stop.wait(0.05)

    def _session(self, client: Client) -> None:
        while not self._stop.is_set() and (mail := self._next()) is not None:
            answer = None
            begun = time.monotonic()
            try:
                answer = client.mail(mail)
            finally:
                self._note(mail, answer, time.monotonic() - begun)
            if answer.code != 250:
                client.command("RSET")

    def _next(self) -> bytes | None:
        with self._lock:
            return self._queue.popleft() if self._queue else None

    def _note(self, mail: bytes, answer: Reply | None, seconds: float) -> None:
        sha256 = hashlib.sha256(mail).hexdigest()
        with self._lock:
            self.answers[0 if answer is None else answer.code] += 1
            self.longest = max(self.longest, seconds)
            if answer is not None and answer.code == 250:
                self.accepted.append(sha256)
            elif answer is not None and answer.code >= 500:
                self.refused[sha256] = answer
            else:
                self._queue.append(mail)
