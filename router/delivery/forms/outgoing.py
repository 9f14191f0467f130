"""The form of a copy for a mail store, and for a relay. No network; a mail over `content.SMALL` is read from its disk."""

from functools import partial
from itertools import chain

from router.delivery.courier import Copy
from router.delivery.forms import munge, ours, redirect
from router.delivery.forms.choose import from_mode, readable, why_wrapped
from router.delivery.forms.form import DELIVERED_TO, DISARMED, MAILBOX_LINE, MUNGED, Form, Outward, Wrapper
from router.delivery.forms.letter import Letter, form, look
from router.delivery.forms.signatures import Signatures
from router.delivery.forms.wrap import wrap
from router.mail import disarm
from router.mail.address import normal
from router.mail.fields import header_end, renamed, without_separators
from router.mail.header import split
from router.mail.lines import scan


def wants_receipt(copy: Copy) -> bool:
    """Whether `$MDNSent` is to be set (RFC 3503), so that no mail program answers a request for a receipt."""
    head = copy.content.head
    at = header_end(head)
    if at < 0 and copy.content.size > len(head):
        return True  # nobody knows what is behind the part that is read
    return disarm.asks(head if at < 0 else head[:at])


def for_store(copy: Copy, wrapper: Wrapper, *, mdn_flag: bool) -> Form:
    """The copy for an IMAP folder: our block and the received bytes.

    `mdn_flag`: the server takes `$MDNSent`, so that a request for a receipt stays as it is.
    """
    letter = look(copy)
    why = why_wrapped(letter)
    if why is None and not letter.bounded and not (mdn_flag and letter.clean):
        why = "header"  # what is behind its part that is read may ask for a receipt
    if why is not None:
        return wrap(letter, wrapper, why)
    header = letter.header if mdn_flag else disarm.disarmed(letter.header)
    return form(letter, copy.block, header, (DISARMED,) if header != letter.header else (), end=False)


def for_relay(copy: Copy, relay: Outward) -> Form:
    """The copy for a mail server, in the way the relay is set to."""
    if ours.is_letter(copy):
        return as_is(copy)
    letter, wrapper = look(copy), relay.wrapper
    fields = split(letter.header)
    why = why_wrapped(letter) or (None if readable(letter, fields) else "header")
    if why is not None:
        return wrap(letter, wrapper, why)
    signatures = Signatures(fields)
    mode = from_mode(letter, fields, signatures, relay)
    if mode == "wrap":
        return wrap(letter, wrapper, None)
    header, changed = _passable(letter, signatures)
    if mode == "redirect":
        return form(letter, redirect.front(copy, wrapper, signatures), header, changed, end=True)
    return form(letter, munge.front(copy, fields, wrapper), munge.munged(header), (*changed, MUNGED), end=True)


def as_is(copy: Copy) -> Form:
    """A mail of ours, such as a digest: its block and the rest of it, which are whole as they stand."""
    content, block = copy.content, copy.block
    of_content = scan(content.pieces())
    return Form(
        pieces=lambda: chain((block,), content.pieces()),
        size=len(block) + content.size,
        eight_bit=of_content.eight_bit or not block.isascii(),
        changed=(),
    )


def _passable(letter: Letter, signatures: Signatures) -> tuple[bytes, tuple[str, ...]]:
    """The header without what would be answered, bounced or misread on its way, and the codes of that."""
    steps = [(MAILBOX_LINE, without_separators), (DISARMED, disarm.disarmed)]
    if not signatures.cover(("delivered-to",)):
        steps.append((DELIVERED_TO, partial(_undelivered, letter.copy)))
    header, changed = letter.header, []
    for code, step in steps:
        now = step(header)
        if now != header:
            header = now
            changed.append(code)
    return header, tuple(changed)


def _undelivered(copy: Copy, header: bytes) -> bytes:
    """Without our own hop's Delivered-To, by which Postfix would bounce what a founder forwards, and his copy too."""

    def is_ours(value: bytes) -> bool:
        return normal(value.decode("latin-1")) in (*ours.mailboxes(copy), *ours.copied_to(copy))

    return renamed(header, ("delivered-to",), munge.PREFIX, only=is_ours)
