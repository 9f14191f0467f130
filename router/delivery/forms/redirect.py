"""Redirect: the mail as it was received, with header lines of ours in front (RFC 5322 section 3.6.6).

A signature over the mail stays good, which is all that makes a customer's From pass at the next server (RFC 7489). For
that, a field that a signature has counted as missing is left out.
"""

from email.utils import format_datetime

from router.delivery.courier import Copy
from router.delivery.forms import ours
from router.delivery.forms.form import Wrapper
from router.delivery.forms.signatures import Signatures
from router.mail.block import folded


def front(copy: Copy, wrapper: Wrapper, signatures: Signatures) -> bytes:
    """Our lines. The block stands last, and in it the date: a mail that begins with a folded line spoils no other."""
    fields = (
        ours.received(copy, wrapper),
        folded("Resent-Date", format_datetime(copy.received).split()),
        folded("Resent-From", [f"<{wrapper.address}>"]),
        ours.address_list("Resent-To", ours.copied_to(copy)),
        folded("Resent-Message-ID", [ours.message_id(copy, "resent", wrapper)]),
        ours.SUPPRESS,
    )
    return b"".join(one for one in fields if not signatures.forbid(_name(one))) + copy.block


def _name(field: bytes) -> str:
    return field.partition(b":")[0].decode("ascii").lower()
