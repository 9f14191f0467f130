"""Mails over one session, one transaction after the other: RFC 5321 section 3.3.

Where the server offers PIPELINING (RFC 2920), sender, recipients and DATA go out in one write, and those of the next
mail in the same write as the end of this one: a mail costs one round trip. Elsewhere each command awaits its reply.

What is certain decides: until the final dot is written nothing can have been taken, and from then on only a reply tells.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from router.delivery.courier import Permanent, Transient, Unknown
from router.delivery.forms.form import Form
from router.delivery.smtp.link import Ended
from router.delivery.smtp.refusals import Step, judge
from router.delivery.smtp.replies import Reply
from router.delivery.smtp.session import Session
from router.delivery.smtp.stuffing import Stuffing
from router.store.content import SMALL

log = logging.getLogger(__name__)

_NOBODY = Transient("the mail was for nobody any more")
_BLOCK = 64 * 1024  # octets of a large mail in one write


@dataclass(frozen=True, slots=True)
class Parcel:
    """One mail for several recipients."""

    sender: str  # of the envelope: bounces come back to it
    recipients: tuple[str, ...]
    form: Form


@dataclass(frozen=True, slots=True)
class Taken:
    """The server has it and answers for it."""

    reply: Reply


End = Taken | Transient | Permanent | Unknown


async def hand_over(session: Session, parcels: Sequence[Parcel]) -> list[list[End]]:
    """Send them in order; what became of each recipient of each.

    The answer is shorter than `parcels` where the session ended or is worn: of the others nothing was answered.
    """
    return await _Conversation(session).run(parcels)


class _Conversation:
    """The state of one session while mails go over it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._link = session.link
        self._patience = session.relay.patience
        self._ahead = False  # the envelope of the next mail is on its way
        self._begun = False  # something of this transaction was answered
        self._dotted = False  # its end was written

    async def run(self, parcels: Sequence[Parcel]) -> list[list[End]]:
        """See `hand_over`."""
        ends: list[list[End]] = []
        for number, parcel in enumerate(parcels):
            if self._session.worn and not self._ahead:
                break
            following = parcels[number + 1] if number + 1 < len(parcels) else None
            if (objection := _objection(self._session, parcel.form)) is not None:
                ends.append([objection for _ in parcel.recipients])
                continue
            found = await self._transaction(parcel, following)
            if found is None:
                break
            ends.append(found)
        return ends

    async def _transaction(self, parcel: Parcel, following: Parcel | None) -> list[End] | None:
        """What became of each recipient; None where nothing at all was answered."""
        self._begun = self._dotted = False
        ends: list[End | None] = [None for _ in parcel.recipients]
        try:
            last = await self._steps(parcel, following, ends)
            self._session.completed += 1
        except Ended as ended:
            if not self._begun:
                return None
            last = self._lost(ended)
        except Exception as error:  # of whoever makes the octets: without its end the mail is not taken
            log.exception("a mail could not be read to its end")
            self._link.end("broken off by us", abort=True)
            last = Transient(f"{type(error).__name__}: {error}")
        except BaseException:
            self._link.end("broken off by us", abort=True)
            raise
        return [last if end is None else end for end in ends]

    async def _steps(self, parcel: Parcel, following: Parcel | None, ends: list[End | None]) -> End:
        """One transaction from its begin to its last reply; what became of the recipients that stay without an end."""
        data = await self._envelope(parcel, ends)
        if data is None:
            return _NOBODY
        if data.code != 354:
            self._session.half = True
            return judge(data, Step.DATA)
        if None in ends:
            return await self._mail(parcel.form, following)
        # All are refused, and the server waits for a mail: it gets a dot and nothing else (RFC 2920 section 3.1).
        self._end(b".\r\n", following, 1)
        await self._link.reply(self._patience.end)
        return _NOBODY

    def _lost(self, ended: Ended) -> End:
        if ended.reply is not None:
            return Transient(str(ended))
        if self._link.replies:  # it said why before it hung up
            return judge(self._link.replies.popleft(), Step.END)
        return Unknown(str(ended)) if self._dotted else Transient(str(ended))

    async def _envelope(self, parcel: Parcel, ends: list[End | None]) -> Reply | None:
        """Sender, recipients and DATA. Notes refusals in `ends`; returns the reply to DATA, or None where there was none."""
        stepwise = not self._session.pipelining
        if not stepwise and not self._ahead:
            self._link.write(*self._commands(parcel))
        self._ahead = False
        if self._session.half:
            await self._ask(b"RSET\r\n", self._patience.mail)
            self._session.half = False
        mail = await self._ask(_mail_command(self._session, parcel), self._patience.mail)
        self._begun = True
        if not mail.good:
            ends[:] = [judge(mail, Step.MAIL) for _ in ends]
            if stepwise:
                return None
        for number, recipient in enumerate(parcel.recipients):
            reply = await self._ask(_recipient_command(recipient), self._patience.recipient)
            if mail.good and not reply.good:
                ends[number] = judge(reply, Step.RCPT)
        if stepwise and None not in ends:
            self._session.half = True
            return None
        return await self._ask(b"DATA\r\n", self._patience.data)

    def _commands(self, parcel: Parcel) -> tuple[bytes, int]:
        """All commands before a mail, and how many replies they ask for."""
        commands = [b"RSET\r\n"] if self._session.half else []
        commands += [_mail_command(self._session, parcel), *map(_recipient_command, parcel.recipients), b"DATA\r\n"]
        return b"".join(commands), len(commands)

    async def _ask(self, command: bytes, seconds: float) -> Reply:
        """The reply to a command, which goes out now unless it went ahead."""
        if not self._session.pipelining:
            self._link.write(command, 1)
        return await self._link.reply(seconds)

    async def _mail(self, form: Form, following: Parcel | None) -> End:
        """The mail itself, and what the server says to it."""
        if form.size <= SMALL:
            stuffing = Stuffing()
            octets = stuffing.feed(b"".join(form.pieces()))
            self._end(octets + stuffing.end(), following, 1)
        elif (early := await self._large(form, following)) is not None:
            return early
        reply = await self._link.reply(self._patience.end)
        if reply.good:
            return Taken(reply)
        if reply.code < 400:
            self._link.end(f"an answer out of order: {reply}", abort=True)
            return Unknown(f"{Step.END}: {reply}")
        return judge(reply, Step.END)

    async def _large(self, form: Form, following: Parcel | None) -> End | None:
        """A large mail piece by piece: read and stuffed in a thread, and no faster than the server takes it.

        Returns what became of it where the server did not wait for its end.
        """
        stuffing, owed = Stuffing(), 1
        take = await asyncio.to_thread(_stuffed, form, stuffing)
        while (piece := await asyncio.to_thread(take)) is not None:
            view = memoryview(piece)
            for at in range(0, len(view), _BLOCK):
                self._link.write(view[at : at + _BLOCK], owed)
                owed = 0
                await self._link.drain(self._patience.block)
                if self._link.replies:
                    self._link.end("broken off by us", abort=True)
                    return judge(self._link.replies.popleft(), Step.END)
        self._end(stuffing.end(), following, owed)
        return None

    def _end(self, octets: bytes, following: Parcel | None, owed: int) -> None:
        """Write the end of a mail, and with it the envelope of the next one."""
        commands, replies, session = b"", 0, self._session
        self._ahead = (
            following is not None
            and session.pipelining
            and session.lasts
            and _objection(session, following.form) is None
        )
        if following is not None and self._ahead:
            commands, replies = self._commands(following)
        self._link.write(octets + commands, owed + replies)
        self._dotted = True


def _stuffed(form: Form, stuffing: Stuffing) -> Callable[[], bytes | None]:
    """Takes one piece after the other, as it goes over the wire; None at the end."""
    pieces = iter(form.pieces())

    def take() -> bytes | None:
        piece = next(pieces, None)
        return None if piece is None else stuffing.feed(piece)

    return take


def _objection(session: Session, form: Form) -> Permanent | None:
    """Why a mail cannot go over this session at all."""
    if session.largest and form.size > session.largest:
        return Permanent(f"{form.size} octets: the server takes no more than {session.largest}", of_size=True)
    if form.eight_bit and not session.eight_bit:
        return Permanent("octets over 127: the server offers no 8BITMIME", of_mail=True)
    return None


def _mail_command(session: Session, parcel: Parcel) -> bytes:
    size = f" SIZE={parcel.form.size}" if session.sizes else ""
    body = " BODY=8BITMIME" if parcel.form.eight_bit else ""
    return f"MAIL FROM:<{parcel.sender}>{size}{body}\r\n".encode("ascii")


def _recipient_command(recipient: str) -> bytes:
    return f"RCPT TO:<{recipient}>\r\n".encode("ascii")
