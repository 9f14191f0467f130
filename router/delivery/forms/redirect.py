"""Redirect: the mail as it was received, with header lines of ours in front (RFC 5322 section 3.6.6).

A signature over the mail stays good, which is all that makes a customer's From pass at the next server (RFC 7489). For
that, a field that a signature has counted as missing is left out.
"""

from router.delivery.courier import Copy
from router.delivery.forms import ours
from router.delivery.forms.form import Wrapper
from router.delivery.forms.signatures import Signatures
from router.mail import dates
from router.mail.block import folded
from router.mail.written import SUPPRESS


def front(copy: Copy, wrapper: Wrapper, signatures: Signatures) -> bytes:
    """Our lines. The block stands last, and in it the date: a mail that begins with a folded line spoils no other."""
    fields = {
        "received": ours.received(copy, wrapper),
        "resent-date": folded("Resent-Date", dates.written(copy.received).split()),
        "resent-from": folded("Resent-From", [f"<{wrapper.address}>"]),
        "resent-to": ours.address_list("Resent-To", ours.copied_to(copy)),
        "resent-message-id": folded("Resent-Message-ID", [ours.message_id(copy, "resent", wrapper)]),
        "x-auto-response-suppress": SUPPRESS,
    }
    return b"".join(field for name, field in fields.items() if not signatures.forbid(name)) + copy.block
