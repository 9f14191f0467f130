"""From a file to settings, or to everything that is wrong with it.

Owns the order: find, read, expand, check each table, fill in defaults, check the tables together, read the rules. It
must never stop at the first fault, and never hand out settings that have one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from router.config.checks import check
from router.config.document import read_document
from router.config.draft import Draft, Drafter
from router.config.expand import expand
from router.config.faults import Fault, Faults
from router.config.finish import finish
from router.config.general import Router
from router.config.rulefiles import read_rules
from router.config.settings import Settings
from router.routing.rules import Rule

P = TypeVar("P")

FILE = "router.toml"
VARIABLE = "ROUTER_CONFIG"


def find_file(option: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """Where the configuration is: `--config`, then ROUTER_CONFIG, then router.toml in the current folder."""
    if option is not None:
        return cwd / option
    named = environ.get(VARIABLE)
    return cwd / named if named else cwd / FILE


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of one file; raises `Faults` with all of them at once."""
    path = path.absolute()
    draft, rules, faults = _read(path, environ)
    if faults:
        raise faults
    return _settings(path, draft, rules)


def glimpse(path: Path, environ: Mapping[str, str]) -> tuple[Router, Faults | None]:
    """The table [router] alone, and what is wrong elsewhere: enough for whoever only looks into the database.

    A typo in a rule must not blind the operator. Raises `Faults` where [router] itself cannot be read.
    """
    draft, _, faults = _read(path.absolute(), environ)
    if draft.router is None:
        assert faults is not None
        raise faults
    return draft.router, faults


def _read(path: Path, environ: Mapping[str, str]) -> tuple[Draft, tuple[Rule, ...], Faults | None]:
    expanded = expand(_document(path))
    faults: list[Fault] = []
    context = {"folder": path.parent, "credentials": environ.get("CREDENTIALS_DIRECTORY")}
    draft = finish(Drafter(path.name, expanded, context, faults).draft(path.parent))
    check(draft, faults)
    rules = _rules(draft, faults)
    # Two causes may ask for the same cure.
    return draft, rules, Faults({str(fault): fault for fault in faults}.values()) if faults else None


def _document(path: Path) -> dict[str, Any]:
    found = read_document(path, path.name)
    if isinstance(found, Fault):
        raise Faults([found])
    return found


def _rules(draft: Draft, faults: list[Fault]) -> tuple[Rule, ...]:
    """The rules, checked against the names that are there; the shipped one where no folder is named."""
    if any(fault.key == "router.rules" for fault in faults):
        return ()  # it is said already that the folder is not there
    folder = draft.router.rules if draft.router else _written_folder(draft)
    return read_rules(
        folder,
        mailboxes=draft.names("mailbox"),
        inboxes=draft.names("inbox"),
        hours=draft.names("hours"),
        faults=faults,
    )


def _written_folder(draft: Draft) -> Path | None:
    """The folder of rules where something else in [router] is wrong: that hides no fault of a rule."""
    table = draft.expanded.tables.get("router")
    written = table.get("rules") if isinstance(table, dict) else None
    return draft.folder / Path(written).expanduser() if isinstance(written, str) else None


def _settings(path: Path, draft: Draft, rules: tuple[Rule, ...]) -> Settings:
    """A draft without a fault is whole."""
    return Settings(
        file=path,
        folder=path.parent,
        router=_whole(draft.router),
        smtp=draft.smtp,
        relay=draft.relay,
        oauths=tuple(one.value for one in draft.oauths),
        mailboxes=tuple(one.value for one in draft.mailboxes),
        inboxes=tuple(one.value for one in draft.inboxes),
        sources=tuple(one.value for one in draft.sources),
        hours=tuple(one.value for one in draft.hours),
        goals=tuple(one.value for one in draft.goals),
        digests=tuple(one.value for one in draft.digests),
        retention=_whole(draft.retention),
        delivery=_whole(draft.delivery),
        alarm=_whole(draft.alarm),
        log=_whole(draft.log),
        rules=rules,
    )


def _whole(part: P | None) -> P:
    """A table that is there, since whatever made it none would have been a fault."""
    assert part is not None
    return part
