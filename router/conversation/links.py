"""What ties a mail to a conversation: an id, together with a person who may speak of it.

The plain closure of Message-ID, In-Reply-To and References (RFC 5322 section 3.6.4) would let everybody join who has seen
an id, and would make one conversation of all answers to one newsletter. So a link is a pair:

    bears     a mail gives its own ids to every outsider of its circle: who wrote it, whom it names in To, Cc, Reply-To
    mentions  an outsider's mail takes each id that it mentions in its writer's name; ours in the name of each outsider
              that it addresses

Mails with a common pair belong together, and so does whatever hangs on them: conversations are the connected parts of
that graph. Whether two mails are tied follows from the two alone, hence every order of arrival gives the same
conversations, a late parent included. What follows:

    a customer, and a colleague whom he or we have put into Cc     join, by any id they mention
    our answer                                                     joins the conversation of those whom it addresses
    an outsider who mentions an id of other people's               makes a conversation of his own
    another mail with a known Message-ID, by somebody else         the same
    answers of many to one announcement of ours                    one conversation each: an announcement has no circle
    an id of which no mail was ever seen                           ties mails of the same customer, and no others

Thread-Index ties in the same way. A subject is a guess: it ties mails of the same customer and topic of which one came
at most two weeks after the other (by whole weeks of the time of receipt: 14 to 21 days), and only people's mail.

Two sorts of mail ask nobody's leave, since they speak to no outsider or are no letter: our own side among itself, and
what a machine says about a mail. Each is a *leaf*: it joins the conversation of the mail that it names, and ties nothing
else. Where several mails of different conversations bear one id, it stands with whichever of them came first: that is
the one place where the order of arrival shows, and it moves the leaf alone.

Keys are hashes, so that they may outlive the mail: they spell no address and no subject.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from router.conversation.customer import CIRCLE, Parties, person
from router.conversation.subject import topic

WEEKS = 2  # between two mails that a subject ties together
ANYBODY = bytes(8)  # in the place of a person: whoever asks
HALF = 8  # octets of an id in a key


class Link(NamedTuple):
    """One way to a conversation."""

    key: bytes
    why: str  # code and value
    carried: bool = False  # the mail bears the id itself
    leads: bool = True  # whoever comes later shall find this mail there


@dataclass(frozen=True, slots=True)
class Letter:
    """What threading sees of a mail."""

    carried: Sequence[str]  # its own Message-IDs
    answered: Sequence[str]  # In-Reply-To
    mentioned: Sequence[str]  # References, oldest first
    parties: Parties
    received: datetime
    guid: str | None = None  # of its Thread-Index
    subject: str | None = None  # None: its subject proves nothing
    leaf: bool = False  # a machine wrote it about the mail that it answers


def key_of(what: str, who: bytes) -> bytes:
    """A key: what is spoken of, and by whom."""
    return _hash(what) + who


def _hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=HALF).digest()


@lru_cache(maxsize=4096)
def _who(addr: str) -> bytes:
    return _hash(person(addr))


def links(letter: Letter) -> tuple[Link, ...]:
    """Everything that ties a mail, the plainest first; each key once."""
    found: dict[bytes, Link] = {}
    for link in _links(letter):
        found.setdefault(link.key, link)
    return tuple(found.values())


def _links(letter: Letter) -> Iterator[Link]:
    among = letter.parties
    speakers = [] if among.writer is None else [_who(among.writer)]
    if among.ours:
        speakers = [_who(addr) for addr in among.circle]
    nearest = next(iter((*letter.answered, *reversed(letter.mentioned))), None)
    # A mail that mentions itself is no news to anybody; its own ids come below.
    itself = set(letter.carried)
    leaf = nearest is not None and nearest not in itself and (letter.leaf or (among.ours and not speakers))
    if leaf and nearest is not None:
        code = "in-reply-to" if letter.answered else "references"
        yield Link(key_of(nearest, ANYBODY), f"{code}=<{nearest}>")
    else:
        for code, ids in (("in-reply-to", letter.answered), ("references", tuple(reversed(letter.mentioned)))):
            for each in (one for one in ids if one not in itself):
                front = _hash(each)
                yield from (Link(front + who, f"{code}=<{each}>") for who in speakers)
    for each in letter.carried:
        front, why = _hash(each), f"mentioned-before=<{each}>"
        yield from (Link(front + _who(addr), why, carried=True) for addr in among.circle[:CIRCLE])
        yield Link(front + ANYBODY, why, carried=True)
    if not letter.leaf:
        if letter.guid is not None:
            yield from (
                Link(key_of(f"thread-index {letter.guid}", who), f"thread-index={letter.guid}") for who in speakers
            )
        yield from _guesses(letter)


def _guesses(letter: Letter) -> Iterator[Link]:
    among = letter.parties
    if letter.subject is None or among.customer is None or among.announcement or not (among.circle or among.writer):
        return
    about = topic(letter.subject)
    if about is None:
        return
    who, week = _who(among.customer.addr), letter.received.toordinal() // 7
    for distance in range(-WEEKS, WEEKS + 1):
        key = key_of(f"subject {week + distance}\n{about}", who)
        yield Link(key, "guess=subject", leads=distance == 0)
