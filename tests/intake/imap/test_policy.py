"""What a watched account's server calls its folders, means by its words, and how patient we are: tables of pure functions."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from router.clock import Clock
from router.conversation.hours import ServiceHours
from router.intake.imap.answers import LONGEST, Answer, Meaning, meaning
from router.intake.imap.comparing import due
from router.intake.imap.condition import Condition, Watchfulness, standing
from router.intake.imap.doubts import Doubts, Way
from router.intake.imap.fetch import Size, batches
from router.intake.imap.names import sent_folders
from router.intake.imap.pauses import Pauses
from router.intake.imap.source import Limits, Patience

FOLDERS = [
    ([((b"\\Sent",), b"/", "Whatever"), ((), b"/", "Trash")], ("Whatever",), "what the server says"),
    (
        [((b"\\Sent",), b"/", "Sent"), ((), b"/", "Sent Items")],
        ("Sent", "Sent Items"),
        "webmail, and an Outlook beside it",
    ),
    ([((), b"/", "Sent Items"), ((), b"/", "Drafts")], ("Sent Items",), "Exchange, English"),
    ([((), b"/", "Gesendete Elemente")], ("Gesendete Elemente",), "Exchange, German"),
    ([((), b"/", "E\u0301le\u0301ments envoye\u0301s")], ("E\u0301le\u0301ments envoye\u0301s",), "decomposed accents"),
    ([((), b".", "INBOX.Sent")], ("INBOX.Sent",), "Courier"),
    ([((), b"/", "[Gmail]/Отправленные")], ("[Gmail]/Отправленные",), "Gmail, Russian, where the flag is missing"),
    ([((), b"/", "送信済みアイテム")], ("送信済みアイテム",), "Japanese"),
    ([((), b"/", "GESENDET"), ((), b"/", "Sent")], ("GESENDET", "Sent"), "two programs, two habits"),
    ([((), b"/", "Other Users/bob/Sent")], (), "somebody else's"),
    ([((), b"/", "Projects/Sent")], (), "a folder of a project"),
    ([((b"\\Noselect",), b"/", "Sent"), ((), b"/", "Sent Mail")], ("Sent Mail",), "a name without a folder"),
    ([((), None, "Sent")], ("Sent",), "a server without hierarchy"),
    ([((), b"/", "Absent"), ((), b"/", "Outbox")], (), "none"),
]


@pytest.mark.parametrize(("listed", "expected", "why"), FOLDERS)
def test_folders_of_sent_mail_are_found_in_many_languages(listed: list, expected: tuple, why: str) -> None:
    """Without them nobody can tell who is unanswered."""
    assert sent_folders(listed) == expected, why


WORDS = [
    (
        "Request is throttled. Suggested Backoff Time: 299961 milliseconds",
        Answer(Meaning.THROTTLED, 299.961),
        "Exchange",
    ),
    ("backoff time: 5 seconds", Answer(Meaning.THROTTLED, 5.0), "in other units"),
    ("Suggested Backoff Time: 999999999 milliseconds", Answer(Meaning.THROTTLED, LONGEST), "no wish lasts for days"),
    ("User is authenticated but not connected.", Answer(Meaning.NOT_CONNECTED, 60.0), "Exchange, no mailbox"),
    ("[OVERQUOTA] Account exceeded command or bandwidth limits.", Answer(Meaning.THROTTLED, 1800.0), "Gmail"),
    ("[ALERT] Too many simultaneous connections. (Failure)", Answer(Meaning.THROTTLED, 120.0), "Gmail, crowded"),
    (
        "[ALERT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
        Answer(Meaning.THROTTLED, 120.0),
        "Dovecot, crowded",
    ),
    ("[THROTTLED] slow down", Answer(Meaning.THROTTLED, 120.0), "Yahoo"),
    ("Mailbox does not exist", Answer(Meaning.OTHER), "nothing of the kind"),
    ("x" * 100_000 + "throttled", Answer(Meaning.OTHER), "only the beginning is read"),
]


@pytest.mark.parametrize(("words", "expected", "why"), WORDS)
def test_what_servers_say_in_words_is_understood(words: str, expected: Answer, why: str) -> None:
    """They have no response codes for it."""
    assert meaning(words) == expected, why


def test_pauses_grow_to_their_end_and_begin_anew_after_a_stable_round() -> None:
    """And never all sources at once."""
    pauses = Pauses(Patience())
    grown = [pauses.next(Answer(Meaning.OTHER), chance=1.0) for _ in range(12)]
    pauses.well(5.0)
    again = pauses.next(Answer(Meaning.OTHER), chance=0.0)
    pauses.well(31.0)

    assert grown[:4] == [1.0, 2.0, 4.0, 8.0]
    assert grown[-1] == 900.0
    assert again == 450.0  # what ends soon after the login is no recovery
    assert pauses.next(Answer(Meaning.OTHER), chance=0.0) == 0.5


def test_pauses_over_mails_stay_short_and_make_no_others_longer() -> None:
    """A few of them in a folder would hold up the rest of it for hours, since each is tried several times."""
    pauses = Pauses(Patience())
    over_mails = [pauses.next(Answer(Meaning.OTHER), 1.0, of_mail=True) for _ in range(30)]

    assert over_mails == [1, 2, 4, 8, 16] + [30] * 25
    assert pauses.next(Answer(Meaning.OTHER), 1.0) == 32


def test_a_servers_wish_is_never_undercut() -> None:
    """Whoever comes sooner waits longer."""
    pauses = Pauses(Patience())

    assert pauses.next(Answer(Meaning.THROTTLED, 300.0), chance=0.0) == 300.0
    assert pauses.next(Answer(Meaning.THROTTLED, 300.0), chance=1.0) == 330.0


def test_batches_keep_their_budget_and_large_or_doubtful_mails_come_alone() -> None:
    """In their order, none left out."""
    limits = Limits(batch_octets=100, batch_mails=3, large=50)
    mails = [Size(uid, octets, None) for uid, octets in enumerate([40, 40, 40, 60, 1, 1, 1, 1, 1], 1)]
    found = [[one.uid for one in batch] for batch in batches(mails, limits, alone={6})]

    assert found == [[1, 2], [3], [4], [5], [6], [7, 8, 9]]


def test_a_mail_is_tried_in_every_way_before_it_is_set_aside() -> None:
    """A lost connection is often nobody's fault, and counts a third."""
    doubts, place = Doubts(), ("INBOX", 7, 3)
    doubts.suspect([place, ("INBOX", 7, 4)])
    ways = []
    for _ in range(6):
        ways.append(doubts.way(place))
        doubts.failed(place, "NO", lost=False)
    lost, other = 0, ("INBOX", 7, 4)
    while doubts.way(other) is Way.USUAL:
        doubts.failed(other, "gone", lost=True)
        lost += 1

    assert ways == [Way.USUAL, Way.USUAL, Way.USUAL, Way.PIECES, Way.HALVES, Way.NONE]
    assert lost == 9
    assert doubts.alone("INBOX", 7) == {3, 4}
    doubts.well(place)
    assert doubts.alone("INBOX", 7) == {4}


LONDON = ZoneInfo("Europe/London")
NIGHTS = [
    (None, "2026-07-01T12:00", True, "never yet"),
    ("2026-07-01T00:30", "2026-07-01T00:59", False, "two in London is one in UTC"),
    ("2026-07-01T00:30", "2026-07-01T01:01", True, "the night has come"),
    ("2026-07-01T01:30", "2026-07-01T23:00", False, "done this night"),
    ("2026-07-01T01:30", "2026-07-04T12:00", True, "after days without power"),
]


@pytest.mark.parametrize(("compared", "now", "expected", "why"), NIGHTS)
def test_folders_are_compared_once_a_night(compared: str | None, now: str, expected: bool, why: str) -> None:
    """In the zone of the company."""
    last = datetime.fromisoformat(compared).replace(tzinfo=UTC) if compared else None

    assert due(last, datetime.fromisoformat(now).replace(tzinfo=UTC), LONDON) == expected, why


class At(Clock):
    """Stands where it is put."""

    at = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday

    def now(self) -> datetime:
        return self.at


OFFICE = ServiceHours("office", ZoneInfo("UTC"), dict.fromkeys(range(5), ((9 * 60, 17 * 60),)))


def told(condition: Condition, clock: At) -> set[str]:
    """The alarms that stand."""
    watchful = Watchfulness("support", timedelta(minutes=5), timedelta(hours=8), OFFICE)
    return set(standing(condition, watchful, clock.now()))


def test_a_weekend_is_not_quiet() -> None:
    """The limit counts hours in which somebody is there."""
    clock = At()
    condition = Condition(clock)
    condition.mail()
    condition.read()
    clock.at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    sunday = told(condition, clock)
    clock.at = datetime(2026, 11, 23, 17, tzinfo=UTC)
    condition.read()

    assert sunday == set()
    assert told(condition, clock) == {"source-quiet"}
    condition.mail()
    assert told(condition, clock) == set()


def test_a_short_failure_is_not_told_and_a_refused_login_is_at_once() -> None:
    """Servers restart; passwords do not mend themselves, whatever else goes wrong in between."""
    clock = At()
    condition = Condition(clock)
    condition.fails("gone", throttled=False, at_once=False)
    short = told(condition, clock)
    condition.fails("refused", throttled=False, at_once=True)
    condition.fails("gone", throttled=False, at_once=False)
    login = told(condition, clock)
    condition.read()
    condition.fails("gone", throttled=False, at_once=False)
    clock.at += timedelta(minutes=6)

    assert (short, login, told(condition, clock)) == (set(), {"source-broken"}, {"source-broken"})


def test_a_folder_that_is_locked_for_a_moment_is_not_told_and_a_missing_one_is_at_once() -> None:
    """Servers lock a folder while they repair it; one that somebody renamed stays away."""
    clock = At()
    condition = Condition(clock)
    condition.folders["Junk"] = "the folder Junk cannot be opened: select failed: [INUSE] Mailbox is locked"
    condition.read()
    locked = told(condition, clock)
    condition.folders["INBOX/Orders"] = "the folder INBOX/Orders cannot be opened: select failed: no such folder"
    condition.read()

    assert (locked, told(condition, clock)) == (set(), {"source-broken"})
