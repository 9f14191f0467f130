"""Rules that have ended, and go on for those who wished it. Pure.

What goes on is the copies of these inboxes, and where they are put. Whom the rule withheld mail from was part of what has
ended; and a wish is about one last day: whoever writes another one into the rule has decided anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from router.routing.globs import any_matches
from router.routing.rules import Rule


def going_on(
    rules: Sequence[Rule], kept: Mapping[tuple[str, str], frozenset[str]], inboxes: Sequence[str]
) -> tuple[Rule, ...]:
    """The rules, each followed by what goes on of it; `kept` has inboxes by the rule's name and last day."""
    found: list[Rule] = []
    for rule in rules:
        found.append(rule)
        if rule.last_day is None or not (wanted := kept.get((rule.name, rule.last_day.isoformat()))):
            continue
        theirs = tuple(name for name in inboxes if name in wanted and any_matches(rule.copy_to, (name,)))
        if theirs:
            after = rule.last_day + timedelta(days=1)
            found.append(replace(rule, copy_to=theirs, withhold_from=(), first_day=after, last_day=None))
    return tuple(found)
