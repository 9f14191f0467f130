"""What an inbox with a rhythm has: mails by themselves, and mails in bundles, counted without any code of the router."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from tests.bench.maildir import Maildir

_BEGIN = b"\r\nContent-Disposition: attachment; filename="


def is_bundle(raw: bytes) -> bool:
    """Whether a mail in an inbox is a letter of ours with mails in it."""
    head = raw.partition(b"\r\n\r\n")[0]
    return b"\r\nContent-Type: multipart/mixed;" in head and b"\r\nList-Id: <bundle-" in head


def attached(raw: bytes) -> list[bytes]:
    """The mails in a bundle, byte for byte, cut out at its boundary."""
    parsed: Message = message_from_bytes(raw, policy=compat32)
    boundary = str(parsed.get_boundary()).encode()
    found = []
    for part in raw.split(b"\r\n--" + boundary)[2:-1]:
        head, _, body = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        assert _BEGIN in b"\r\n" + head, head
        if b"\r\nContent-Transfer-Encoding: base64" in b"\r\n" + head:
            import base64

            body = base64.b64decode(body)
        found.append(body)
    return found


def mails(raws: Iterable[bytes]) -> Counter[str]:
    """The mails in an inbox by sha256: those in bundles, and those by themselves without our block."""
    found: Counter[str] = Counter()
    for raw in raws:
        if is_bundle(raw):
            found.update(hashlib.sha256(one).hexdigest() for one in attached(raw))
        else:
            found[hashlib.sha256(raw).hexdigest()] += 1
    return found


def in_maildir(folder: Maildir) -> Counter[str]:
    """The same of a Maildir, whose copies have our block in front."""
    whole = [one.block + one.original for one in folder.copies()]
    alone = [one.original for one in folder.copies() if not is_bundle(one.block + one.original)]
    return mails([*(one for one in whole if is_bundle(one)), *alone])
