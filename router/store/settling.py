"""The one transaction that a reply to a digest is: what it orders, that it is carried out, and the short mail back.

Whoever takes its row out of the queue does the rest; whoever comes second finds nothing to do. Nobody but a recipient of the
digest is ever written to.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from router.conversation import carrying, commands, wishing
from router.conversation.carrying import MOST, Carried, Outcome, Step
from router.conversation.edition import Edition, Kind
from router.conversation.mornings import Mornings
from router.conversation.orders import Order, Verb
from router.store import bundles, deeds, editions, replies, wishes
from router.store.lines import again, lines
from router.store.posting import post
from router.store.replies import Due, State

EXPIRES = timedelta(days=90)  # from the making of an edition: after that its numbers count no more
NAMED = 500  # numbers that a name may stand beside
LETTERS, WITHIN = 20, timedelta(hours=1)  # that one person gets: a machine that nobody knows for one may answer ours

Mail = tuple[str, bytes, bytes]  # its name in the outbox, our header lines, the rest
Write = Callable[[Due, Edition, Mornings, Carried, datetime], Mail]


@dataclass(frozen=True, slots=True)
class Desk:
    """A digest, as far as replies to it go."""

    recipients: frozenset[str]  # who gets it now
    mornings: Mornings


@dataclass(frozen=True, slots=True)
class Settling:
    """Settles replies."""

    desks: Mapping[str, Desk]  # by the name of the digest
    write: Write  # the mail back
    inbox_of: Callable[[str], str | None]  # by which way a person gets mail of ours; None: by none

    def carry_out(self, connection: Connection, one: Due, now: datetime) -> list[str]:
        """In one transaction; returns the inboxes for which something has come into the outbox."""
        edition = editions.by_id(connection, one.edition)
        desk = self.desks.get(edition.digest) if edition else None
        if edition is None or desk is None or one.recipient not in desk.recipients:
            # Whoever gets no digest any more hears nothing of it either.
            replies.take(connection, one.message, State.REFUSED, "no-edition" if edition is None else "not-a-recipient")
            return []
        if one.at - edition.made > EXPIRES:
            return self.refuse(connection, one, "expired", now)
        if edition.kind in (Kind.BUNDLE, Kind.MONTH):
            return self._serve(connection, one, edition, desk, now)
        orders = commands.read(one.words, _names(connection, edition))
        fresh = any(order.verb is Verb.FRESH for order in orders.orders)
        if not replies.take(connection, one.message, State.FRESH if fresh else State.DONE):
            return []
        said = [order for order in orders.orders if order.verb is not Verb.FRESH]
        steps = tuple(_carry(connection, edition, desk.mornings, one, said, now))
        if fresh and not steps and not orders.unclear:
            return []  # the fresh edition is the answer
        items = [step.item for step in steps if step.item is not None and step.line is not None]
        before = {step.number: step.line for step in steps if step.line is not None}
        after = again(connection, edition, items, before)
        carried = Carried(steps, after=after, unclear=orders.unclear, fresh=fresh)
        return self._answer(connection, one, edition, desk.mornings, carried, now)

    def _serve(self, connection: Connection, one: Due, edition: Edition, desk: Desk, now: datetime) -> list[str]:
        """What the owner of an inbox wishes."""
        if not replies.take(connection, one.message, State.DONE):
            return []
        wished = wishing.read(one.words)
        sent = bundles.Sent((), (), ())
        if edition.kind is Kind.BUNDLE and (wished.numbers or wished.everything):
            numbers = None if wished.everything else wished.numbers
            sent = bundles.send(connection, edition.id, numbers, now)
        done = {word: wishes.by_reply(connection, edition.id, word, one.recipient, now) for word in wished.words}
        served = carrying.Served(
            sent=tuple(sent.released),
            there=tuple(sent.there),
            unknown=tuple(sent.unknown) or (() if edition.kind is Kind.BUNDLE else wished.numbers),
            words=tuple(word for word, changed in done.items() if changed),
            idle=tuple(word for word, changed in done.items() if not changed),
        )
        carried = Carried(served=served, unclear=wished.unclear)
        told = self._answer(connection, one, edition, desk.mornings, carried, now)
        return [edition.digest.partition(":")[2], *told] if served.sent else told

    def refuse(self, connection: Connection, one: Due, why: str, now: datetime) -> list[str]:
        """It changes nothing, and its writer, who is known, is told so."""
        edition = editions.by_id(connection, one.edition)
        desk = self.desks.get(edition.digest) if edition else None
        if not replies.take(connection, one.message, State.REFUSED, why) or edition is None or desk is None:
            return []
        return self._answer(connection, one, edition, desk.mornings, Carried(refused=why), now)

    def _answer(
        self, connection: Connection, one: Due, edition: Edition, mornings: Mornings, carried: Carried, now: datetime
    ) -> list[str]:
        """Put the mail back into the outbox."""
        inbox = self.inbox_of(one.recipient)
        if inbox is None or replies.answered_lately(connection, one, WITHIN) > LETTERS:
            return []
        name, block, body = self.write(one, edition, mornings, carried, now)
        post(connection, name, inbox, block, body, now)
        return [inbox]


def _names(connection: Connection, edition: Edition) -> dict[int, frozenset[str]]:
    """The words and figures of the names behind the numbers, which people write beside them."""
    found = lines(connection, edition, edition.items[:NAMED])
    return {
        number: frozenset(
            re.findall(r"[^\W\d_]++|\d++", unicodedata.normalize("NFC", (line.name or "")[:200]).casefold())
        )
        for number, line in found.items()
    }


def _carry(
    connection: Connection, edition: Edition, mornings: Mornings, one: Due, orders: list[Order], now: datetime
) -> list[Step]:
    """One order after the other: what the first has changed, the second finds."""
    listed = {item.number: item for item in edition.items}
    done: list[Step] = []
    for order in orders:
        wanted = carrying.numbers(edition, order)
        numbers, too_many = wanted[: MOST - len(done)], wanted[MOST - len(done) :]
        stand = lines(connection, edition, [listed[number] for number in numbers if number in listed])
        steps = [
            carrying.step(order, number, listed.get(number), stand.get(number), mornings, now) for number in numbers
        ]
        _say(connection, edition, mornings, one, steps, now)
        done += steps
        done += [Step(order.verb, number, Outcome.TOO_MANY) for number in too_many]
    return done


def _say(
    connection: Connection, edition: Edition, mornings: Mornings, one: Due, steps: list[Step], now: datetime
) -> None:
    why = f"digest {edition.digest} of {carrying.on_a_day(edition, mornings)}"
    carried = [step for step in steps if step.outcome is Outcome.CARRIED_OUT and step.line and step.deed]
    for deed, until in dict.fromkeys((step.deed, step.until) for step in carried):
        assert deed is not None
        threads = dict.fromkeys(step.line.thread for step in carried if step.line and step.deed is deed)
        deeds.say_of(connection, list(threads), deeds.Said(deed, one.recipient, why, until), now)
