"""A walk over the tree of an HTML text that does not recurse, so that no depth of elements is too deep."""

from __future__ import annotations

from typing import NamedTuple

from selectolax.lexbor import LexborNode

from router.mail.text.containers import Meaning, meaning
from router.mail.text.lines import Lines, Mark
from router.mail.text.phrases import phrases
from router.mail.text.writer import Writer

NODES_CAP = 60_000

_SILENT = frozenset(
    phrases("""
        script | style | title | head | template | noscript | object | svg | math | iframe | select | textarea
        button | audio | video | map
    """)
)
_BLOCKS = frozenset(
    phrases("""
        div | p | table | tbody | thead | tfoot | tr | li | ul | ol | dl | dt | dd | blockquote | pre | hr | h1 | h2
        h3 | h4 | h5 | h6 | section | article | header | footer | address | center | form | fieldset | main | nav
        aside | figure | figcaption | caption | body | html | details | summary
    """)
)
# Those with an empty line above and below.
_PARAGRAPHS = frozenset(phrases("p | ul | ol | dl | h1 | h2 | h3 | h4 | h5 | h6 | blockquote | pre"))
# What can say something about its contents; asking all others would take twice the time.
_SPEAKING = frozenset(phrases("div | blockquote | span | td | table | p | hr | pre | a | section | font | tr | body"))
_CELLS = ("td", "th")
_EMPTY = ("br", "img")


class _Open(NamedTuple):
    """An element that is not closed yet, and what held before it."""

    tag: str
    is_thread: bool
    depth: int
    mark: Mark | None


def walk(root: LexborNode, *, hidden: bool) -> Lines:
    """All lines below a node; `hidden` leaves out what is not shown."""
    out = Writer()
    opened: list[_Open] = []
    node: LexborNode | None = root
    for _ in range(NODES_CAP):
        if node is None:
            break
        if node.is_text_node:
            out.text(node.text_content or "")
            below = None
        else:
            below = _enter(node, out, opened, hidden=hidden)
        node = below if below is not None else _after(node, out, opened)
    out.end()
    return out.lines


def _enter(node: LexborNode, out: Writer, opened: list[_Open], *, hidden: bool) -> LexborNode | None:
    """Begin an element; its first child, where it is read."""
    if not node.is_element_node:
        # The document itself; a comment has no children.
        if (child := node.child) is not None:
            opened.append(_Open("", False, 0, None))
        return child
    tag = node.tag or ""
    if tag == "br":
        out.end(always=True)
    elif tag == "img":
        out.text(_emoji(node.attributes.get("alt")))
    if tag in _EMPTY or tag in _SILENT:
        return None
    means = None
    if tag in _SPEAKING:
        attributes = node.attributes
        means = meaning(tag, attributes)
        if means is Meaning.HIDDEN and hidden:
            return None
        if tag == "p" and "MsoNormal" in (attributes.get("class") or ""):
            tag = "div"  # Word writes lines as paragraphs without a margin
    if tag in _BLOCKS:
        _break(out, tag)
        if tag == "li":
            out.bullet()
    elif tag in _CELLS:
        out.space = True
    if (child := node.child) is not None:
        opened.append(_Open(tag, means is Meaning.THREAD, out.depth, out.mark))
        out.preformatted += tag == "pre"
    _mean(out, means, lasting=child is not None)
    return child


def _after(node: LexborNode, out: Writer, opened: list[_Open]) -> LexborNode | None:
    """The next node in the order of the text, once all that end here are closed."""
    at: LexborNode | None = node
    while at is not None and opened:
        if (following := at.next) is not None:
            return following
        at = at.parent
        tag, is_thread, depth, mark = opened.pop()
        if tag in _BLOCKS:
            _break(out, tag)
            out.preformatted -= tag == "pre"
        if is_thread:
            out.thread = None
        out.depth, out.mark = depth, mark
    return None


def _break(out: Writer, tag: str) -> None:
    if tag in _PARAGRAPHS:
        out.blank()
    else:
        out.end()


def _mean(out: Writer, means: Meaning | Mark | None, *, lasting: bool) -> None:
    """Note what an element says of its lines; of an empty one only what it says of those behind it."""
    if means is None or means is Meaning.HIDDEN:
        return
    out.end()
    if means is Mark.CUT or means is Mark.FORWARD:
        out.next = means
    elif not lasting:
        return
    elif means is Meaning.QUOTE:
        out.depth += 1
        out.thread = None
    elif means is Meaning.THREAD:
        out.thread = Mark.ATTRIBUTION
    elif isinstance(means, Mark):
        out.mark = means


def _emoji(alt: str | None) -> str:
    # A picture of a face is a word; a logo is none.
    return alt if alt and len(alt) <= 8 and not alt.isascii() else ""
