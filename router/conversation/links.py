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

Thread-Index ties in the same way. What a subject ties is a guess, in `conversation.guess`.

Two sorts of mail ask nobody's leave, since they speak to no outsider or are no letter: our own side among itself, and
what a mail server reports about a mail. Each is a *leaf*: it joins the conversation of the nearest mail that it names,
and asks for nothing else. Where mails of several conversations bear one id, it stands with whichever of them came first:
that is the one place where the order of arrival shows, and it moves the leaf alone.

Keys are hashes, so that they may outlive the mail: they spell no address and no subject.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from router.conversation.customer import Parties, person

ANYBODY = bytes(8)  # in the place of a person: whoever asks
HALF = 8  # octets of an id in a key


class Link(NamedTuple):
    """One way to a conversation."""

    key: bytes
    why: str  # code and value
    carried: bool = False  # the mail bears the id itself


@dataclass(frozen=True, slots=True)
class Strand:
    """What threading sees of a mail."""

    carried: Sequence[str]  # its own Message-IDs
    answered: Sequence[str]  # In-Reply-To
    mentioned: Sequence[str]  # References, oldest first
    parties: Parties
    guid: str | None = None  # of its Thread-Index
    leaf: bool = False  # a machine wrote it about the mail that it answers

    @property
    def untied(self) -> bool:
        """Nothing in it says what it answers."""
        return not (self.answered or self.mentioned or self.guid)


def key_of(what: str, who: bytes) -> bytes:
    """A key: what is spoken of, and by whom."""
    return digest(what) + who


def digest(text: str) -> bytes:
    """Half a key."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=HALF).digest()


@lru_cache(maxsize=4096)
def _who(addr: str) -> bytes:
    return digest(person(addr))


def links(letter: Strand) -> tuple[Link, ...]:
    """Everything that ties a mail, the plainest first; each key once."""
    found: dict[bytes, Link] = {}
    for link in _links(letter):
        found.setdefault(link.key, link)
    return tuple(found.values())


def _links(letter: Strand) -> Iterator[Link]:
    among = letter.parties
    speakers = [_who(addr) for addr in among.circle] if among.ours else [_who(among.writer)] if among.writer else []
    # A mail that mentions itself is no news to anybody: what it bears comes below.
    answered = [one for one in letter.answered if one not in letter.carried]
    mentioned = [one for one in reversed(letter.mentioned) if one not in letter.carried]
    if letter.leaf or (among.ours and not speakers):
        nearest = next(iter((*answered, *mentioned)), None)
        if nearest is not None:
            yield Link(key_of(nearest, ANYBODY), f"{'in-reply-to' if answered else 'references'}=<{nearest}>")
    else:
        for code, ids in (("in-reply-to", answered), ("references", mentioned)):
            for each in ids:
                front = digest(each)
                yield from (Link(front + who, f"{code}=<{each}>") for who in speakers)
        if letter.guid is not None:
            front = digest(f"thread-index {letter.guid}")
            yield from (Link(front + who, f"thread-index={letter.guid}") for who in speakers)
    for each in letter.carried:
        front, why = digest(each), f"mentioned-before=<{each}>"
        yield from (Link(front + _who(addr), why, carried=True) for addr in among.circle)
        yield Link(front + ANYBODY, why, carried=True)
