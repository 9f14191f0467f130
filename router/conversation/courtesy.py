"""Whether a customer's letter is a pure courtesy: thanks, praise and good wishes, and nothing else whatever.

The reading is a proof, not a guess: every word of the letter must belong to a phrase of one language's list, or be a
name where names stand (beside a greeting, after thanks, under a closing). One word that no list has, and the letter is
none: so a question, a condition, a "but", a number, a new fact or an attachment needs no list of its own. The words in
`never` are no names, however they are written. What is read as finished here a person sees again with one word, and
nothing of it is ever hidden; so a courtesy that is missed costs a line on a list, and one that is wrong costs trust.

It is pure, total and linear: a letter of over a thousand characters is none.
"""

import re
import unicodedata
from dataclasses import dataclass

from router.conversation.phrases import LANGUAGES, Gate, apart, fold, unspaced, words_of
from router.conversation.tiling import NEVER, SOFT, THUMBS, TOKEN, Phrases, Sentence, are_names, every, is_alphabetic

LONGEST = 1_000
_SENTENCES = 7
_EVIDENCE = 200
_SIGNATURE_LINES = 7
_WRAPPED = 50  # a line of so many characters that ends in no mark may run on in the next

# "Re:", "AW:", "SV[2]:": the subject is that of the conversation, not of this letter.
_REPLIES = "re aw antw antwort sv vs odp ynt rif r res ref vb vl bls ats atb vá να απ отв ответ 回复 回覆 答复 返信"
_REPLY = re.compile(
    rf"(?:\[[^\[\]]{{0,40}}\] ?)*+(?:{'|'.join(_REPLIES.split())}) ?(?:\[\d{{1,3}}\]|\(\d{{1,3}}\)|\^\d{{1,3}})?+ ?[:：]",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!;。！｡]++(?:[.!;。！｡]++|$)")
_ABBREVIATED = re.compile(r"\b([^\W\d_])\.(?=[^\W\d_](?:\.|\b))")  # m.f.G., J.P.
_TITLE = re.compile(r"\b(mr|mrs|ms|dr|prof|hr|fr|sr|sra|srta|sig|dott|ing|mme|st|dhr|mevr|mvr|dipl)\.", re.IGNORECASE)
_FRIENDLY = "☺☻😊🙂😀😃😄😁😉😍🥰😘🤗🥳😎❤♥💕💛💚💙💜🧡🎉🎊✨🌟⭐💐🌹🌸🌞☀🙏🙇💪♀♂"  # never a courtesy alone
_SKINS = "🏻🏼🏽🏾🏿\ufe0f\u200d"
_SMILEY = re.compile(rf"(?<!\S)(?:[:;=]-?[)D]|<3|\^\^)++(?!\w)|(?<=\w)[ .!]?[:;]-?\)|[{_FRIENDLY}]")
_SKIN = re.compile(f"[{_SKINS}]")
_LABELS = "tel phone ph mob mobile cell fax telefon telefoon handy tél t m p f mobil móvil тел"
_CONTACT = re.compile(
    rf"(?:\+\d|(?:{'|'.join(_LABELS.split())})[.: ]|(?:https?://|www\.)\S+$|\S+@\S+\.\w+$)", re.IGNORECASE
)
# Small words that stand between the large ones of a signature.
_SMALL = (
    "of and & for the de la du des der die das für und y e et van von den da do di i och og | / , . - – — • · : ' ’"
)
_FIRM = frozenset(_SMALL.split())


_TABLES = tuple(Phrases(language) for language in LANGUAGES if language.courtesy)
_GATE = Gate(pattern for one in LANGUAGES if one.spaced for pattern in one.courtesy.get("thanks", ()))
_UNSPACED_GATE = Gate(pattern for one in LANGUAGES if not one.spaced for pattern in one.courtesy.get("thanks", ()))
_FOOTERS = tuple(sorted(every("footer"), key=len, reverse=True))
_DEVICES = every("device")
# "Jane Miller reacted to your message: 👍": what programs send for a click.
_QUESTION = re.compile("[?？؟\u037e]")
_THUMB = f"[{''.join(sorted(THUMBS))}]"
_REACTION = re.compile(
    rf"(?P<who>.{{1,60}}?) (?:{'|'.join(sorted(every('reacted')))})[: ]*+(?P<mark>{_THUMB}?)[{_SKINS}]*+", re.IGNORECASE
)
_MARKED = re.compile(_THUMB)


def courtesy(new_text: str, subject: str = "") -> str | None:
    """The sentence by which the letter is nothing but a courtesy, or none.

    A subject that is no "Re:" is the customer's own and must be a courtesy too; it speaks for a letter without text.
    """
    if len(new_text) > LONGEST or len(subject) > LONGEST:
        return None
    own = "" if _REPLY.match(subject.strip()) else subject.strip()
    text = new_text.strip()
    if not text:
        return _read(own) if own else None
    found = _read(text)
    return found if found and (not own or _read(own)) else None


def _read(text: str) -> str | None:
    if not _may_be(text):
        return None
    text = unicodedata.normalize("NFC", text)
    letter = _Letter()
    for line in _lines(text):
        if not letter.take(line):
            return None
    return letter.phrase


def _may_be(text: str) -> bool:
    """Whether it is worth a look: most letters are none, and hold a question."""
    if _QUESTION.search(text):
        return False
    if _GATE.opens(words_of(text)):
        return True
    return _MARKED.search(text) is not None or (unspaced(text) and _UNSPACED_GATE.opens_within(fold(text)))


def _lines(text: str) -> list[str]:
    """The lines that a person wrote, wrapped ones joined."""
    lines: list[str] = []
    for line in text.splitlines():
        line = " ".join(line.split())
        if not line or _is_footer(fold(line)):
            continue
        if (reaction := _REACTION.fullmatch(line)) and are_names(TOKEN.findall(reaction["who"]), written_large=False):
            line = reaction["mark"]
            if not line:
                continue
        if lines and len(lines[-1]) >= _WRAPPED and lines[-1][-1].isalnum():
            lines[-1] += " " + line
        else:
            lines.append(line)
    return lines


def _is_footer(line: str) -> bool:
    """What a device puts below: "Sent from my iPhone"; the device must be named."""
    begins = next((footer for footer in _FOOTERS if line.startswith(footer)), None)
    if begins is None:
        return False
    words = TOKEN.findall(line[len(begins) :])
    return len(words) <= 5 and not _DEVICES.isdisjoint(TOKEN.findall(line)) and NEVER.isdisjoint(words)


@dataclass(slots=True)
class _Letter:
    """How far the reading of one letter has come."""

    phrase: str | None = None
    closed: bool = False  # what follows is a signature
    sentences: int = 0
    below: int = 0  # lines of the signature

    def take(self, line: str) -> bool:
        """Read one line; false where something in it is no courtesy."""
        if self.closed:
            return self._signature(line)
        bare = _SMILEY.sub(" ", _SKIN.sub("", _ABBREVIATED.sub(r"\1", _TITLE.sub(r"\1", line))))
        for count, found in enumerate(_SENTENCE.finditer(bare)):
            sentence = found[0].strip()
            tokens = TOKEN.findall(apart(sentence.rstrip(".!;。！｡ ")))
            if sentence.endswith("..") or "…" in sentence:  # something is left unsaid
                return False
            if not tokens:
                continue
            self.sentences += 1
            if self.sentences > _SENTENCES:
                return False
            if self.closed or not self._sentence(tokens, sentence):
                # A name alone below thanks is how many sign.
                whole = TOKEN.findall(bare.rstrip(".!"))
                if count or self.phrase is None or self.closed or not are_names(whole, written_large=True):
                    return False
                self.closed = True
                return True
        return True

    def _sentence(self, tokens: list[str], sentence: str) -> bool:
        words = [fold(token).strip() for token in tokens]
        if not all(word in SOFT or word in THUMBS or word.isalpha() or is_alphabetic(word) for word in words):
            return False
        for table in _TABLES:
            reading = Sentence(table, tokens, words)
            if reading.holds():
                if reading.thanks and self.phrase is None:
                    self.phrase = sentence[:_EVIDENCE]
                self.closed = reading.closing
                return True
        return False

    def _signature(self, line: str) -> bool:
        self.below += 1
        words = [fold(token).strip() for token in TOKEN.findall(line)]
        contact = self.below > 1 and _CONTACT.match(line) is not None
        said = set(words[1:] if contact else words) - _FIRM  # the label of a number is no word
        too_much = self.below > _SIGNATURE_LINES or len(words) > 14
        if too_much or not NEVER.isdisjoint(said) or "!" in line:
            return False
        if contact or are_names(TOKEN.findall(line.replace(".", " ")), written_large=False):
            return True
        plain = line.replace(".", " ").split()
        return len(plain) <= 7 and all(
            word in _FIRM or (not word[0].islower() and not any(map(str.isdigit, word))) for word in plain
        )
