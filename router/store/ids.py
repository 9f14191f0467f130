"""Identifiers of rows: made before the commit, in the order of time, never used for two things.

An id is 16 characters of lower-case base 32: 44 bits of milliseconds since 1970 and 36 bits that begin at random in
each millisecond and count up within it. It may stand in a mail header, a file name or a local part, where case gets
lost.
"""

import hashlib
import secrets
import threading
import time
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u, so that it can be read out
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(70, -1, -10)
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A fresh id, greater than every id made before by this process."""
    global _last
    with _lock:
        # Real time on purpose, also under a test's clock: ids must not collide when that clock is set back.
        value = time.time_ns() // 1_000_000 << 36
        _last = value | secrets.randbits(32) if value > _last else _last + 1
        value = _last
    return _text(value)


def copy_id(sighting: str, inbox: str) -> str:
    """The id of the copy that this sighting makes for `inbox`: the same whenever it is routed.

    A restored database may hold mail as unrouted that was routed and delivered since: by its id the copy is found.
    """
    digest = hashlib.sha256(f"{sighting}\0{inbox}".encode()).digest()
    return sighting[:9] + _text(int.from_bytes(digest[:5], "big"))[-7:]  # the time of the sighting, and 35 bits


def enclosed_id(sighting: str) -> str:
    """The id of the sighting of the mail that a journal report encloses: the same whenever it is unwrapped."""
    return copy_id(sighting, "\0journal")


def message_id(sighting: str) -> str:
    """The id of the message that a sighting is the first of: the same whenever it is routed, and in the same order.

    What a restored database takes in or routes once more bears the marks again that its copies have.
    """
    return sighting[:8] + _ALPHABET[_ALPHABET.index(sighting[8]) | 1] + sighting[9:]  # that bit is of no other id


def place_id(at: datetime, number: int, *place: str | int) -> str:
    """The id of the sighting of a mail that lies at a place: the same whenever it is taken from there.

    Such mails stand in the order of their own time, which is often of whole seconds, and then of their number (a UID).
    """
    digest = hashlib.sha256("\0".join(map(str, (number, *place))).encode("utf-8", "surrogatepass")).digest()
    low = (number & 0xFFFF) << 19 | int.from_bytes(digest[:4], "big") >> 13  # 35 bits
    return _text(int(at.timestamp() * 1000) << 36 | low)


def _text(value: int) -> str:
    """80 bits."""
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in _SHIFTS])
