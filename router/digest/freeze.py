"""From letters to rows of the outbox: what a digest says does not change any more, however often it is tried. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from router.conversation.edition import Edition
from router.digest.letter import Letter
from router.store.content import InMemory
from router.store.editions import Writes
from router.store.outbox import ADD_COPY
from router.store.posting import letter_copy
from router.store.raw import ADD_CHUNK, ADD_RAW, chunk_row, raw_row


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is written together with the row of an edition."""

    writes: Writes
    hashes: tuple[bytes, ...]  # of the raw mails
    channels: tuple[str, ...]  # where couriers find something to do


def freeze(edition: Edition, letters: tuple[Letter, ...], ways: Mapping[str, str]) -> Frozen:
    """The writes for these letters; `ways` names the channel to each recipient. Compresses: not for the loop."""
    bodies = {letter.body: InMemory(letter.body) for letter in letters}
    contents = tuple(bodies.values())
    chunks = [chunk_row(one.sha256, seq, piece) for one in contents for seq, piece in enumerate(one.pieces())]
    copies = [
        letter_copy(edition.id, ways[letter.recipient], bodies[letter.body].sha256, letter.block, edition.made)
        for letter in letters
    ]
    return Frozen(
        writes=[(ADD_RAW, [raw_row(one, edition.made) for one in contents]), (ADD_CHUNK, chunks), (ADD_COPY, copies)],
        hashes=tuple(one.sha256 for one in contents),
        channels=tuple(row["inbox"] for row in copies),
    )
