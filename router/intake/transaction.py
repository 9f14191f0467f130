"""MAIL, RCPT and DATA (RFC 5321 sections 4.1.1.2 to 4.1.1.4): one mail, from its sender to its final dot."""

from router.intake import path, replies
from router.intake.connection import Connection
from router.intake.data import Incoming, Refused
from router.intake.visitor import Transaction

# AUTH says who wrote it (RFC 4954 section 5): taken, since some senders always add it, and not used.
_PARAMETERS = {"SIZE", "BODY", "SMTPUTF8", "AUTH"}
_SIZE_DIGITS = 20  # RFC 1870 section 3


class Transacting(Connection):
    """A session with a mail under way, or none."""

    def reset(self) -> None:
        """No mail is under way."""
        self.transaction = None

    def _set_rset_state(self) -> None:
        """aiosmtpd calls this for a new connection and after STARTTLS, when nothing is kept (RFC 3207 section 4.2)."""
        super()._set_rset_state()  # type: ignore[no-untyped-call]
        self.reset()

    async def _mail(self, argument: bytes) -> str:
        assert self.session is not None
        if not self.session.host_name:
            return replies.HELO_FIRST
        if not self.host.may_send(self):
            self.host.refused(self, "no-login")
            return replies.LOGIN_FIRST
        if self.transaction is not None:
            return replies.NESTED
        begun = _begun(path.sender(argument))
        if begun.size > self.host.limits.message_size:
            self.host.refused(self, "too-large", size=begun.size)
            return replies.TOO_LARGE
        if not self.host.fits(begun.size):
            self.host.put_off(self, "bytes-in-flight", size=begun.size)
            return replies.NO_ROOM
        self.transaction = begun
        return replies.SENDER_OK

    async def _rcpt(self, argument: bytes) -> str:
        if self.transaction is None:
            return replies.MAIL_FIRST
        recipient = path.recipient(argument, utf8=self.transaction.utf8)
        if recipient.parameters:
            return replies.UNKNOWN_PARAMETER
        if refusal := self.host.refusal(self, recipient):
            return refusal
        self.transaction.recipients.append(recipient)
        return replies.RECIPIENT_OK

    async def _data(self, argument: bytes) -> str | None:
        if self.transaction is None:
            return replies.MAIL_FIRST
        if not self.transaction.recipients:
            return replies.RCPT_FIRST
        incoming = self.host.incoming()
        try:
            if not incoming.announce(self.transaction.size):
                self.host.put_off(self, "bytes-in-flight", size=self.transaction.size)
                return replies.NO_ROOM
            return await self._receive(incoming)
        finally:
            self.reset()

    async def _receive(self, incoming: Incoming) -> str | None:
        try:
            await self.push(replies.SEND_MAIL)
            self.watch.mail_begins(self.host.now())
            content = await incoming.read(self.wire, self.watch.received)
        except Refused as refused:
            note = self.host.refused if refused.reply.startswith("5") else self.host.put_off
            note(self, refused.why)
            if not refused.hang_up:
                return refused.reply
            self.end(refused.reply)
            return None
        except BaseException:
            incoming.release()
            raise
        self.watch.our_turn()
        return await self.host.store(self, content, incoming.release)


def _begun(sender: path.Path) -> Transaction:
    """The transaction that MAIL begins."""
    said = sender.parameters
    if not said.keys() <= _PARAMETERS:
        raise path.Malformed(replies.UNKNOWN_PARAMETER)
    size, body = said.get("SIZE", "0") or "", said.get("BODY", "7BIT") or ""
    well = size.isascii() and size.isdigit() and len(size) <= _SIZE_DIGITS
    if not well or body.upper() not in ("7BIT", "8BITMIME") or said.get("SMTPUTF8") is not None:
        raise path.Malformed(replies.BAD_PARAMETER)
    return Transaction(sender, "SMTPUTF8" in said, int(size))
