"""Which form a mail takes on its way to a place: pure policy.

`auto` redirects only what is known to arrive: a mail with a signature that a trusted server found good and aligned, of
which we change nothing that is signed, through a relay that takes a foreign From. Everything else is munged.
"""

from router.delivery.forms import disarm
from router.delivery.forms.form import FromMode, Outward
from router.delivery.forms.letter import Letter
from router.delivery.forms.signatures import Signatures
from router.mail import address, authres
from router.mail.message import Message


def why_wrapped(letter: Letter) -> str | None:
    """Why a mail cannot go as it is anywhere; the same at every attempt where it is the mail's own fault."""
    if letter.nul:
        return "nul"
    if letter.invites:
        return "invitation"
    return "refused" if letter.copy.wrapped else None


def readable(letter: Letter, message: Message) -> bool:
    """Whether the mail begins with a header, to which fields of ours can be added, and that is known to its end."""
    return letter.bounded and bool(letter.header) and bool(message.header.fields)


def from_mode(letter: Letter, message: Message, signatures: Signatures, relay: Outward) -> FromMode:
    """How a mail goes through a relay: never "auto"."""
    if relay.from_mode != "auto":
        return relay.from_mode
    if relay.own_from_only or not _vouched(message, relay):
        return "munge"
    renamed = disarm.asks(letter.header) and signatures.cover(disarm.NAMES)
    return "munge" if renamed or not letter.clean else "redirect"


def _vouched(message: Message, relay: Outward) -> bool:
    """Whether somebody we trust has found a signature of the From field's domain."""
    if len(message.from_) != 1 or len(message.header.all("from")) != 1:
        return False
    results = authres.trusted(message.header, relay.trusted_authserv)
    return authres.aligned_dkim(results, address.domain(message.from_[0].addr))
