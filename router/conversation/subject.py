"""Owns what a subject is about, without what mail programs and lists put around it (RFC 5322 section 3.6.5).

It must never take two subjects for one that people would tell apart, and it says nothing at all of those that people
write above anything: what is equal there proves nothing. One pass, whatever the length.
"""

import re
from unicodedata import normalize

SUBJECT_CAP = 998
SHORTEST = 4  # characters; what is shorter is "hi" and "???"

# "Reply" and "forward" as mail programs say it, with their counters ("Re[2]:", "Re(3):", "RE^4:").
_WORDS = (
    *(
        "re",
        "fw",
        "fwd",
        "aw",
        "wg",
        "antw",
        "antwort",
        "betr",
        "sv",
        "vs",
        "vb",
        "vl",
        "tr",
        "rv",
        "res",
        "enc",
        "rif",
    ),
    *(
        "ref",
        "odp",
        "pd",
        "ynt",
        "ilt",
        "bls",
        "doorst",
        "fs",
        "ot",
        "ha",
        "atb",
        "ang",
        "ri",
        "i",
        "r",
        "bc",
        "továbbítás",
    ),
    *(
        "отв",
        "ответ",
        "на",
        "fyi",
        "σχετ",
        "απ",
        "πρθ",
        "הועבר",
        "תשובה",
        "رد",
        "回复",
        "回覆",
        "答复",
        "答覆",
        "转发",
        "轉寄",
    ),
    *("返信", "転送", "회신", "전달"),
)
_PREFIX = re.compile(
    rf"(?:{'|'.join(map(re.escape, sorted(_WORDS, key=len, reverse=True)))})\s?+(?:[\[(^]\d{{1,4}}[\])]?+)?+\s?+:\s*+",
)
_TAG = re.compile(r"\[[^\[\]]{0,80}+\]\s*+")
_TAG_AT_END = re.compile(r"\s*+[\[(]\s?+(?:#|ticket|case|ref)[^\[\]()]{0,60}+[\])]\Z")
_TICKET = re.compile(
    r"(?:ticket|case|vorgang|fall)\s?+(?:#|no\.?+|nr\.?+|id)?+[\s:]*+#?+\d[\w-]{2,40}+\s*+[:\-]\s*+|#\d{3,20}+\s*+[:\-]?+\s*+"
)
_WORD = re.compile(r"\w+")

# Whole subjects that people write above anything; in the languages in which the prefixes are known, as far as common.
_ANYTHING = """
    hello hi hey dear test help info information question questions request inquiry enquiry order invoice urgent message
    contact feedback support problem issue complaint email mail news update reminder thanks thankyou offer payment
    subject nosubject contactform newmessage quickquestion generalenquiry customerservice followup
    hallo gutentag guten tag frage fragen anfrage bestellung rechnung dringend nachricht kontakt hilfe reklamation
    beschwerde angebot mahnung erinnerung danke keinbetreff ohnebetreff kontaktformular bitteumhilfe
    bonjour salut demande commande facture aide reclamation merci sansobjet probleme
    hola consulta pedido factura ayuda reclamacion gracias sinasunto pregunta
    ciao domanda ordine fattura aiuto reclamo grazie nessunoggetto richiesta
    ola pergunta encomenda fatura ajuda obrigado semassunto
    vraag bestelling factuur klacht bedankt geenonderwerp
    hej fråga beställning faktura hjälp tack spørgsmål bestilling
    cześć pytanie zamówienie zapytanie reklamacja привет вопрос заказ помощь безтемы
"""
_GENERIC = frozenset(_ANYTHING.split())


def topic(subject: str) -> str | None:
    """What a subject is about, in a form that can be compared; None where it says too little."""
    bare = _without_prefixes(_folded(subject))
    words = _WORD.findall(bare)
    joined = "".join(words)
    if len(joined) < SHORTEST or joined in _GENERIC or joined.isdigit():
        return None
    return " ".join(words)


def is_reply(subject: str) -> bool:
    """Whether a subject says that the mail answers or passes on another."""
    text = _folded(subject)
    at = 0
    while tag := _TAG.match(text, at) or _TICKET.match(text, at):
        at = tag.end()
    return _PREFIX.match(text, at) is not None


def _folded(subject: str) -> str:
    return " ".join(normalize("NFKC", subject[:SUBJECT_CAP]).casefold().split())


def _without_prefixes(text: str) -> str:
    """The text without prefixes, tags and ticket numbers in front; a subject that is nothing else keeps its tags' words."""
    at = 0
    while found := _PREFIX.match(text, at) or _TAG.match(text, at) or _TICKET.match(text, at):
        at = found.end()
    ended = text[at:]
    if at_end := _TAG_AT_END.search(ended[-100:]):
        ended = ended[: len(ended) - (min(len(ended), 100) - at_end.start())]
    if ended.strip():
        return ended
    return " ".join(tag for tag in _TAG.findall(text))
