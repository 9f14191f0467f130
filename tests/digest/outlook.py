"""What HTML of ours may hold: what every Outlook for Windows shows, by Can I email, and what is listed here with its reason."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

# Old HTML that Can I email does not list since nobody doubts it; the Word engine has read it since Outlook 2007.
_PLAIN = "HTML 4, older than Outlook"
ELEMENTS = {
    "html": _PLAIN,
    "head": _PLAIN,
    "title": _PLAIN,
    "meta": "charset, width and colour schemes: whoever does not know one passes it over",
    "tr": _PLAIN,
    "td": _PLAIN,
    "br": _PLAIN,
    "b": _PLAIN,
    "a": _PLAIN,
}
ATTRIBUTES = {
    "bgcolor": _PLAIN,
    "border": _PLAIN,
    "colspan": _PLAIN,
    "href": _PLAIN,
    "style": _PLAIN,
    "class": "for the <style> block alone, which holds nothing that matters",
    "charset": "of a meta",
    "name": "of a meta",
    "content": "of a meta",
}
# What some Outlook passes over, and what it shows instead.
PROPERTIES = {
    "color": "CSS 1, older than Outlook",
    "max-width": "Word takes the 640 pixels of the table in the conditional comment",
    "word-break": "an address that is too long widens the card",
}
RULES = {
    "@media": "the dark and small screens of others; Outlook has neither",
    "prefers-color-scheme": "the same",
    "!important": "within @media only",
    "html5 doctype": "read as a transitional one: tables and inline styles are the same in both",
}


class Page(HTMLParser):
    """Elements, attributes and declarations of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.styles: set[str] = set()
        self.values: list[tuple[str, str, str]] = []
        self.sheet = self.words = ""
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.elements.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            self.values.append((tag, name, value or ""))
            if name == "style":
                self.styles.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.sheet += data
        else:
            self.words += data

    @property
    def declarations(self) -> Iterator[tuple[str, str]]:
        """Property and value of all styles on elements."""
        for style in self.styles:
            for part in filter(str.strip, style.split(";")):
                name, _, value = part.partition(":")
                yield name.strip().lower(), value.strip().lower()


class Known:
    """What Can I email says of Outlook for Windows, of its last four versions there."""

    def __init__(self, corpora: Path) -> None:
        found = json.loads((corpora / "truth" / "caniemail_outlook.json").read_text("utf-8"))
        self._says = {name: one["outlook_windows"] for name, one in found.items() if name != "_template"}

    def shows(self, name: str) -> bool:
        """Whether every version that it speaks of supports a feature, if with notes; "u" is untested."""
        stands = self._says.get(name)
        return stands is not None and all(one[0] in "yau" for one in stands.values()) and "n" not in stands.values()

    def element(self, tag: str) -> bool:
        """Whether an element may be used."""
        named = {"h1": "html-h1-h6", "h2": "html-h1-h6"}.get(tag, f"html-{tag}")
        return tag in ELEMENTS or self.shows(named)

    def attribute(self, name: str) -> bool:
        """Whether an attribute may be used."""
        return name in ATTRIBUTES or self.shows(f"html-{name}")

    def property(self, name: str) -> bool:
        """Whether a property may be used; one side of a box is as good as the box."""
        box = re.sub(r"-(?:top|right|bottom|left)$", "", name)
        return name in PROPERTIES or self.shows(f"css-{name}") or self.shows(f"css-{box}")

    def refuses(self, name: str, value: str) -> bool:
        """Whether a value has an entry of its own, and Outlook does not show it."""
        entry = f"css-{name}-{value}"
        return entry in self._says and not self.shows(entry)


def faults(page: str, known: Known) -> list[str]:
    """What Outlook would not show as it is meant."""
    read = Page(page)
    found = [f"<{one}>" for one in sorted(read.elements) if not known.element(one)]
    found += [f"{one}=" for one in sorted(read.attributes) if not known.attribute(one)]
    found += [f"{one}:" for one in sorted({name for name, _ in read.declarations}) if not known.property(one)]
    found += [f"{name}:{value}" for name, value in sorted(read.declarations) if known.refuses(name, value)]
    found += [value for _, value in read.declarations if re.search(r"url\(|expression|calc\(|var\(|rem\b|vw\b", value)]
    outside = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", read.sheet).strip()
    return found + ([f"rules outside of @media: {outside}"] if outside else [])
