"""Reading one transmission for T2: what the mail is and what it is known by. Total: whatever the bytes, there is an analysis.

This runs off the loop. A mail that cannot be read gets an empty message and the fault `unreadable`; it is routed all
the same.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from router.conversation.courtesy import courtesy
from router.conversation.promises import Promise, promise
from router.mail import mark
from router.mail.address import Address, addresses
from router.mail.body import Body
from router.mail.identity import content_id_of, rebuilt_id
from router.mail.ids import message_ids
from router.mail.kind import NOBODY, Company, Kind, Verdict
from router.mail.message import Message, read
from router.mail.reading import Reading, read_mail
from router.mail.text.said import Said
from router.routing import returns
from router.routing.reader import Reader, suspicious
from router.routing.returns import Return
from router.store.errors import StoreBusy, StoreFull
from router.store.spool import Sighting

log = logging.getLogger(__name__)

UNREADABLE = "unreadable"
WRITTEN = (Kind.PERSON, Kind.LIST)  # a group puts the marks of a list on what people write
_DRAWN = ("image0", "outlook-")  # how Outlook names the pictures of a signature


@dataclass(frozen=True, slots=True)
class Analysis:
    """A sighting and everything that its bytes say."""

    seen: Sighting
    message: Message
    body: Body
    verdict: Verdict
    copy_of: str | None  # the message whose copy this is, by our own mark
    back: Return | None  # what it says about a copy of ours
    same_bytes: bytes  # identity key: these bytes to these recipients
    same_content: bytes | None  # identity key: this content, whatever hops added
    same_rebuilt: bytes | None  # identity key: this mail, rebuilt by another store
    same_unmunged: bytes | None  # identity key: this mail, if it is a copy that has us in From
    faults: tuple[str, ...]
    courtesy: str | None = None  # the words by which it is nothing but thanks, if a customer wrote it
    promise: Promise | None = None  # that its writer comes back, if one of us wrote it

    @property
    def said(self) -> Said:
        """What is new in its text."""
        return self.body.said

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The identity keys that exist."""
        return tuple(key for key in (self.same_bytes, self.same_content, self.same_rebuilt) if key is not None)

    @property
    def questions(self) -> tuple[bytes, ...]:
        """The identity keys that it may be known by."""
        return self.keys if self.same_unmunged is None else (*self.keys, self.same_unmunged)

    @property
    def anonymous(self) -> bool:
        """Neither Message-ID nor Date: equal bytes alone hardly make it the same mail."""
        return self.same_content is None


def analyse(seen: Sighting, key: bytes, reader: Reader, company: Company = NOBODY) -> Analysis:
    """Read one sighting for a company; `key` signs our marks. Raises `StoreBusy`, `StoreFull`: no fault of the mail."""
    try:
        return _analyse(seen, key, reader, company)
    except (StoreBusy, StoreFull):
        raise
    except Exception:
        # The readers are total by themselves; this is the net under them, since mail must flow whatever we got wrong.
        log.exception("sighting %s cannot be read", seen.id)
        return unreadable(seen)


def unreadable(seen: Sighting) -> Analysis:
    """What stands for a mail that cannot be read: routed by its envelope alone."""
    verdict = Verdict(Kind.PERSON, (UNREADABLE,), True, (UNREADABLE,))
    nothing = Body("", False, (), (), (UNREADABLE,))
    return Analysis(seen, read(b""), nothing, verdict, None, None, _same_bytes(seen), None, None, None, (UNREADABLE,))


def _analyse(seen: Sighting, key: bytes, reader: Reader, company: Company) -> Analysis:
    content = seen.content
    read_it = partial(reader.read, content) if suspicious(content) else partial(read_mail, content.head, content.size)
    reading = read_it(seen.sender, company)
    message, body = reading.message, reading.body
    same, rebuilt = content_id_of(content.pieces(), message.header), rebuilt_id(message, body)
    before = _before_munging(message)
    unmunged = rebuilt_id(replace(message, from_=before), body) if before else None
    copy_of = _copy_of(message, key)
    return Analysis(
        seen=seen,
        message=message,
        body=body,
        verdict=reading.verdict if copy_of is None else Verdict(Kind.OWN, ("own-mark",), False, ("kind=own",)),
        copy_of=copy_of,
        back=returns.about(message, body, reading.verdict, seen.sender, seen.recipients, key),
        same_bytes=_same_bytes(seen),
        same_content=None if same is None else b"c" + same,
        same_rebuilt=None if rebuilt is None else b"r" + rebuilt,
        same_unmunged=None if unmunged in (None, rebuilt) else b"r" + unmunged,
        faults=message.defects + body.defects,
        courtesy=_courtesy(reading),
        promise=_promise(reading, seen, company),
    )


def _courtesy(reading: Reading) -> str | None:
    if reading.verdict.kind not in WRITTEN or any(
        not name.lower().startswith(_DRAWN) for name in reading.body.attachments
    ):
        return None  # what is attached is to be looked at
    return courtesy(reading.said.new_text, reading.message.subject)


def _promise(reading: Reading, seen: Sighting, company: Company) -> Promise | None:
    """In the new text alone: what is quoted was said before, by somebody else."""
    if reading.verdict.kind not in WRITTEN:
        return None
    return promise(reading.said.new_text, seen.received, company.zone)


def _before_munging(message: Message) -> tuple[Address, ...]:
    """Who wrote it if it is a munged copy: the old From, or the Reply-To that we have made of it."""
    old = message.header.first("x-original-from")
    return addresses(old) if old is not None else message.reply_to


def _copy_of(message: Message, key: bytes) -> str | None:
    marks = (mark.verify(key, value.decode("latin-1")) for value in message.header.all(mark.FIELD))
    resent = (one for value in message.header.all("resent-message-id")[:10] for one in message_ids(value))
    ids = (mark.verify_id(key, one) for one in (*message.message_ids, *resent))
    return next((found for found in (*marks, *ids) if found), None)


def _same_bytes(seen: Sighting) -> bytes:
    return same_bytes(seen.content.sha256, seen.recipients)


def same_bytes(sha256: bytes, recipients: Sequence[str]) -> bytes:
    """The identity key of a transmission: these bytes to these recipients."""
    named = "\0".join(sorted(set(recipients)))
    return b"b" + hashlib.sha256(sha256 + named.encode("utf-8", "surrogateescape")).digest()


def analyse_all(batch: Sequence[Sighting], key: bytes, reader: Reader, company: Company = NOBODY) -> list[Analysis]:
    """Read a batch."""
    return [analyse(seen, key, reader, company) for seen in batch]
