"""A connection to a folder of hundreds of thousands of mails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.imap.connection import Account, Door, leave
from router.imap.errors import NoFolder
from router.intake.imap.session import Session
from router.intake.imap.source import Limits
from tests.bench.dovecot import PASSWORD
from tests.bench.scriptedimap import ScriptedImap

MAILS, MOST = 300_000, Limits().search


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """One whose folder is very full."""
    (tmp_path / "password").write_text(PASSWORD)
    with ScriptedImap(mails=dict.fromkeys(range(1, MAILS + 1), b"x")) as server:
        client = Door(Account("127.0.0.1", server.port, "none", "ann", tmp_path / "password")).enter()
        made = Session(client)
        made.examine("INBOX")
        yield made
        leave(client)


def test_all_uids_of_a_very_full_folder_are_found(session: Session) -> None:
    """No line of answers gets longer than the library takes: a million octets."""
    assert session.present(1, MAILS + 1, MOST) == list(range(1, MAILS + 1))


def test_one_search_for_all_of_them_would_fail(session: Session) -> None:
    """What the bounds are for: without them such a folder is never read."""
    with pytest.raises(NoFolder, match="more than 1000000 bytes"):
        session.search("1:*")


def test_what_is_new_in_a_very_full_folder_is_found(session: Session) -> None:
    """The last ones, and the first ones of a folder that was never read."""
    assert session.newer(MAILS - 2, MAILS + 1, MOST) == [MAILS - 1, MAILS]
    assert session.newer(0, MAILS + 1, MOST) == list(range(1, MOST + 1))
