"""A received mail, looked through once for what its form depends on.

The header is held with its line ends made CRLF; what is behind it is only counted, and read anew when it goes out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from router.delivery.courier import Copy
from router.delivery.forms.form import LINE_ENDS, Form
from router.mail import invitation
from router.mail.fields import header_end
from router.mail.lines import Lines, canonical, canonical_header, scan


@dataclass(frozen=True, slots=True)
class Letter:
    """A copy's mail, and where it is what."""

    copy: Copy
    header: bytes  # its lines, CRLF only
    rest_at: int  # offset of the blank line behind them, in the received bytes
    bounded: bool  # False: the header is cut, since it goes on beyond what is read of a mail
    of_header: Lines  # of its received bytes
    of_rest: Lines
    invites: bool

    @property
    def nul(self) -> bool:
        """Whether there is an octet that neither SMTP nor an IMAP literal can carry."""
        return self.of_header.nul or self.of_rest.nul

    @property
    def clean(self) -> bool:
        """Whether every line ends with CRLF, but perhaps the last."""
        return not self.of_header.bare and not self.of_rest.bare

    @property
    def long(self) -> bool:
        """Whether a line is too long for RFC 5322."""
        return self.of_header.long or self.of_rest.long

    @property
    def eight_bit(self) -> bool:
        """Whether any octet is over 127."""
        return self.of_header.eight_bit or self.of_rest.eight_bit

    @property
    def ended(self) -> bool:
        """Whether the last line has an end."""
        return self.of_rest.ended if self.of_rest.size else self.header.endswith(b"\n")

    def rest(self) -> Iterator[bytes]:
        """The octets behind the header, as they will be sent."""
        pieces = _from(self.copy, self.rest_at)
        return canonical(pieces) if self.of_rest.bare else pieces


def look(copy: Copy) -> Letter:
    """Look through a copy's mail; a large one is read to its end."""
    head, size = copy.content.head, copy.content.size
    whole = size <= len(head)
    at = header_end(head)
    bounded = at >= 0 or whole
    if at < 0:
        # At a line's end, so that no field is cut in two.
        at = len(head) if whole else head.rfind(b"\n") + 1
    seeker = invitation.Seeker()
    rest = _from(copy, at)
    of_rest = scan(rest if whole else seeker.watch(rest))
    header = head[:at]
    of_header = scan((header,))
    return Letter(
        copy=copy,
        header=canonical_header(header) if of_header.bare else header,
        rest_at=at,
        bounded=bounded,
        of_header=of_header,
        of_rest=of_rest,
        invites=seeker.found or invitation.invites(head),
    )


def _from(copy: Copy, at: int) -> Iterator[bytes]:
    """The received octets from an offset on."""
    content = copy.content
    if content.size <= len(content.head):
        yield content.head[at:]
        return
    for piece in content.pieces():
        if at < len(piece):
            yield piece[at:] if at else piece
        at = max(at - len(piece), 0)


def form(letter: Letter, front: bytes, header: bytes, changed: tuple[str, ...], *, end: bool) -> Form:
    """The form with `front` before the mail, whose header lines now are `header`; `end`: its last line gets its end."""
    start = front + header
    last = b"\r\n" if end and not letter.ended else b""
    if last or not letter.clean:
        changed = (LINE_ENDS, *changed)

    def pieces() -> Iterator[bytes]:
        return chain((start,), letter.rest(), (last,) if last else ())

    return Form(
        pieces=pieces,
        size=len(start) + letter.of_rest.canonical_size + len(last),
        eight_bit=not start.isascii() or letter.of_rest.eight_bit,
        changed=changed,
    )
