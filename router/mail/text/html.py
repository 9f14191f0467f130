"""HTML as lines of text, by selectolax (the lexbor parser) and a walk over its tree that does not recurse.

Nothing is rendered and nothing is fetched. The parser takes quadratic time where elements or attributes are nested or
repeated on purpose; what is larger than ordinary mail is therefore tamed before: no attribute stays that nobody needs,
and no more than some thousand tags.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from router.mail.text.containers import Meaning, meaning
from router.mail.text.lines import LINES_CAP, Lines, Mark, unquoted
from router.mail.text.splitting import is_forward_line

SOURCE_CAP = 256 * 1024
TAME_FROM = 32 * 1024  # characters
TAGS_CAP = 8_000
NODES_CAP = 60_000

_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]{0,15}+)(?![a-zA-Z0-9])([^<>]*+)>?")
_KEPT = re.compile(
    r"\b(class|id|style|type|hidden|alt|data-signatureblock)\s*+=\s*+(?:\"([^\"<>]{0,600})\"|'([^'<>]{0,600})'|([^\s\"'<>]{1,200}))",
    re.I,
)
_ATTRIBUTES_CAP = 2_000

_SILENT = frozenset(
    [
        "script",
        "style",
        "title",
        "head",
        "template",
        "noscript",
        "object",
        "svg",
        "math",
        "iframe",
        "select",
        "textarea",
        "button",
        "audio",
        "video",
        "map",
    ]
)
_BLOCKS = frozenset(
    [
        "div",
        "p",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "pre",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "article",
        "header",
        "footer",
        "address",
        "center",
        "form",
        "fieldset",
        "main",
        "nav",
        "aside",
        "figure",
        "figcaption",
        "caption",
        "body",
        "html",
        "details",
        "summary",
    ]
)
# Those with an empty line above and below.
_PARAGRAPHS = frozenset(["p", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"])
# What can say something about its contents; asking all others would take twice the time.
_SPEAKING = frozenset(
    ["div", "blockquote", "span", "td", "table", "p", "hr", "pre", "a", "section", "font", "tr", "body"]
)
_PLAIN = ("br", "b", "i", "u", "strong", "em")


def html_lines(source: str) -> Lines:
    """The lines of an HTML text."""
    source = source[:SOURCE_CAP]
    parser = LexborHTMLParser(_tamed(source) if len(source) > TAME_FROM else source)
    if (root := parser.root) is None:
        return Lines()
    made = _walk(root, hidden=True)
    # Where everything is hidden nothing is: somebody has written what we do not understand.
    return made if any(made.texts) else _walk(root, hidden=False)


def _tamed(source: str) -> str:
    """The same source without what makes parsing slow; the text stays whole."""
    count = 0

    def plain(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        if count > TAGS_CAP:
            return ""
        name, rest = found.groups()
        kept = ""
        if rest and name[0] != "/":
            for attribute in list(_KEPT.finditer(rest[:_ATTRIBUTES_CAP]))[:6]:
                value = next((each for each in attribute.groups()[1:] if each is not None), "")
                kept += f' {attribute[1]}="{value.replace(chr(34), "")}"'
        return f"<{name}{kept}>"

    return _TAG.sub(plain, source)


def _walk(root: LexborNode, *, hidden: bool) -> Lines:
    """All lines below a node, in one pass and without recursion; `hidden` leaves out what is not shown."""
    out = _Writer()
    # Of each open element: whether it is a block and a paragraph, whether a thread, and what held before it.
    open_: list[tuple[str, bool, int, Mark | None, int]] = []
    pre = 0
    node: LexborNode | None = root
    for _ in range(NODES_CAP):
        if node is None:
            break
        inner: LexborNode | None = None
        if node.is_text_node:
            text = node.text_content or ""
            if pre:
                out.preformatted(text)
            else:
                out.text(text)
        elif node.is_element_node:
            tag = node.tag or ""
            if tag == "p" and "MsoNormal" in (node.attributes.get("class") or ""):
                tag = "div"  # Word writes lines as paragraphs without a margin
            if tag == "br":
                out.end(always=True)
            elif tag == "img":
                out.text(_emoji(node.attributes.get("alt")))
            elif tag not in _SILENT:
                inner = node.child
                if inner is not None or tag in _SPEAKING:
                    means = meaning(tag, node.attributes) if tag in _SPEAKING else None
                    if means is Meaning.HIDDEN and hidden:
                        inner = None
                    else:
                        if tag in _BLOCKS:
                            _begin(out, tag)
                        if inner is not None:
                            open_.append((tag, means is Meaning.THREAD, out.depth, out.mark, pre))
                        _enter(out, means, lasting=inner is not None)
                        pre += tag == "pre"
        elif node.is_document_node:
            inner = node.child
            if inner is not None:
                open_.append(("", False, 0, None, 0))
        if inner is not None:
            node = inner
            continue
        while node is not None and (following := node.next) is None:
            node = node.parent
            if not open_ or node is None:
                node = None
                break
            tag, thread, depth, mark, pre = open_.pop()
            if tag in _BLOCKS:
                _finish(out, tag)
            if thread:
                out.thread = None
            out.depth, out.mark = depth, mark
        else:
            node = following if node is not None else None
    out.end()
    return out.lines


def _begin(out: _Writer, tag: str) -> None:
    if tag in _PARAGRAPHS:
        out.blank()
    else:
        out.end()
    if tag == "li":
        out.pieces.append("- ")


def _finish(out: _Writer, tag: str) -> None:
    if tag in _PARAGRAPHS:
        out.blank()
    else:
        out.end()


def _enter(out: _Writer, means: Meaning | Mark | None, *, lasting: bool) -> None:
    if means is None or means is Meaning.HIDDEN:
        return
    if means is Mark.CUT or means is Mark.FORWARD:
        out.end()
        out.next = means
    elif not lasting:
        return
    elif means is Meaning.QUOTE:
        out.end()
        out.depth += 1
        out.thread = None
    elif means is Meaning.THREAD:
        out.end()
        out.thread = Mark.ATTRIBUTION
    elif isinstance(means, Mark):
        out.end()
        out.mark = means


def _emoji(alt: str | None) -> str:
    # A picture of a face is a word; a logo is none.
    return alt if alt and len(alt) <= 8 and not alt.isascii() else ""


class _Writer:
    """Makes lines out of pieces of text."""

    def __init__(self) -> None:
        self.lines = Lines()
        self.pieces: list[str] = []
        self.space = False  # white space that is shown only between two words
        self.depth = 0
        self.mark: Mark | None = None  # of all lines of an element
        self.thread: Mark | None = None  # of the lines of a thread above its first quote
        self.next: Mark | None = None  # of the next line alone

    def text(self, text: str) -> None:
        words = text.split()
        if not words:
            self.space = self.space or bool(text)
            return
        if (self.space or text[0].isspace()) and self.pieces:
            self.pieces.append(" ")
        piece = " ".join(words)
        self.pieces.append(piece if piece.isprintable() else _clean(piece))
        self.space = text[-1].isspace()

    def preformatted(self, text: str) -> None:
        first, *others = text.replace("\r", "").split("\n")
        self.pieces.append(_clean(first))
        for line in others:
            self.end(always=True)
            self.pieces.append(_clean(line))

    def end(self, *, always: bool = False) -> None:
        """End the line, if there is one."""
        self.space = False
        if not self.pieces:
            if always:
                self._line("")
            return
        line = "".join(self.pieces)
        self.pieces.clear()
        self._line(line)

    def blank(self) -> None:
        """An empty line, where none is."""
        self.end()
        if self.lines.texts and self.lines.texts[-1]:
            self._line("")

    def _line(self, line: str) -> None:
        lines = self.lines
        if (not line and (not lines.texts or not lines.texts[-1])) or len(lines.texts) >= LINES_CAP:
            # At most one empty line between two others.
            return
        depth = self.depth
        if line[:1] == ">":
            more, line = unquoted(line)
            depth += more
        mark = self.next or self.mark or self.thread
        if mark is not None and line:
            if mark is Mark.ATTRIBUTION and is_forward_line(line):
                # What stands in a quote's place was sent on.
                mark, self.mark, self.thread = Mark.FORWARD, None, None
            lines.marks[len(lines.texts)] = mark
            self.next = None
        lines.texts.append(line)
        lines.depths.append(depth)


def _clean(text: str) -> str:
    # Entities can mean every control character there is.
    return (
        text
        if text.isprintable()
        else "".join(each if each.isprintable() or each in "\t\xa0" else _shown(each) for each in text)
    )


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    # Joiners make emoji and Persian; private and unassigned characters are somebody's.
    return "" if character < " " or "\x7f" <= character < "\xa0" or character in _UNSEEN else character


_UNSEEN = "\xad\u034f\u061c\u200b\u200e\u200f\u2028\u2029\ufeff" + "".join(
    map(chr, (*range(0x202A, 0x202F), *range(0x2060, 0x2070)))
)
