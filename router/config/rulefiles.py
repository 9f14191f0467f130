"""The folder of rules: every `*.toml` in it, in the order of their names.

Owns what is checked across rules and files; a single value is checked by `rulefields`. It must never stop at the
first fault, and a file that cannot be read must not hide what is wrong with the next one.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from router import shipped
from router.config.document import read_document
from router.config.expand import label
from router.config.faults import BARE, Fault
from router.config.ruletables import ConditionsTable, RuleTable
from router.config.wording import unknown_key, worded
from router.routing.rules import Rule

_ANYTHING = "does nothing: expected copy_to, withhold_from, folder, hold, vip or needs_answer"
_NOTHING = "expected at least one [[rule]], in a file whose name ends in .toml"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One [[rule]] that is right by itself, and how a fault names it."""

    file: str
    label: str
    rule: Rule


def read_rules(
    folder: Path | None,
    *,
    mailboxes: Collection[str],
    inboxes: Collection[str],
    hours: Collection[str],
    faults: list[Fault],
) -> tuple[Rule, ...]:
    """Read every rule of a folder, or the shipped one; what is wrong is added to `faults`."""
    folder = shipped.folder("rules") if folder is None else folder
    context = {"mailboxes": tuple(mailboxes), "inboxes": tuple(inboxes), "hours": tuple(hours)}
    try:
        paths = _files(folder)
    except (FileNotFoundError, NotADirectoryError):
        faults.append(Fault(folder.name, "this folder", BARE, "expected a folder that is there"))
        return ()
    except OSError as error:
        faults.append(Fault(folder.name, "this folder", BARE, f"cannot be read: {error.strerror}"))
        return ()
    found: list[_Entry] = []
    written = 0
    for path in paths:
        file = f"{folder.name}/{path.name}"
        for index, table in enumerate(_tables(path, file, faults), 1):
            written += 1
            found += _entry(file, label("rule", index - 1, table), table, context, faults)
    if not written and not any(fault.file.startswith(f"{folder.name}/") for fault in faults):
        faults.append(Fault(folder.name, "this folder", BARE, _NOTHING))
    faults += _namesakes(found)
    return tuple(entry.rule for entry in found)


def _files(folder: Path) -> list[Path]:
    """Hidden files are what editors leave behind."""
    return sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))


def _tables(path: Path, file: str, faults: list[Fault]) -> list[Any]:
    """The entries of one file, tables or not."""
    document = read_document(path, file)
    if isinstance(document, Fault):
        faults.append(document)
        return []
    faults += [unknown_key(file, key, key, ("rule",)) for key in document if key != "rule"]
    listed = document.get("rule", [])
    if not isinstance(listed, list):
        faults.append(Fault(file, "rule", listed, "a list of tables, each written [[rule]]"))
        return []
    return listed


def _entry(file: str, named: str, table: Any, context: dict[str, Any], faults: list[Fault]) -> list[_Entry]:
    """One rule, or none where something is wrong with it."""
    try:
        rule = RuleTable.model_validate(table, context=context)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            model = ConditionsTable if len(one["loc"]) > 1 and one["loc"][0] in ("when", "unless") else RuleTable
            faults.extend(worded(file, named, model, [one], {}))
        return []
    wrong = list(_contradictions(file, named, rule))
    faults.extend(wrong)
    return [] if wrong else [_Entry(file, named, rule.rule(file))]


def _contradictions(file: str, named: str, rule: RuleTable) -> Iterator[Fault]:
    """What is right key by key and makes no sense together."""
    if not rule.acts():
        yield Fault(file, named, BARE, _ANYTHING)
    if rule.first_day and rule.last_day and rule.last_day < rule.first_day:
        wanted = f"a day that does not come before first_day, {rule.first_day}"
        yield Fault(file, f"{named}.last_day", rule.last_day, wanted)
    # An empty `unless` would switch the rule off, and an empty `when` is a condition that somebody lost.
    for key, conditions in (("when", rule.when), ("unless", rule.unless)):
        if conditions is not None and not conditions.model_fields_set:
            yield Fault(file, f"{named}.{key}", BARE, "is empty: expected at least one condition")


def _namesakes(entries: list[_Entry]) -> Iterator[Fault]:
    """A name stands for its rule wherever a copy is explained, so that no two rules may share one."""
    seen: dict[str, _Entry] = {}
    for entry in entries:
        other = seen.setdefault(entry.rule.name.casefold(), entry)
        if other is not entry:
            wanted = f"a name of its own; {other.label} of {other.file} has it too"
            yield Fault(entry.file, f"{entry.label}.name", entry.rule.name, wanted)
