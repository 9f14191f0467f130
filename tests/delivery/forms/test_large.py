"""Large mail: in pieces, with little memory and in linear time."""

import time
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256

import pytest

from router.delivery.forms import Form, for_relay, for_store
from router.store.content import PIECE, SMALL
from tests.bench.forms import LETTER, WRAPPER, copy_of, relay

SIZE = 40_000_000
FILLERS = {
    "lines": b"x" * 74 + b"\r\n",
    "lf": b"x" * 74 + b"\n",
    "empty lines": b"\r\n",
    "cr": b"\r",
    "one line": b"x" * 76,
    "nul": b"\0" * 76,
    "calendar": b"\r\ncontent-type: text/calendar; ",
}


class Made:
    """A large mail that nobody holds: the same piece again and again."""

    def __init__(self, filler: bytes) -> None:
        self._piece = (filler * (PIECE // len(filler)))[:PIECE]
        self._pieces = SIZE // PIECE
        self.head = (LETTER + self._piece)[:SMALL]
        self.size = len(LETTER) + self._pieces * len(self._piece)
        self.sha256 = sha256(filler).digest()

    def pieces(self) -> Iterator[bytes]:
        """All octets."""
        yield LETTER
        for _ in range(self._pieces):
            yield bytes(bytearray(self._piece))


def make(filler: bytes, mode: str) -> Form:
    if mode == "store":
        return for_store(copy_of(Made(filler)), WRAPPER, mdn_flag=False)
    return for_relay(copy_of(Made(filler)), relay(mode))


@pytest.mark.parametrize("mode", ["store", "redirect", "munge", "wrap"])
@pytest.mark.parametrize("filler", FILLERS.values(), ids=FILLERS)
def test_forty_megabytes_are_formed_and_sent_in_seconds(filler: bytes, mode: str) -> None:
    """Four of them at once must not stop a small machine."""
    started = time.process_time()
    form = make(filler, mode)
    sent = sum(map(len, form.pieces()))

    assert sent == form.size
    assert time.process_time() - started < 8


@pytest.mark.parametrize(("filler", "mode"), [("lf", "redirect"), ("nul", "redirect"), ("lf", "wrap")])
def test_no_more_than_a_few_pieces_are_held(filler: str, mode: str) -> None:
    """Whatever the size of the mail."""
    tracemalloc.start()
    form = make(FILLERS[filler], mode)
    sent = sum(map(len, form.pieces()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sent == form.size
    assert peak < 12 * PIECE
