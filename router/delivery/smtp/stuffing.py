"""A mail's octets as they go over the wire: dots doubled, and its end (RFC 5321 section 4.5.2).

It must never walk through a mail in Python: a mail may be large. Nor may it see a bare CR or LF, which is the forms'
promise: other servers might take one for a line end, and see the end of a mail where there is none.
"""

_LINE_END = b"\r\n"
_KEEP = 2  # octets of what went before that may belong to a line end


class Stuffing:
    """Takes a mail in pieces, however they are cut."""

    def __init__(self) -> None:
        self._before = _LINE_END  # a mail begins at the begin of a line

    def feed(self, piece: bytes) -> bytes:
        """A piece as it goes over the wire."""
        whole = self._before + piece
        stuffed = whole.replace(b"\r\n.", b"\r\n..")[len(self._before) :]
        self._before = whole[-_KEEP:]
        return stuffed

    def end(self) -> bytes:
        """What ends the mail, after the last piece; a last line without an end gets one, since SMTP has no other."""
        return b".\r\n" if self._before == _LINE_END else b"\r\n.\r\n"
