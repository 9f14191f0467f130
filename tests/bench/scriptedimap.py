"""A small IMAP server for one account that behaves as a test tells it: for faults that a real one does not show on demand.

    with ScriptedImap() as server:
        server.put(b"Subject: x\\r\\n\\r\\nx\\r\\n")
        server.next["UID FETCH"] = ["NO [THROTTLED] slow down"]   # what the next commands of that name are answered
        server.poison[3] = "torn"                                 # how mail 3 spoils every answer that it is part of
        server.idling = "eof"                                     # what becomes of an IDLE
    server.told["LIST"] = ['LIST () "/" "R&D"']               # untagged lines instead of those a command has
    server.beside["UID FETCH"] = ["2 FETCH (FLAGS ())"]       # untagged lines before them

Answers: a tagged line ("NO …", "BAD …"), "BYE …" (said untagged, then the end), "hang up", "silence".
Poison: "no", "nil", "empty", "torn" (a literal that is longer than its length says), "halves" (only its header and its text
can be had), "pieces" (only pieces of it), "hang up", "absent" (it is left out of every answer), "sizeless", "headless" (its
size, its fields cannot be had).
Idling: "normal", "deaf" (tells of nothing), "eof", "bye", "same segment", "before" (news before the continuation), "torn".
"""

import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import BinaryIO

_PART = re.compile(r"BODY\.PEEK\[([A-Z.]*)[^\]]*\](?:<(\d+)\.(\d+)>)?")


@dataclass
class ScriptedImap:
    """One folder, INBOX, unless `folders` names more; all show the same mails."""

    capabilities: str = "IMAP4rev1 AUTH=PLAIN IDLE"
    folders: dict[str, str] = field(default_factory=lambda: {"INBOX": ""})  # name and flags
    uidvalidity: int = 7
    tells_uidnext: bool = True
    idling: str = "normal"
    next: dict[str, list[str]] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)
    beside: dict[str, list[str]] = field(default_factory=dict)
    poison: dict[int, str] = field(default_factory=dict)
    searched: int = 0  # UIDs in one line of a search's answer; 0: all
    missing: set[str] = field(default_factory=set)  # folders that cannot be opened
    hidden: set[int] = field(default_factory=set)  # UIDs that searches leave out
    mails: dict[int, bytes] = field(default_factory=dict)
    dates: dict[bytes, datetime] = field(default_factory=dict)  # INTERNALDATE
    commands: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    logins: list[float] = field(default_factory=list)  # when
    appended: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> "ScriptedImap":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._links: set[socket.socket] = set()
        self._closed = False
        self._uid = 0
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closed = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()

    def put(self, *mails: bytes) -> list[int]:
        """Mails arrive; their UIDs."""
        with self.appended:
            uids = []
            for mail in mails:
                self._uid += 1
                self.mails[self._uid] = mail
                self.dates.setdefault(mail, datetime.now(UTC))
                uids.append(self._uid)
            self.appended.notify_all()
            return uids

    def drop(self) -> None:
        """End every connection."""
        for link in list(self._links):
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    @property
    def next_uid(self) -> int:
        """Of the next mail."""
        return self._uid + 1

    def _accept(self) -> None:
        while not self._closed:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            self._links.add(link)
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError, ValueError), link, link.makefile("rwb") as stream:
            self._say(stream, b"* OK ready\r\n")
            while self._command(stream):
                pass
        self._links.discard(link)

    @staticmethod
    def _say(stream: BinaryIO, octets: bytes) -> None:
        stream.write(octets)
        stream.flush()

    def _command(self, stream: BinaryIO) -> bool:
        line = stream.readline().decode("latin-1").strip()
        if not line:
            return False
        tag, _, rest = line.partition(" ")
        words = rest.split(" ")
        name = " ".join(words[: 2 if words[0].upper() == "UID" else 1]).upper()
        self.commands.append(name)
        self.lines.append(line)
        if queue := self.next.get(name):
            return self._scripted(stream, tag, queue.pop(0))
        if name == "IDLE":
            return self._idle(stream, tag)
        if name in ("AUTHENTICATE", "LOGIN"):
            self.logins.append(time.monotonic())
            if name == "AUTHENTICATE":
                self._say(stream, b"+ \r\n")
                stream.readline()
        try:
            told = self._answer(name, rest)
        except _Refused as refused:
            self._say(stream, f"{tag} NO {refused or 'the mail cannot be converted'}\r\n".encode())
            return True
        if told is None:
            return False
        self._say(stream, told + f"{tag} OK done\r\n".encode())
        return name != "LOGOUT"

    def _scripted(self, stream: BinaryIO, tag: str, answer: str) -> bool:
        if answer == "silence":
            time.sleep(3600)
        if answer == "hang up":
            return False
        if answer.startswith("BYE"):
            self._say(stream, f"* {answer}\r\n".encode())
            return False
        self._say(stream, f"{tag} {answer}\r\n".encode())
        return True

    def _answer(self, name: str, rest: str) -> bytes | None:
        """Untagged lines; None where the connection ends."""
        beside = "".join(f"* {line}\r\n" for line in self.beside.get(name, ()))
        own = self._own(name, rest)
        return None if own is None else beside.encode("latin-1") + own

    def _own(self, name: str, rest: str) -> bytes | None:
        if name in self.told:
            return "".join(f"* {line}\r\n" for line in self.told[name]).encode("latin-1")
        if name == "UID FETCH":
            return self._fetch(rest)
        if name == "UID SEARCH":
            return self._search(rest)
        if name == "LIST":
            lines = [f'* LIST ({flags}) "/" "{one}"' for one, flags in self.folders.items()]
            return "".join(f"{one}\r\n" for one in lines).encode()
        if name in ("EXAMINE", "SELECT"):
            if any(one in rest for one in self.missing):
                raise _Refused("no such folder")
            lines = [f"* {len(self.mails)} EXISTS", "* 0 RECENT", f"* OK [UIDVALIDITY {self.uidvalidity}] valid"]
            lines += [f"* OK [UIDNEXT {self.next_uid}] next"] if self.tells_uidnext else []
            return "".join(f"{one}\r\n" for one in lines).encode()
        told = {"CAPABILITY": f"* CAPABILITY {self.capabilities}\r\n", "LOGOUT": "* BYE bye\r\n"}
        return told.get(name, "").encode()

    def _among(self, text: str) -> list[int]:
        """The UIDs of a set that are there; "*" is the last mail, and a range may be the wrong way round."""
        found: set[int] = set()
        last = max(self.mails, default=0)
        for one in text.split(","):
            ends = [last if end == "*" else int(end) for end in one.split(":")]
            low, high = min(ends), max(ends)
            found |= {uid for uid in self.mails if low <= uid <= high}
        return sorted(found)

    def _search(self, rest: str) -> bytes:
        wanted = re.search(r"UID SEARCH UID (\S+)", rest.upper())
        uids = [uid for uid in self._among(wanted[1] if wanted else "1:*") if uid not in self.hidden]
        some = self.searched or max(len(uids), 1)
        lines = [uids[at : at + some] for at in range(0, len(uids), some)] or [[]]
        return "".join(f"* SEARCH {' '.join(map(str, line))}".rstrip() + "\r\n" for line in lines).encode()

    def _fetch(self, rest: str) -> bytes | None:
        uids, _, items = rest[len("UID FETCH ") :].partition(" ")
        found = bytearray()
        for uid in self._among(uids):
            line = self._one(uid, items)
            if line is None:
                return None
            found += line
        return bytes(found)

    def _one(self, uid: int, items: str) -> bytes | None:
        mail, sort = self.mails[uid], self.poison.get(uid, "")
        if sort == "absent":
            return b""
        if sort in ("sizeless", "headless") and ("RFC822.SIZE" if sort == "sizeless" else "HEADER.FIELDS") in items:
            raise _Refused
        sort = "" if sort in ("sizeless", "headless") else sort
        seq = sorted(self.mails).index(uid) + 1
        parts = [f"UID {uid}".encode()]
        if "RFC822.SIZE" in items:
            parts.append(f'RFC822.SIZE {len(mail)} INTERNALDATE "{self.dates[mail]:%d-%b-%Y %H:%M:%S} +0000"'.encode())
        head, _, text = mail.partition(b"\r\n\r\n")
        for section, start, length in _PART.findall(items):
            values = {"": mail, "TEXT": text}
            value = values.get(section, head + b"\r\n\r\n")
            name = f"BODY[{section}]" + (f"<{start}>" if start else "")
            if start:
                value = value[int(start) : int(start) + int(length)]
            if sort and not (sort == "halves" and section) and not (sort == "pieces" and start):
                if section.startswith("HEADER."):
                    pass
                elif sort == "no" or sort in ("halves", "pieces"):
                    raise _Refused
                elif sort == "hang up":
                    return None
                else:
                    parts.append(_spoilt(name, value, sort))
                    continue
            parts.append(name.encode() + b" {%d}\r\n" % len(value) + value)
        return b"* %d FETCH (" % seq + b" ".join(parts) + b")\r\n"

    def _idle(self, stream: BinaryIO, tag: str) -> bool:
        known = len(self.mails)
        news = b"* %d EXISTS\r\n" % (known + 1)
        match self.idling:
            case "before":
                self._say(stream, news + b"+ idling\r\n")
            case "same segment":
                self._say(stream, b"+ idling\r\n" + news)
            case "torn":
                self._say(stream, b"+ idling\r\n")
                self._say(stream, b"* 1 EXI")
            case "bye":
                self._say(stream, b"+ idling\r\n* BYE idled too long\r\n")
                return False
            case _:
                self._say(stream, b"+ idling\r\n")
        if self.idling == "eof":
            return False
        done = threading.Event()

        def listen() -> None:
            with suppress(OSError, ValueError):
                stream.readline()
            done.set()
            with self.appended:
                self.appended.notify_all()

        threading.Thread(target=listen, daemon=True).start()
        with self.appended:
            while not done.is_set() and not self._closed:
                self.appended.wait(0.2)
                if self.idling == "normal" and len(self.mails) != known:
                    known = len(self.mails)
                    self._say(stream, b"* %d EXISTS\r\n" % known)
        self._say(stream, f"{tag} OK idled\r\n".encode())
        return True


class _Refused(Exception):
    """The whole command is answered NO."""


def _spoilt(name: str, value: bytes, sort: str) -> bytes:
    match sort:
        case "nil":
            return name.encode() + b" NIL"
        case "empty":
            return name.encode() + b" {0}\r\n"
        case "torn":
            return name.encode() + b" {%d}\r\n" % (len(value) // 2) + value
    raise AssertionError(sort)
