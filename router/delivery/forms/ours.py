"""Header fields of ours, made of what a mail says and of our block: whatever a customer wrote, each is one clean field."""

import re
from functools import lru_cache

from router.delivery.courier import Copy
from router.delivery.forms.form import Wrapper
from router.mail import dates, fields, mark, words
from router.mail.address import Address, addresses
from router.mail.block import encoded, folded
from router.mail.header import Header

NAME_CAP = 100  # characters of a customer's name
_SENDER_CAP = 200
_WORD_CAP = 60  # longer words are encoded, so that lines can be folded
_REPLY_CAP = 8 * 1024
_REPLY_ADDRESSES = 20  # of those that have to be written anew
_MAILBOX, _COPIED_TO = "x-router-mailbox", "x-router-copied-to"
_TOKEN_CAP = 900  # octets without a blank, so that no line gets over 998
_PLAIN = re.compile(rb"[\t -~]*+")
_ADDR = re.compile(r"[!-;=?-~]{1,400}@[!-;=?-~]{1,400}")


def received(copy: Copy, wrapper: Wrapper) -> bytes:
    """The trace of our hop (RFC 5321 sections 3.7.2 and 4.4), by which others find a loop that has lost all our marks."""
    date = dates.written(copy.received)
    return folded("Received", ["by", wrapper.hostname, "(router)", "id", f"{copy.message};", *date.split()])


def message_id(copy: Copy, sort: str, wrapper: Wrapper) -> str:
    """An id of ours, the same at every attempt, by which a mail is known that comes back stripped of all else."""
    token = _values(copy.block).get(mark.FIELD, b"").decode("latin-1")
    return f"<{mark.message_id(token or copy.message, sort, wrapper.hostname)}>"


def mailboxes(copy: Copy) -> tuple[str, ...]:
    """The addresses of the mailboxes that were written to."""
    return _listed(_values(copy.block).get(_MAILBOX, b""))


def is_letter(copy: Copy) -> bool:
    """Whether it is a letter of ours, and no mail of a customer: only the block of one says to whom it goes."""
    return bool(fields.find(copy.block, ("to",)))


def copied_to(copy: Copy) -> tuple[str, ...]:
    """The addresses of the inboxes that have this block."""
    return _listed(_values(copy.block).get(_COPIED_TO, b""))


@lru_cache(maxsize=64)  # one block is asked several times
def _values(block: bytes) -> dict[str, bytes]:
    found = fields.find(block, (mark.FIELD, _MAILBOX, _COPIED_TO))
    return {field.name: fields.value(block, field) for field in found}


@lru_cache(maxsize=64)  # most mails go to the same few
def _listed(found: bytes) -> tuple[str, ...]:
    text = words.decode(found) if b"=?" in found else found.decode("latin-1")
    return tuple(one for part in text.split(",") if _ADDR.fullmatch(one := part.strip()))


@lru_cache(maxsize=64)
def address_list(name: str, found: tuple[str, ...]) -> bytes:
    """A field of plain addresses; b"" without any."""
    return folded(name, [*(f"{one}," for one in found[:-1]), found[-1]]) if found else b""


def customer(header: Header) -> Address | None:
    """Who wrote, as far as the header says."""
    for name in ("from", "sender", "reply-to"):
        if found := addresses(header.first(name) or b""):
            return found[0]
    return None


def mailbox(copy: Copy, wrapper: Wrapper) -> str:
    """The name of the mailbox that was written to; of all of them, if there are several."""
    return ", ".join(dict.fromkeys(wrapper.mailboxes.get(one, one.partition("@")[0]) for one in mailboxes(copy)))


def sender(copy: Copy, who: Address | None, wrapper: Wrapper) -> bytes:
    """The From of a mail in our name: the customer's name, by way of the mailbox, at our address."""
    name = short(who.name or who.addr) if who else ""
    values = {"name": name, "address": who.addr if who else "", "mailbox": mailbox(copy, wrapper)}
    text = words.clean(wrapper.sender(values))[:_SENDER_CAP]
    return folded("From", [*phrase(text), f"<{wrapper.address}>"])


def short(name: str) -> str:
    """A name that does not fill the screen."""
    return name if len(name) <= NAME_CAP else f"{name[: NAME_CAP - 1]}…"


def phrase(text: str) -> list[str]:
    """A name before an address (RFC 5322 section 3.2.5), as words between which a line may be folded."""
    listed = text.split()
    if not listed:
        return []
    if not text.isascii() or not text.isprintable() or "=?" in text or max(map(len, listed)) > _WORD_CAP:
        return encoded(" ".join(listed))
    quoted = " ".join(listed).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'.split(" ")


def reply_to(header: Header) -> bytes:
    """A Reply-To that leads where an answer to the customer's own mail goes; b"" where that is nowhere."""
    for name in ("reply-to", "from", "sender"):
        value = header.first(name) or b""
        found = addresses(value)
        if any("@" in one.addr for one in found) and _can_stay(value):
            return folded("Reply-To", value.decode("ascii").split())
        usable = [one for one in found if _ADDR.fullmatch(one.addr)][:_REPLY_ADDRESSES]
        if usable:
            tokens = [[*phrase(short(one.name)), f"<{_as_written(one.addr, value)}>"] for one in usable]
            for each in tokens[:-1]:
                each[-1] += ","
            return folded("Reply-To", [token for each in tokens for token in each])
    return b""


def _can_stay(value: bytes) -> bool:
    """As it was written it is best: names keep their encoding, and local parts their case."""
    if len(value) > _REPLY_CAP or not _PLAIN.fullmatch(value):
        return False
    return max(map(len, value.split()), default=0) <= _TOKEN_CAP


def _as_written(addr: str, value: bytes) -> str:
    """The address with the case that it has in the field: local parts that are tokens live by it."""
    text = value.decode("latin-1")
    at = text.lower().find(addr)
    return text[at : at + len(addr)] if at >= 0 else addr
