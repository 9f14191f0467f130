"""What the elements of an HTML mail mean: how mail programs mark a quote, a signature, a forward; what is not shown.

Classes and ids are those of the programs themselves; another program on the way may have put a prefix before them
("x_", "ecx", "yiv1234"). A style counts only where it can mean nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto

from router.mail.text.lines import Mark


class Meaning(Enum):
    """What an element says about what is in it."""

    QUOTE = auto()
    THREAD = auto()  # holds an attribution, then quotes, and answers between them
    HIDDEN = auto()


_QUOTES = frozenset(
    {
        *("yahoo_quoted", "protonmail_quote", "zmail_extra", "tutanota_quote", "olk_src_body_section", "alimail-quote"),
        *(
            "isreplycontent",
            "mail-editor-reference-message-container",
            "ms-outlook-mobile-reference-message",
            "iwcquote",
        ),
        *("missive_quote", "front-blockquote", "hushmail_quote", "moz-email-quote", "reply-quote", "quoted-message"),
        *("gmail_quoted", "previous-message", "qmbox", "wmquote", "replymessage", "original-message", "nylas-quote"),
    }
)
_MARKS: dict[str, Mark] = {
    **dict.fromkeys(("gmail_attr", "moz-cite-prefix", "reply-intro", "quoteheader", "cite-prefix"), Mark.ATTRIBUTION),
    **dict.fromkeys(
        (
            "divrplyfwdmsg",
            "appendonsend",
            "stopspelling",
            "zwchr",
            "outlookmessageheader",
            "replysplit",
            "divtagdefaultwrapperquote",
        ),
        Mark.CUT,
    ),
    **dict.fromkeys(("moz-forward-container", "isforwardcontent", "forwarded-message"), Mark.FORWARD),
    **dict.fromkeys(
        (
            *(
                "gmail_signature",
                "gmail_signature_prefix",
                "moz-signature",
                "protonmail_signature_block",
                "applemailsignature",
            ),
            *(
                "ms-outlook-mobile-signature",
                "yahoo-signature",
                "ymail_android_signature",
                "ydpsignature",
                "tutanota_signature",
            ),
            *(
                "signature",
                "x_signature",
                "mobile-signature",
                "pm-signature",
                "sh-signature",
                "_signature",
                "mailsignature",
            ),
            *(
                "ms-outlook-ios-signature",
                "spark-signature",
                "samsung_signature",
                "lineBreakAtSignature",
                "bm_signature",
            ),
        ),
        Mark.SIGNATURE,
    ),
}
_THREADS = frozenset({"gmail_quote", "gmail_quote_container"})
_PREFIX = re.compile(r"(?:x_|ecx|yiv\d{1,12}|ydp[0-9a-f]{1,10}|m_-?\d{1,25})+")
_SPACE = re.compile(r"\s+")
_OUTLOOK_RULE = re.compile(r"border-top:solid(?:#e1e1e1|#b5c4df|windowtext)|border-top:1\.0ptsolid#(?:e1e1e1|b5c4df)")
_HIDDEN = re.compile(
    r"(?:^|;)(?:display:none|mso-hide:all|visibility:hidden|opacity:0(?:\.0*)?(?:;|!|$)|(?:max-)?height:0(?:px)?;[^<>]{0,300}overflow:hidden"
    r"|overflow:hidden;[^<>]{0,300}max-height:0|font-size:[01](?:px|pt)?(?:;|!)[^<>]{0,300}(?:^|;)color:(?:#fff(?:fff)?|white|transparent))"
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
