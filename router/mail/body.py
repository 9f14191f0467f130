"""Owns the text of a message's body: what a person wrote, as far as one can read it without judging it.

It must never raise, never look at more than its cap, and never open what is attached. Plain text is preferred; HTML
is reduced to words and lines, crudely. Quotes and signatures stay in: taking them off is not this module's job.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from router.mail import inside, words
from router.mail.header import Header
from router.mail.mime import Part, Structure, read_structure

RAW_CAP = 256 * 1024
REPORT_CAP = 64 * 1024

# Machine-readable parts that classification wants to see: RFC 3464, RFC 8098, RFC 5965, RFC 5546.
_REPORTS = (
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "message/global-disposition-notification",
    "message/feedback-report",
    "text/calendar",
)
_SILENT = ("script", "style", "title")
_BREAKS: tuple[str, ...] = ("br", "p", "div", "tr", "li", "ul", "ol", "table", "blockquote", "pre", "hr")
_BREAKS += ("h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer", "dt", "dd")
_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9]{0,20})(?![a-zA-Z0-9])")
_BLANKS = re.compile(r"[^\S\n]+")
# html.unescape hands digits to int, which refuses thousands of them.
_LONG_ENTITY = re.compile(r"&#[0-9]{8,}+;?")


@dataclass(frozen=True, slots=True)
class Body:
    """What was read out of a body."""

    text: str  # lines end with LF
    whole: bool  # False where a cap cut the message
    attachments: tuple[str, ...]  # file names, or the content type of an attachment without one
    content_types: tuple[str, ...]  # of containers and leaves, in order, lower case, without parameters
    defects: tuple[str, ...]
    reports: tuple[tuple[str, str], ...] = ()  # content type and text of the machine-readable parts
    enclosed: tuple[str, ...] = ()  # what looks like a mark of ours in the messages that it encloses, unverified
    quoted: tuple[str, ...] = ()  # the same in its text


def read_body(raw: bytes, size: int | None = None, header: Header | None = None) -> Body:
    """Reads the body of a message, or says that it is unreadable.

    `size` where `raw` is only its beginning, `header` where that is split already.
    """
    try:
        structure = read_structure(raw[:RAW_CAP], header)
        return _body(structure, whole=(len(raw) if size is None else size) <= RAW_CAP)
    except Exception:  # the promise of this module: a message we cannot read is copied all the same
        return Body("", False, (), (), ("unreadable",))


def _body(structure: Structure, *, whole: bool) -> Body:
    shown = [part for part in structure.parts if not _is_attachment(part)]
    texts = [part.text() for part in shown if part.content_type == "text/plain"]
    if not any(text.strip() for text in texts):
        texts = [html_text(part.text()) for part in shown if part.content_type == "text/html"] or texts
    text = "\n".join(text.strip("\n") for text in texts)
    return Body(
        text=text,
        whole=whole,
        attachments=tuple(part.filename or part.content_type for part in structure.parts if _is_attachment(part)),
        content_types=tuple(structure.types),
        defects=tuple(structure.defects),
        reports=tuple(
            (part.content_type, part.text()[:REPORT_CAP]) for part in structure.parts if part.content_type in _REPORTS
        ),
        enclosed=inside.enclosed(structure.parts),
        quoted=inside.quoted(text),
    )


def _is_attachment(part: Part) -> bool:
    if part.disposition == "attachment" or part.filename:
        return True
    return not part.content_type.startswith("text/") and part.content_type not in _REPORTS


def html_text(source: str) -> str:
    """HTML as lines of text, in one pass: what is no tag stays, and no tag is matched with another."""
    text: list[str] = []
    at = 0
    while (tag := source.find("<", at)) >= 0:
        text.append(_space(source[at:tag]))
        at = _after_markup(source, tag, text)
    text.append(_space(source[at:]))
    lines = html.unescape(_LONG_ENTITY.sub("\ufffd", "".join(text))).split("\n")
    lines = [words.clean(line) for line in lines]
    # At most one empty line between two others.
    return "\n".join(line for number, line in enumerate(lines) if line or (number and lines[number - 1])).strip("\n")


def _space(source: str) -> str:
    return _BLANKS.sub(" ", source.replace("\n", " "))


def _after_markup(source: str, at: int, text: list[str]) -> int:
    """Where reading goes on after the "<" at `at`; line breaks that the markup means are put into `text`."""
    if source.startswith("<!--", at):
        end = source.find("-->", at + 4)
        # What is never closed is dropped to its end, once, so that a thousand of them cost no more than one.
        return len(source) if end < 0 else end + 3
    found = _TAG.match(source, at + 1)
    if found is None and not source.startswith(("<!", "<?", "</"), at):
        text.append("<")
        return at + 1
    end = source.find(">", at)
    if end < 0:
        return len(source)
    name = found[2].lower() if found else ""
    if name in _BREAKS:
        text.append("\n")
    if found and not found[1] and name in _SILENT:
        closing = re.compile(f"</{name}", re.IGNORECASE).search(source, end)
        return closing.start() if closing else len(source)
    return end + 1
