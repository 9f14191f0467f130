"""Trying a mail server that takes our mail: connection, TLS, login, and an envelope for each inbox without a mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from router.cli.checking.cause import cause, send_as, waits_for_token, words
from router.cli.checking.finding import FAULT, OK, REMARK, UNTRIED, Finding, State, Way
from router.delivery.smtp.link import Ended
from router.delivery.smtp.refusals import About, Step, about
from router.delivery.smtp.replies import Reply
from router.delivery.smtp.session import CannotSend, Patience, Relay, Session, connect

HASTY = Patience(10, 20, 20, 20, 20, 20, 20, 2)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody behind the server."""

    what: str  # "inbox", "operator" or "digest"
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class RelayTry:
    """One login at one server."""

    name: str
    relay: Relay
    way: Way
    sender: str  # such as that of our copies
    recipients: Sequence[Recipient]
    largest: int | None  # octets of the largest mail that we take

    async def run(self) -> list[Finding]:
        """What was found."""
        try:
            session = await connect(self.relay)
        except CannotSend as error:
            if waits_for_token(error):
                return [self._finding(UNTRIED, "no-token"), *self._behind()]
            return self._lost(*cause(error, self.way))
        try:
            found = [self._finding(OK, "relay-works"), *self._extensions(session)]
            for recipient in self.recipients:
                found.append(await self._envelope(session, recipient))
                if found[-1].what == "relay":
                    return self._lost(found[-1].code, found[-1].values)
        except Ended as error:
            return self._lost("ended", self.way.values | {"said": words(error)})
        finally:
            await session.quit()
        return found

    def _lost(self, code: str, values: dict[str, Any]) -> list[Finding]:
        """The server itself is at fault: of who is behind it nothing is known."""
        return [self._finding(FAULT, code, **values), *self._behind()]

    def _behind(self) -> list[Finding]:
        return [Finding(one.what, one.name, UNTRIED, "relay-fails", {"relay": self.name}) for one in self.recipients]

    def _finding(self, state: State, code: str, **values: Any) -> Finding:
        return Finding("relay", self.name, state, code, self.way.values | values)

    def _extensions(self, session: Session) -> list[Finding]:
        found = []
        if not session.pipelining:
            found.append(self._finding(REMARK, "no-pipelining"))
        if not session.eight_bit:
            found.append(self._finding(REMARK, "no-8bitmime"))
        if session.largest and self.largest and session.largest < self.largest:
            found.append(self._finding(REMARK, "size", limit=session.largest, largest=self.largest))
        return found

    async def _envelope(self, session: Session, recipient: Recipient) -> Finding:
        """MAIL and RCPT, and nothing of a mail; RFC 5321 section 4.1.1.5 takes them back."""
        patience = self.relay.patience
        reply = await _ask(session, f"MAIL FROM:<{self.sender}>", patience.mail)
        if not reply.good:
            return self._finding(FAULT, _of_sender(reply), sender=self.sender, said=words(reply))
        reply = await _ask(session, f"RCPT TO:<{recipient.address}>", patience.recipient)
        await _ask(session, "RSET", patience.mail)
        values = {"relay": self.name, "address": recipient.address, "sender": self.sender, "said": words(reply)}
        if reply.good:
            return Finding(recipient.what, recipient.name, OK, "recipient-taken", values)
        if reply.code < 500:
            return Finding(recipient.what, recipient.name, REMARK, "recipient-later", values)
        if send_as(reply) or about(reply, Step.RCPT) is About.PLACE:
            return self._finding(FAULT, _of_sender(reply), sender=self.sender, said=words(reply))
        return Finding(recipient.what, recipient.name, FAULT, "recipient-refused", values)


def _of_sender(reply: Reply) -> str:
    if send_as(reply):
        return "send-as-denied"
    wants_login = reply.code == 530 or reply.status == "5.7.57"
    return "login-wanted" if wants_login else "sender-refused"


async def _ask(session: Session, command: str, seconds: float) -> Reply:
    session.link.write(f"{command}\r\n".encode("ascii"), 1)
    return await session.link.reply(seconds)
