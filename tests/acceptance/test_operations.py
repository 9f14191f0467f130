"""What the person who runs it meets: a disk that fills up, a process that was killed, a file system of the network."""

import os
import sqlite3
import subprocess
from contextlib import closing, contextmanager

from tests.bench.daemon import once_each
from tests.bench.disk import small_disk
from tests.bench.letters import letter, letters, sha256
from tests.bench.need import lack, need_root
from tests.bench.smtp import Client, Mta
from tests.bench.wait import until


def alarms(daemon):
    """The codes of the open alarms."""
    return [code for (code,) in daemon.ask("SELECT code FROM alarm WHERE cleared IS NULL")]


def test_mail_is_put_off_before_the_disk_is_full_and_deliveries_go_on(folder, new_daemon):
    """452 while there is still room for the state of what was accepted; the alarm stands until room is made."""
    with small_disk(folder / "disk", megabytes=24) as disk:
        daemon = new_daemon(database="disk/router.db", router='min_free_space = "8MB"')
        (daemon.folder / "helen").write_text("in the way")
        daemon.start()
        with Client(daemon.port) as client:
            assert client.mail(letter(1)).code == 250
        until(lambda: daemon.inbox("mike").files(), daemon.tail)
        (disk.path / "filler").write_bytes(bytes(17_000_000))
        until(lambda: alarms(daemon) == ["disk-low"], daemon.tail)
        with Client(daemon.port) as client:
            refused = client.mail(letter(2))
        (daemon.folder / "helen").unlink()
        (copy,) = daemon.rows("queue", "--state", "deferred")
        retried = daemon.cli("retry", copy["id"])
        daemon.settle()
        delivered = daemon.arrivals()
        disk.free()
        with Mta(daemon.port, [letter(2)]) as mta:
            mta.finish()
        until(lambda: alarms(daemon) == [], daemon.tail)
        daemon.settle()
        daemon.stop()

        assert (refused.code, refused.text[:5]) == (452, "4.3.1")
        assert retried.code == 0, retried.err
        assert delivered == once_each([sha256(letter(1))])
        assert daemon.arrivals() == once_each(map(sha256, (letter(1), letter(2))))


def test_after_a_kill_the_database_is_checked_and_after_a_stop_it_is_not(new_daemon):
    """The check reads everything; nobody should pay for it without a reason."""
    daemon = new_daemon()
    noted = "SELECT value FROM meta WHERE name = 'last-stop'"
    logs = []
    for end in (daemon.stop, daemon.kill, daemon.stop, daemon.stop):
        daemon.log.unlink(missing_ok=True)
        daemon.start()
        until(lambda: daemon.ask(noted) == [(b"running",)], daemon.tail)  # it listens a moment before
        if logs and logs[-1][0] == "kill":
            until(lambda: "the database is sound" in daemon.tail(), daemon.tail)
        logs.append((end.__name__, "the last stop was not clean" in daemon.tail()))
        end()

    assert logs == [("stop", False), ("kill", False), ("stop", True), ("stop", False)]


def test_damage_is_an_alarm_and_mail_goes_on(new_daemon):
    """An index that lacks a row: `quick_check` finds it, and copies still go out."""
    daemon = new_daemon().start()
    with Mta(daemon.port, letters(20)) as mta:
        mta.finish()
    daemon.settle()
    daemon.stop()
    with closing(sqlite3.connect(daemon.database)) as link, link:
        # The rows of an index that goes on without them.
        link.execute("PRAGMA writable_schema=ON")
        link.execute("DELETE FROM sqlite_schema WHERE name = 'ix_message_customer'")
        link.execute("INSERT INTO meta VALUES ('x', x'00')")
        link.execute("UPDATE meta SET value = CAST('running' AS BLOB) WHERE name = 'last-stop'")
    daemon.start()
    until(lambda: alarms(daemon) == ["database-damaged"], daemon.tail)
    with Client(daemon.port) as client:
        assert client.mail(letter(1, seed="after")).code == 250
    daemon.settle()

    assert "the database is damaged: " in daemon.tail(200)
    assert daemon.status()["wrong"] == ["alarms"]


@contextmanager
def fuse(path):
    """A file system in user space whose program has gone: what the kernel calls it is all that is needed here."""
    need_root("a file system of one's own")
    path.mkdir()
    try:
        fd = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        lack(f"no /dev/fuse ({error.strerror})")
    options = f"fd={fd},rootmode=40000,user_id=0,group_id=0"
    command = ["mount", "-i", "-t", "fuse", "-o", options, "test", str(path)]
    mounted = subprocess.run(command, pass_fds=[fd], capture_output=True, text=True, check=False)
    os.close(fd)
    if mounted.returncode != 0:
        lack(f"nothing can be mounted here ({mounted.stderr.strip()})")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def test_a_database_on_a_file_system_of_the_network_is_refused(folder, new_daemon):
    """SQLite loses mail there, some day, without a word; who knows better may say so."""
    with fuse(folder / "net"):
        daemon = new_daemon(database="net/router.db")
        refused, checked = daemon.cli("run"), daemon.cli("check")
        daemon.config.write_text(
            daemon.config.read_text().replace("[smtp]", "force_network_filesystem = true\n\n[smtp]")
        )
        forced = daemon.cli("check", "--offline", "--show")

    assert refused.code == checked.code == 78
    assert "router.toml: router.database" in refused.err
    assert "is on fuse, where SQLite's files get damaged: move the database" in refused.err
    assert forced.code == 0
    assert "force_network_filesystem = true" in forced.out
