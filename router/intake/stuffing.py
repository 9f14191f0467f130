"""A mail on the wire: its end, and the dots that were put before lines with a dot (RFC 5321 section 4.5.2).

Only CRLF.CRLF ends a mail. A server that takes another sequence for the end sees two mails where others see one, and
the second is whatever an attacker wrote. It must never walk through a mail in Python: a mail may be large.
"""

_LINE_END = b"\r\n"
_END = b"\r\n.\r\n"


class Stuffing:
    """Takes blocks as they come, however they are cut."""

    def __init__(self) -> None:
        # The CRLF of the command counts as the line end before the first line: a mail may be empty.
        self._held = _LINE_END  # what may turn out to be the begin of the end
        self._skip = len(_LINE_END)

    def feed(self, block: bytes) -> tuple[bytes, bytes | None]:
        """The octets of the mail that are certain now, and what came behind its end, or None before the end."""
        wire = self._held + block
        end = wire.find(_END)
        if end >= 0:
            return self._plain(wire[: end + len(_LINE_END)]), wire[end + len(_END) :]
        keep = _begin_of_end(wire)
        self._held = wire[len(wire) - keep :]
        return self._plain(wire[: len(wire) - keep]), None

    def _plain(self, wire: bytes) -> bytes:
        if b"\r\n." in wire:
            wire = wire.replace(b"\r\n.", _LINE_END)
        if self._skip and wire:
            wire, self._skip = wire[self._skip :], 0
        return wire


def _begin_of_end(wire: bytes) -> int:
    """The length of the longest last part of `wire` with which the end could begin."""
    for length in range(len(_END) - 1, 0, -1):
        if wire.endswith(_END[:length]):
            return length
    return 0
