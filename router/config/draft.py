"""The tables of one file, each checked by itself, before they are checked together.

Owns the order and the names of the tables, and how an entry is named in a fault. A table that is faulty is left out and
hides no fault of another. It must never compare two tables: `checks` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from router.config.base import Part
from router.config.expand import PLATFORMS, Expanded, Origin, entries, label
from router.config.faults import Fault
from router.config.general import Alarm, Delivery, Log, Retention, Router
from router.config.people import Digest, Goal, Hours, Inbox, Mailbox
from router.config.short import SHORT
from router.config.transport import OAuth, Relay, Smtp, Source
from router.config.wording import Loc, key_of, unknown_key, worded

P = TypeVar("P", bound=Part)
E = TypeVar("E", bound=Part, covariant=True)  # an entry is only read

SINGLE: Mapping[str, type[Part]] = {
    "router": Router,
    "smtp": Smtp,
    "relay": Relay,
    "retention": Retention,
    "delivery": Delivery,
    "alarm": Alarm,
    "log": Log,
}
MANY: Mapping[str, type[Part]] = {
    "oauth": OAuth,
    "mailbox": Mailbox,
    "inbox": Inbox,
    "source": Source,
    "hours": Hours,
    "goal": Goal,
    "digest": Digest,
}


@dataclass(frozen=True, slots=True)
class Entry(Generic[E]):
    """One entry of an array that is right by itself, and how a fault names it."""

    label: str
    value: E
    given: frozenset[str]  # the keys that were written
    renamed: Mapping[Loc, Loc]

    def key(self, *loc: str | int) -> str:
        """A key of this entry, as a fault names it."""
        return key_of(self.label, loc, self.renamed)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is right by itself; None and left out are what is not."""

    file: str
    folder: Path
    expanded: Expanded
    router: Router | None
    smtp: Smtp | None
    relay: Relay | None
    retention: Retention | None
    delivery: Delivery | None
    alarm: Alarm | None
    log: Log | None
    oauths: tuple[Entry[OAuth], ...]
    mailboxes: tuple[Entry[Mailbox], ...]
    inboxes: tuple[Entry[Inbox], ...]
    sources: tuple[Entry[Source], ...]
    hours: tuple[Entry[Hours], ...]
    goals: tuple[Entry[Goal], ...]
    digests: tuple[Entry[Digest], ...]

    def names(self, table: str) -> tuple[str, ...]:
        """The names that an array gives, those of faulty entries too, so that a reference to one is no second fault."""
        found = (entry.get("name") for entry in self.raw(table))
        return tuple(name for name in found if isinstance(name, str))

    def raw(self, table: str) -> list[dict[str, Any]]:
        """The entries of an array, right or not, in their long form."""
        return entries(self.expanded.tables, table)

    def has(self, table: str) -> bool:
        """Whether a table is written, right or not."""
        return self.expanded.tables.get(table) not in (None, [])

    def written(self, value: object) -> object:
        """A value as somebody would write it in this file: paths from its folder on."""
        if not isinstance(value, Path):
            return value
        return str(value.relative_to(self.folder) if value.is_relative_to(self.folder) else value)

    def origin(self, table: str, index: int) -> Origin:
        """Where an entry was written."""
        return self.expanded.origins.get((table, index), Origin())


class Drafter:
    """Checks one table after the other and collects what is wrong."""

    def __init__(self, file: str, expanded: Expanded, context: Mapping[str, Any], faults: list[Fault]) -> None:
        self.file, self.expanded, self.context, self.faults = file, expanded, context, faults

    def draft(self, folder: Path) -> Draft:
        """All tables of the file."""
        tables = self.expanded.tables
        known = (*SINGLE, *MANY, *PLATFORMS)
        self.faults += [unknown_key(self.file, key, key, known) for key in tables if key not in known]
        broken = {key for key, table in self.expanded.short.items() if self._table(SHORT[key], key, table) is None}
        return Draft(
            file=self.file,
            folder=folder,
            expanded=self.expanded,
            router=self._single(Router, "router", tables.get("router", {})),
            smtp=self._single(Smtp, "smtp", tables.get("smtp")),
            relay=self._single(Relay, "relay", tables.get("relay")),
            oauths=self._many(OAuth, "oauth", skip=broken),
            mailboxes=self._many(Mailbox, "mailbox"),
            inboxes=self._many(Inbox, "inbox"),
            sources=self._many(Source, "source"),
            hours=self._many(Hours, "hours"),
            goals=self._many(Goal, "goal"),
            digests=self._many(Digest, "digest"),
            retention=self._single(Retention, "retention", tables.get("retention", {})),
            delivery=self._single(Delivery, "delivery", tables.get("delivery", {})),
            alarm=self._single(Alarm, "alarm", tables.get("alarm", {})),
            log=self._single(Log, "log", tables.get("log", {})),
        )

    def _single(self, model: type[P], table: str, found: object) -> P | None:
        if isinstance(found, list):
            self.faults.append(Fault(self.file, table, found, f"one table, written [{table}]"))
            return None
        return None if found is None else self._table(model, table, found)

    def _many(self, model: type[P], table: str, skip: set[str] | None = None) -> tuple[Entry[P], ...]:
        listed = self.expanded.tables.get(table, [])
        if not isinstance(listed, list):
            self.faults.append(Fault(self.file, table, listed, f"a list of tables, each written [[{table}]]"))
            return ()
        found = []
        for index, raw in enumerate(listed):
            if skip and isinstance(raw, dict) and raw.get("name") in skip:
                continue
            origin = self.expanded.origins.get((table, index), Origin())
            named = origin.label or label(table, index, raw)
            value = self._table(model, named, raw, origin)
            if value is not None:
                found.append(Entry(named, value, frozenset(value.model_fields_set), origin.renamed))
        return tuple(found)

    def _table(self, model: type[P], named: str, raw: object, origin: Origin | None = None) -> P | None:
        try:
            return model.model_validate(raw, context=dict(self.context))
        except ValidationError as error:
            renamed = origin.renamed if origin else {}
            self.faults += worded(self.file, named, model, error.errors(include_url=False), renamed)
            return None
