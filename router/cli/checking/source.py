"""Trying a watched account: login, the folders that would be read, whether the server tells of new mail. Changes nothing."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from router.cli.checking.cause import cause, waits_for_token, words
from router.cli.checking.finding import FAULT, OK, REMARK, UNTRIED, Finding, State, Way
from router.imap.connection import Door, leave
from router.imap.errors import ImapError, NoFolder
from router.imap.listing import listed
from router.intake.imap.session import Session
from router.intake.imap.source import Kind, Source

_LISTED = 30  # folders that are named where one is missing
_ASKED, _NAMED = 100, 5  # folders that are not watched: looked into, and named
_LATELY = timedelta(days=7)
# What no rule files a customer's mail into, or what holds the mail of other folders (RFC 6154, Gmail).
_ASIDE = {b"\\noselect", b"\\nonexistent", b"\\sent", b"\\drafts", b"\\trash", b"\\archive", b"\\all"}
_ASIDE |= {b"\\flagged", b"\\important"}


@dataclass(slots=True)
class SourceTry:
    """One source."""

    source: Source
    way: Way

    def run(self) -> list[Finding]:
        """What was found; blocks."""
        try:
            client = Door(self.source.account).enter()
        except ImapError as error:
            if waits_for_token(error):
                return [self._finding(UNTRIED, "no-token")]
            code, values = cause(error, self.way)
            return [self._finding(FAULT, code, **values)]
        try:
            return self._inside(Session(client))
        except ImapError as error:
            code, values = cause(error, self.way)
            return [self._finding(FAULT, code, **values)]
        finally:
            leave(client)

    def _inside(self, session: Session) -> list[Finding]:
        kind, named = self.source.kind, session.folders.name
        inbound = [named(path) for path in self.source.inbound] if kind.reads_inbound else []
        sent: list[str] = []
        if kind.reads_sent:
            sent = [named(path) for path in self.source.sent] or list(session.sent())
        read: list[dict[str, Any]] = []
        found: list[Finding] = []
        for name in dict.fromkeys([*inbound, *sent]):
            try:
                read.append({"name": name, "mails": session.examine(name).exists, "sent": name in sent})
            except NoFolder as error:
                found.append(self._missing(session, name, error))
        if kind.reads_sent and not sent:
            found.append(self._finding(REMARK if inbound else FAULT, "no-sent-folder", folders=_names(session)))
        if not session.idles:
            found.append(self._finding(REMARK, "no-idle"))
        if kind is Kind.MAILBOX and (more := list(_elsewhere(session, {*inbound, *sent}))):
            more.sort(key=lambda one: -int(one["mails"]))
            found.append(self._finding(REMARK, "source-elsewhere", others=more[:_NAMED], more=len(more[_NAMED:])))
        faulty = any(one.state == FAULT for one in found)
        return found if faulty else [self._finding(OK, "source-works", folders=read), *found]

    def _missing(self, session: Session, name: str, error: NoFolder) -> Finding:
        return self._finding(FAULT, "source-folder-missing", folder=name, folders=_names(session), said=words(error))

    def _finding(self, state: State, code: str, **values: Any) -> Finding:
        return Finding("source", self.source.name, state, code, self.way.values | values)


def _elsewhere(session: Session, watched: set[str]) -> Iterator[dict[str, Any]]:
    """Folders that nobody watches and mail has come into: a rule of the server may file it there before we see it."""
    since = (datetime.now(UTC) - _LATELY).strftime("%d-%b-%Y")
    for flags, _, name in listed(session.client)[:_ASKED]:
        if name in watched or _ASIDE & {flag.lower() for flag in flags}:
            continue
        with suppress(NoFolder):
            session.examine(name)
            if mails := len(session.search("1:*", "SINCE", since, "UNDRAFT", "UNDELETED")):
                yield {"name": name, "mails": mails}


def _names(session: Session) -> list[str]:
    return [name for _, _, name in listed(session.client)][:_LISTED]
