"""Looking for copies that may have arrived, by the token in their `X-Router-Copy`.

SEARCH HEADER finds substrings on most servers, whole values on some, and nothing on a few. So what it finds is verified
by its header, and what it does not find is looked for in a list of everything that came since. A copy that was moved to
another folder or deleted is not found.
"""

import imaplib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from imapclient import IMAPClient

from router.delivery.courier import Copy
from router.delivery.imap.errors import GONE
from router.delivery.imap.folders import Folder, selected, trouble
from router.mail import header, mark

_FETCHED = 300  # mails of which headers are fetched at a time; the command stays far under 8,000 octets (RFC 7162)
_HEADER = "BODY.PEEK[HEADER.FIELDS (X-ROUTER-COPY)]"
_PLAIN = re.compile(r"[!#-\[\]-~]+")  # in quotes without an escape


@dataclass(frozen=True, slots=True)
class Sought:
    """One copy that may be there."""

    token: str
    received: datetime
    note: Mapping[str, Any]  # of the attempt that may have brought it: `Folder.note`

    def first_uid(self, folder: Folder) -> int:
        """It has no smaller UID there; 0 where nobody noted that, or where the UIDs have changed since."""
        known = (self.note.get("folder"), self.note.get("uidvalidity")) == (folder.name, folder.uidvalidity)
        return int(self.note.get("uidnext", 0)) if known else 0


def sought(copy: Copy) -> Sought | None:
    """What to look for; None for a copy that bears no token."""
    token = token_of(copy.block)
    return None if token is None else Sought(token, copy.received, copy.note)


def token_of(block: bytes) -> str | None:
    """What our header lines say in `X-Router-Copy`."""
    value = header.split(block + b"\r\n").first(mark.FIELD)
    token = value.decode("ascii", "replace") if value else ""
    return token if _PLAIN.fullmatch(token) else None


def look(client: IMAPClient, folder: Folder, wanted: Sequence[Sought]) -> dict[str, list[int]]:
    """The UIDs of what is there, ascending, by token. Raises `Trouble`."""
    found: dict[str, set[int]] = {one.token: set() for one in wanted}
    with trouble("search"), selected(client, folder.name, readonly=True):
        hits = _hits(client, folder, wanted)
        _sort_in(client, hits, found)
        if missing := [one for one in wanted if not found[one.token]]:
            _sort_in(client, _since(client, folder, missing) - hits, found)
    return {token: sorted(uids) for token, uids in found.items()}


def _hits(client: IMAPClient, folder: Folder, wanted: Iterable[Sought]) -> set[int]:
    """What SEARCH HEADER finds; nothing where the server cannot do that."""
    hits: set[int] = set()
    for one in wanted:
        first = one.first_uid(folder)
        # What came before cannot be it; leaving that out spares a server that keeps no index of headers.
        bound = ["UID", f"{first}:*"] if first else ["SINCE", _day(one.received)]
        try:
            hits.update(client.search([*bound, "HEADER", mark.FIELD, one.token]))
        except GONE:
            raise
        except imaplib.IMAP4.error:
            break  # it would end the connection after some more mistakes
    return hits


def _since(client: IMAPClient, folder: Folder, missing: Iterable[Sought]) -> set[int]:
    """Everything that may be one of them."""
    firsts = [one.first_uid(folder) for one in missing]
    uids: set[int] = set()
    if noted := [first for first in firsts if first]:
        # "n:*" names the last mail even where its UID is smaller (RFC 3501 section 6.4.8).
        uids |= {uid for uid in client.search(["UID", f"{min(noted)}:*"]) if uid >= min(noted)}
    if unnoted := [one for one, first in zip(missing, firsts, strict=True) if not first]:
        uids |= set(client.search(["SINCE", _day(min(one.received for one in unnoted))]))
    return uids


def _day(received: datetime) -> Any:
    """The day before, since servers compare in zones of their own."""
    return (received - timedelta(days=1)).date()


def _sort_in(client: IMAPClient, uids: Iterable[int], found: dict[str, set[int]]) -> None:
    for uid, token in tokens(client, uids):
        if token in found:
            found[token].add(uid)


def tokens(client: IMAPClient, uids: Iterable[int]) -> Iterator[tuple[int, str]]:
    """UID and token of those mails in the selected folder that have one."""
    ordered = sorted(uids)
    for at in range(0, len(ordered), _FETCHED):
        for uid, parts in client.fetch(ordered[at : at + _FETCHED], [_HEADER]).items():
            # Servers repeat the name of the part in a spelling of their own.
            block = next((value for key, value in parts.items() if key.startswith(b"BODY[HEADER.FIELDS")), None)
            if block and (value := header.split(block).first(mark.FIELD)):
                yield uid, value.decode("ascii", "replace")


def remove(client: IMAPClient, folder: str, uids: Sequence[int]) -> bool:
    """Remove mails, and nothing else that is marked as deleted; whether they are gone. Raises `Trouble`.

    Without UIDPLUS (RFC 4315) only a plain EXPUNGE would end them, which takes along what somebody else marked. There
    they stay behind, marked as deleted and read.
    """
    alone = bool(client.has_capability("UIDPLUS"))
    with trouble("removal"), selected(client, folder):
        client.add_flags(uids, [b"\\Deleted", b"\\Seen"], silent=True)
        if alone:
            client.uid_expunge(uids)
    return alone
