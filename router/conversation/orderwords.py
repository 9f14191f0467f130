"""The words by which a reply orders something, passes the time of day, and ends; in English and German.

They are compared folded: ß is ss.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

from router.conversation.orders import Verb


def _words(table: str) -> frozenset[str]:
    return frozenset(table.casefold().split())  # as texts are compared: ß becomes ss


VERBS: Mapping[str, Verb] = {
    word: verb
    for verb, table in {
        Verb.DONE: "done closed close erledigt fertig",
        Verb.PHONED: "phoned telephoned rung rang angerufen telefoniert",
        Verb.MINE: "mine take meins meine übernehme",
        Verb.TOMORROW: "tomorrow morgen",
        Verb.SNOOZE: "snooze später",
        Verb.PARK: "park parken",
        Verb.NEVER: "never nie niemals",
        Verb.BACK: "back reopen zurück",
        Verb.FRESH: "fresh frisch",
    }.items()
    for word in table.split()
}
SMALL_TALK = _words("""
    hi hello hey dear all team router digest good morning afternoon evening day thanks thank you many thx cheers ta please
    ok okay sure and with for the is are as mark marked also too then number numbers nr nos i we have it its this these
    customer customers until till days hallo guten tag moin servus danke dank vielen schön bitte und mit für die der
    das ist sind als auch dann nummer nummern ich wir habe haben kunde kunden bis
""")
UNITS: Mapping[str, timedelta] = {
    word: unit
    for unit, table in {
        timedelta(days=1): "d day days tag tage tagen",
        timedelta(days=7): "w week weeks woche wochen",
        timedelta(hours=1): "h hour hours std stunde stunden",
    }.items()
    for word in table.split()
}
# Words that no name stands for.
DENIALS = _words("not no dont never but except without nicht kein keine nie aber außer ohne")
# What people write below their text, and everything under it.
CLOSINGS = frozenset(
    one.strip()
    for one in """
    best | best regards | kind regards | regards | many thanks | best wishes | cheers | yours | thanks | thank you
    | sincerely | thanks and regards | mit freundlichen grüßen | viele grüße | liebe grüße | beste grüße | gruß | grüße
    | mfg | lg | vg | freundliche grüße | mit besten grüßen | schöne grüße | danke
    """.casefold().split("|")
)


def said(line: str) -> list[str]:
    """The words of a line, folded."""
    return re.findall(r"[^\W\d_]++", line.casefold())


def has_verb(words: Iterable[str]) -> bool:
    """Whether one of these words orders something."""
    return any(word in VERBS for word in words)
