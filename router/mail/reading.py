"""Everything that is read of one mail, in one value that can pass between processes."""

from dataclasses import dataclass

from router.mail.body import Body, read_body
from router.mail.kind import NOBODY, Company, Verdict, classify
from router.mail.message import Message, read
from router.mail.text.said import Said

HEADER_ALONE = 32 * 1024  # octets of the header that are read where reading everything took too long


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail says."""

    message: Message
    body: Body
    verdict: Verdict

    @property
    def said(self) -> Said:
        """What is new in it."""
        return self.body.said


def read_mail(head: bytes, size: int, sender: str, company: Company = NOBODY) -> Reading:
    """Read a mail by its beginning; `sender` is that of the envelope, `company` whom it is for."""
    head = with_lines(head)
    message = read(head, size)
    body = read_body(head, size, message.header)
    return Reading(message, body, classify(message, body, sender, company))


def read_header_alone(head: bytes, size: int, sender: str, why: str, company: Company = NOBODY) -> Reading:
    """Read only the top of the header; `why` stands among the defects."""
    message = read(head[:HEADER_ALONE], size)
    body = Body("", False, (), (), (why,))
    return Reading(message, body, classify(message, body, sender, company))


def with_lines(head: bytes) -> bytes:
    """The same octets, to be read; a file whose lines all end with CR, as on an old Macintosh, gets line ends.

    Only where there is no other line end at all, and a blank line between CRs: elsewhere a CR ends nothing.
    """
    if b"\n" in head[:-1] or b"\r\r" not in head or b"\n" in head.rstrip(b"\r\n"):
        return head
    return head.replace(b"\r", b"\n")
