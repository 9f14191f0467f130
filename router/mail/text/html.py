"""HTML as lines of text, by selectolax (the lexbor parser) and a walk over its tree.

Nothing is rendered and nothing is fetched. The parser takes quadratic time where elements or attributes are nested or
repeated on purpose; what is larger than ordinary mail is therefore tamed before: no attribute stays that nobody needs,
and no more than some thousand tags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from selectolax.lexbor import LexborHTMLParser

from router.mail.text.lines import Lines
from router.mail.text.walk import walk

SOURCE_CAP = 256 * 1024
TAME_FROM = 32 * 1024  # characters
TAGS_CAP = 12_000

_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]{0,15}+)([^<>]*+)>?")
_KEPT = re.compile(
    r"\b(class|id|style|type|alt|data-signatureblock)\s*+=\s*+(?:\"([^\"<>]{0,600})\"|'([^'<>]{0,600})'|([^\s\"'<>]{1,200}))",
    re.I,
)
_ATTRIBUTES_CAP = 2_000


@dataclass(slots=True)
class Effort:
    """What may still be spent on the HTML of one mail, which may have hundreds of parts."""

    untamed: int = TAME_FROM  # characters
    tags: int = TAGS_CAP


def html_lines(source: str, effort: Effort | None = None) -> Lines:
    """The lines of an HTML text."""
    effort = effort or Effort()
    source = source[:SOURCE_CAP]
    if len(source) > effort.untamed:
        source = _tamed(source, effort)
    else:
        effort.untamed -= len(source)
        effort.tags -= source.count("<")
    if (root := LexborHTMLParser(source).root) is None:
        return Lines()
    made = walk(root, hidden=True)
    # Where everything is hidden nothing is: somebody has written what we do not understand.
    return made if any(made.texts) else walk(root, hidden=False)


def _tamed(source: str, effort: Effort) -> str:
    """The same source without what makes parsing slow; the text stays whole."""

    def plain(found: re.Match[str]) -> str:
        effort.tags -= 1
        if effort.tags < 0:
            return ""
        name, rest = found.groups()
        kept = ""
        if rest and name[0] != "/":
            for attribute in islice(_KEPT.finditer(rest[:_ATTRIBUTES_CAP]), 6):
                value = next((each for each in attribute.groups()[1:] if each is not None), "")
                kept += f' {attribute[1]}="{value.replace(chr(34), "")}"'
        return f"<{name}{kept}>"

    return _TAG.sub(plain, source)
