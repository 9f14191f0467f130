"""`router digest`: what would go out now, or at another time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from router.conversation.letter import Deed
from router.store.waiting import waiters
from tests.bench.installation import configuration
from tests.cli.conftest import Run
from tests.digest.morning import Morning
from tests.store.desk import opened

DIGEST = """
[relay]
host = "smtp.example.com"

[[digest]]
name = "support-nightly"
to = ["anna@example.com"]
mailboxes = ["support"]
timezone = "Europe/Berlin"
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The folder of a configuration with a digest."""
    text = configuration(1, router='address = "router@example.com"', extra=DIGEST)
    (tmp_path / "router.toml").write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def morning(installed: Path, tmp_path: Path) -> Iterator[Morning]:
    """An installation with a digest, and its open database."""
    with opened(tmp_path) as database:
        made = Morning(database)
        made.sighted()
        made.lives(now())
        yield made


def now() -> datetime:
    """Of the test: its module may have been read long before."""
    return datetime.now(UTC).replace(microsecond=0)


def days(count: float) -> datetime:
    """So many days ago."""
    return now() - timedelta(days=count)


def words(out: str) -> str:
    """On one line."""
    return " ".join(out.split())


def test_it_prints_what_would_go_out_now(run: Run, morning: Morning) -> None:
    """Subject first; and writes nothing."""
    morning.write("Kim Sato", days(3), "Can I change the colour?")
    before = morning.database.path.read_bytes() if morning.database.path else b""
    found = run("digest", "support-nightly")

    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("Support: 1 waiting · ")
    assert "1 customer waits. It is Kim Sato: 3 days." in words(found.out)
    assert "reply `fresh`" not in found.out
    assert morning.database.path is not None
    assert morning.database.path.read_bytes() == before


def test_the_html_goes_into_a_file(run: Run, morning: Morning, tmp_path: Path) -> None:
    """To be looked at in a browser."""
    morning.write("Kim Sato", days(3))
    found = run("digest", "support-nightly", "--html", tmp_path / "digest.html")

    assert found.code == 0
    assert "Kim Sato" in (tmp_path / "digest.html").read_text("utf-8")
    assert "mailto:" not in (tmp_path / "digest.html").read_text("utf-8")


def test_as_of_the_past_those_wait_who_waited_then(run: Run, morning: Morning) -> None:
    """Answered since, written since, snoozed since: as if nothing had come."""
    kim = morning.write("Kim", days(9))
    lee = morning.write("Lee", days(8))
    mia = morning.write("Mia", days(7))
    sent = morning.answer(lee, "Lee", days(6.5))
    morning.answer(kim, "Kim", days(2))
    morning.write("Lee", days(1), **{"In-Reply-To": f"<{sent}>", "Subject": "Re: Order of Lee"})
    threads = {row.customer_name: row.thread for row in morning.database.read(lambda c: waiters(c, now()))}
    morning.says(Deed.SNOOZE, threads["Mia"], days(1), until=now() + timedelta(days=2))
    morning.write("Noa", days(0.5))
    assert mia

    then = run("digest", "support-nightly", "--at", days(6).isoformat())
    assert "2 customers wait. Begin with Kim: 3 days." in words(then.out)
    assert "2 Mia" in words(then.out)
    assert "Lee" not in then.out
    assert "what proves a digest is of the present only" in words(then.out)

    today = run("digest", "support-nightly")
    assert "THEY WROTE AGAIN (1)" in today.out
    assert "Mia" not in today.out
    assert "Kim" not in today.out
    assert "2 Noa" in words(today.out)


def test_as_of_the_past_the_list_is_what_it_was(run: Run, morning: Morning) -> None:
    """At every step of a history, told by what was listed while it happened."""
    steps = []
    sent: list[str] = []
    for number in range(12):
        at = days(20 - number)
        who = f"Customer {'ABCD'[number % 4]}"
        if number % 3 == 2:
            sent.append(morning.answer(sent[-1], f"Customer {'ABCD'[(number - 1) % 4]}", at, "I will get back to you."))
        else:
            sent.append(morning.write(who, at, "Thank you!" if number == 9 else "Where is it?"))
        then = at + timedelta(hours=1)
        steps.append(
            (then, sorted(row.customer or "" for row in morning.database.read(lambda c, t=then: waiters(c, t))))
        )
    assert max(len(expected) for _, expected in steps) > 3
    for then, expected in steps:
        out = run("digest", "support-nightly", "--at", then.isoformat()).out
        assert (
            sorted(line.split(":")[1].split()[0] for line in out.splitlines() if "received:" in line or "sent:" in line)
            == expected
        )


def test_as_of_the_future_who_is_snoozed_has_woken_up(run: Run, morning: Morning) -> None:
    """And clocks have gone on; a local time is the digest's."""
    morning.write("Kim", days(3))
    (row,) = morning.database.read(lambda c: waiters(c, now()))
    morning.says(Deed.SNOOZE, row.thread, days(1), until=now() + timedelta(days=2))
    assert "Nobody waits" in run("digest", "support-nightly").out

    later = run("digest", "support-nightly", "--at", f"{now() + timedelta(days=5):%Y-%m-%d} 07:00")
    assert "1 customer waits. It is Kim:" in words(later.out)
    assert "07:00 CE" in later.out


def test_without_a_router_that_runs_nothing_is_promised(run: Run, morning: Morning) -> None:
    """What came since is not there."""
    morning.lives(days(1))
    out = run("digest", "support-nightly").out

    assert "NOT RELIABLE, no mail seen since" in out
    assert "the router has not run since" in words(out)
    assert "Nobody waits" not in out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("nightly",), "no digest 'nightly'; known: support-nightly"),
        ((), "Missing argument 'NAME'"),
        (("support-nightly", "--at", "yesterday"), 'expected an instant such as "2026-11-23T07:00:00Z"'),
        (("support-nightly", "--at", "0001-01-01"), "expected an instant"),
        (("support-nightly", "--at", "0001-01-02"), "expected an instant"),
        (("support-nightly", "--at", "9999-12-30 07:00"), "expected an instant"),
    ],
)
def test_what_cannot_be_shown_is_told(run: Run, morning: Morning, options: tuple[str, ...], told: str) -> None:
    """As by the neighbours: wrong usage."""
    found = run("digest", *options)

    assert found.code == 2
    assert told in words(found.err)


def test_a_file_that_cannot_be_written_is_a_fault(run: Run, morning: Morning, tmp_path: Path) -> None:
    """In words."""
    found = run("digest", "support-nightly", "--html", tmp_path / "nowhere" / "digest.html")

    assert found.code == 1
    assert "nowhere" in found.err


def test_send_without_a_daemon_leaves_it_in_the_outbox(run: Run, installed: Path) -> None:
    """Whoever asks for it gets it as soon as a daemon runs."""
    with opened(installed) as database:
        Morning(database).sighted()
    found = run("digest", "support-nightly", "--send")
    (row,) = run("queue", "--json").rows

    assert (found.code, found.err) == (0, "")
    assert found.out == "support-nightly: in the outbox for anna@example.com; the daemon sends it\n"
    assert (row["inbox"], row["state"]) == ("anna@example.com", "pending")


@pytest.mark.parametrize("more", [("--html", "x.html"), ("--at", "2026-11-23T07:00:00Z")])
def test_what_is_sent_is_of_now(run: Run, morning: Morning, more: tuple[str, str]) -> None:
    """A look at another time goes to nobody."""
    found = run("digest", "support-nightly", "--send", *more)

    assert found.code == 2
    assert "--send goes out as of now" in found.err


def test_a_weekly_letter_is_shown_as_of_any_time(run: Run, morning: Morning, tmp_path: Path) -> None:
    """Also of history that was imported a minute ago."""
    file = tmp_path / "router.toml"
    file.write_text(file.read_text("utf-8").replace('name = "support-nightly"', 'name = "founders"\nkind = "weekly"'))
    asked = morning.write("Kim Sato", days(200), "The clock came broken, and I am so sad about it.")
    sent = morning.answer(asked, "Kim Sato", days(199))
    again = {"In-Reply-To": f"<{sent}>", "Subject": "Re: Order of Kim Sato"}
    morning.write("Kim Sato", days(198), "Will anybody answer me at last?", **again)
    last = morning.write("Kim Sato", days(197), "Is there nobody who reads this?", **again)
    morning.answer(last, "Kim Sato", days(196))
    then = run("digest", "founders", "--at", days(192).isoformat(), "--html", tmp_path / "week.html")
    now = run("digest", "founders")

    assert (then.code, then.err) == (0, "")
    assert then.out.startswith("Your customers this week: 1 person to ring · ")
    assert "One person to ring: Kim Sato, 3 letters" in words(then.out)
    assert "The clock came broken, and I am so sad about it." in words(then.out)
    assert "Kim Sato" in (tmp_path / "week.html").read_text("utf-8")
    assert now.out.startswith("Your customers this week: nobody to ring · ")
