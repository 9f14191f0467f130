"""A text that is signed in the clear (RFC 9580 section 7): what was signed, without the lines around it."""

from __future__ import annotations

_BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "\n-----BEGIN PGP SIGNATURE-----"
_END = "\n-----END PGP SIGNATURE-----"


def unarmoured(text: str) -> str:
    """The same text where nothing in it is signed so; what is quoted stays as it is."""
    begin = text.find(_BEGIN)
    if begin < 0 or (begin and text[begin - 1] != "\n"):
        return text
    # Names of digests follow, then an empty line.
    body = text.find("\n\n", begin)
    signature = text.find(_SIGNATURE, body + 1)
    if body < 0 or signature < 0:
        return text
    end = text.find(_END, signature)
    behind = text[end + len(_END) :] if end >= 0 else ""
    # RFC 9580 section 7.2: a line that begins with a dash has another one, and a space, before it.
    return text[:begin] + text[body + 1 : signature].replace("\n- ", "\n").removeprefix("\n") + behind
