"""The SMTP listener, on the daemon's own loop: who may speak, which recipients exist, and T1 for what they send.

A 5xx is given only by policy: wrong peer, unknown recipient, too large. Everything that goes wrong on our side is a
4xx, so that the sender keeps the mail and comes again. Each refusal by policy is counted.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from aiosmtpd.smtp import Envelope, Session

from router.intake import replies
from router.intake.accept import Acceptor
from router.intake.protocol import Protocol
from router.mail.address import normal
from router.maillog import Event, event
from router.store.errors import StoreFull

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the listener allows."""

    message_size: int  # octets
    recipients: int  # per transaction
    connections: int
    connections_per_peer: int
    idle_seconds: float


class Listener:
    """Listens, and hands what it takes to the acceptor."""

    def __init__(
        self,
        acceptor: Acceptor,
        *,
        hostname: str,
        allow_from: Sequence[IPv4Network | IPv6Network],
        knows: Callable[[str], bool],
        limits: Limits,
        refused: Counter[str],
    ) -> None:
        self._acceptor = acceptor
        self._hostname = hostname
        self._allow_from = allow_from
        self._knows = knows
        self._limits = limits
        self._server: asyncio.Server | None = None
        self._sessions: dict[Protocol, str] = {}  # and the peer of each
        self._closing = False
        self._refused = refused  # counts by reason, emptied by whoever saves them

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; returns the address that was bound."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, host, port)
        bound: tuple[str, int] = self._server.sockets[0].getsockname()[:2]
        return bound

    def _session(self) -> Protocol:
        return Protocol(
            self,
            gate=self._gate,
            closed=self._forget,
            too_large=lambda session: self._refuse("too-large", peer=self._sessions.get(session)),
            hostname=self._hostname,
            ident="ESMTP",
            data_size_limit=self._limits.message_size,
            timeout=self._limits.idle_seconds,
            enable_SMTPUTF8=False,
            loop=asyncio.get_running_loop(),
        )

    def _gate(self, session: Protocol) -> str | None:
        """The refusal of a new connection, or None; remembers it as open."""
        peer = _address(session.session.peer if session.session else None)
        if self._closing:
            return replies.CLOSING
        if not self._allows(peer):
            self._refuse("wrong-peer", peer=peer)
            return replies.WRONG_PEER
        same = sum(1 for other in self._sessions.values() if other == peer)
        if len(self._sessions) >= self._limits.connections or same >= self._limits.connections_per_peer:
            event(Event.TEMPFAILED, peer=peer, why="too-many-connections")
            return replies.TOO_MANY_CONNECTIONS
        self._sessions[session] = peer
        return None

    def _forget(self, session: Protocol) -> None:
        self._sessions.pop(session, None)

    def _allows(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)  # ::ffff:127.0.0.1 is 127.0.0.1
        return any((mapped or address) in network for network in self._allow_from)

    def _refuse(self, reason: str, **fields: Any) -> None:
        self._refused[reason] += 1
        event(Event.REFUSED, why=reason, **fields)

    # The hooks of aiosmtpd. Each returns its reply and raises nothing that it can help.

    async def handle_RCPT(
        self, server: Protocol, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient that some setting names."""
        if not self._knows(normal(address)):
            self._refuse("unknown-recipient", peer=_address(session.peer), to=address)
            return replies.NO_MAILBOX
        if len(envelope.rcpt_tos) >= self._limits.recipients:
            return replies.TOO_MANY_RECIPIENTS
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return replies.RECIPIENT_OK

    async def handle_DATA(self, server: Protocol, session: Session, envelope: Envelope) -> str:
        """Answer 250 once the transmission is durable."""
        peer = _address(session.peer)
        content = envelope.original_content
        assert isinstance(content, bytes)
        recipients = list(dict.fromkeys(normal(address) for address in envelope.rcpt_tos))
        sender = normal(envelope.mail_from or "")
        try:
            seen = await self._acceptor.accept(
                content, sender, recipients, source="smtp", peer=peer, helo=session.host_name
            )
        except StoreFull as error:
            event(Event.TEMPFAILED, peer=peer, why="full", error=error)
            return replies.FULL
        except asyncio.CancelledError:
            raise  # the client has gone; the commit goes on in its own task
        except Exception as error:
            event(Event.TEMPFAILED, peer=peer, why="fault", error=f"{type(error).__name__}: {error}")
            return replies.BUSY
        return replies.ACCEPTED.format(id=seen.id)

    async def stop(self, grace: float) -> None:
        """Take no more connections, let open transactions end within `grace` seconds, then close what is left."""
        if self._server is None:
            return
        self._closing = True
        self._server.close()
        deadline = asyncio.get_running_loop().time() + grace
        while self._sessions and asyncio.get_running_loop().time() < deadline:
            for session in [one for one in self._sessions if not one.busy]:
                # RFC 5321 section 3.8: 421 tells an idle client that we are going away.
                with suppress(Exception):  # it may be gone already
                    await session.push(replies.CLOSING)
                if session.transport is not None:
                    session.transport.close()
                self._sessions.pop(session, None)
            await asyncio.sleep(0.02)
        for session in list(self._sessions):
            session.abort()
        await self._acceptor.drain()


def _address(peer: Any) -> str:
    """The peer's address without its port and zone."""
    return str(peer[0]).partition("%")[0] if peer else ""
