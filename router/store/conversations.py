"""Conversations as people ask for them: every message with its part in it, every wait with its end, the evidence."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from router.conversation.letter import Word
from router.conversation.standing import End, Pledge, Standing, Wait
from router.conversation.story import stand
from router.store.letters import Told, letter, words
from router.store.slices import slices
from router.store.tables import message, thread
from router.store.threads import earlier, related
from router.store.waiting import effective, seen_mailboxes

View = dict[str, Any]


def threads(connection: Connection, names: Iterable[str] | None, now: datetime) -> Iterator[View]:
    """These conversations, or all of them, oldest first; what came back to copies belongs to none."""
    asked = None if names is None else list(names)
    seen, beside = seen_mailboxes(connection), related(connection, asked)
    wanted = asked if asked is not None else list(connection.execute(_ALL).scalars())
    for some in slices(wanted):
        rows: dict[str, list[RowMapping]] = {}
        for row in connection.execute(_MESSAGES.where(message.c.thread.in_(some))).mappings():
            rows.setdefault(row["thread"], []).append(row)
        said = words(connection, some)
        for name in some:
            if name in rows:
                view = _thread(rows[name], said.get(name, []), now, seen) | {"related": beside.get(name, [])}
                began = view["messages"][0]["received"]
                view["earlier"] = earlier(connection, view["customer"], name, began) if view["customer"] else 0
                yield view


_ALL = select(thread.c.id).where(thread.c.merged_into.is_(None)).order_by(thread.c.id)
_MESSAGES = select(message).order_by(message.c.received, message.c.id)


def _thread(rows: list[RowMapping], said: list[Word], now: datetime, seen: frozenset[str]) -> View:
    told = Told([letter(row) for row in rows if row["forgotten"] is None], said)
    standing = stand(told.letters, told.words)
    mailboxes = list(dict.fromkeys(name for row in rows for name in row["mailboxes"]))
    waiting = standing.open[0] if standing.open else None
    asks = next((row for row in rows if waiting and row["id"] == waiting.letters[0]), None)
    whose = asks or next((row for row in rows if row["direction"] == "in"), rows[0])
    state = effective(standing.state, standing.snoozed_until, now, seen=next(iter(whose["mailboxes"]), None) in seen)
    return {
        "thread": rows[0]["thread"],
        "mailboxes": mailboxes,
        "customer": whose["customer"],
        "customer_name": whose["customer_name"],
        "subject": rows[0]["subject"],
        "state": state.value,
        "waiting_since": waiting.since if waiting else None,
        "related": [],
        "earlier": 0,  # conversations that the same customer had before
        "letters": standing.letters,
        "again": standing.again,
        "vip": standing.vip,
        "taken_by": standing.taken_by,
        "snoozed_until": standing.snoozed_until,
        "probably_finished": bool(waiting and waiting.courtesy is not None),
        "promise": _pledge(standing.pledge),
        "waits": [_wait(wait) for wait in standing.waits],
        "words": [_word(word) for word in said],
        "messages": [_message(row, standing) for row in rows],
    }


def _message(row: RowMapping, standing: Standing) -> View:
    keys = ("id", "message_id", "direction", "kind", "received", "subject", "snippet", "author")
    more = ("needs_answer", "needs_reasons", "thread_why")
    view = {key: row[key] for key in (*keys, *more)}
    part = standing.parts.get(row["id"])
    founder = (row["letter"] or {}).get("founder")
    return view | {"part": part.value if part else None, "founder": founder, "sha256": row["sha256"].hex()}


def _wait(wait: Wait) -> View:
    return {
        "customer": wait.customer,
        "since": wait.since,
        "letters": list(wait.letters),
        "again": wait.again,
        "courtesy": wait.courtesy,
        "end": _end(wait.end),
    }


def _end(end: End | None) -> View | None:
    if end is None:
        return None
    return {"at": end.at, "how": end.how.value, "by": end.by, "message": end.message, "founder": end.founder}


def _pledge(pledge: Pledge | None) -> View | None:
    if pledge is None:
        return None
    return {
        "phrase": pledge.phrase,
        "said": pledge.said,
        "due": pledge.due,
        "by": pledge.by,
        "message": pledge.message,
    }


def _word(word: Word) -> View:
    return {"at": word.at, "word": word.deed.value, "by": word.by, "why": word.why, "until": word.until}
