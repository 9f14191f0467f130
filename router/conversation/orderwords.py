"""The words by which a reply orders something, passes the time of day, and ends; in English, German and French.

They are compared folded: ß is ss. A verb says what is so ("phoned", "angerufen"), never what is to be done ("call",
"anrufen"). Small talk may stand in an order because it changes nothing of it: no "not", no "will", no "should".
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
        Verb.DONE: """
            done closed close finished completed handled sorted solved resolved settled answered
            erledigt fertig abgeschlossen geschlossen gelöst geklärt beantwortet
            fait faite faits terminé terminée terminés réglé réglée réglés traité traitée traités clos fini résolu
        """,
        Verb.PHONED: "phoned telephoned rung rang called angerufen telefoniert appelé appelée téléphoné",
        Verb.MINE: "mine take taking meins meine übernehme uebernehme mach mache moi prends occupe m'occupe",
        Verb.TOMORROW: "tomorrow morgen demain",
        Verb.SNOOZE: "snooze später spaeter reporter",
        Verb.PARK: "park parken",
        Verb.NEVER: "never nie niemals jamais",
        Verb.BACK: "back reopen zurück zurueck rouvrir",
        Verb.FRESH: "fresh frisch frais",
    }.items()
    for word in table.split()
}
SMALL_TALK = _words("""
    hi hello hey dear all team router digest good morning afternoon evening day thanks thank you many thx cheers ta please
    ok okay sure and with for the is are as mark marked also too then number numbers nr nos i we have it its this these
    customer customers until till days i've we've i'm has been was were just now already today yesterday again
    everyone everybody folks
    hallo guten tag moin servus danke dank vielen schön bitte und mit für die der das ist sind als auch dann nummer
    nummern ich wir habe haben kunde kundin kunden bis alle alles hat sich wurde wurden schon bereits heute gestern wieder
    bonjour bonsoir salut merci beaucoup bien svp stp et pour le la les de c'est est sont avec aussi numéro numéros je
    j'ai nous ai avons client cliente clients m'en a été ont déjà aujourd'hui hier tous tout toutes
""")
UNITS: Mapping[str, timedelta] = {
    word: unit
    for unit, table in {
        timedelta(days=1): "d day days tag tage tagen j jour jours",
        timedelta(days=7): "w week weeks woche wochen semaine semaines",
        timedelta(hours=1): "h hour hours std stunde stunden heure heures",
    }.items()
    for word in table.split()
}
# Words beside which another one orders nothing, or is small talk: "Guten Morgen, 3 erledigt", "I will take 3".
GREETING = ("guten", "morgen")
WILLING = {"i'll": "take", "will": "take"}
ALL = _words("all everything alle alles tous tout toutes")
RANGES = _words("to bis till until through à")
# Words that no name stands for.
DENIALS = _words(
    "not no dont never but except without nicht kein keine nie aber außer ohne pas ne jamais mais sauf sans"
)
# What people write below their text, and everything under it.
CLOSINGS = frozenset(
    one.strip()
    for one in """
    best | best regards | kind regards | regards | many thanks | best wishes | cheers | yours | thanks | thank you
    | sincerely | thanks and regards | mit freundlichen grüßen | viele grüße | liebe grüße | beste grüße | gruß | grüße
    | mfg | lg | vg | freundliche grüße | mit besten grüßen | schöne grüße | danke | cordialement | bien cordialement
    | bien à vous | salutations | cdlt | merci | merci beaucoup | bonne journée | à demain | à bientôt
    """.casefold().split("|")
)


def said(line: str) -> list[str]:
    """The words of a line, folded."""
    return re.findall(r"[^\W\d_]++", line.casefold())


def has_verb(words: Iterable[str]) -> bool:
    """Whether one of these words orders something."""
    return any(word in VERBS for word in words)
