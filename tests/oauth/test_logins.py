"""Tokens at work: logins at a Dovecot that takes no token which is over."""

import os
import time
from pathlib import Path

import pytest

from router.imap.connection import Account, Door, leave
from router.oauth import files
from router.oauth.cache import Keeper
from tests.bench.dovecot import Dovecot
from tests.bench.identity import Identity
from tests.bench.introspection import introspection
from tests.conftest import short_folder
from tests.oauth.conftest import BySecret


def test_short_tokens_and_many_logins(provider: Identity, by_secret: BySecret) -> None:
    """A token that was taken at the start works for an hour, and then no more (pitfall 44); here for three seconds."""
    provider.seconds = 3
    keeper = Keeper("ms", by_secret())
    with short_folder() as folder, introspection(provider.tokens) as url:
        dovecot = Dovecot(folder / "d", introspection=url).start()
        tokens = keeper.tokens("imap", "ann@example.com")
        door = Door(Account("127.0.0.1", dovecot.port, "none", "ann@example.com", tokens))
        end, logins = time.monotonic() + 10, 0
        try:
            while time.monotonic() < end:
                leave(door.enter())
                logins += 1
                time.sleep(0.1)
        finally:
            dovecot.stop()

    assert logins > 30
    assert 4 <= len(provider.grants) <= 8


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refresh token in it is the only one there is."""
    file = tmp_path / "tokens"
    files.write(file, "first")
    before = files.stamp(file)
    monkeypatch.setattr("os.fsync", lambda fd: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        files.write(file, "second")

    assert file.read_text() == "first"
    assert files.stamp(file) == before
    assert [one.name for one in tmp_path.iterdir()] == ["tokens"]


def test_a_file_stays_its_owners(tmp_path: Path) -> None:
    """`router check` as root must not lock the daemon out."""
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    file = tmp_path / "tokens"
    files.write(file, "first")
    os.chown(file, 12345, 12345)
    files.write(file, "second")

    assert (file.stat().st_uid, file.stat().st_mode & 0o777, file.read_text()) == (12345, 0o600, "second")
