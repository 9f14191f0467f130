"""The keyed mark by which a copy that comes back is recognised.

`X-Router-Copy` holds the message's id and a keyed hash of it (HMAC-SHA256, RFC 2104, cut to 80 bits). Only who has the
key of this installation can make one, so nobody keeps a mail from being copied by writing our header into it. Both
halves survive the folding of case that local parts suffer. The same token stands in the envelope sender of a copy and in
the Message-ID of what is a mail of ours, so that each of them is enough to know it.
"""

import base64
import hmac
from functools import lru_cache

FIELD = "x-router-copy"
NOTICE = "alarm"  # the name of a mail to the operator begins so: there is no such message
REPLY = "re"  # the name of a reply address begins so: it names an edition of a digest and a person
NOTICE_BOUNCED = "alarm-bounced"  # code of the alarm that such a mail came back
_MAC_BYTES, _MAC_LENGTH = 10, 16


def make(key: bytes, message: str) -> str:
    """The mark of a message, such as `01jd8vq2kx5m9r3t.k7d2…`."""
    return f"{message}.{_mac(key, message)}"


def verify(key: bytes, mark: str) -> str | None:
    """The message that a mark names; None where the mark is not ours."""
    message, _, mac = mark.strip().lower().partition(".")
    if not message or len(mac) != _MAC_LENGTH:
        return None  # nearly all: nothing is computed for them
    return message if hmac.compare_digest(_mac(key, message).encode(), mac.encode("utf-8", "replace")) else None


def message_id(token: str, what: str, hostname: str) -> str:
    """A Message-ID of ours, without brackets: `what` is a word such as "wrapped" or "resent"."""
    return f"{token}.{what}@{hostname}"


def verify_id(key: bytes, found: str) -> str | None:
    """The message that a Message-ID of ours names, whatever the host says; None where the id is not ours."""
    return verify(key, found.rpartition("@")[0].rpartition(".")[0])


def is_notice(message: str) -> bool:
    """Whether a mark names a mail to the operator."""
    return message.startswith(f"{NOTICE}-")


def reply_name(edition: str, place: int) -> str:
    """What the reply address of the `place`-th recipient of an edition is a mark of."""
    return f"{REPLY}-{edition}-{place}"


def replied(message: str) -> tuple[str, int] | None:
    """The edition and the place of its recipient, where a mark names a reply address."""
    word, _, rest = message.partition("-")
    edition, _, place = rest.partition("-")
    return (edition, int(place)) if word == REPLY and edition and place.isdecimal() and len(place) < 5 else None


def verify_address(key: bytes, address: str) -> str | None:
    """The message that a bounce address names: `router+TOKEN@…`, or `TOKEN@…` at a domain of our own."""
    return verify(key, address.rpartition("@")[0].rpartition("+")[2])


@lru_cache(maxsize=1024)  # a message's mark stands in the header block and in the envelopes of all its copies
def _mac(key: bytes, message: str) -> str:
    digest = hmac.digest(key, b"copy:" + message.encode("utf-8", "replace"), "sha256")
    return base64.b32encode(digest[:_MAC_BYTES]).decode("ascii").lower()
