"""Owns the Thread-Index field of Exchange and Outlook: which conversation it names (MS-OXOMSG section 2.2.1.3).

A head of 22 octets with a GUID at offset 6, then 5 octets for each reply. The GUID alone is used: the times in it have two
layouts. It is no more than a hint, since a new mail made out of an old one bears the old GUID.
"""

import binascii

VALUE_CAP = 4096
_HEAD, _REPLY = 22, 5


def guid(value: bytes | None) -> str | None:
    """The GUID in hexadecimal; None where the field is not there or no such field at all."""
    if value is None:
        return None
    text = bytes(value[:VALUE_CAP]).translate(None, b" \t\r\n\"'<>")
    try:
        # Some servers cut the padding off, others the last replies.
        decoded = binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    except ValueError:
        return None
    if len(decoded) < _HEAD or (len(decoded) - _HEAD) % _REPLY or decoded[0] != 1:
        return None
    found = decoded[6:_HEAD]
    return found.hex() if any(found) else None
