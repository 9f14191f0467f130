"""Names: each thing has one of its own, and whatever is referred to is there.

It must never look at what a thing does.
"""

from collections.abc import Iterator

from router.config.draft import Draft, Entry
from router.config.expand import label
from router.config.faults import BARE, MISSING, Fault
from router.config.general import Router
from router.config.people import Digest, Goal
from router.config.wording import did_you_mean, key_of, one_of

_LOCAL_LENGTH = 30
_LOCAL_LENGTH_OF_DIGESTS = 23  # a reply address names the person too, of hundreds at the most
RESERVED = ("smtp", "journal", "import")  # ways in that are no [[source]]
_NAMED = ("oauth", "mailbox", "inbox", "source", "hours", "goal", "digest")


def enough(draft: Draft) -> Iterator[Fault]:
    """Somebody to write to, somebody to copy to, and a way out where one is needed."""
    if not draft.has("mailbox"):
        yield Fault(draft.file, "mailbox", MISSING, "at least one [[mailbox]], an address that customers write to")
    if not draft.has("inbox"):
        yield Fault(draft.file, "inbox", MISSING, "at least one [[inbox]], whose owner gets the copies")
    if draft.digests and draft.router and draft.router.address is None:
        yield Fault(draft.file, "router.address", MISSING, "the address that digests are sent from")
    if draft.router and draft.router.address is None:
        for inbox in draft.inboxes:
            if inbox.value.deliver == "smtp":
                yield Fault(
                    draft.file, "router.address", MISSING, f"the address that {inbox.label} gets its copies from"
                )
    elif draft.router and draft.digests:
        wanted = "bounces of digests and replies to them need room"
        yield from _short_enough(draft.file, draft.router, _LOCAL_LENGTH_OF_DIGESTS, wanted)
    elif draft.router and any(inbox.value.deliver == "smtp" for inbox in draft.inboxes):
        yield from _short_enough(draft.file, draft.router, _LOCAL_LENGTH, "bounces need room")
    for source in draft.sources:
        if source.value.kind == "own" and draft.router and draft.router.address is None:
            yield Fault(draft.file, "router.address", MISSING, f"the address that {source.label} reads")


def _short_enough(file: str, router: Router, most: int, why: str) -> Iterator[Fault]:
    """A plus and a token go behind the local part, which may have 64 octets then (RFC 5321 section 4.5.3.1.1)."""
    address = router.address or ""
    if router.bounce_domain is None and len(address.rpartition("@")[0]) > most:
        wanted = f"no more than {most} characters before the @, or router.bounce_domain: {why}"
        yield Fault(file, "router.address", address, wanted)


def reserved(draft: Draft) -> Iterator[Fault]:
    """A source's name tells which way a mail came: it is none of the ways that are there without a source."""
    for source in draft.sources:
        if source.value.name.casefold() in RESERVED:
            wanted = f"another name than {one_of(RESERVED)}, which are ways in of their own"
            yield Fault(draft.file, f"{source.label}.name", source.value.name, wanted)


def names(draft: Draft) -> Iterator[Fault]:
    """No name twice, whatever its case: names become folders."""
    for table in _NAMED:
        seen: dict[str, str] = {}
        for index, entry in enumerate(draft.raw(table)):
            name, origin = entry.get("name"), draft.origin(table, index)
            if not isinstance(name, str):
                continue
            here = origin.label or label(table, index, entry)
            key = key_of(here, ("name",), origin.renamed)
            if name.casefold() in seen:
                yield Fault(draft.file, key, name, f"a name of its own; {seen[name.casefold()]} has it too")
            seen.setdefault(name.casefold(), here)


def references(draft: Draft) -> Iterator[Fault]:
    """Every name that refers to something does."""
    for mailbox in draft.mailboxes:
        yield from _known(draft, f"{mailbox.label}.hours", mailbox.value.hours, "hours")
    for inbox in draft.inboxes:
        yield from _known(draft, f"{inbox.label}.oauth", inbox.value.oauth, "oauth")
    for source in draft.sources:
        yield from _known(draft, f"{source.label}.mailbox", source.value.mailbox, "mailbox")
        yield from _known(draft, f"{source.label}.oauth", source.value.oauth, "oauth")
    several: tuple[Entry[Goal | Digest], ...] = (*draft.goals, *draft.digests)
    for one in several:
        for number, name in enumerate(one.value.mailboxes, 1):
            yield from _known(draft, f"{one.label}.mailboxes[{number}]", name, "mailbox")
    if draft.relay:
        yield from _known(draft, "relay.oauth", draft.relay.oauth, "oauth")
    for where in draft.expanded.clashes:
        yield Fault(draft.file, f"{where}.open", BARE, "expected hours or open, not both")


def _known(draft: Draft, key: str, name: str | None, table: str) -> Iterator[Fault]:
    known = draft.names(table)
    right = isinstance(draft.expanded.tables.get(table, []), list)  # else its own fault is enough
    if name is not None and name not in known and right:
        listed = one_of(known) if known else "there is none"
        hint = did_you_mean(name, known) or f" ({listed})"
        yield Fault(draft.file, key, name, f"the name of a [[{table}]]{hint}")
