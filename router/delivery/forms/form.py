"""What a copy is when it goes out, and in whose name mail of ours is written: values only.

A form is the same at every attempt and for every inbox of one mail on one relay, so that a repeat is the same bytes
and several inboxes share a transaction.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

FromMode = Literal["auto", "redirect", "munge", "wrap"]

# Codes of what differs; a wrapped mail says why behind the colon.
LINE_ENDS = "line-ends"  # bare CR or LF became CRLF, or the last line was given its end
DISARMED = "receipt-request-disarmed"
DELIVERED_TO = "delivered-to-renamed"
MAILBOX_LINE = "mailbox-line-renamed"  # "From jane Fri …", the separator of a mailbox file, at the top
DATE = "date-refused"  # a mail store took it only with a date of its own
MUNGED = "munged"
WRAPPED = "wrapped"


@dataclass(frozen=True, slots=True)
class Form:
    """A copy as it goes out."""

    pieces: Callable[
        [], Iterator[bytes]
    ]  # all octets, CRLF lines, no dots stuffed; may read a disk, may be taken again
    size: int  # octets of all pieces
    eight_bit: bool  # any octet over 127
    changed: tuple[str, ...]  # codes of what the received bytes are changed in; header lines of ours in front are none


@dataclass(frozen=True, slots=True)
class Wrapper:
    """In whose name mail of ours is written, and its wording."""

    address: str  # ours, the From
    hostname: str  # of our message ids
    mailboxes: Mapping[str, str]  # address of a mailbox → the name that is shown
    sender: Callable[[Mapping[str, Any]], str]  # words "Jane Miller via Support" of `name`, `address`, `mailbox`
    cover: Callable[[Mapping[str, Any]], str]  # words the note before an attached mail, see `wrap`


@dataclass(frozen=True, slots=True)
class Outward:
    """A relay, as far as the form of a copy goes."""

    wrapper: Wrapper
    from_mode: FromMode = "auto"
    own_from_only: bool = False  # it takes no From of others
    trusted_authserv: frozenset[str] = frozenset()  # whose Authentication-Results count, lower case
