"""Requests for a receipt, which a mail program would answer to the customer in the name of whoever reads the copy.

RFC 8098 has Disposition-Notification-To; the others are older or other programs' own and still obeyed by some.
"""

from router.mail.fields import find, renamed

NAMES = (
    "disposition-notification-to",
    "return-receipt-to",
    "return-receipt-requested",
    "x-confirm-reading-to",
    "read-receipt-to",
    "delivery-receipt-to",
    "notice-requested-upon-delivery-to",
    "generate-delivery-report",
    "x-pmrqc",  # Pegasus Mail
)
PREFIX = b"X-Disarmed-"


def asks(header: bytes) -> bool:
    """Whether the header asks for a receipt."""
    return bool(find(header, NAMES))


def disarmed(header: bytes) -> bytes:
    """The header with every such request under a name that no program knows."""
    return renamed(header, NAMES, PREFIX)
