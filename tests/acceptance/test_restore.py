"""A backup under load, restored elsewhere: nothing delivered before is delivered again into a Maildir."""

import os
import shutil
import stat
import time
from collections import Counter

import pytest

from tests.bench.daemon import INBOXES, once_each
from tests.bench.dovecot import Account, Dovecot
from tests.bench.letters import letter, letters, sha256
from tests.bench.smtp import Client, Mta
from tests.bench.wait import until
from tests.bench.watching import put, source, with_password

BY_IMAP_AND_MAILDIR = """\
[[inbox]]
address = "mike@example.com"
deliver = "imap"
host = "localhost"
port = {port}
security = "none"
username = "mike"
password_file = "password"

[[inbox]]
address = "helen@example.com"
deliver = "maildir"
path = "helen"
"""


@pytest.fixture
def dovecot(folder):
    """The company's mail server."""
    made = Dovecot(folder / "dovecot", users={"ann": Account(), "mike": Account()}).start()
    yield made
    made.stop()


def send(daemon, *mails):
    """Hand mails over, each of which is taken."""
    with Client(daemon.port) as client:
        assert [client.mail(mail).code for mail in mails] == [250] * len(mails)


def restore(original, backup, new_daemon):
    """Another installation with the backup, and with the Maildirs as they are now; nothing runs yet."""
    other = new_daemon("other")
    shutil.copy(backup, other.database)
    for name in INBOXES:
        if (original.folder / name).exists():
            shutil.copytree(original.folder / name, other.folder / name)
    return other


def test_a_backup_under_load_doubles_nothing_when_it_is_restored(new_daemon, folder):
    """Whatever was delivered after the backup is open in it, or not even routed."""
    daemon = new_daemon("first").start()
    mails = letters(500, "restore")
    with Mta(daemon.port, mails) as mta:
        while mta.settled < 150:
            time.sleep(0.005)
        ran = daemon.cli("backup", str(folder / "copy.db"))
        mta.finish()
    daemon.settle()
    daemon.stop()
    assert (ran.code, ran.err) == (0, "")
    assert daemon.arrivals() == once_each(map(sha256, mails))

    other = restore(daemon, folder / "copy.db", new_daemon)
    said = other.cli("db", "restored")
    other.start().settle()

    assert said.code == 0
    assert other.arrivals() == once_each(map(sha256, mails))
    ((stored,),) = other.ask("SELECT count(*) FROM message")
    assert 150 <= stored <= 500
    assert other.ask("SELECT DISTINCT state FROM outbox") == [("delivered",)]
    send(other, letter(1, seed="after"))
    other.settle()
    assert all(counts[sha256(letter(1, seed="after"))] == 1 for counts in other.arrivals().values())


# Where the daemon dies, and where its mails are then.
MOMENTS = [
    pytest.param("accept.after-commit", "spool", marks=pytest.mark.soak),
    ("route.before-commit", "spool"),
    pytest.param("route.after-commit", "sending", marks=pytest.mark.soak),
    ("deliver.before-commit", "sending"),
]


@pytest.mark.parametrize(("point", "where"), MOMENTS)
def test_what_was_under_way_in_the_backup_is_looked_for(new_daemon, folder, point, where):
    """The moments in between, one by one: routed and delivered since, delivered and not recorded."""
    mails = [letter(number) for number in range(3)]
    daemon = new_daemon("first").start(fault=point)
    with Mta(daemon.port, mails) as mta:
        daemon.wait()
        backup = daemon.cli("backup", str(folder / "copy.db"))
        daemon.start()
        mta.finish()
    daemon.settle()
    daemon.stop()
    other = restore(daemon, folder / "copy.db", new_daemon)
    ((unrouted,),) = other.ask("SELECT count(*) FROM sighting WHERE routed IS NULL")
    open_copies = other.ask("SELECT DISTINCT state FROM outbox")
    other.cli("db", "restored")
    after = other.ask("SELECT DISTINCT state FROM outbox")
    other.start().settle()

    assert backup.code == 0, backup.err
    assert unrouted or where == "sending"
    assert open_copies == ([] if where == "spool" else [(where,)])
    assert after == ([] if where == "spool" else [("unknown",)])
    assert other.arrivals() == once_each(map(sha256, mails))


@pytest.mark.soak
def test_a_mail_that_was_not_delivered_before_is_delivered_by_the_restored_one(new_daemon, folder):
    """The disk is gone, Maildirs with it or not: what the backup holds open arrives."""
    daemon = new_daemon("first").start(fault="route.before-commit")
    with Mta(daemon.port, [letter(1)]):
        daemon.wait()
        daemon.cli("backup", str(folder / "copy.db"))
    other = restore(daemon, folder / "copy.db", new_daemon)
    other.cli("db", "restored")
    other.start().settle()

    assert other.arrivals() == once_each([sha256(letter(1))])


@pytest.mark.soak
def test_a_copy_that_was_held_in_the_backup_is_looked_for_when_it_is_released(new_daemon, folder):
    """Somebody may have released it after the backup."""
    daemon = new_daemon("first", router='rules = "rules"')
    (daemon.folder / "rules").mkdir()
    rule = '[[rule]]\nname = "held"\ncopy_to = ["*"]\nhold = true\n'
    (daemon.folder / "rules" / "10.toml").write_text(rule)
    daemon.start()
    send(daemon, letter(1))
    daemon.settle()
    daemon.cli("backup", str(folder / "copy.db"))
    ids = [row["id"] for row in daemon.rows("queue")]
    assert daemon.cli("release", *ids).code == 0
    daemon.settle()
    daemon.stop()
    other = restore(daemon, folder / "copy.db", new_daemon)
    shutil.copytree(daemon.folder / "rules", other.folder / "rules")
    other.cli("db", "restored")
    other.start()
    released = other.cli("release", *ids)
    other.settle()

    assert released.code == 0, released.err
    assert other.arrivals() == once_each([sha256(letter(1))])


def test_the_command_says_what_it_did_and_refuses_to_overwrite(daemon, folder):
    """Exit codes are for scripts, words for people."""
    first = daemon.cli("backup", str(folder / "copy.db"))
    second = daemon.cli("backup", str(folder / "copy.db"))
    nothing = daemon.cli("backup")
    restored = daemon.cli("db", "restored")

    assert first.code == 0
    assert first.out == f"backed up to {folder}/copy.db, {os.path.getsize(folder / 'copy.db')} bytes\n"
    assert stat.S_IMODE(os.stat(folder / "copy.db").st_mode) == 0o600
    assert (second.code, second.err) == (1, f"router: {folder}/copy.db is there already: name a new file\n")
    assert (nothing.code, restored.code) == (2, 75), "a daemon runs: the word would be said behind its back"


def test_a_backup_needs_neither_a_daemon_nor_a_sound_configuration(daemon, folder):
    """On the day of the disaster something else is broken, too."""
    send(daemon, letter(1))
    daemon.settle()
    daemon.kill()
    daemon.config.write_text(daemon.config.read_text() + "\n[[inbox]]\nnonsense = true\n")
    ran = daemon.cli("backup", str(folder / "copy.db"))

    assert ran.code == 0
    assert "nonsense" in ran.err


def test_what_a_watched_account_brings_once_more_is_found_in_the_inboxes(new_daemon, folder, dovecot):
    """The cursor stands where the backup was made. What nobody had copied before arrives."""
    parts = {
        "extra": source(dovecot.port, more='mailbox = "support"') + '\n[delivery]\nlook_after = "1s"\n',
        "inboxes": BY_IMAP_AND_MAILDIR.format(port=dovecot.port),
    }
    daemon = with_password(new_daemon("first", **parts)).start()
    until(lambda: daemon.ask("SELECT name FROM watched WHERE last_success IS NOT NULL"), daemon.tail)
    old, since, new = (letters(count, seed) for count, seed in ((3, "old"), (20, "since"), (2, "new")))
    put(dovecot, *old)
    until(lambda: daemon.inbox("helen").counts().total() == 3, daemon.tail)
    assert daemon.cli("backup", str(folder / "copy.db")).code == 0
    put(dovecot, *since)
    until(lambda: daemon.inbox("helen").counts().total() == 23, daemon.tail)
    daemon.settle()
    daemon.stop()
    put(dovecot, *new)  # while nobody watches
    other = with_password(new_daemon("other", **parts))
    shutil.copy(folder / "copy.db", other.database)
    shutil.copytree(daemon.folder / "helen", other.folder / "helen")
    other.cli("db", "restored")
    other.start()
    until(lambda: other.inbox("helen").counts().total() == 25, other.tail, 60)
    until(lambda: other.ask("SELECT count(*) FROM message") == [(25,)], other.tail, 60)
    other.settle()
    later = letter(1, seed="later")
    put(dovecot, later)
    until(lambda: other.inbox("helen").counts().total() == 26, other.tail, 60)
    other.settle()

    once = Counter(map(sha256, [*old, *since, *new, later]))
    assert other.inbox("helen").counts() == once
    assert Counter(sha256(body[body.index(b"From: Kim") :]) for body in dovecot.bodies(user="mike")) == once
    assert other.ask("SELECT count(*) FROM meta WHERE name LIKE 'restored%'") == [(0,)]
