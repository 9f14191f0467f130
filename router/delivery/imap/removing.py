"""Removing copies from an account, because the person who wrote the mail is to be forgotten.

A copy is removed where its receipt says, else in whatever folder it lies today. Nothing is touched but mails that bear
its token.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from imapclient import IMAPClient

from router.delivery.imap.look import remove, token_of, tokens
from router.imap.connection import Account, Door, leave
from router.imap.folders import INBOX, selected, trouble
from router.mail import mark

_NO_MAIL = {b"\\noselect", b"\\nonexistent"}


class ImapRemover:
    """Finds copies in one account, and removes them."""

    def __init__(self, account: Account) -> None:
        self._door = Door(account)
        self._client: IMAPClient | None = None

    def remove(self, block: bytes, receipt: Mapping[str, Any] | None) -> str | None:
        """Remove the copy with these header lines and tell where it lay; None where it is not. Raises `ImapError`."""
        if (token := token_of(block)) is None:
            return None
        if self._client is None:
            self._client = self._door.enter()
        for folder in self._folders(self._client, receipt or {}):
            known = [receipt["uid"]] if receipt and receipt.get("folder") == folder and "uid" in receipt else []
            if uids := _bearing(self._client, folder, token, known):
                gone = remove(self._client, folder, uids)
                where = f"{folder}, UID {', '.join(map(str, uids))}"
                return where if gone else f"{where} (marked as deleted: the server removes it with the next EXPUNGE)"
        return None

    def close(self) -> None:
        """End the connection."""
        leave(self._client)
        self._client = None

    def _folders(self, client: IMAPClient, receipt: Mapping[str, Any]) -> Iterator[str]:
        """Where it was put, then everywhere else."""
        first = str(receipt.get("folder", INBOX))
        with trouble("list of folders"):
            names = [name for flags, _, name in client.list_folders() if not _NO_MAIL & {one.lower() for one in flags}]
        yield from (name for name in names if name == first)
        yield from (name for name in names if name != first)


def _bearing(client: IMAPClient, folder: str, token: str, known: list[int]) -> list[int]:
    with trouble(folder), selected(client, folder, readonly=True):
        hits = {*known, *client.search(["HEADER", mark.FIELD, token])}
        return sorted(uid for uid, its in tokens(client, hits) if its == token)
