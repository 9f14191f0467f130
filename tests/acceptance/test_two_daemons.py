"""One database has one writer: a second daemon and the commands that write keep to that."""

import pytest

from tests.bench.daemon import once_each
from tests.bench.letters import letter, sha256
from tests.bench.smtp import Client
from tests.bench.wait import until


def send(daemon, *mails):
    """Hand mails over, each of which is taken."""
    with Client(daemon.port) as client:
        assert [client.mail(mail).code for mail in mails] == [250] * len(mails)


@pytest.fixture
def stuck(new_daemon):
    """A running daemon with one mail that reached Mike and cannot reach Helen, whose folder is no folder."""
    daemon = new_daemon()
    (daemon.folder / "helen").write_text("in the way")
    daemon.start()
    send(daemon, letter(1))
    until(lambda: states(daemon) == {"mike": "delivered", "helen": "deferred"}, lambda: str(states(daemon)))
    return daemon


def states(daemon):
    """The state of the copy for each inbox."""
    return dict(daemon.ask("SELECT inbox, state FROM outbox ORDER BY id"))


def helens(daemon):
    """The id of the copy for Helen."""
    return next(row["id"] for row in daemon.rows("queue") if row["inbox"] == "helen")


def mend(daemon):
    """Let Helen's folder be one."""
    (daemon.folder / "helen").unlink()


def test_a_second_daemon_on_the_same_database_exits_75(module_daemon):
    """Two writers would corrupt it."""
    ran = module_daemon.cli("run")

    assert ran.code == 75
    assert ran.err.strip() != ""
    send(module_daemon, letter(1))
    module_daemon.settle()
    assert module_daemon.arrivals() == once_each([sha256(letter(1))])


def test_bad_configuration_exits_78_and_names_every_fault(new_daemon):
    """Whoever mends the first fault should not have to come back for the second."""
    daemon = new_daemon(smtp='allow_from = "everybody"', extra="[delivery]\nlease = 7")
    ran = daemon.cli("run")

    assert ran.code == 78
    assert "allow_from" in ran.err
    assert "lease" in ran.err
    assert "router.toml" in ran.err


def test_a_held_copy_waits_and_a_released_one_goes(stuck):
    """A person's word counts while the daemon runs."""
    copy = helens(stuck)
    held = stuck.cli("hold", copy)
    mend(stuck)

    assert held.code == 0
    assert states(stuck)["helen"] == "held"
    assert stuck.cli("retry", copy).code == 1, "a held copy is not to be retried"
    assert stuck.cli("release", copy).code == 0
    stuck.settle()
    assert stuck.arrivals() == once_each([sha256(letter(1))])


def test_retry_delivers_at_once_what_was_put_off(stuck):
    """Whoever mended the folder does not want to wait for hours."""
    mend(stuck)
    ran = stuck.cli("retry", helens(stuck))
    stuck.settle(20)

    assert ran.code == 0
    assert stuck.arrivals() == once_each([sha256(letter(1))])


def test_the_same_words_count_while_no_daemon_runs(stuck):
    """The command takes the lock itself, and the next daemon finds what was said."""
    copy = helens(stuck)
    stuck.stop()
    mend(stuck)
    codes = [stuck.cli("hold", copy).code, stuck.cli("release", copy).code, stuck.cli("retry", copy).code]
    stuck.start()
    stuck.settle(20)

    assert codes == [0, 0, 0]
    assert stuck.arrivals() == once_each([sha256(letter(1))])


def test_a_hold_without_a_daemon_lasts_over_the_next_start(stuck):
    """Held is held until somebody says otherwise."""
    stuck.stop()
    mend(stuck)
    stuck.cli("hold", helens(stuck))
    stuck.start()
    send(stuck, letter(2))
    stuck.settle()

    assert states(stuck)["helen"] == "delivered", "the second one"
    assert stuck.arrivals()["helen"] == {sha256(letter(2)): 1}


def test_reading_commands_need_no_daemon(stuck):
    """What happened can be looked up while nothing runs."""
    stuck.stop()

    assert {row["inbox"]: row["state"] for row in stuck.rows("queue")} == {"mike": "delivered", "helen": "deferred"}
    assert [row["message_id"] for row in stuck.rows("trace", "letter-1@customer.example")] == [
        "letter-1@customer.example"
    ]
    assert stuck.status()["outbox"]["deferred"] == 1


def test_an_unknown_id_is_a_fault(module_daemon):
    """A typing error must not look like success."""
    for command in ("hold", "release", "retry"):
        assert module_daemon.cli(command, "nonsense").code == 1


def test_a_released_repeat_is_copied_after_all(daemon):
    """Whoever thinks that a repeat was none can say so."""
    send(daemon, letter(1), letter(1))
    daemon.settle()
    (told,) = daemon.rows("trace", "letter-1@customer.example")
    (repeat,) = [sighting for sighting in told["sightings"] if sighting["verdict"] == "repeat"]
    ran = daemon.cli("release", repeat["id"])
    daemon.settle()

    assert ran.code == 0
    assert daemon.inbox("mike").counts() == {sha256(letter(1)): 2}
