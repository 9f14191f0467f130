"""Who may log in to the listener: a file of names and hashed passwords, one `name:hash` a line.

`python -m router.intake.users NAME` asks for a password and prints the line. The hash is scrypt (RFC 7914) with its
parameters and its salt, `scrypt$N$r$p$SALT$KEY`; checking one takes a fifth of a second of a thread, never of the loop.
"""

import asyncio
import base64
import binascii
import getpass
import hashlib
import hmac
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

_COST, _BLOCK, _PARALLEL = 2**14, 8, 5  # 16 MiB, 0.2 s
_KEY = 32  # octets
_MEMORY = 64 * 1024 * 1024  # bytes that one check may take, whatever the file asks for
_AT_ONCE = 2  # checks: a storm of logins must not take the threads that write mail, nor the memory


class BadUsers(ValueError):
    """The file cannot be used; the text says why, without a hash."""


@dataclass(frozen=True, slots=True)
class Hash:
    """A hashed password."""

    cost: int
    block: int
    parallel: int
    salt: bytes
    key: bytes

    @classmethod
    def parse(cls, text: str) -> "Hash":
        """Read what `__str__` wrote. Raises `ValueError`."""
        scheme, *numbers, salt, key = text.split("$")
        cost, block, parallel = map(int, numbers)
        if scheme != "scrypt":
            raise ValueError(scheme)
        found = cls(cost, block, parallel, *(base64.b64decode(part, validate=True) for part in (salt, key)))
        hashlib.scrypt(b"", salt=b"", n=2, r=1, p=1)  # a Python without it says so now, and not at the first login
        if cost < 2 or cost & (cost - 1) or 128 * cost * block > _MEMORY // 2 or not 0 < parallel <= 16 or block < 1:
            raise ValueError("parameters")
        if len(found.key) != _KEY or not found.salt:
            raise ValueError("key")
        return found

    @classmethod
    def of(cls, password: str) -> "Hash":
        """A new hash with a salt of its own."""
        unset = cls.random()
        return replace(unset, key=unset._derive(password))

    @classmethod
    def random(cls) -> "Hash":
        """A hash that no password has."""
        return cls(_COST, _BLOCK, _PARALLEL, os.urandom(16), os.urandom(_KEY))

    def __str__(self) -> str:
        salt, key = (base64.b64encode(part).decode() for part in (self.salt, self.key))
        return f"scrypt${self.cost}${self.block}${self.parallel}${salt}${key}"

    def matches(self, password: str) -> bool:
        """Compare in constant time; slow on purpose."""
        return hmac.compare_digest(self._derive(password), self.key)

    def _derive(self, password: str) -> bytes:
        return hashlib.scrypt(
            password.encode(),
            salt=self.salt,
            n=self.cost,
            r=self.block,
            p=self.parallel,
            maxmem=_MEMORY,
            dklen=_KEY,
        )


class Users:
    """Names and hashes, read once."""

    def __init__(self, hashes: Mapping[str, Hash]) -> None:
        self._hashes = dict(hashes)
        self._nobody = Hash.random()  # who is unknown is not told so by a quicker answer
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def __len__(self) -> int:
        return len(self._hashes)

    async def knows(self, name: str, password: str) -> bool:
        """Whether this is the password of that name."""
        known = self._hashes.get(name)
        async with self._turn:
            same = await asyncio.to_thread((known or self._nobody).matches, password)
        return known is not None and same


def read_users(path: Path) -> Users:
    """The users of a file; `#` begins a comment. Raises `BadUsers`."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsers(str(getattr(error, "strerror", None) or "not UTF-8")) from error
    found: dict[str, Hash] = {}
    for number, line in enumerate(lines, 1):
        name, colon, hashed = line.strip().rpartition(":")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not colon or not name or name in found:
            raise BadUsers(f"line {number} is no new name and its hash, name:scrypt$…")
        try:
            found[name] = Hash.parse(hashed)
        except (ValueError, binascii.Error):
            raise BadUsers(f"line {number} has no hash that python -m router.intake.users makes") from None
    if not found:
        raise BadUsers("it names nobody")
    return Users(found)


def main() -> int:
    """Print the line of one user."""
    if len(sys.argv) != 2 or ":" in sys.argv[1] or not sys.argv[1].strip() or sys.argv[1].startswith(("#", "-")):
        print(
            "usage: python -m router.intake.users NAME    asks for the password, or reads it from a pipe",
            file=sys.stderr,
        )
        return 2
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not password:
        print("an empty password is none", file=sys.stderr)
        return 1
    print(f"{sys.argv[1].strip()}:{Hash.of(password)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
