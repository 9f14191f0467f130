"""Connections that end at every kind of place: nothing is lost, and doubled only where the server had taken it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from router.delivery.courier import Copy, Delivered, Outcome, Unknown
from tests.bench.cutproxy import CutProxy, Way
from tests.bench.relay import EXTENSIONS, Relay
from tests.delivery.smtp.sending import copies, courier, mails, sender

COUNT = 3
STEPWISE = EXTENSIONS[1:]
PLACES: list[tuple[str, Way, bytes | int, int]] = [
    ("greeting", "down", b"220 relay", 3),
    ("EHLO", "up", b"EHLO", 6),
    ("its answer", "down", b"250-8BITMIME", 4),
    ("MAIL", "up", f"MAIL FROM:<{sender('m1')}".encode(), 9),
    ("RCPT", "up", b"RCPT TO:<helen", 12),
    ("DATA", "up", b"DATA\r\n", 6),
    ("354", "down", b"354 go", 2),
    ("body", "up", b"Order letter-1", 4),
    ("before the dot", "up", b"come either.\r\n.\r\n", 14),
    ("in the dot", "up", b"come either.\r\n.\r\n", 15),
    ("behind the dot", "up", b"come either.\r\n.\r\n", 17),
    ("the answer to it", "down", b"queued as Q2", 0),
    ("in the answer to it", "down", b"queued as Q2", 10),
    ("behind the answer to it", "down", b"queued as Q2\r\n", 14),
]


async def until_delivered(port: int, wanted: list[Copy]) -> tuple[dict[str, Outcome], Counter[str]]:
    """Deliver as the stage does it, again and again; the receipts, and how often each copy was of unknown fate."""
    receipts: dict[str, Outcome] = {}
    doubts: Counter[str] = Counter()
    async with courier(port) as one:
        for _ in range(5):
            outcomes = await one.deliver(wanted)
            doubts.update(copy.id for copy, end in zip(wanted, outcomes, strict=True) if isinstance(end, Unknown))
            receipts.update(
                (copy.id, end) for copy, end in zip(wanted, outcomes, strict=True) if isinstance(end, Delivered)
            )
            wanted = [replace(copy, doubts=doubts[copy.id]) for copy in wanted if copy.id not in receipts]
            if not wanted:
                return receipts, doubts
    raise AssertionError(f"never delivered: {wanted}")


async def check(way: Way, at: bytes | int, keep: int, reset: bool, extensions: tuple[str, ...]) -> int | None:
    """Cut there; how many mails arrived twice. Fails where one is lost, or is doubled and nobody says so.

    None where there is no such place.
    """
    async with Relay(extensions=extensions) as relay:
        with CutProxy(relay.port) as proxy:
            proxy.cut(way, at, keep, reset=reset)
            receipts, doubts = await until_delivered(proxy.port, copies(*mails(COUNT)))
            cuts = proxy.cuts
    arrived = Counter(mail.octets for mail in relay.mails)
    assert len(arrived) == COUNT
    for copy in copies(*mails(COUNT)):
        receipt = receipts[copy.id]
        assert isinstance(receipt, Delivered)
        times = arrived[copy.block + copy.content.head]
        assert times - 1 <= doubts[copy.id]
        assert receipt.receipt.get("possibly_doubled", 0) == doubts[copy.id]
    return sum(arrived.values()) - COUNT if cuts else None


def kinds() -> Iterator[Any]:
    """Each place, with and without pipelining, ended in order or by a reset."""
    for name, way, at, keep in PLACES:
        for words, extensions in (("pipelining", EXTENSIONS), ("stepwise", STEPWISE)):
            for reset in (False, True):
                yield pytest.param(way, at, keep, reset, extensions, id=f"{name}-{words}{'-reset' * reset}")


@pytest.mark.parametrize(("way", "at", "keep", "reset", "extensions"), list(kinds()))
async def test_a_cut_loses_nothing(
    way: Way, at: bytes | int, keep: int, reset: bool, extensions: tuple[str, ...]
) -> None:
    """And a mail that comes twice is one of which nobody could know, and says so."""
    assert await check(way, at, keep, reset, extensions) is not None


async def test_only_a_lost_answer_doubles() -> None:
    """Before the dot nothing is taken, behind its answer nothing is in doubt; MAIL stands behind the dot before it."""
    doubled = {name: await check(way, at, keep, False, EXTENSIONS) for name, way, at, keep in PLACES}

    assert {name for name, times in doubled.items() if times} == {
        "MAIL",
        "behind the dot",
        "the answer to it",
        "in the answer to it",
    }


async def test_a_cut_anywhere_loses_nothing() -> None:
    """After so many octets, whatever they are."""
    ways: list[tuple[Way, int]] = [("up", 61), ("down", 23)]
    for way, step in ways:
        at = 1
        while await check(way, at, 0, False, EXTENSIONS) is not None:
            at += step
        assert at > 10 * step
