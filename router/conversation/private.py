"""Whether a sentence has something in it that is to be shown to nobody else, or says nothing to anybody else.

Addresses, URLs, telephone and order numbers, anything with a digit. Linear, in a sentence of any length.
"""

import re

_SIGN = re.compile(r"[@\\<>{}|#=_*~^]|://|\bwww\.|[^\W\d_]\.[^\W\d_]")
_DIGITS = re.compile(r"\d")
_LONG_NUMBER = re.compile(r"(?:\d[ ()/.+-]{0,3}){5}")
_STREET = re.compile(
    r"\b(?:street|avenue|road|lane|postcode|zip code|straße|strasse|platz|gasse|weg|postfach|rue|boulevard|calle|avenida|plaza"
    r"|via|viale|piazza|straat|laan|plein|rua|gatan|vägen|vej|gade|veien|gate|ulica|ul)\b",
    re.IGNORECASE,
)


def has_address(sentence: str) -> bool:
    """A mail address, a URL, a telephone or order number, or a street with a number."""
    if _SIGN.search(sentence) or _LONG_NUMBER.search(sentence):
        return True
    return _DIGITS.search(sentence) is not None and _STREET.search(sentence) is not None


def has_number(sentence: str) -> bool:
    """Any digit at all."""
    return _DIGITS.search(sentence) is not None
