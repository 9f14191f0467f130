"""What the sessions of a listener ask: may this peer connect, may it send, is that a recipient, keep this mail.

A 5xx is given only by policy: wrong peer, no login, unknown recipient, too large, no SMTP. Everything that goes wrong
on our side is a 4xx, so that the sender keeps the mail and comes again. Each refusal by policy is counted.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path as FilePath

from router.intake import replies
from router.intake.accept import Acceptor
from router.intake.credentials import Credentials
from router.intake.data import Bounds, Incoming
from router.intake.flight import Flight
from router.intake.path import Path
from router.intake.peers import Peers, address_of
from router.intake.visitor import Visitor
from router.mail.address import normal
from router.maillog import Event, event
from router.store.content import Content
from router.store.errors import StoreFull


@dataclass(frozen=True, slots=True)
class Limits:
    """What the listener allows."""

    message_size: int  # octets
    recipients: int  # per transaction
    connections: int
    connections_per_peer: int
    idle_seconds: float  # between two commands
    mail_seconds: float = 1800.0  # for one mail
    bytes_in_flight: int = 200_000_000  # all connections together


@dataclass(slots=True)
class Reception:
    """One listener's decisions."""

    acceptor: Acceptor
    hostname: str
    allow_from: Sequence[IPv4Network | IPv6Network]
    knows: Callable[[str], bool]
    limits: Limits
    counts: Counter[str]  # of refusals, by reason; emptied by whoever saves them
    credentials: Credentials = field(default_factory=Credentials)  # of new sessions
    journal_from: Sequence[IPv4Network | IPv6Network] = ()  # the servers that write journal reports
    reports: Callable[[str], bool] = lambda address: False  # whether an address takes these, and nothing else
    folder: FilePath | None = None  # of large mails while they come in; None: the system's for temporary files
    now: Callable[[], float] = time.monotonic  # the steady clock of the timers
    closing: bool = False
    sessions: dict[Visitor, str] = field(default_factory=dict)  # and the peer of each
    _peers: Peers = field(init=False)
    _bounds: Bounds = field(init=False)

    def __post_init__(self) -> None:
        most, most_each = self.limits.connections, self.limits.connections_per_peer
        self._peers = Peers(self.allow_from, most, most_each, self.journal_from)
        self._bounds = Bounds(self.limits.message_size, Flight(self.limits.bytes_in_flight), self.folder)

    def admit(self, session: Visitor) -> str | None:
        """The refusal of a new connection, or None; remembers it as open."""
        peer = address_of(session.session.peer if session.session else None)
        if self.closing:
            return replies.CLOSING
        if not (self._peers.named(peer) or self._peers.reports(peer) or session.credentials.provable):
            self._count("wrong-peer", peer=peer)
            return replies.WRONG_PEER
        if not self._peers.enter(peer):
            event(Event.TEMPFAILED, peer=peer, why="too-many-connections")
            return replies.TOO_MANY_CONNECTIONS
        self.sessions[session] = peer
        return None

    def closed(self, session: Visitor) -> None:
        """Forget a session."""
        peer = self.sessions.pop(session, None)
        if peer is not None:
            self._peers.leave(peer)

    def may_send(self, session: Visitor) -> bool:
        """Whoever comes from a network of ours, or logged in, or showed a certificate; and who writes journal reports."""
        return self._may_mail(session) or self._peers.reports(self.sessions.get(session, ""))

    def _may_mail(self, session: Visitor) -> bool:
        """Whether it may send more than reports."""
        peer, provable = self.sessions.get(session, ""), session.credentials.provable
        if self._peers.trusted(peer) if provable else self._peers.named(peer):
            return True
        known = session.session
        return provable and known is not None and bool(known.authenticated or (known.ssl or {}).get("peercert"))

    def refusal(self, session: Visitor, recipient: Path) -> str | None:
        """The refusal of a recipient; None for one that some setting names, and that this peer may write to.

        A report is believed about who wrote what: by no login or certificate does one become its author.
        """
        address = normal(recipient.mailbox)
        if not self.knows(address):
            self.refused(session, "unknown-recipient", to=recipient.address)
            return replies.NO_MAILBOX
        if self.reports(address) and not self._peers.reports(self.sessions.get(session, "")):
            self.refused(session, "wrong-journal-peer", to=recipient.address)
            return replies.NO_REPORTS
        if not self.reports(address) and not self._may_mail(session):
            self.refused(session, "journal-peer", to=recipient.address)
            return replies.ONLY_REPORTS
        taken = session.transaction.recipients if session.transaction else ()
        return replies.TOO_MANY_RECIPIENTS if len(taken) >= self.limits.recipients else None

    def fits(self, octets: int) -> bool:
        """Whether there is room for so many octets now."""
        return self._bounds.flight.fits(octets)

    def incoming(self) -> Incoming:
        """Room for a mail."""
        return Incoming(self._bounds)

    async def store(self, session: Visitor, content: Content, release: Callable[[], None]) -> str:
        """The reply, 250 once the mail is durable; `release` is called when its content is not needed any more."""
        assert session.transaction is not None
        assert session.session is not None
        recipients = dict.fromkeys(normal(one.mailbox) for one in session.transaction.recipients)
        try:
            seen = await self.acceptor.accept(
                content,
                normal(session.transaction.sender.address),
                tuple(recipients),
                source="smtp",
                peer=self.sessions.get(session),
                helo=session.session.host_name,
                login=session.login,
                after=release,
            )
        except StoreFull as error:
            self.put_off(session, "full", error=error)
            return replies.FULL
        except Exception as error:
            self.put_off(session, "fault", error=f"{type(error).__name__}: {error}")
            return replies.BUSY
        return replies.ACCEPTED.format(id=seen.id)

    def refused(self, session: Visitor, why: str, **fields: object) -> None:
        """Count a refusal by policy."""
        self._count(why, peer=self.sessions.get(session), **fields)

    def put_off(self, session: Visitor, why: str, **fields: object) -> None:
        """Note a temporary refusal."""
        event(Event.TEMPFAILED, peer=self.sessions.get(session), why=why, **fields)

    def _count(self, why: str, **fields: object) -> None:
        self.counts[why] += 1
        event(Event.REFUSED, why=why, **fields)
