"""The mail log: one line per event of a message's way, with fixed words and ids; and the set-up of ordinary logging.

A line holds ids, sizes, codes and addresses of envelopes, never a subject, a text or a secret. The words are stable, so
that a log can be searched for years: they are the members of `Event`. Faults of the program itself go to ordinary
logging.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache, partial
from typing import TextIO

_log = logging.getLogger("router.mail")
_encode = json.JSONEncoder(default=str).encode


class Event(StrEnum):
    """What may happen to a message."""

    ACCEPTED = "accepted"  # in the spool, durable; the sender has, or will have, its 250
    REFUSED = "refused"  # answered 5xx by policy
    TEMPFAILED = "tempfailed"  # answered 4xx: the sender comes again
    REPEAT = "repeat"  # the same transmission again: logged, not routed
    SIGHTED = "sighted"  # a known message by another way
    ROUTED = "routed"  # rules applied, copies in the outbox
    OWN = "own"  # a copy of ours came back: stored, not copied
    RETURNED = "returned"  # a bounce of a copy, or what else it has set off: recorded at the copy
    KEPT_OUT = "kept-out"  # a journal report on mail that is none of ours: nothing of it is stored
    DAMAGED = "damaged"  # a journal report that cannot be taken apart: kept, with an alarm
    SKIPPED = "skipped"  # the inbox's own setting keeps the copy out
    WITHHELD = "withheld"  # a rule keeps the copy from an inbox
    HELD = "held"  # a copy waits for a person's word
    RELEASED = "released"  # ... and has it
    ATTEMPT = "attempt"  # a courier has the copy in hand once more
    DELIVERED = "delivered"  # the receipt is on record
    DEFERRED = "deferred"  # to be tried again
    UNKNOWN = "unknown"  # the process or the connection died at the wrong moment
    FAILED = "failed"  # given up, alarm raised
    MARKED = "marked"  # its mail is answered, and the copy says so where it lies; or why not
    DIGEST = "digest"  # an edition of a digest was made, and its letters are in the outbox
    FORGOTTEN = "forgotten"  # a person was erased: how much of what, and under which number of the audit


def event(word: Event, **fields: object) -> None:
    """Write one line; fields keep their order, None is left out."""
    if _log.isEnabledFor(logging.INFO):
        # Made by hand: `Logger.info` looks through the stack for who called, which no line says.
        record = logging.LogRecord(_log.name, logging.INFO, "", 0, word.value, None, None)
        record.fields = {key: value for key, value in fields.items() if value is not None}
        _log.handle(record)


class _Text(logging.Formatter):
    """`TIME LEVEL NAME WORD key=value …` on one line, whatever the values hold."""

    def format(self, record: logging.LogRecord) -> str:
        stamp = f"{_second(int(record.created))}.{int(record.created % 1 * 1000):03d}Z"
        fields = "".join([f" {key}={_value(value)}" for key, value in getattr(record, "fields", {}).items()])
        text = f"{stamp} {record.levelname} {record.name} {_one_line(record.getMessage())}{fields}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return text


class _Json(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _encode(line)


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes what is logged within one turn of the loop at once: mail comes in bursts, and each write is a system call.

    Warnings, and what threads and programs without a loop say, are written there and then.
    """

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self._lines: list[str] = []
        self._asked: asyncio.AbstractEventLoop | None = None  # the loop that is going to write them

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line until the turn ends."""
        try:
            self._lines.append(self.format(record) + self.terminator)
            loop = asyncio.get_running_loop() if record.levelno < logging.WARNING else None
        except RuntimeError:
            loop = None
        except Exception:
            self.handleError(record)
            return
        if loop is None:
            self.flush()
        elif self._asked is not loop:
            self._asked = loop
            loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what is kept; also at the end of the process, by `logging.shutdown`."""
        assert self.lock is not None
        with self.lock:
            text, self._asked = "".join(self._lines), None
            self._lines.clear()
            with suppress(OSError, ValueError):  # nobody reads it any more: mail goes on
                if text:
                    self.stream.write(text)
                super().flush()


@lru_cache(maxsize=4)
def _second(second: int) -> str:
    """An instant in UTC; many lines are written in one second."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _one_line(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text


def _value(value: object) -> str:
    if type(value) is int:
        return str(value)
    if isinstance(value, (list, tuple)):
        value = ",".join(str(item) for item in value)
    text = _one_line(str(value))
    return json.dumps(text) if " " in text or '"' in text or not text else text


def setup(style: str = "text", level: str = "info") -> None:
    """Send all logging to stderr in one of the two styles.

    The libraries' own logs are clamped: at DEBUG aiosmtpd writes every line of a mail and imapclient every literal.
    """
    global _same
    _same = partial(setup, style, level)
    handler = _Stderr()
    handler.setFormatter(_Json() if style == "json" else _Text())
    # No line says which thread or process wrote it, and finding out costs as much as all the rest.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("router").setLevel(level.upper())
    for name in ("mail", "mail.log", "mail.debug", "imapclient", "asyncio", "sqlalchemy", "alembic", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # aiosmtpd warns with the client's own words: the bare protocol error is logged by our listener instead.
    logging.getLogger("mail.log").setLevel(logging.ERROR)


def _as_it_is() -> None:
    """Logging was never set up."""


_same: Callable[[], None] = _as_it_is


def same() -> Callable[[], None]:
    """Sets up the log of another process as it was set up in this one."""
    return _same
