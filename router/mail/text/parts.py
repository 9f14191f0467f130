"""Which parts of a message are its text, and what that says.

Of one text in several forms (RFC 2046 section 5.1.4) the plain one is read: it is what programs agree on, and it costs
nothing. Where it shows no quote though the mail is a reply, its HTML form is asked, whose containers need no language.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.mail.header import Header
from router.mail.mime import Part
from router.mail.text.armour import unarmoured
from router.mail.text.html import Effort, html_lines
from router.mail.text.lines import Lines, plain
from router.mail.text.said import Said, said
from router.mail.text.splitting import is_forward
from router.mail.words import decode

_SUBJECT_CAP = 400
_TAGGED = ("text/html", "text/enriched", "text/richtext")
# Read otherwise, or by programs only.
_KNOWN = frozenset(
    (
        *("text/plain", "text/html", "text/calendar", "text/rfc822-headers", "text/x-amp-html", "text/css", "text/csv"),
        *("text/vcard", "text/x-vcard", "text/directory", "text/rtf", "text/vnd.google.email-reaction+json"),
    )
)
_TWINS_CAP = 4

# Without one of these, HTML knows no more about quotes than the plain text.
_CONTAINERS: tuple[str, ...] = (
    "blockquote",
    "BLOCKQUOTE",
    "_quote",
    "RplyFwdMsg",
    "appendonsend",
    "OLK_SRC",
    "border-top",
    "moz-cite",
)
_CONTAINERS += ("reference-message", "zmail_extra", "isReplyContent", "reply-intro", "qmbox")


def read_text(parts: Sequence[Part], header: Header) -> tuple[str, Said]:
    """The whole text, lines ending with LF, and what is new in it."""
    chosen = _chosen(parts)
    effort = Effort()
    several = [_lines(part, text, effort) for part, text in chosen]
    text = "\n".join(
        (source if part.content_type not in _TAGGED else "\n".join(lines.texts)).strip("\n")
        for (part, source), lines in zip(chosen, several, strict=True)
    )
    forwarded = is_forward(decode((header.first("subject") or b"")[:_SUBJECT_CAP]), text)
    found, quoted = said(_together(several), forwarded=forwarded)
    if not quoted and _is_reply(header):
        better = _by_twin(parts, chosen, forwarded=forwarded)
        found = better or found
    return text, found


def _chosen(parts: Sequence[Part]) -> list[tuple[Part, str]]:
    texts = {number: part.text() for number, part in enumerate(parts) if part.content_type == "text/plain"}
    spoken = {parts[number].choice for number, text in texts.items() if text.strip()}
    chosen: list[tuple[Part, str]] = []
    before = False  # a plain text that is no choice; HTML behind it says the same again
    for number, part in enumerate(parts):
        text = texts.get(number)
        if text is not None:
            before = before or (not part.choice and bool(text.strip()))
            if text.strip() or part.choice not in spoken:
                chosen.append((part, text))
        elif part.content_type == "text/html" and (not before if not part.choice else part.choice not in spoken):
            chosen.append((part, part.text()))
    if any(text.strip() for _, text in chosen):
        return [(part, text) for part, text in chosen if text.strip()]
    # RFC 2046 section 4.1.4: text of a sort that is not known is read as plain text, rather than none.
    return [(part, part.text()) for part in parts if _unknown(part.content_type)] or chosen


def _unknown(content_type: str) -> bool:
    return content_type.startswith("text/") and content_type not in _KNOWN


def _lines(part: Part, text: str, effort: Effort) -> Lines:
    if part.content_type in _TAGGED:
        return html_lines(text, effort)
    parameters = part.parameters
    flowed = parameters.get("format", "").lower() == "flowed"
    return plain(unarmoured(text).strip("\n"), flowed=flowed, delsp=parameters.get("delsp", "").lower() == "yes")


def _together(several: Sequence[Lines]) -> Lines:
    if len(several) == 1:
        return several[0]
    whole = Lines()
    for lines in several:
        at = len(whole.texts)
        whole.texts += lines.texts
        whole.depths += lines.depths
        whole.marks.update({at + number: mark for number, mark in lines.marks.items()})
    return whole


def _is_reply(header: Header) -> bool:
    return header.first("in-reply-to") is not None or header.first("references") is not None


def _by_twin(parts: Sequence[Part], chosen: Sequence[tuple[Part, str]], *, forwarded: bool) -> Said | None:
    choices = {part.choice for part, _ in chosen if part.choice and part.content_type == "text/plain"}
    # Only where the choice is the whole text: another part would be lost.
    if len(choices) != 1 or any(part.choice not in choices for part, _ in chosen):
        return None
    effort = Effort()
    twins = [part for part in parts if part.content_type == "text/html" and part.choice in choices][:_TWINS_CAP]
    for source in (twin.text() for twin in twins):
        if any(word in source for word in _CONTAINERS):
            found, quoted = said(html_lines(source, effort), forwarded=forwarded)
            if quoted and found.new_text:
                return found
    return None
