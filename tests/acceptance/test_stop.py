"""How the daemon ends: cleanly at the first signal, at once at the second."""

import signal
import time

from tests.bench.daemon import once_each
from tests.bench.letters import letter, letters, sha256
from tests.bench.smtp import Client, Mta


def test_a_stop_under_load_loses_and_doubles_nothing(new_daemon):
    """Every upgrade is such a stop."""
    daemon = new_daemon().start()
    mails = letters(250, "stop")
    with Mta(daemon.port, mails) as mta:
        for answered in (40, 140):
            _until_answered(mta, answered)
            daemon.stop()
            daemon.start()
        mta.finish()
    daemon.settle()

    assert daemon.arrivals() == once_each(map(sha256, mails))
    assert mta.refused == {}


def test_an_idle_client_is_told_and_does_not_hold_up_the_stop(daemon):
    """Mail servers keep connections open for the next mail."""
    with Client(daemon.port) as idle, Client(daemon.port) as silent:
        started = time.monotonic()
        daemon.stop()

        assert time.monotonic() - started < 8
        assert [reply.code for reply in idle.replies()] == [421]
        assert [reply.code for reply in silent.replies()] == [421]


def test_a_transaction_under_way_is_finished_before_the_end(daemon):
    """A mail of which the sender has sent the most is worth a moment."""
    with Client(daemon.port) as client:
        client.begin()
        client.send(letter(1)[:50])
        daemon.process.send_signal(signal.SIGTERM)
        client.send(letter(1)[50:] + b".\r\n")
        answer = client.reply()

    assert answer.code == 250
    assert daemon.wait(15) == 0
    daemon.start().settle()
    assert daemon.arrivals() == once_each([sha256(letter(1))])


def test_the_second_signal_ends_it_at_once(daemon):
    """A person who presses the keys twice means it."""
    with Client(daemon.port) as client:
        accepted = client.mail(letter(1))
        client.begin()
        daemon.process.send_signal(signal.SIGTERM)
        assert not _ends_within(daemon, 1.0), "the open transaction has its time"
        daemon.process.send_signal(signal.SIGTERM)

        assert _ends_within(daemon, 5.0)
    assert accepted.code == 250
    daemon.start().settle()
    assert daemon.arrivals() == once_each([sha256(letter(1))])


def _ends_within(daemon, seconds):
    deadline = time.monotonic() + seconds
    while not daemon.ended and time.monotonic() < deadline:
        time.sleep(0.02)
    return daemon.ended


def _until_answered(mta, count):
    deadline = time.monotonic() + 30
    while mta.settled < count:
        assert time.monotonic() < deadline
        time.sleep(0.005)
