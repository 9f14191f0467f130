"""Munge: the mail in our name, with Reply-To to the customer, for relays and servers that refuse a foreign From.

As mailing lists do it (RFC 7960 section 4.1.3.1). All that threads a reply at the customer's stays: Message-ID,
References, Subject, Date, To and Cc. What the new From contradicts is renamed, never taken out: the old From, the
Sender, and signatures, which cannot be good any more (RFC 6376 section 6.1 has a broken one count as none; filters do
not always).
"""

from router.delivery.courier import Copy
from router.delivery.forms import ours
from router.delivery.forms.form import Wrapper
from router.mail.address import addresses
from router.mail.fields import renamed
from router.mail.header import Header
from router.mail.written import SUPPRESS

PREFIX = b"X-Original-"
NAMES = ("from", "sender", "dkim-signature", "domainkey-signature")


def front(copy: Copy, header: Header, wrapper: Wrapper) -> bytes:
    """Our lines, From and Reply-To among them."""
    reply_to = b"" if any(map(addresses, header.all("reply-to"))) else ours.reply_to(header)
    sender = ours.sender(copy, ours.customer(header), wrapper)
    fields = (ours.received(copy, wrapper), SUPPRESS, sender, reply_to)
    return b"".join(fields) + copy.block


def munged(header: bytes) -> bytes:
    """The header without what speaks in the customer's name; a Reply-To without an address goes too."""
    header = renamed(header, NAMES, PREFIX)
    return renamed(header, ("reply-to",), PREFIX, only=lambda value: not addresses(value))
