"""Answers that the standards allow, or that servers give all the same, and that hold up nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.bench.letters import letter
from tests.bench.scriptedimap import ScriptedImap
from tests.intake.imap.conftest import Watch

_SENT = 'LIST (\\HasNoChildren) "/" "Sent Items"'

LISTS = [
    (['LIST () "/" "R&D"', _SENT], "an ampersand as it is, which is no modified UTF-7"),
    (['LIST () "/" "Entw\xc3\xbcrfe"', _SENT], "UTF-8 as it is"),
    (['LIST () "/" "Shop" ("CHILDINFO" ("SUBSCRIBED"))', _SENT], "more than was asked for, RFC 5258"),
    (
        ['LIST () "/" {4}\r\nShop', 'LIST () "/" {10}\r\nSent Items', 'LIST () "/" 2024'],
        "names as literals, and a number",
    ),
    (['LIST () NIL "INBOX"', 'LIST () NIL "Sent Items"'], "a server without levels"),
    (['LIST () "/" My Folder', _SENT], "a name with a space and without its quotes"),
]


@pytest.mark.parametrize(("lines", "why"), LISTS)
async def test_one_odd_folder_does_not_hide_the_others(
    watch: Watch, server: ScriptedImap, lines: list[str], why: str
) -> None:
    """Its owner does not even know that it is odd."""
    server.told["LIST"] = lines
    server.folders = {"INBOX": "", "Sent Items": ""}
    await watch.start(server.port)

    assert set(watch.cursors()) == {"INBOX", "Sent Items"}, why


async def test_a_namespace_with_an_extension_is_read_by_list(watch: Watch, server: ScriptedImap) -> None:
    """RFC 2342 section 5 has this example."""
    server.capabilities += " NAMESPACE"
    server.told["NAMESPACE"] = ['NAMESPACE (("" "/" "X-PARAM" ("FLAG1" "FLAG2"))) NIL NIL']
    await watch.start(server.port, inbound=("INBOX/Orders",))

    assert set(watch.cursors()) == {"INBOX/Orders"}


BESIDE = [
    ({"UID FETCH": ["1 FETCH (FLAGS (\\Seen))", "2 FETCH (UID 2 FLAGS ())"]}, "somebody reads them at that moment"),
    ({"UID FETCH": ["4 EXPUNGE", "7 EXISTS", "OK [ALERT] Quota"]}, "somebody deletes another one"),
    ({"UID SEARCH": ["SEARCH"]}, "an empty line before the answer"),
    ({"EXAMINE": ["CAPABILITY IMAP4rev1", "1 FETCH (FLAGS ())"]}, "another list of what it can"),
]


@pytest.mark.parametrize(("beside", "why"), BESIDE)
async def test_what_a_server_tells_by_the_way_changes_nothing(
    watch: Watch, server: ScriptedImap, beside: dict[str, list[str]], why: str
) -> None:
    """A server may say anything at any time (RFC 3501 section 7)."""
    server.beside = beside
    await watch.start(server.port)
    mails = [letter(number) for number in range(4)]
    server.put(*mails)

    assert await watch.stored(4) == mails, why
    assert set(watch.outcomes().values()) == {"stored"}


@pytest.mark.parametrize("year", [1601, 1970, 2060])
async def test_a_server_without_a_calendar_makes_nobody_wait_for_decades(
    watch: Watch, server: ScriptedImap, year: int
) -> None:
    """Programs that move mail leave such dates behind; the mail itself tells better."""
    await watch.start(server.port)
    hop = (datetime.now(UTC) - timedelta(hours=3)).replace(microsecond=0)
    mail = f"Received: from a by b; {hop:%d %b %Y %H:%M:%S} +0000\r\n".encode() + letter(1)
    server.dates[mail] = datetime(year, 1, 1, tzinfo=UTC)
    server.put(mail)
    await watch.stored(1)

    assert [row["received"] for row in watch.sightings()] == [hop]


async def test_a_server_that_does_not_know_its_next_uid_is_not_taken_for_a_restored_one(
    watch: Watch, server: ScriptedImap
) -> None:
    """Every look would compare the whole folder anew, with an alarm each time."""
    server.told["EXAMINE"] = [
        "9 EXISTS",
        "OK [UIDVALIDITY 7] valid",
        "OK [UIDNEXT 1] of an index that is never written",
    ]
    await watch.start(server.port)
    for number in range(3):
        server.put(letter(number))
        await watch.stored(number + 1)
    await watch.until(lambda: len(server.commands) > 100)

    assert len(watch.sightings()) == 3
    assert watch.alarms(open_=False) == {}


async def test_a_search_may_be_answered_in_several_lines(watch: Watch, server: ScriptedImap) -> None:
    """Of a full folder, by servers that keep their lines short."""
    server.searched = 2
    await watch.start(server.port)
    mails = [letter(number) for number in range(5)]
    server.put(*mails)

    assert await watch.stored(5) == mails


async def test_a_folder_of_sent_mail_that_comes_with_the_first_answer_is_read(
    watch: Watch, server: ScriptedImap
) -> None:
    """A new mailbox has none until somebody sends from it."""
    await watch.start(server.port)
    server.put(letter(1))
    server.folders["Sent Items"] = ""
    await watch.until(lambda: watch.answers_seen() == {("support", "watched")})

    assert len(await watch.stored(2)) == 2


async def test_of_a_folder_of_sent_mail_that_is_found_late_nothing_older_than_the_watch_is_taken(
    watch: Watch, server: ScriptedImap
) -> None:
    """It may hold ten years, which somebody has moved there."""
    server.put(letter(1), letter(2))
    server.dates = dict.fromkeys(server.dates, datetime.now(UTC) - timedelta(days=400))
    await watch.start(server.port)
    await watch.stop()
    server.put(letter(3))
    server.folders["Sent Items"] = ""
    await watch.start(server.port)
    await watch.until(lambda: watch.answers_seen() == {("support", "watched")})

    assert await watch.stored(2) == [letter(3), letter(3)]
    assert watch.cursors()["Sent Items"]["first_uid"] == 3


async def test_a_folder_of_sent_mail_that_is_renamed_is_found_again(watch: Watch, server: ScriptedImap) -> None:
    """Outlook renames it with the language of its owner; nobody has to be told."""
    server.folders["Sent Items"] = ""
    await watch.start(server.port)
    server.folders["Gesendete Elemente"] = server.folders.pop("Sent Items")
    server.missing = {"Sent Items"}
    await watch.until(lambda: "Gesendete Elemente" in watch.cursors())

    assert watch.alarms(open_=False) == {}
