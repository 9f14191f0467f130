"""`router check` tries watched accounts: what it says of them, with real servers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.bench.dovecot import PASSWORD, Account, Dovecot
from tests.bench.installation import Ran, configuration
from tests.bench.ports import free_port
from tests.bench.scriptedimap import ScriptedImap
from tests.bench.watching import put, source
from tests.cli.conftest import Run
from tests.conftest import short_folder

Check = Callable[..., list[dict[str, object]]]


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    """One that offers IDLE, with a folder of sent mail in French."""
    with short_folder() as folder:
        made = Dovecot(folder / "d", users={"ann": Account()}).start()
        with made.client() as client:
            client.create_folder("Éléments envoyés")
        put(made, b"Subject: x\r\n\r\nx\r\n")
        yield made
        made.stop()


@pytest.fixture
def check(tmp_path: Path, run: Run) -> Check:
    """What is said of sources."""

    def make(text: str, password: str = PASSWORD) -> list[dict[str, object]]:
        (tmp_path / "router.toml").write_text(configuration(free_port(), extra=text))
        (tmp_path / "password").write_text(password)
        (tmp_path / "password").chmod(0o600)
        ran: Ran = run("check", "--json")
        return [row for row in ran.rows if row["what"] == "source"]

    return make


def test_an_account_that_works_is_told_with_its_folders(check: Check, dovecot: Dovecot) -> None:
    """That the right folder of sent mail was found is worth knowing."""
    (row,) = check(source(dovecot.port))

    assert (row["name"], row["state"], row["error"]) == ("watched", "ok", None)


def test_a_wrong_password_has_its_cure(check: Check, dovecot: Dovecot) -> None:
    """As it has with an inbox."""
    (row,) = check(source(dovecot.port), password="wrong")

    assert row["state"] == "fault"
    assert "refuses the login of ann" in str(row["error"])
    assert "[[source]] watched" in str(row["cure"])


def test_a_folder_that_is_missing_is_told_with_those_that_are_there(check: Check, dovecot: Dovecot) -> None:
    """Somebody writes "Spam" where the server says "Junk"."""
    (row,) = check(source(dovecot.port, more='inbound = ["INBOX", "Spam"]'))

    assert row["state"] == "fault"
    assert "the folder Spam cannot be opened" in str(row["error"])
    assert "Éléments envoyés" in str(row["cure"])


def test_where_answers_cannot_be_seen_and_news_is_not_told_a_remark_says_so(check: Check) -> None:
    """Both work, and both are to be known."""
    with ScriptedImap(capabilities="IMAP4rev1 AUTH=PLAIN") as server:
        rows = check(source(server.port))

    assert [row["state"] for row in rows] == ["ok", "remark", "remark"]
    assert "no folder of sent mail is found" in str(rows[1]["error"])
    assert "no IDLE" in str(rows[2]["error"])


def test_a_folder_that_mail_is_filed_into_and_nobody_watches_is_named(check: Check) -> None:
    """A rule of the server puts it there before anybody sees it in INBOX; a folder of drafts is none."""
    with short_folder() as folder:
        dovecot = Dovecot(folder / "d", users={"ann": Account()}).start()
        with dovecot.client() as client:
            client.create_folder("Sent")
            client.create_folder("Empty")
            client.create_folder("Entwürfe")
            client.append("Entwürfe", b"Subject: x\r\n\r\nx\r\n", flags=["\\Draft"])
        put(dovecot, b"Subject: x\r\n\r\nx\r\n", folder="Orders")
        put(dovecot, b"Subject: x\r\n\r\nx\r\n", folder="Old", at=datetime(2024, 1, 1, tzinfo=UTC))
        rows = check(source(dovecot.port))
        watched = check(source(dovecot.port, more='inbound = ["INBOX", "Orders"]'))
        dovecot.stop()

    assert [row["state"] for row in rows] == ["ok", "remark"]
    assert "mail of the last week is also in Orders (1), which nobody watches" in str(rows[1]["error"])
    assert "in inbound of [[source]] watched" in str(rows[1]["cure"])
    assert [row["state"] for row in watched] == ["ok"]
