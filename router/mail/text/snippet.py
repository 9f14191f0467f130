"""The first sentence or two of what somebody wrote, in one line, without the salutation."""

from __future__ import annotations

import re

from router.mail.text.phrases import phrases

LENGTH = 200
ENOUGH = 60  # a first sentence that is shorter takes the next one with it
_LOOKED_AT = 2_000  # characters
_SALUTATIONS_CAP = 3
_END = re.compile(r"[.!?…]++[\"'”’»)]*+|[。！？]++[」』”]*+")
# A salutation begins with one of these words …
_GREETINGS: frozenset[str] = frozenset(
    phrases("""
        hi | hello | hey | dear | greetings | hallo | liebe | lieber | liebes | hallöchen | moin | servus | grüezi
        werte | werter | bonjour | bonsoir | salut | cher | chère | chers | chères | madame | monsieur | mesdames
        coucou | hola | buenas | buenos | ciao | salve | buongiorno | buonasera | gentile | gentili | egregio
        egregi | spett.le | spett | spettabile | caro | cara | hoi | beste | geachte | goedemorgen | goedemiddag
        goedenavond | dag | goededag | olá | ola | oi | cześć | witam | witaj | hej | hejsan | bästa | tjena | kære
        hei | kjære | moi | terve | hyvä | hyvät | ahoj | čau | milý | milá | milí | здравствуйте | здравствуй
        привет | вітаю | szia | sziasztok | kedves | bună | merhaba | sayın | γεια | bok | שלום | مرحبا | halo | yth
        sirs | sir | team | all
    """)
)
# … or with one of these beginnings.
_BEGINNINGS: tuple[str, ...] = phrases("""
    good morning | good afternoon | good evening | good day | to whom it may | guten tag | guten morgen
    guten abend | sehr geehrte | grüß gott | buenos días | buenas tardes | estimad | querid | bom dia
    boa tarde | boa noite | prezad | dzień dobry | szanown | drogi | droga | god morgon | god dag | god morgen
    dobrý den | vážen | добрый день | добрый вечер | доброе утро | уважаем | доброго дня | шановн | tisztelt
    jó napot | stimat | iyi günler | καλημέρα | αγαπητ | poštovan | السلام | xin chào | kính gửi | selamat
    お世話になっております | お世話になります | いつもお世話に | こんにちは | 您好 | 你好 | 尊敬的 | 안녕하세요 | 안녕하십니까
""")
_ADDRESSED: frozenset[str] = frozenset(
    phrases("""
        there | all | everyone | everybody | team | folks | guys | again | sir | madam | sirs | or | and | und | et
        y | e | i | ed | en | och | og | ja | to | you | support | service | customer | zusammen | damen | herren
        à | tous | toutes | a | todos | tutti | allemaal | ihr | the | van | de | der | von | du | alle | alla
        wszystkim | państwo | pani | panie | panu | всем | vespăt | kolleginnen | kollegen | sirs/madam | sir/madam
    """)
)
_CLOSED = (",", "!", "，", "！", "、", "。")


def snippet(text: str) -> str:
    """One line of at most `LENGTH` characters."""
    line = " ".join(" ".join(_first_lines(text)).split())
    at = 0
    for found in _END.finditer(line, 0, LENGTH):
        # A point in "1.0" ends nothing; a full stop of Japanese needs no space behind it.
        if found.end() < len(line) and not line[found.end()].isspace() and found[0][0] not in "。！？":
            continue
        at = found.end()
        if at >= ENOUGH:
            break
    # A single sentence that is a short one ends where the text ends or is cut.
    if at >= ENOUGH or at == len(line):
        return line[:at]
    return _cut(line)


def _first_lines(text: str) -> list[str]:
    """As many lines as a snippet may need."""
    several = [line for each in text[:_LOOKED_AT].split("\n") if (line := each.strip())]
    lines: list[str] = []
    size = salutations = 0
    for line in several:
        if not line[0].isalnum() and not any(map(str.isalnum, line)):
            continue  # a line that is drawn
        if not lines and salutations < _SALUTATIONS_CAP and salutes(line):
            salutations += 1
            continue
        lines.append(line)
        size += len(line) + 1
        if size > LENGTH:
            break
    return lines or several


def salutes(line: str) -> bool:
    """Whether the line is nothing but a salutation."""
    if len(line) > 60 or line.endswith(("?", "？")):
        return False
    low = line.lower()
    bare = line.rstrip(",.!:;，、。！ -–—")
    words = bare.split()
    known = low.startswith(_BEGINNINGS)
    if not words or not (known or words[0].rstrip(",.!:").lower() in _GREETINGS) or len(words) > 7:
        return False
    if line.endswith(_CLOSED) or known:
        return True
    # "Hi my order is late" is no salutation, "Hi Anna" is one: names have capitals.
    return "," not in bare and all(word[0].isupper() or word.lower() in _ADDRESSED for word in words[1:])


def _cut(line: str) -> str:
    if len(line) <= LENGTH:
        return line
    cut = line[: LENGTH - 1]
    at = cut.rfind(" ")
    # Languages without spaces are cut anywhere.
    return (cut[:at] if at > LENGTH // 2 else cut).rstrip(" ,;:-–") + "…"
