"""APPEND and MULTIAPPEND (RFC 3501 section 6.3.11, RFC 3502): octets go out as they are, piece by piece.

The libraries hold a mail whole, and change its line ends. Whether a server took it is told by the tagged answer alone.
Once the first octet of a mail went out, a connection that ends leaves a doubt.
"""

import imaplib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from imapclient import IMAPClient
from imapclient.datetime_util import datetime_to_INTERNALDATE

from router.delivery.forms import Form
from router.imap.errors import GONE, ImapError, InDoubt, Refused, Trouble, text

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # servers refuse, or misread, what is older
_BUFFER = 64 * 1024  # octets at a time: each has the whole patience of the connection
_UNASKED = 64 * 1024  # octets that go out without asking first, where the server takes that
_UNASKED_MINUS = 4096  # the same with LITERAL- (RFC 7888 section 5)
_APPENDUID = re.compile(rb"\[APPENDUID (\d+) ([\d:,]+)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be appended."""

    form: Form
    flags: tuple[str, ...]
    date: datetime | None  # aware; None: the server's own


def internal_date(received: datetime, now: datetime) -> datetime:
    """The time of receipt, such as every server takes it."""
    return max(EARLIEST, min(received, now)).astimezone(UTC)


def size_limit(client: IMAPClient) -> int | None:
    """Octets that the server takes at most (RFC 7889); None where it does not say."""
    for capability in client.capabilities():
        name, _, value = capability.partition(b"=")
        if name == b"APPENDLIMIT" and value.isdigit():
            return int(value)
    return None


def append(client: IMAPClient, folder: str, letters: Sequence[Letter]) -> tuple[int, list[int]] | None:
    """Append all letters or none; UIDVALIDITY and their UIDs in order, None where the server does not tell.

    Raises `Trouble`, `InDoubt`, `Refused`; another exception, from a form, leaves the connection of no further use.
    """
    command = _Command(client)
    try:
        answer, data = command.run(folder, letters)
    except GONE as error:
        kind: type[ImapError] = InDoubt if command.in_doubt else Trouble
        raise kind(f"the connection ended: {text(error)}") from error
    except imaplib.IMAP4.error as error:  # an answer that the library cannot read
        raise InDoubt(text(error)) from error
    if answer != "OK":
        raise Refused(answer, text(data))
    return _uids(data, len(letters))


class _Command:
    """One APPEND on its way; imaplib can send one literal per command only, and holds it whole."""

    def __init__(self, client: IMAPClient) -> None:
        self.in_doubt = False  # octets of a mail may have gone out
        self._client = client
        self._imap = client._imap
        self._buffer = bytearray()
        self._mail_in_buffer = False

    def run(self, folder: str, letters: Sequence[Letter]) -> tuple[str, bytes]:
        """The tagged answer: its kind and its words."""
        for told in self._imap.untagged_responses.keys() - {"BYE"}:  # imaplib keeps these for ever
            del self._imap.untagged_responses[told]
        unasked = self._unasked()
        tag: bytes = self._imap._new_tag()
        self._put(tag + b" APPEND " + self._client._normalise_folder(folder))
        for letter in letters:
            size = letter.form.size
            mark = b"+" if size <= unasked else b""
            self._put(b"%s {%d%s}\r\n" % (_attributes(letter), size, mark))
            if size > unasked and (answer := self._ask(tag)):
                return answer
            self._mail(letter.form)
        self._put(b"\r\n")
        self._flush()
        answer = self._imap._get_tagged_response(tag)
        return answer[0], answer[1][0]

    def _unasked(self) -> int:
        """How large a mail may be that goes out before the server has agreed to take it (RFC 7888).

        A large one waits for its word in any case: a server that does not want it would have to read it all.
        """
        if self._client.has_capability("LITERAL+"):
            return _UNASKED
        return _UNASKED_MINUS if self._client.has_capability("LITERAL-") else 0

    def _ask(self, tag: bytes) -> tuple[str, bytes] | None:
        """Wait for the server's word to go on; its answer if it refuses."""
        self._flush()
        while self._imap._get_response():
            if answer := self._imap.tagged_commands[tag]:
                del self._imap.tagged_commands[tag]
                return answer[0], answer[1][0]
        return None

    def _mail(self, form: Form) -> None:
        left = form.size
        for piece in form.pieces():
            left -= len(piece)
            if left < 0:
                break
            for at in range(0, len(piece), _BUFFER):
                self._mail_in_buffer = True
                self._put(piece[at : at + _BUFFER])
        if left:  # never more nor less than announced: the rest would be read as a command, or a command as the rest
            raise ValueError(f"a form of {form.size} octets has {form.size - left}")

    def _put(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) >= _BUFFER:
            self._flush()

    def _flush(self) -> None:
        self.in_doubt |= self._mail_in_buffer
        data, self._buffer = bytes(self._buffer), bytearray()
        self._imap.send(data)


def _attributes(letter: Letter) -> bytes:
    flags = f" ({' '.join(letter.flags)})" if letter.flags else ""
    date = f' "{datetime_to_INTERNALDATE(letter.date)}"' if letter.date else ""
    return f"{flags}{date}".encode("ascii")


def _uids(words: bytes, count: int) -> tuple[int, list[int]] | None:
    """What APPENDUID tells (RFC 4315 section 3), in the order of the letters."""
    found = _APPENDUID.match(words)
    if found is None:
        return None
    uids: list[int] = []
    for part in found[2].split(b","):
        first, _, last = part.partition(b":")
        if int(last or first) - int(first) >= count:
            return None
        uids += range(int(first), int(last or first) + 1)
    return (int(found[1]), uids) if len(uids) == count else None
