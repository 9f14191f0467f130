"""Looking for copies that may have arrived, by the token in their `X-Router-Copy`.

SEARCH HEADER finds substrings on most servers, whole values on some, nothing on a few, and reads every mail anew for
each token. So the tokens of everything that came since are fetched, each once over a connection. A copy that was moved
to another folder or deleted is not found.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from imapclient import IMAPClient

from router.delivery.courier import Copy
from router.delivery.imap.append import internal_date
from router.imap.folders import Folder, selected, trouble
from router.mail import header, mark

_FETCHED = 300  # mails of which headers are fetched at a time; the command stays far under 8,000 octets (RFC 7162)
_HEADER = "BODY.PEEK[HEADER.FIELDS (X-ROUTER-COPY)]"
_PLAIN = re.compile(r"[!#-\[\]-~]+")  # in quotes without an escape


Read = dict[tuple[str, int], dict[int, str | None]]  # tokens by UID, by folder and UIDVALIDITY


@dataclass(frozen=True, slots=True)
class Sought:
    """One copy that may be there."""

    token: str
    received: datetime  # as its INTERNALDATE says
    note: Mapping[str, Any]  # of the attempt that may have brought it: `Folder.note`

    def first_uid(self, folder: Folder) -> int:
        """It has no smaller UID there; 0 where nobody noted that, or where the UIDs have changed since."""
        known = (self.note.get("folder"), self.note.get("uidvalidity")) == (folder.name, folder.uidvalidity)
        return int(self.note.get("uidnext", 0)) if known else 0


def sought(copy: Copy, now: datetime) -> Sought | None:
    """What to look for; None for a copy that bears no token."""
    token = token_of(copy.block)
    return None if token is None else Sought(token, internal_date(copy.received, now), copy.note)


def token_of(block: bytes) -> str | None:
    """What our header lines say in `X-Router-Copy`."""
    value = header.split(block + b"\r\n").first(mark.FIELD)
    token = value.decode("ascii", "replace") if value else ""
    return token if _PLAIN.fullmatch(token) else None


def look(client: IMAPClient, folder: Folder, wanted: Sequence[Sought], read: Read) -> dict[str, list[int]]:
    """The UIDs of what is there, ascending, by token. Raises `Trouble`."""
    known = read.setdefault((folder.name, folder.uidvalidity), {})
    found: dict[str, list[int]] = {one.token: [] for one in wanted}
    with trouble("search"), selected(client, folder.name, readonly=True):
        candidates = _since(client, folder, wanted)
        known.update(tokens(client, candidates - known.keys()))
    for uid in sorted(candidates):
        if (token := known.get(uid)) in found:
            found[token].append(uid)
    return found


def _since(client: IMAPClient, folder: Folder, wanted: Iterable[Sought]) -> set[int]:
    """Everything that may be one of them."""
    firsts = [one.first_uid(folder) for one in wanted]
    uids: set[int] = set()
    if noted := [first for first in firsts if first]:
        # "n:*" names the last mail even where its UID is smaller (RFC 3501 section 6.4.8).
        uids |= {uid for uid in client.search(["UID", f"{min(noted)}:*"]) if uid >= min(noted)}
    if unnoted := [one for one, first in zip(wanted, firsts, strict=True) if not first]:
        uids |= set(client.search(["SINCE", _day(min(one.received for one in unnoted))]))
    return uids


def _day(received: datetime) -> Any:
    """The day before, since servers compare in zones of their own."""
    return (received - timedelta(days=1)).date()


def tokens(client: IMAPClient, uids: Iterable[int]) -> Iterator[tuple[int, str | None]]:
    """UID and token of mails in the selected folder; None for a mail that has none."""
    ordered = sorted(uids)
    for at in range(0, len(ordered), _FETCHED):
        for uid, parts in client.fetch(ordered[at : at + _FETCHED], [_HEADER]).items():
            # Servers repeat the name of the part in a spelling of their own.
            block = next((value for key, value in parts.items() if key.startswith(b"BODY[HEADER.FIELDS")), None)
            yield uid, token_of(block or b"")


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
