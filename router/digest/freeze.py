"""From letters to rows of the outbox: what a digest says does not change any more, however often it is tried. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from router.conversation.edition import Edition
from router.digest.letter import Letter
from router.store.content import InMemory
from router.store.editions import Writes
from router.store.ids import copy_id
from router.store.outbox import ADD_COPY, State
from router.store.raw import ADD_CHUNK, ADD_RAW, chunk_row, raw_row
from router.store.rows import Row


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
    copies = [_copy(edition, letter, ways[letter.recipient], bodies[letter.body]) for letter in letters]
    return Frozen(
        writes=[(ADD_RAW, [raw_row(one, edition.made) for one in contents]), (ADD_CHUNK, chunks), (ADD_COPY, copies)],
        hashes=tuple(one.sha256 for one in contents),
        channels=tuple(row["inbox"] for row in copies),
    )


def _copy(edition: Edition, letter: Letter, channel: str, content: InMemory) -> Row:
    return {
        "id": copy_id(edition.id, channel),
        "message": edition.id,
        "sighting": edition.id,  # nothing was transmitted to us
        "sha256": content.sha256,
        "inbox": channel,
        "thread": edition.id,
        "received": edition.made,
        "state": State.PENDING.value,
        "attempts": 0,
        "created": edition.made,
        "due": edition.made,
        "holder": None,
        "lease": None,
        "block": letter.block,
        "folder": None,
        "seen": False,
        "doubts": 0,
        "rules": [],
        "reason": None,
        "changed": [],
        "ended": None,
        "answered": None,
    }
