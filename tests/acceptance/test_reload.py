"""SIGHUP takes new rules into a running daemon, and never bad ones."""

import os
import signal
from datetime import date, timedelta

import pytest

from tests.bench.letters import letter
from tests.bench.smtp import Client
from tests.bench.wait import until

TO_MIKE = '[[rule]]\nname = "to mike"\ncopy_to = ["mike"]\n'
TO_ALL = '[[rule]]\nname = "to all"\ncopy_to = ["*"]\n'


@pytest.fixture
def ruled(new_daemon):
    """A running daemon whose one rule copies to Mike."""
    daemon = new_daemon()
    (daemon.folder / "rules").mkdir()
    write(daemon, TO_MIKE)
    daemon.config.write_text(daemon.config.read_text().replace("[router]\n", '[router]\nrules = "rules"\n'))
    return daemon.start()


def write(daemon, text):
    """Replace the rules."""
    (daemon.folder / "rules" / "10.toml").write_text(text)


def reload(daemon, words):
    """Send SIGHUP and wait until the log holds `words`."""
    os.kill(daemon.process.pid, signal.SIGHUP)
    until(lambda: words in daemon.tail(100), lambda: daemon.tail())


def copied_to(daemon, number):
    """Send a letter and tell which inboxes got it."""
    before = {name: len(daemon.inbox(name).files()) for name in ("mike", "helen")}
    with Client(daemon.port) as client:
        assert client.mail(letter(number)).code == 250
    daemon.settle()
    return [name for name, count in before.items() if len(daemon.inbox(name).files()) > count]


def test_new_rules_count_from_the_next_mail_on(ruled):
    """Nobody restarts a mail daemon for a rule."""
    first = copied_to(ruled, 1)
    write(ruled, TO_ALL)
    reload(ruled, "reloaded: 1 rules")

    assert (first, copied_to(ruled, 2)) == (["mike"], ["mike", "helen"])


def test_bad_rules_change_nothing_and_raise_an_alarm(ruled):
    """A typo on a Friday evening must not stop the copies."""
    write(ruled, TO_ALL.replace('"*"', '"helne"'))
    reload(ruled, 'copy_to = "helne": expected')

    assert copied_to(ruled, 1) == ["mike"]
    assert [alarm["code"] for alarm in ruled.status()["alarms"]] == ["configuration-fault"]


def test_the_alarm_ends_with_its_cause(ruled):
    """An alarm that never goes away is one that nobody reads."""
    write(ruled, "nonsense")
    reload(ruled, "alarm configuration-fault")
    write(ruled, TO_ALL)
    reload(ruled, "reloaded: 1 rules")

    assert ruled.status()["alarms"] == []


def test_more_than_rules_asks_for_a_restart(ruled):
    """Half of a new configuration would be worse than the old one."""
    ruled.config.write_text(ruled.config.read_text().replace('address = "mike@', 'address = "michael@'))
    write(ruled, TO_ALL)
    reload(ruled, "alarm restart-needed")

    assert copied_to(ruled, 1) == ["mike"]


def test_the_end_of_a_rule_is_announced(ruled):
    """ "For a month" ends on a day on which nobody thinks of it."""
    yesterday = date.today() - timedelta(days=2)  # noqa: DTZ011 - two days apart, in any zone
    write(ruled, TO_ALL + f"first_day = 2020-01-01\nlast_day = {yesterday}\n" + TO_MIKE)
    reload(ruled, "reloaded: 2 rules")

    until(lambda: "rule 'to all' of rules/10.toml has ended" in ruled.tail(100), lambda: ruled.tail())
