"""What a composer of digests makes: letters of ours, whole, one for each recipient. Values only."""

from dataclasses import dataclass

from router.conversation.edition import Item


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail of ours to one person; `block` and `body` together are its bytes, with CRLF lines."""

    recipient: str  # an address
    block: bytes  # the header lines that differ from person to person, our mark among them
    body: bytes  # the rest of the header, an empty line, and what follows


@dataclass(frozen=True, slots=True)
class Composed:
    """All letters of an edition, and what their numbers mean."""

    items: tuple[Item, ...]
    letters: tuple[Letter, ...]
