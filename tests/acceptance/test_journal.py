"""Exchange's journal into a running daemon: what it brings, how often, and what a kill in between changes."""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from router.intake import replies
from tests.bench.daemon import once_each
from tests.bench.reports import JOURNAL, report
from tests.bench.smtp import Client

SMTP = 'allow_from = ["127.0.0.1/32"]\njournal = ["journal@router.example.com"]\njournal_from = ["127.0.0.7/32"]\n'
EXCHANGE = "127.0.0.7"
KIM, ANNA, SUPPORT = "kim@customer.example", "anna@example.com", "support@example.com"


def letter(number, text="Where is my order?", **fields):
    """A customer's mail."""
    given = {
        "From": f"Kim <{KIM}>",
        "To": SUPPORT,
        "Subject": f"Order {number}",
        "Date": format_datetime(datetime(2026, 11, 20, 11, tzinfo=UTC)),
        "Message-ID": f"<{number}@customer.example>",
    }
    named = given | {name.replace("_", "-"): value for name, value in fields.items()}
    return "".join(f"{name}: {value}\r\n" for name, value in named.items()).encode() + f"\r\n{text}\r\n".encode()


@pytest.fixture
def router(new_daemon):
    """A daemon that takes reports."""
    return new_daemon(smtp=SMTP).start()


def journal(daemon, *reports):
    """Exchange hands reports over; the replies."""
    with Client(daemon.port, source=EXCHANGE) as client:
        return [client.mail(one, sender="", recipients=(JOURNAL,)) for one in reports]


def sha256(mail):
    return hashlib.sha256(mail).hexdigest()


def test_the_same_mail_by_smtp_and_twice_by_journal_is_one_copy(router):
    """Two ways, and the journal splits it: one message, one copy in each inbox, three sightings."""
    mail = letter(1)
    with Client(router.port) as client:
        assert client.mail(mail).code == 250
    split = [
        report(mail, KIM, (f"To: {SUPPORT}",), encoding="base64"),
        report(mail, KIM, ("mike@example.com, Expanded: founders@example.com",), text_encoding="base64"),
    ]
    answers = journal(router, *split)
    router.settle()
    (row,) = router.rows("trace", "1@customer.example")

    assert [answer.code for answer in answers] == [250, 250]
    assert router.arrivals() == once_each([sha256(mail)])
    assert [(one["source"], one["verdict"]) for one in row["sightings"]] == [
        ("smtp", "new"),
        ("journal", "same"),
        ("journal", "same"),
    ]
    assert {one for sighting in row["sightings"] for one in sighting["recipients"]} == {
        SUPPORT,
        "mike@example.com",
        "founders@example.com",
    }


def test_reports_are_taken_apart_on_postgresql_too(new_daemon, postgres_url):
    """Ours, a split of it, and one that is kept out: in one batch or several."""
    daemon = new_daemon(smtp=SMTP, url=postgres_url).start()
    mails = [letter(number, "x\r\n" * (200_000 if number == 3 else 1)) for number in range(6)]
    private = [letter(10 + number, From=ANNA, To="olga@example.com") for number in range(4)]
    journal(
        daemon,
        *(report(mail, KIM, (SUPPORT,), encoding="base64") for mail in mails),
        *(report(mail, ANNA, ("olga@example.com",)) for mail in private),
        *(report(mail, KIM, ("mike@example.com",)) for mail in mails),
    )
    daemon.settle()

    assert daemon.arrivals() == once_each(map(sha256, mails))
    assert daemon.status()["sightings"] == {"new": 6, "same": 6, "report": 12, "foreign": 4}


def test_the_id_that_the_listener_gave_a_report_leads_to_its_mail(router):
    """An administrator has nothing else in the log of Exchange."""
    (answer,) = journal(router, report(letter(2), KIM, (SUPPORT,)))
    router.settle()
    (row,) = router.rows("trace", answer.text.split()[-1])
    shown = router.cli("trace", "2@customer.example").out

    assert row["message_id"] == "2@customer.example"
    assert f"by journal report from {EXCHANGE}  to {SUPPORT}" in shown


def test_answers_are_seen_and_other_peoples_mail_is_not_kept(router):
    """One rule for the whole company brings everything."""
    answer = letter(3, "It left today.", From=f"Anna <{ANNA}>", To=KIM, In_Reply_To="<1@customer.example>")
    private = letter(4, "Between us: secret words", From=ANNA, To="olga@example.com")
    journal(
        router,
        report(letter(1), KIM, (SUPPORT,)),
        report(answer, ANNA, (KIM,), encoding="quoted-printable"),
        report(private, ANNA, ("olga@example.com",)),
    )
    router.settle()
    (thread,) = router.rows("thread", "--all")
    status = router.status()

    assert (thread["state"], [one["direction"] for one in thread["messages"]]) == ("answered", ["in", "out"])
    assert status["sightings"] == {"new": 2, "report": 2, "foreign": 1}
    assert router.arrivals() == once_each([sha256(letter(1))])
    assert router.ask("SELECT count(*) FROM raw") == [(2,)]
    assert "2 reports unwrapped, 1 on mail that is none of ours" in router.cli("status").out
    router.stop()
    assert b"secret words" not in router.database.read_bytes()


def test_reports_come_from_exchange_alone(router):
    """Each refusal is counted; a report of somebody else would be our answer."""
    with Client(router.port) as client:
        refused = client.mail(report(letter(5)), sender="", recipients=(JOURNAL,))
    with Client(router.port, source=EXCHANGE) as client:
        other = client.mail(letter(6))
    router.stop()

    assert (str(refused), str(other)) == (replies.NO_REPORTS, replies.ONLY_REPORTS)
    router.start()
    assert router.status()["refused"] == {"wrong-journal-peer": 1, "journal-peer": 1}


def test_a_damaged_report_is_kept_and_told(router):
    """Nothing in it is lost, and somebody looks."""
    broken = report(letter(7), KIM, (SUPPORT,), closed=False)
    (answer,) = journal(router, broken)
    router.settle()
    status = router.cli("status")

    assert answer.code == 250
    assert "a journal report could not be taken apart" in status.out
    assert "it was cut off" in status.out
    assert router.ask("SELECT hex(sha256) FROM raw") == [(sha256(broken).upper(),)]


def test_a_large_report_comes_out_exactly(router):
    """Through chunks, and never whole in memory."""
    mail = letter(8, "\r\n".join(f"{number:076d}" for number in range(60_000)))
    journal(router, report(mail, KIM, (SUPPORT,), encoding="base64"))
    router.settle()

    assert len(mail) > 4_000_000
    assert router.arrivals() == once_each([sha256(mail)])
    assert router.ask("SELECT count(*) FROM raw") == [(1,)]


@pytest.mark.parametrize(
    "point", ["accept.after-commit", "chunk.after-commit", "route.before-commit", "route.after-commit"]
)
def test_a_kill_between_a_report_and_its_mail_loses_and_doubles_nothing(new_daemon, point):
    """There is the one or the other, whenever the process dies."""
    daemon = new_daemon(smtp=SMTP)
    mails = [letter(number, "x\r\n" * (100_000 if number % 5 == 0 else 1)) for number in range(10)]
    daemon.start(fault=point)
    for mail in mails:
        try:
            journal(daemon, report(mail, KIM, (SUPPORT,), encoding="base64"))
        except (OSError, AssertionError):
            break  # it has died
    assert daemon.wait(45) == -9
    daemon.start()
    journal(daemon, *(report(mail, KIM, (SUPPORT,), encoding="base64") for mail in mails))  # Exchange comes again
    daemon.settle()
    kept = daemon.ask("SELECT count(*) FROM raw")
    enclosed = daemon.ask("SELECT verdict, count(*) FROM sighting WHERE source = 'journal' GROUP BY verdict")

    assert daemon.arrivals() == once_each(map(sha256, mails))
    assert kept == [(10,)]
    assert dict(enclosed)["new"] == 10
