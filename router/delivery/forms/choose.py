"""Which form a mail takes on its way to a place: pure policy.

`auto` redirects only what is known to arrive: a mail with a signature that a trusted server found good and aligned, of
which we change nothing that is signed, through a relay that takes a foreign From. Everything else is munged.
"""

from router.delivery.forms.form import FromMode, Outward
from router.delivery.forms.letter import Letter
from router.delivery.forms.signatures import Signatures
from router.mail import address, authres, disarm
from router.mail.header import Header


def why_wrapped(letter: Letter) -> str | None:
    """Why a mail cannot go as it is anywhere; the same at every attempt where it is the mail's own fault."""
    if letter.copy.shortened:
        return "size"
    if letter.nul:
        return "nul"
    if letter.invites:
        return "invitation"
    return "refused" if letter.copy.wrapped else None


def readable(letter: Letter, header: Header) -> bool:
    """Whether the mail begins with a header, to which fields of ours can be added, and that is known to its end."""
    return letter.bounded and bool(letter.header) and bool(header.fields)


def from_mode(letter: Letter, header: Header, signatures: Signatures, relay: Outward) -> FromMode:
    """How a mail goes through a relay: never "auto"."""
    if relay.from_mode != "auto":
        return relay.from_mode
    if relay.own_from_only or not _vouched(header, relay):
        return "munge"
    renamed = disarm.asks(letter.header) and signatures.cover(disarm.NAMES)
    return "munge" if renamed or not letter.clean else "redirect"


def _vouched(header: Header, relay: Outward) -> bool:
    """Whether somebody we trust has found a signature of the From field's domain."""
    results = authres.trusted(header, relay.trusted_authserv)
    senders = header.all("from") if results else ()
    writers = address.addresses(senders[0]) if len(senders) == 1 else ()
    return len(writers) == 1 and authres.aligned_dkim(results, address.domain(writers[0].addr))
