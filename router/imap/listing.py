"""What LIST tells of an account's folders, line by line: one that cannot be read hides no other.

Servers give names that are no modified UTF-7 (an ampersand as it is), and say more than RFC 3501 section 7.2.2 knows
(CHILDINFO and OLDNAME, RFC 5258 and 9051).
"""

import imaplib
import logging
from collections.abc import Iterator, Sequence

from imapclient import IMAPClient
from imapclient.imap_utf7 import decode
from imapclient.response_parser import parse_response

from router.imap.errors import text

log = logging.getLogger(__name__)

Listed = tuple[Sequence[bytes], bytes | None, str]  # flags, separator, name
_Line = list[bytes | tuple[bytes, bytes]]


def listed(client: IMAPClient, pattern: str = "*") -> list[Listed]:
    """All folders of a pattern that can be named. Raises as the library does."""
    # The library reads all lines as one, and falls over the first that is odd.
    status, lines = client._imap.list('""', f'"{pattern}"')
    if status != "OK":
        raise imaplib.IMAP4.error(f"list failed: {text(lines[0] if lines else status)}")
    found = (_read(line) for line in _each(lines))
    return [one for one in found if one is not None]


def _each(told: Sequence[bytes | tuple[bytes, bytes] | None]) -> Iterator[_Line]:
    """A name that comes as a literal is a pair, and what is left of its line comes by itself."""
    line: _Line = []
    for part in told:
        if line and not isinstance(line[-1], tuple):
            yield line
            line = []
        if part is not None:
            line.append(part)
    if line:
        yield line


def _read(line: _Line) -> Listed | None:
    try:
        flags, separator, name = parse_response(line)[:3]
        # A name of digits is read as a number.
        return flags, separator, str(name) if isinstance(name, int) else decode(name)
    except Exception as error:  # whatever the library stumbles over
        log.debug("a folder that cannot be named: %s", text(error))
        return None
