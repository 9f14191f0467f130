"""Trying an IMAP inbox: login, folders, and a small mail that is appended and removed again.

Nothing stays behind. A folder that is missing is not made, since a daemon may file a copy into it at any moment and
its removal would take that along: whether it can be made is tried with one of another name beside it. So is a server
that cannot remove a single mail (RFC 4315).
"""

import imaplib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient

from router.cli.checking.cause import cause, waits_for_token, words
from router.cli.checking.finding import FAULT, OK, REMARK, UNTRIED, Finding, Found, Way
from router.delivery.courier import Transient
from router.delivery.forms import Form
from router.delivery.imap.append import Letter, append, size_limit
from router.delivery.imap.look import remove
from router.delivery.imap.refusals import outcome
from router.imap.connection import Account, Door, leave
from router.imap.errors import GONE, ImapError, InDoubt, NoFolder, Refused, Trouble, text
from router.imap.folders import Folders, selected, trouble
from router.mail import mark

_KIB = 1024
_NEARLY = 0.9  # of a quota


@dataclass(slots=True)
class ImapTry:
    """One inbox."""

    name: str
    account: Account
    way: Way
    paths: Sequence[str]  # folders that copies go to
    largest: int | None  # octets of the largest mail that we take; None: without a listener
    _token: str = field(default_factory=lambda: f"check-{secrets.token_hex(6)}", init=False)
    _remarks: list[Finding] = field(default_factory=list, init=False)

    def run(self) -> list[Finding]:
        """What was found; blocks."""
        try:
            client = Door(self.account).enter()
        except Trouble as error:
            if waits_for_token(error):
                return [self._finding(UNTRIED, "no-token", self.way.values)]
            code, values = cause(error, self.way)
            return [self._finding(FAULT, code, values)]
        try:
            states = [{"path": path, "there": self._folder(client, path)} for path in self.paths]
            self._limits(client)
        except Found as found:
            return [self._finding(FAULT, found.code, self.way.values | found.values), *self._remarks]
        except (ImapError, *GONE, imaplib.IMAP4.error) as error:
            code, values = cause(error, self.way)
            return [self._finding(FAULT, code, values), *self._remarks]
        finally:
            leave(client)
        return [self._finding(OK, "imap-works", self.way.values | {"folders": states}), *self._remarks]

    def _finding(self, state: Any, code: str, values: dict[str, Any]) -> Finding:
        return Finding("inbox", self.name, state, code, values)

    def _remark(self, code: str, **values: Any) -> None:
        self._remarks.append(self._finding(REMARK, code, self.way.values | values))

    def _folder(self, client: IMAPClient, path: str) -> bool:
        """Try one folder; whether it is there already. Raises `Found`, `Trouble`."""
        folders = Folders(client)
        name = folders.name(path)
        there = _is_there(folders, name)
        if there and client.has_capability("UIDPLUS"):
            self._remove(client, name, self._append(client, name))
        else:
            with self._beside(client, folders, path) as probe:
                self._append(client, probe)
        if there:
            self._inside(client, folders, name)
        return there

    @contextmanager
    def _beside(self, client: IMAPClient, folders: Folders, path: str) -> Iterator[str]:
        """A folder of ours beside one; it goes again with all that is in it."""
        parent = path.rpartition("/")[0]
        while parent and not _is_there(folders, folders.name(parent)):
            parent = parent.rpartition("/")[0]
        name = folders.name(f"{parent}/router-{self._token}" if parent else f"router-{self._token}")
        try:
            folders.make(name)
        except NoFolder as error:
            raise Found("folder-missing", folder=path, said=words(error)) from error
        try:
            yield name
        finally:
            with suppress(*GONE, imaplib.IMAP4.error):
                client.unsubscribe_folder(name)
            try:
                client.delete_folder(name)
            except (*GONE, imaplib.IMAP4.error) as error:
                self._remark("folder-left", folder=name, said=words(error))

    def _append(self, client: IMAPClient, name: str) -> int | None:
        """Put a mail in, read and marked as deleted in case it stays; its UID, None where the server does not tell."""
        letter = Letter(_letter(self._token), ("\\Seen", "\\Deleted"), datetime.now(UTC))
        try:
            told = append(client, name, [letter])
        except Refused as error:
            raise Found(_why(error), folder=name, said=words(error)) from error
        except InDoubt as error:
            raise Found("mail-left", folder=name, mark=self._token, said=words(error)) from error
        return told[1][0] if told else None

    def _remove(self, client: IMAPClient, name: str, uid: int | None) -> None:
        try:
            uids = [uid] if uid is not None else _search(client, name, self._token)
            if not uids:
                raise Found("mail-left", folder=name, mark=self._token, said="it is not found")
            remove(client, name, uids)
        except (ImapError, *GONE, imaplib.IMAP4.error) as error:
            raise Found("mail-left", folder=name, mark=self._token, said=text(error)) from error

    def _inside(self, client: IMAPClient, folders: Folders, name: str) -> None:
        """What else is to be known of a folder."""
        if not client.has_capability("UIDPLUS"):
            self._remark("no-uidplus", folder=name)
        if not folders.keeps(name, b"$MDNSent"):
            self._remark("no-mdnsent", folder=name)
        if client.has_capability("QUOTA"):
            # The library falls over a root without limits.
            with suppress(NoFolder, IndexError), trouble("quota", NoFolder):
                _, quotas = client.get_quota_root(name)
                for quota in quotas:
                    self._quota(quota.resource, int(quota.usage), int(quota.limit), name)

    def _quota(self, resource: object, used: int, limit: int, name: str) -> None:
        if words(resource) == "STORAGE" and limit and used > limit * _NEARLY:
            self._remark("quota-low", folder=name, used=used * _KIB, limit=limit * _KIB)

    def _limits(self, client: IMAPClient) -> None:
        limit = size_limit(client)
        if limit is not None and self.largest is not None and limit < self.largest:
            self._remark("append-limit", limit=limit, largest=self.largest)


def _is_there(folders: Folders, name: str) -> bool:
    try:
        folders.state(name)
    except NoFolder:
        return False
    return True


def _search(client: IMAPClient, name: str, token: str) -> list[int]:
    with selected(client, name, readonly=True):
        return [int(uid) for uid in client.search(["HEADER", mark.FIELD, token])]


def _why(refused: Refused) -> str:
    """What a folder that takes no mail lacks."""
    end = outcome(refused)
    if not isinstance(end, Transient):
        return "append-refused"
    return "full" if end.error.startswith("mailbox full") else "append-later"


def _letter(token: str) -> Form:
    octets = (
        f"{mark.FIELD.title()}: {token}\r\nSubject: router check {token}\r\n"
        "Auto-Submitted: auto-generated\r\n\r\nThe router tries whether it can put mail here. It may be deleted.\r\n"
    ).encode("ascii")
    return Form(lambda: iter((octets,)), len(octets), eight_bit=False, changed=())
