"""What DKIM signatures of a mail cover (RFC 6376), as far as it says what we may rename and put in front."""

import re
from collections import Counter
from collections.abc import Iterable

from router.mail.header import Header

_CAP = 50  # signatures that are looked at
_H = re.compile(rb"(?:\A|;)\s*+h\s*+=([^;]*+)")


class Signatures:
    """The signed fields of a mail, by signature."""

    def __init__(self, header: Header) -> None:
        self._signed: list[Counter[str]] = []
        for value in header.all("dkim-signature")[:_CAP]:
            names = found[1] if (found := _H.search(value)) else b""
            self._signed.append(Counter(name.strip().lower().decode("latin-1") for name in names.split(b":")))
        self._there = Counter(field.name for field in header.fields) if self._signed else Counter()

    def cover(self, names: Iterable[str]) -> bool:
        """Whether any signature breaks when a field of one of these names (lower case) is renamed."""
        return any(signed[name] for signed in self._signed for name in names)

    def forbid(self, name: str) -> bool:
        """Whether any signature breaks when a further field of this name is put in front.

        Fields are counted from the bottom (section 5.4.2): a name that is signed more often than it is there is signed
        as missing. Exim does so with Resent-From and its kin.
        """
        return any(signed[name] > self._there[name] for signed in self._signed)
