"""An IMAP server that says what a test tells it to: for answers that a real one does not give on demand.

It knows one folder and keeps what is appended. `answers` maps the name of a command to what its tagged line says.
"""

import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n$")


@dataclass
class FakeImap:
    """One server on a port of this machine."""

    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    agree: bool = True  # to take a mail, when asked
    refuse: bytes = b""  # mails that hold this, and all that come with one in the same command
    dislikes: dict[bytes, str] = field(default_factory=dict)  # what a command's line must not hold, and the answer then
    answers: dict[str, str] = field(default_factory=dict)  # "APPEND": "NO no room"
    untagged: dict[str, list[str]] = field(default_factory=dict)  # lines before them
    mails: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)  # names, in order
    lines: list[bytes] = field(default_factory=list)

    def __enter__(self) -> "FakeImap":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with suppress(OSError, AttributeError):
            self._link.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                self._link, _ = self._listener.accept()
            except OSError:
                return
            with self._link, self._link.makefile("rwb") as stream:
                try:
                    stream.write(b"* OK ready\r\n")
                    stream.flush()
                    while self._command(stream):
                        stream.flush()
                    stream.flush()
                except OSError:
                    pass

    def _command(self, stream: BinaryIO) -> bool:
        """Answer one command; whether there will be another."""
        line: bytes = stream.readline()
        literals: list[bytes] = []
        while found := _LITERAL.search(line):
            if not found[2] and not self.agree:
                stream.write(line.split(b" ")[0] + b" NO [TOOBIG] no\r\n")
                return True
            if not found[2]:
                stream.write(b"+ go on\r\n")
                stream.flush()
            literals.append(stream.read(int(found[1])))
            line = line[: found.start()] + b"~literal~" + stream.readline()
        if not line:
            return False
        self.lines.append(line)
        tag, _, rest = line.decode("latin-1").strip().partition(" ")
        words = rest.split(" ")
        name = " ".join(words[:2] if words[0] == "UID" else words[:1]).upper()
        self.commands.append(name)
        if name == "AUTHENTICATE":
            stream.write(b"+ \r\n")
            stream.flush()
            stream.readline()
        for told in self.untagged.get(name, self._untagged(name)):
            stream.write(f"* {told}\r\n".encode())
        answer = self.answers.get(name, "OK done")
        if answer == "":
            return False  # it hangs up
        if self.refuse and any(self.refuse in one for one in literals):
            answer = "NO Message contains bare newlines"
        answer = next((no for held, no in self.dislikes.items() if held in line), answer)
        if name == "APPEND" and answer.startswith("OK"):
            self.mails += literals
        stream.write(f"{tag} {answer}\r\n".encode())
        return name != "LOGOUT"

    def _untagged(self, name: str) -> list[str]:
        state = f"UIDNEXT {len(self.mails) + 1} UIDVALIDITY 7"
        known = {
            "CAPABILITY": [f"CAPABILITY {self.capabilities}"],
            "LIST": ['LIST (\\Noselect) "/" ""'],
            "STATUS": [f"STATUS INBOX ({state})"],
            "LOGOUT": ["BYE bye"],
            "UID SEARCH": ["SEARCH"],
            "SELECT": [f"{len(self.mails)} EXISTS", "OK [UIDVALIDITY 7] now"],
            "EXAMINE": [f"{len(self.mails)} EXISTS", "OK [UIDVALIDITY 7] now"],
        }
        return known.get(name, [])
