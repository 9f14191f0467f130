"""Owns the text of a message's body: what a person wrote, as far as one can read it without judging it.

It must never raise, never look at more than its cap, and never open what is attached. Of one text in several forms
the plain one is preferred. Quotes and signatures stay in the text; `said` is the text without them.
"""

from __future__ import annotations

from dataclasses import dataclass

from router.mail import inside
from router.mail.header import Header, split
from router.mail.mime import Part, Structure, read_structure
from router.mail.returned import returned_ids
from router.mail.text.parts import read_text
from router.mail.text.said import NOTHING, Said

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
    said: Said = NOTHING  # what is new in the text
    returned: tuple[str, ...] = ()  # the Message-IDs of what it encloses or, in a report, names


def read_body(raw: bytes, size: int | None = None, header: Header | None = None) -> Body:
    """Reads the body of a message, or says that it is unreadable.

    `size` where `raw` is only its beginning, `header` where that is split already.
    """
    size = len(raw) if size is None else size
    try:
        raw = raw[:RAW_CAP]
        header = header or split(raw)
        return _body(read_structure(raw, header), header, whole=size <= RAW_CAP)
    except Exception:  # the promise of this module: a message we cannot read is copied all the same
        return Body("", False, (), (), ("unreadable",))


def _body(structure: Structure, header: Header, *, whole: bool) -> Body:
    shown = [part for part in structure.parts if not _is_attachment(part)]
    text, said = read_text(shown, header)
    if not text.strip():
        # Some programs give the text itself a name; what is nothing but one text, is one.
        named = [part for part in structure.parts if part.disposition != "attachment" or len(structure.types) == 1]
        text, said = read_text(named, header)
    reports = tuple(
        (part.content_type, part.text()[:REPORT_CAP]) for part in structure.parts if part.content_type in _REPORTS
    )
    return Body(
        text=text,
        whole=whole,
        attachments=tuple(part.filename or part.content_type for part in structure.parts if _is_attachment(part)),
        content_types=tuple(structure.types),
        defects=tuple(structure.defects),
        reports=reports,
        enclosed=inside.enclosed(structure.parts),
        quoted=inside.quoted(text),
        said=said,
        returned=returned_ids(structure.parts, (words for _, words in reports), text),
    )


def _is_attachment(part: Part) -> bool:
    if part.disposition == "attachment" or part.filename:
        return True
    return not part.content_type.startswith("text/") and part.content_type not in _REPORTS
