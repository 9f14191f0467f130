"""The listener in the open, as administrators meet it: swaks, a renewed certificate, files that are wrong."""

import os
import signal

import pytest

from router.intake.users import Hash
from tests.bench.certificates import self_signed, trusting
from tests.bench.smtp import Client
from tests.bench.swaks import swaks
from tests.bench.wait import until


def demanding(new_daemon, folder):
    """A daemon that wants TLS and a login, not yet started."""
    daemon = new_daemon(smtp=self_signed(folder).settings + 'require_tls = true\nusers_file = "users"\n')
    (folder / "users").touch(mode=0o600)
    (folder / "users").write_text(f"mx:{Hash.of('s3cret')}\n")
    return daemon


@pytest.fixture
def secure(new_daemon, folder):
    """Such a daemon."""
    return demanding(new_daemon, folder)


@pytest.fixture(scope="module")
def refusing(module_new_daemon, module_folder):
    """Such a daemon, running, to which nobody ever says it right."""
    return demanding(module_new_daemon, module_folder).start()


def reload(daemon, words):
    """Send SIGHUP and wait until the log holds `words`."""
    os.kill(daemon.process.pid, signal.SIGHUP)
    until(lambda: words in daemon.tail(100), lambda: daemon.tail())


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_swaks_delivers_with_tls_and_a_login(secure, mechanism):
    """And the password stands in no log."""
    secure.start()
    login = ("--auth", mechanism, "--auth-user", "mx", "--auth-password", "s3cret")
    ran = swaks(secure.port, "--tls", *login, "--header", "Subject: by swaks")
    secure.settle()

    assert ran.code == 0, ran.out
    assert [b"Subject: by swaks" in copy.original for copy in secure.inbox("mike").copies()] == [True]
    assert "s3cret" not in secure.log.read_text()
    assert "AG14AHMzY3JldA" not in secure.log.read_text()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 23),  # the sender is refused
        (("--tls",), 23),
        (("--tls", "--auth", "PLAIN", "--auth-user", "mx", "--auth-password", "wrong"), 28),
        (("--auth", "PLAIN", "--auth-user", "mx", "--auth-password", "s3cret"), 28),  # not offered in the clear
    ],
)
def test_swaks_is_refused_without_either(refusing, options, code):
    """Nothing is stored."""
    ran = swaks(refusing.port, *options)

    assert ran.code == code, ran.out
    assert refusing.status()["messages"] == 0


def test_a_renewed_certificate_counts_after_a_signal(secure, folder):
    """Certificates live for weeks, mail daemons for years. So do those who may log in."""
    old = (folder / "tls.pem").read_text()
    secure.start()
    new = self_signed(folder)
    (folder / "users").write_text(f"other:{Hash.of('n3w')}\n")
    assert new.certificate.read_text() != old
    reload(secure, "reloaded:")
    with Client(secure.port) as client:
        client.start_tls(trusting(new))
        logins = [client.command(f"AUTH PLAIN {one}").code for one in ("AG14AHMzY3JldA==", "AG90aGVyAG4zdw==")]

    assert logins == [535, 235]


def test_a_bad_certificate_replaces_nothing_and_raises_an_alarm(secure, folder):
    """Half of a renewal is no reason to lose mail; the alarm ends with its cause."""
    pair = self_signed(folder)
    good = pair.key.read_text()
    secure.start()
    pair.key.write_text("half a file")
    reload(secure, "alarm configuration-fault: the last good credentials stay")
    with Client(secure.port) as client:
        assert client.start_tls(trusting(pair)).code == 220
    assert [alarm["code"] for alarm in secure.status()["alarms"]] == ["configuration-fault"]
    pair.key.write_text(good)
    os.kill(secure.process.pid, signal.SIGHUP)
    until(lambda: secure.status()["alarms"] == [], secure.tail)


@pytest.mark.parametrize(("name", "key"), [("tls.key", "tls_certificate"), ("users", "users_file")])
def test_a_file_that_cannot_be_used_stops_the_start(secure, folder, name, key):
    """By its name, at `check` as at `run`, without what stands in it."""
    (folder / name).write_text("s3cret rubbish\n")
    checked, ran = secure.cli("check"), secure.cli("run")

    assert (checked.code, ran.code) == (1, 78)
    for out in (checked.err, ran.err):
        assert f"smtp.{key}" in out
        assert "s3cret" not in out
        assert "Traceback" not in out
