"""Long lists of values in pieces: a statement takes only so many bound parameters (SQLite's own default is 32,766)."""

from collections.abc import Collection, Iterator
from typing import TypeVar

T = TypeVar("T")

SLICE = 150


def slices(values: Collection[T]) -> Iterator[list[T]]:
    """`values` in lists of at most `SLICE`; nothing for none."""
    listed = list(values)
    for at in range(0, len(listed), SLICE):
        yield listed[at : at + SLICE]
