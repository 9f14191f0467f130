"""To whom a mail was on its way at the last hops, where these wrote it down: lines that an envelope leaves behind.

Postfix writes X-Original-To and Delivered-To, Exim Envelope-To, Google X-Gm-Original-To where a routing rule says so.
Anybody can write such a line: whoever asks has to know whose it is.
"""

from router.mail.address import addresses
from router.mail.message import Message

FIELDS = ("x-gm-original-to", "x-original-to", "delivered-to", "x-envelope-to", "envelope-to")  # the plainest first
_VALUES_CAP = 20


def traced(message: Message, field: str) -> list[str]:
    """The addresses in these lines, the newest first."""
    values = message.header.all(field)[:_VALUES_CAP]
    return [one.addr for value in values for one in addresses(value) if one.addr]
