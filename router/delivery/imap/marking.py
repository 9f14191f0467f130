r"""Marking copies as answered: `\Answered` (RFC 3501 section 2.3.2), on copies that we appended and on nothing else.

A UID means the same mail only under the same UIDVALIDITY (RFC 3501 section 2.3.1.1), so a copy is marked where both are
those of its receipt and the mail bears its token. No other flag is touched, and nothing is searched: what was moved or
deleted is let be.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress

from imapclient import IMAPClient

from router.delivery.imap.look import token_of, tokens
from router.imap.errors import NoFolder
from router.imap.folders import selected, trouble
from router.store.answered import Due, Mark

_ANSWERED = b"\\Answered"


def mark_answered(client: IMAPClient, copies: Sequence[Due]) -> dict[str, Mark]:
    """Mark copies; what became of each, by its id. Those whose folder answers NO are left out. Raises `Trouble`."""
    ends: dict[str, Mark] = {}
    places: defaultdict[tuple[str, int], list[Due]] = defaultdict(list)
    for copy in copies:
        if (place := _place(copy)) is None:
            ends[copy.id] = Mark.ABSENT
        else:
            places[place].append(copy)
    for (folder, uidvalidity), there in places.items():
        with suppress(NoFolder):
            ends.update(_in_folder(client, folder, uidvalidity, there))
    return ends


def _place(copy: Due) -> tuple[str, int] | None:
    """Folder and UIDVALIDITY; None where the server has told no UID, or an order of erasure took the token."""
    receipt = copy.receipt
    if not {"folder", "uidvalidity", "uid"} <= receipt.keys() or token_of(copy.block) is None:
        return None
    return str(receipt["folder"]), int(receipt["uidvalidity"])


def _in_folder(client: IMAPClient, folder: str, uidvalidity: int, copies: Sequence[Due]) -> Iterator[tuple[str, Mark]]:
    ours: dict[str, int] = {}  # UIDs by copy
    able = False
    with trouble(folder, NoFolder), selected(client, folder) as state:
        able = _keeps(state.get(b"PERMANENTFLAGS"))
        if able and state.get(b"UIDVALIDITY") == uidvalidity:
            uids = {copy.id: int(copy.receipt["uid"]) for copy in copies}
            its = dict(tokens(client, uids.values()))
            ours = {copy.id: uids[copy.id] for copy in copies if its.get(uids[copy.id]) == token_of(copy.block)}
        if ours:
            client.add_flags(sorted(ours.values()), [_ANSWERED], silent=True)
    for copy in copies:
        yield copy.id, Mark.SET if copy.id in ours else Mark.ABSENT if able else Mark.UNABLE


def _keeps(permanent: Sequence[bytes] | None) -> bool:
    """A server that says nothing of it keeps every flag (RFC 3501 section 6.3.1)."""
    return permanent is None or _ANSWERED.lower() in {flag.lower() for flag in permanent}
