"""What a watched account brings, whatever its server does. The server is a scripted one: real ones misbehave too seldom."""

import asyncio
import resource
import time
from dataclasses import replace

import pytest

from router.intake.imap.source import Kind
from router.store.errors import StoreFull
from tests.bench.letters import letter, letters
from tests.bench.scriptedimap import ScriptedImap
from tests.intake.imap.conftest import HURRY, Watch


async def test_mail_is_stored_as_it_is_with_its_mailbox_and_time(watch: Watch, server: ScriptedImap) -> None:
    """The cursor stands behind it."""
    await watch.start(server.port)
    server.put(letter(1))
    stored = await watch.stored(1)

    assert stored == [letter(1)]
    (seen,) = watch.sightings()
    assert (seen["source"], seen["sender"], seen["recipients"]) == (
        "watched",
        "kim1@customer.example",
        ["support@example.com"],
    )
    assert seen["received"] <= watch.clock.now()
    assert watch.cursors()["INBOX"]["last_uid"] == 1
    assert watch.outcomes() == {1: "stored"}


async def test_what_was_there_before_us_is_not_taken(watch: Watch, server: ScriptedImap) -> None:
    """With a server that names the next UID, and with one that does not."""
    server.put(*letters(3, "old"))
    server.tells_uidnext = False
    await watch.start(server.port)
    server.put(letter(1))

    assert await watch.stored(1) == [letter(1)]


async def test_an_empty_round_takes_nothing_though_the_server_names_the_last_mail(
    watch: Watch, server: ScriptedImap
) -> None:
    """A search for n:* is answered with the last mail even where n is above it."""
    await watch.start(server.port)
    server.put(letter(1))
    await watch.stored(1)
    rounds = server.commands.count("UID SEARCH")
    await watch.until(lambda: server.commands.count("UID SEARCH") > rounds + 3)

    assert len(watch.sightings()) == 1
    assert watch.outcomes() == {1: "stored"}


async def test_nothing_but_reading_is_asked_of_the_server(watch: Watch, server: ScriptedImap) -> None:
    """No command may change a flag of anybody's mail."""
    await watch.start(server.port)
    server.put(letter(1), letter(2, "x" * 30_000))
    await watch.stored(2)

    assert set(server.commands) <= {
        *("CAPABILITY", "AUTHENTICATE", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH", "IDLE", "LOGOUT")
    }
    assert not [line for line in server.lines if "FETCH" in line and "BODY[" in line.replace("BODY.PEEK[", "")]


async def test_a_large_mail_comes_alone_and_in_pieces(watch: Watch, server: ScriptedImap) -> None:
    """Nobody holds it whole, and its neighbours are not held up for its octets."""
    large = letter(2, "\r\n".join(["y" * 70] * 10_000))
    mails = [letter(1), large, letter(3)]
    await watch.start(server.port)
    server.put(*mails)

    assert sorted(await watch.stored(3)) == sorted(mails)
    pieces = [line for line in server.lines if "<" in line]
    assert len(pieces) == -(-len(large) // 8_000)


async def test_a_mail_of_a_whole_number_of_pieces_has_an_end(watch: Watch, server: ScriptedImap) -> None:
    """The last piece is then an empty one."""
    mail = letter(1)
    mail += b"z" * (24_000 - len(mail))
    await watch.start(server.port)
    server.put(mail)

    assert await watch.stored(1) == [mail]


IDLES = [
    ("deaf", "a server that tells of nothing is asked all the same"),
    ("eof", "an end right after the beginning looks like silence"),
    ("same segment", "news in the same packet as the continuation is seen by nobody"),
    ("before", "Exchange tells its news before it agrees"),
    ("torn", "half a line, and then nothing"),
    ("bye", "a goodbye"),
]


@pytest.mark.parametrize(("idling", "why"), IDLES)
async def test_an_idle_that_goes_wrong_costs_no_mail_and_no_processor(
    watch: Watch, server: ScriptedImap, idling: str, why: str
) -> None:
    """IDLE is a wake-up, and no more."""
    server.idling = idling
    await watch.start(server.port)
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_utime, time.monotonic()
    for number in range(3):
        server.put(letter(number))
        await watch.stored(number + 1)
        await asyncio.sleep(0.3)
    share = (resource.getrusage(resource.RUSAGE_SELF).ru_utime - before) / (time.monotonic() - begun)

    assert watch.octets() == [letter(number) for number in range(3)], why
    assert share < 0.6


async def test_an_idle_that_always_ends_the_connection_is_given_up(watch: Watch, server: ScriptedImap) -> None:
    """Instead of a login a second for ever, which servers answer with a ban."""
    server.idling = "eof"
    await watch.start(server.port)
    await watch.until(lambda: server.commands[-6:].count("UID SEARCH") >= 3)
    logins = len(server.logins)
    server.put(letter(1))

    assert await watch.stored(1) == [letter(1)]
    assert len(server.logins) == logins <= 5


async def test_a_server_without_idle_is_asked_again_and_again(watch: Watch, server: ScriptedImap) -> None:
    """Not every server has it."""
    server.capabilities = "IMAP4rev1 AUTH=PLAIN"
    await watch.start(server.port)
    server.put(letter(1))

    assert await watch.stored(1) == [letter(1)]
    assert "IDLE" not in server.commands


COMMANDS = ("AUTHENTICATE", "CAPABILITY", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH", "IDLE")
FAULTS = ("hang up", "NO [UNAVAILABLE] not now", "BAD what", "BYE going down")
# A login that is refused is not tried again for half a minute.
CASES = [
    (command, fault) for command in COMMANDS for fault in FAULTS if (command, fault[:3]) != ("AUTHENTICATE", "BAD")
]


@pytest.mark.parametrize(("command", "fault"), CASES)
async def test_no_fault_at_any_command_ends_the_watch_or_loses_or_doubles_a_mail(
    watch: Watch, server: ScriptedImap, command: str, fault: str
) -> None:
    """A thread that dies of an exception nobody thought of is a mailbox that nobody reads."""
    await watch.start(server.port)
    server.next[command] = [fault] * 2
    server.drop()
    mails = letters(7, "fault")
    server.put(*mails)

    assert sorted(await watch.stored(7)) == sorted(mails)  # one that is refused lets the others pass
    await watch.until(lambda: watch.row()["state"] == "watching")
    assert len(watch.sightings()) == 7


@pytest.mark.parametrize("command", ["EXAMINE", "UID SEARCH", "UID FETCH"])
async def test_a_server_that_falls_silent_is_left(watch: Watch, server: ScriptedImap, command: str) -> None:
    """Nothing comes, nothing ends: only a time limit tells."""
    await watch.start(server.port, answer=0.5)
    server.next[command] = ["silence"]
    server.put(letter(1))

    assert await watch.stored(1) == [letter(1)]


async def test_a_thread_that_makes_no_progress_is_freed_from_outside(watch: Watch, server: ScriptedImap) -> None:
    """Should a limit fail, the watch over the thread ends its connection."""
    await watch.start(server.port, answer=600.0)
    server.next["UID SEARCH"] = ["silence"]
    server.put(letter(1))

    assert await watch.stored(1, 30) == [letter(1)]


async def test_a_wish_to_be_left_alone_is_obeyed(watch: Watch, server: ScriptedImap) -> None:
    """Exchange says how long; whoever comes sooner waits longer."""
    await watch.start(server.port)
    told = "BAD Request is throttled. Suggested Backoff Time: 1500 milliseconds"
    server.next["UID SEARCH"] = [told]
    await watch.until(lambda: watch.row()["state"] == "throttled")
    begun, logins = time.monotonic(), len(server.logins)
    await watch.until(lambda: len(server.logins) > logins)

    assert time.monotonic() - begun > 1.0
    assert "throttled" in watch.row()["last_error"]


async def test_a_login_without_a_mailbox_behind_it_is_not_hammered(watch: Watch, server: ScriptedImap) -> None:
    """Exchange answers every command so until it is let rest."""
    server.next["EXAMINE"] = ["BAD User is authenticated but not connected."] * 50
    await watch.launch(server.port)
    await watch.until(lambda: "not connected" in (watch.row().get("last_error") or ""))
    await asyncio.sleep(1.0)

    assert len(server.logins) == 1


POISONS = [
    ("no", "quarantined", "the server refuses it"),
    ("nil", "quarantined", "it answers NIL"),
    ("empty", "quarantined", "it answers without an octet"),
    ("torn", "quarantined", "its literal is longer than it says"),
    ("hang up", "quarantined", "the server dies of it"),
    ("absent", "quarantined", "searches name it, and no answer has it"),
    ("pieces", "salvaged", "only pieces can be had"),
    ("halves", "salvaged", "only header and text can be had"),
]


@pytest.mark.parametrize(("poison", "outcome", "why"), POISONS)
async def test_one_poisonous_mail_holds_up_no_other(
    watch: Watch, server: ScriptedImap, poison: str, outcome: str, why: str
) -> None:
    """It is copied where its octets can be had, and set aside with an alarm where they cannot."""
    mails = letters(6, poison)
    await watch.start(server.port)
    server.poison[3] = poison
    server.put(*mails)
    whole = outcome == "salvaged"
    await watch.until(lambda: watch.outcomes().get(6) == "stored", 60)

    assert watch.octets() == [mail for uid, mail in enumerate(mails, 1) if whole or uid != 3], why
    assert watch.outcomes()[3] == outcome
    assert watch.alarms()["mail-quarantined"]["detail"]["uid"] == 3
    await watch.until(lambda: watch.row()["state"] == "watching")


async def test_several_poisonous_mails_hold_up_the_others_for_minutes_and_not_for_hours(
    watch: Watch, server: ScriptedImap
) -> None:
    """Each ends some sessions before it is set aside, and no pause grows by that."""
    watch.manner = replace(watch.manner, patience=replace(HURRY, longest_pause=900.0))
    await watch.start(server.port)
    server.poison = dict.fromkeys((1, 2, 3), "no")
    server.put(*letters(4, "poison"))

    assert await watch.stored(1) == [letters(4, "poison")[3]]
    assert "mail-quarantined" in watch.alarms()


async def test_a_mail_whose_size_cannot_be_had_is_fetched_all_the_same(watch: Watch, server: ScriptedImap) -> None:
    """The size is a hint, and its neighbours wait for nobody."""
    mails = letters(4, "size")
    await watch.start(server.port)
    server.poison[2] = "sizeless"
    server.put(*mails)

    assert sorted(await watch.stored(4)) == sorted(mails)


async def test_somebodys_mail_whose_header_cannot_be_had_is_left_there_and_told(
    watch: Watch, server: ScriptedImap
) -> None:
    """Whether it is our business cannot be said, so it is not fetched."""
    await watch.start(server.port, kind=Kind.EXECUTIVE, mailbox=None)
    server.poison[2] = "headless"
    server.put(*letters(3, "head"))
    await watch.until(lambda: watch.outcomes() == {1: "passed", 2: "quarantined", 3: "passed"})

    assert watch.sightings() == []
    assert watch.alarms()["mail-quarantined"]["detail"]["uid"] == 2


async def test_a_folder_that_cannot_be_searched_holds_up_no_other_one(watch: Watch, server: ScriptedImap) -> None:
    """A broken index is that of one folder."""
    server.folders = {"INBOX": "", "Sent": ""}
    await watch.start(server.port)
    server.next["UID SEARCH"] = ["NO index is corrupted"] * 2
    server.put(letter(1))

    assert len(await watch.stored(2)) == 2


async def test_a_mail_that_goes_before_it_is_fetched_is_counted(watch: Watch, server: ScriptedImap) -> None:
    """Somebody's filter is faster than we are; the others go on."""
    await watch.start(server.port)
    server.next["UID SEARCH"] = []
    gone = server._fetch

    def fetch(rest: str) -> bytes | None:
        server.mails.pop(2, None)
        return gone(rest)

    server._fetch = fetch  # type: ignore[method-assign]
    server.put(*letters(3, "gone"))
    stored = await watch.stored(2)

    assert stored == [one for number, one in enumerate(letters(3, "gone")) if number != 1]
    assert watch.outcomes() == {1: "stored", 2: "vanished", 3: "stored"}


async def test_new_uids_bring_what_is_new_and_nothing_twice(watch: Watch, server: ScriptedImap) -> None:
    """The server has numbered the folder anew while we were away."""
    mails = letters(4, "moved")
    await watch.start(server.port)
    server.put(*mails[:3])
    await watch.stored(3)
    server.uidvalidity = 8
    server.mails = {uid + 10: mail for uid, mail in server.mails.items()}
    server._uid = 13
    server.put(mails[3])
    await watch.until(lambda: "source-changed" in watch.alarms())

    # What T2 has not routed yet is fetched again, and is a repeat to it.
    assert set(watch.octets()) == set(mails)
    assert watch.cursors()["INBOX"]["uidvalidity"] == 8
    assert watch.cursors()["INBOX"]["last_uid"] == 14


async def test_a_store_that_takes_nothing_holds_the_cursor_where_it_is(watch: Watch, server: ScriptedImap) -> None:
    """The mail stays on its server, and comes once there is room."""
    await watch.start(server.port)

    def full() -> None:
        raise StoreFull("no room")

    watch.room = full
    server.put(letter(1))
    await watch.until(lambda: watch.row()["state"] == "waits-for-store")
    assert watch.sightings() == []
    assert watch.cursors()["INBOX"]["last_uid"] == 0
    watch.room = lambda: None

    assert await watch.stored(1) == [letter(1)]


async def test_a_refused_login_is_told_once_and_ends_with_the_right_password(
    watch: Watch, server: ScriptedImap
) -> None:
    """Waiting does not mend it: somebody has to be told at once."""
    server.next["AUTHENTICATE"] = ["NO [AUTHENTICATIONFAILED] wrong"]
    await watch.launch(server.port)
    await watch.until(lambda: "source-broken" in watch.alarms())
    assert "refuses the login" in watch.alarms()["source-broken"]["detail"]["error"]
    (watch.folder / "password").write_text("another")
    await watch.until(lambda: not watch.alarms())

    row = watch.alarms(open_=False)["source-broken"]
    assert row["count"] == 1


async def test_a_missing_folder_is_named_and_the_others_are_read(watch: Watch, server: ScriptedImap) -> None:
    """Somebody renamed it."""
    server.next["EXAMINE"] = ["NO no such folder"]
    await watch.start(server.port, inbound=("Junk", "INBOX"))
    server.put(letter(1))

    assert len(await watch.stored(1)) >= 1


async def test_a_folder_of_sent_mail_that_was_read_shows_that_answers_can_be_seen(
    watch: Watch, server: ScriptedImap
) -> None:
    """Its name is in another language. One that nobody sends by shows nothing: an Exchange's own is empty by default."""
    server.folders = {"INBOX": "", "Gesendete Elemente": "", "Entw&APw-rfe": ""}
    await watch.start(server.port)
    assert watch.answers_seen() == set()
    server.put(letter(1))
    await watch.until(lambda: watch.answers_seen() == {("support", "watched")})
    await watch.stored(2)

    sent = {tuple(row["recipients"]) for row in watch.sightings()}
    assert sent == {("support@example.com",), ("support-sent@r.example",)}


async def test_somebodys_own_mail_is_looked_at_by_its_header_only(watch: Watch, server: ScriptedImap) -> None:
    """What refers to nothing we know is never fetched."""
    await watch.start(server.port, kind=Kind.EXECUTIVE, mailbox=None)
    server.put(*letters(3, "private"))
    await watch.until(lambda: watch.outcomes() == dict.fromkeys((1, 2, 3), "passed"))

    assert watch.sightings() == []
    assert not [line for line in server.lines if "BODY.PEEK[]" in line]


async def test_a_comparison_finds_what_searches_left_out(watch: Watch, server: ScriptedImap) -> None:
    """A server that forgets a mail in an answer must not make us forget it for ever."""
    await watch.start(server.port)
    server.hidden = {2}
    server.put(*letters(3, "hidden"))
    await watch.stored(2)
    server.hidden = set()
    await watch.stop()
    watch.database.write("test", lambda connection: connection.exec_driver_sql("UPDATE cursor SET compared = NULL"))
    await watch.launch(server.port)

    assert set(await watch.stored(3)) == set(letters(3, "hidden"))
    await watch.until(lambda: "source-missed" in watch.alarms())
    await watch.until(lambda: watch.cursors()["INBOX"]["server"] == 3)
    assert watch.cursors()["INBOX"]["stored"] == 3
