"""What the elements of an HTML mail mean: how mail programs mark a quote, a signature, a forward; what is not shown.

Classes and ids are those of the programs themselves; another program on the way may have put a prefix before them
("x_", "ecx", "yiv1234"). A style counts only where it can mean nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto

from router.mail.text.lines import Mark
from router.mail.text.phrases import phrases


class Meaning(Enum):
    """What an element says about what is in it."""

    QUOTE = auto()
    THREAD = auto()  # holds an attribution, then quotes, and answers between them
    HIDDEN = auto()


# Yahoo, Proton, Zoho, Tuta, Outlook for Mac, Alibaba, NetEase, the new Outlook, Outlook on telephones, Missive, Front.
_QUOTES = frozenset(
    phrases("""
        yahoo_quoted | protonmail_quote | zmail_extra | tutanota_quote | olk_src_body_section | alimail-quote
        isreplycontent | mail-editor-reference-message-container | ms-outlook-mobile-reference-message
        missive_quote | front-blockquote
    """)
)
_MARKS: dict[str, Mark] = {
    # Gmail, Thunderbird, Roundcube.
    **dict.fromkeys(phrases("gmail_attr | moz-cite-prefix | reply-intro"), Mark.ATTRIBUTION),
    # Outlook on the web, Hotmail, Zimbra, Outlook 2000.
    **dict.fromkeys(phrases("divrplyfwdmsg | appendonsend | stopspelling | zwchr | outlookmessageheader"), Mark.CUT),
    # Thunderbird, NetEase.
    **dict.fromkeys(phrases("moz-forward-container | isforwardcontent"), Mark.FORWARD),
    # Not Apple's: its program lets people write inside of it.
    **dict.fromkeys(
        phrases("""
            gmail_signature | gmail_signature_prefix | moz-signature | protonmail_signature_block | tutanota_signature
            ms-outlook-mobile-signature | yahoo-signature | ymail_android_signature | signature
        """),
        Mark.SIGNATURE,
    ),
}
_THREADS = frozenset({"gmail_quote", "gmail_quote_container"})
_PREFIX = re.compile(r"(?:x_|ecx|yiv\d{1,12}|ydp[0-9a-f]{1,10}|m_-?\d{1,25})+")
_SPACE = re.compile(r"\s+")
_OUTLOOK_RULE = re.compile(r"border-top:solid(?:#e1e1e1|#b5c4df|windowtext)|border-top:1\.0ptsolid#(?:e1e1e1|b5c4df)")
# Each alone hides; a small font does only in white, since the cells of newsletters have no size of their own.
_HIDDEN = re.compile(
    r"(?:^|;)(?:display:none|mso-hide:all|visibility:hidden|opacity:0(?:\.0*)?(?:[;!]|$)"
    r"|(?:max-)?height:0(?:px)?;[^<>]{0,300}overflow:hidden"
    r"|overflow:hidden;[^<>]{0,300}max-height:0"
    r"|font-size:[01](?:px|pt)?[;!][^<>]{0,300};color:(?:#fff(?:fff)?|white|transparent))"
)
_STYLE_CAP = 600


def meaning(tag: str, attributes: Mapping[str, str | None]) -> Meaning | Mark | None:
    """What an element says about what is in it, if it says anything."""
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower().split()
    for name in names[:10]:
        name = _PREFIX.sub("", name, count=1) if name.startswith(("x_", "ecx", "yiv", "ydp", "m_")) else name
        if name in _THREADS:
            return Meaning.QUOTE if tag == "blockquote" else Meaning.THREAD
        if name in _QUOTES or name.startswith(("yahoo_quoted", "isreplycontent")):
            return Meaning.QUOTE
        if name in _MARKS:
            return _MARKS[name]
    style = attributes.get("style")
    style = _SPACE.sub("", style[:_STYLE_CAP]).lower() if style else ""
    if "hidden" in attributes or (style and _HIDDEN.search(style)):
        return Meaning.HIDDEN
    if tag == "blockquote":
        # Gmail's "indent" is a blockquote without a border.
        indented = "border:none" in style and attributes.get("type") != "cite"
        return None if indented else Meaning.QUOTE
    if style and "border-top" in style and _OUTLOOK_RULE.search(style):
        return Mark.CUT
    if "data-signatureblock" in attributes:
        return Mark.SIGNATURE
    return None
