"""A daemon that watches accounts of a private Dovecot, in a hurry, and mail that is put there."""

from datetime import UTC, datetime

from tests.bench.daemon import Daemon
from tests.bench.dovecot import PASSWORD, Dovecot

SOURCE = """\
[[source]]
name = "{name}"
kind = "{kind}"
host = "localhost"
port = {port}
security = "none"
username = "{user}"
password_file = "password"
{more}
"""


def source(port: int, user: str = "ann", name: str = "watched", kind: str = "mailbox", more: str = "") -> str:
    """One [[source]]."""
    return SOURCE.format(port=port, user=user, name=name, kind=kind, more=more)


def with_password(daemon: Daemon) -> Daemon:
    """The same, with the file that its sources name."""
    (daemon.folder / "password").write_text(PASSWORD)
    (daemon.folder / "password").chmod(0o600)
    return daemon


def put(dovecot: Dovecot, *mails: bytes, folder: str = "INBOX", user: str = "ann", at: datetime | None = None) -> None:
    """Append mails over one connection."""
    with dovecot.client(user) as client:
        if folder != "INBOX" and not client.folder_exists(folder):
            client.create_folder(folder)
        for mail in mails:
            client.append(folder, mail, msg_time=at or datetime.now(UTC))
