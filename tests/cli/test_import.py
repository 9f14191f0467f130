"""`router import`: the past of a mailbox, from files; without a daemon."""

import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from router.cli.history import run as running
from router.store import tables
from tests.bench.letters import letters
from tests.bench.watching import source
from tests.cli.conftest import Run
from tests.store.desk import opened
from tests.store.driver import Router, letter

Desk = Callable[[Callable[[Router], Any]], Any]
LAST_YEAR = "Tue, 18 Nov 2025 {hour}:00:00 +0000"


def question(number: int, hour: int = 10, **fields: str) -> bytes:
    """A customer's mail of last year."""
    return plain(letter(number, From=f"Kim <kim{number}@customer.example>", Date=LAST_YEAR.format(hour=hour), **fields))


def answer(number: int, hour: int = 12, **fields: str) -> bytes:
    """Ours."""
    given = {
        "From": "Anna <anna@example.com>",
        "To": f"kim{number}@customer.example",
        "Date": LAST_YEAR.format(hour=hour),
        "Message-ID": f"<a{number}@example.com>",
        "In-Reply-To": f"<{number}@customer.example>",
    }
    return plain(letter(text="It is on its way.", **given | fields))


def plain(mail: bytes) -> bytes:
    """As it lies in a file."""
    return mail.replace(b"\r\n", b"\n")


def mbox(path: Path, *mails: bytes) -> Path:
    """A file of them."""
    path.write_bytes(b"".join(b"From x@y Tue Nov 18 10:00:00 2025\n" + mail + b"\n" for mail in mails))
    return path


def maildir(path: Path, *mails: bytes) -> Path:
    """A Maildir of them."""
    for name in ("cur", "new", "tmp"):
        (path / name).mkdir(parents=True)
    for number, mail in enumerate(mails):
        (path / "cur" / f"17000{number}.M1.host:2,S").write_bytes(mail)
    return path


def folder(path: Path, *mails: bytes) -> Path:
    """A folder of `.eml` files."""
    path.mkdir()
    for number, mail in enumerate(mails):
        (path / f"{number}.eml").write_bytes(mail)
    return path


def counts(read: int, stored: int, repeats: int = 0, faults: int = 0) -> list[dict[str, int]]:
    """What the command says at its end."""
    return [{"read": read, "stored": stored, "repeats": repeats, "faults": faults}]


def kept(desk: Desk) -> dict[str, int]:
    """How many rows there are."""
    names = ("message", "sighting", "raw", "outbox", "thread")
    return desk(lambda router: {name: len(router.rows(getattr(tables, name))) for name in names})


@pytest.mark.parametrize("form", [mbox, maildir, folder], ids=["mbox", "maildir", "eml"])
def test_the_past_tells_who_waits(run: Run, installed: Path, desk: Desk, form: Callable[..., Path]) -> None:
    """Two have written, one was answered."""
    inbox, sent = form(installed / "in", question(1), question(2)), form(installed / "out", answer(1))
    ran = run("import", "--mailbox", "support", "--inbox", inbox, "--sent", sent, "--json")

    assert (ran.code, ran.rows, ran.err) == (0, counts(3, 3), "")
    (row,) = run("waiting", "--json").rows
    assert (row["customer"], row["waiting_since"]) == ("kim2@customer.example", "2025-11-18T10:00:00.000Z")
    (thread,) = [one for one in run("thread", "--all", "--json").rows if one["customer"] == "kim1@customer.example"]
    assert (thread["state"], [one["direction"] for one in thread["messages"]]) == ("answered", ["in", "out"])
    assert kept(desk)["outbox"] == 0


def test_a_file_with_the_line_ends_of_an_old_macintosh_keeps_its_date(run: Run, installed: Path) -> None:
    """A letter that seems to have come today would wait since today."""
    (installed / "old.eml").write_bytes(question(1).replace(b"\n", b"\r"))
    assert run("import", "--mailbox", "support", "--inbox", installed / "old.eml").code == 0

    (thread,) = run("thread", "--all", "--json").rows
    assert [mail["received"] for mail in thread["messages"]] == ["2025-11-18T10:00:00.000Z"]


@pytest.mark.parametrize("name", [".Archive.2025", "Archive/2025"], ids=["Maildir++", "nested"])
def test_folders_of_a_maildir_are_named_where_they_are_not_read(run: Run, installed: Path, name: str) -> None:
    """Whoever exported an account with its folders would else miss answers and not know it."""
    folder = maildir(installed / "in", question(1))
    maildir(folder / name, question(2))
    ran = run("import", "--mailbox", "support", "--inbox", folder, "--json")

    assert ran.rows[0]["read"] == 1
    assert name in ran.err
    assert run("import", "--mailbox", "support", "--inbox", folder / name).err == ""


def test_a_repeated_import_changes_nothing(run: Run, installed: Path, desk: Desk) -> None:
    """Not a row more, whatever the form in which the mail comes again."""
    words = ["import", "--mailbox", "support", "--json", "--sent", mbox(installed / "out", answer(1), answer(2))]
    words += ["--inbox", mbox(installed / "in", *(question(number) for number in range(250)))]
    assert run(*words).rows == counts(252, 252)
    before = kept(desk)

    assert run(*words).rows == counts(252, 0, repeats=252)
    assert kept(desk) == before
    again = maildir(installed / "again", *(question(number) for number in range(250)))
    assert run("import", "--mailbox", "support", "--inbox", again, "--json").rows == counts(250, 0, repeats=250)
    assert kept(desk) == before


def test_several_paths_may_follow_an_option(run: Run, installed: Path) -> None:
    """As a shell writes `*.mbox`; or the option is given again."""
    one, two, three = (mbox(installed / f"{n}.mbox", question(n)) for n in range(3))
    words = ["import", "--inbox", one, two, "--json", "--mailbox", "support", f"--inbox={three}"]

    assert run(*words).rows == counts(3, 3)


def test_a_mail_in_both_places_is_ours(run: Run, installed: Path) -> None:
    """Staff answer with the mailbox in Cc: one message, an answer."""
    reply = answer(1, Cc="support@example.com")
    received = b"Received: from a by b; Tue, 18 Nov 2025 12:00:01 +0000\n" + reply
    inbox, sent = mbox(installed / "in", question(1), received), mbox(installed / "out", reply)
    ran = run("import", "--mailbox", "support", "--inbox", inbox, "--json")
    assert ran.rows == counts(2, 2)

    assert run("import", "--mailbox", "support", "--sent", sent, "--json").rows == counts(1, 0, repeats=1)
    assert run("waiting", "--json").rows == []
    (thread,) = run("thread", "--all", "--json").rows
    assert [(one["direction"], one["needs_answer"]) for one in thread["messages"]] == [("in", True), ("out", False)]


@pytest.mark.parametrize(("sent", "seen"), [(False, False), (True, True)])
def test_an_empty_sent_folder_shows_that_nobody_was_answered(run: Run, installed: Path, sent: bool, seen: bool) -> None:
    """Without one nobody can say who waits."""
    words = ["import", "--mailbox", "support", "--inbox", mbox(installed / "in", question(1))]
    words += ["--sent", maildir(installed / "out")] if sent else []
    assert run(*words).code == 0
    ran = run("waiting", "--json")

    assert len(ran.rows) == int(seen)
    assert ("I cannot see your answers of this mailbox" in ran.err) != seen


def test_a_sent_folder_of_nothing_but_junk_has_shown_nothing(run: Run, installed: Path) -> None:
    """The mailbox stays blind."""
    words = ["--inbox", mbox(installed / "in", question(1)), "--sent", folder(installed / "out", b"\0" * 99)]
    ran = run("import", "--mailbox", "support", *words, "--json")

    assert (ran.code, ran.rows) == (1, counts(2, 1, faults=1))
    assert run("waiting", "--json").rows == []


def test_what_cannot_be_read_is_named_and_ends_with_1(run: Run, installed: Path) -> None:
    """The others are in."""
    place = folder(installed / "in", question(1), b"\0\1\2" * 50, question(2))
    ran = run("import", "--mailbox", "support", "--inbox", place)

    assert ran.code == 1
    assert ran.out == "3 mails of support read: 2 stored, 0 known before, 1 could not be read\n"
    assert ran.err == f"router: {place / '1.eml'}: no header of a mail\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--inbox", "nowhere"], "nowhere: No such file or directory"),
        (["--inbox", "good", "--sent", "empty"], "no .eml file is anywhere in it"),
        (["--inbox", "junk"], "neither an mbox nor a mail"),
        ([], "neither --inbox nor --sent"),
        (["--inbox"], "requires an argument"),
        (["good"], "unexpected extra argument"),
    ],
    ids=" ".join,
)
def test_a_wrong_path_is_2_and_nothing_is_stored(
    run: Run, installed: Path, desk: Desk, words: list[str], told: str
) -> None:
    """Also not what stands right beside it."""
    mbox(installed / "good", question(1))
    (installed / "junk").write_bytes(bytes(range(256)))
    (installed / "empty").mkdir()
    ran = run("import", "--mailbox", "support", *words)

    assert ran.code == 2
    assert told in ran.err
    assert kept(desk)["sighting"] == 0


def test_an_unknown_mailbox_is_2_and_the_known_ones_are_named(run: Run, installed: Path) -> None:
    """Before any file is looked at."""
    ran = run("import", "--mailbox", "suport", "--inbox", "nowhere")

    assert ran.code == 2
    assert "known: shop, support" in ran.err


def test_an_import_makes_the_database(run: Run, configured: Path) -> None:
    """The past may come before the first start of the daemon."""
    ran = run("import", "--mailbox", "support", "--inbox", mbox(configured / "in", question(1)), "--json")

    assert (ran.code, ran.rows) == (0, counts(1, 1))


def test_another_writer_is_75(run: Run, installed: Path) -> None:
    """A daemon that is just starting, or another import."""
    path = mbox(installed / "in", question(1))
    with opened(installed):
        assert run("import", "--mailbox", "support", "--inbox", path).code == 75


def test_a_large_mail_is_whole(run: Run, installed: Path, desk: Desk) -> None:
    """And one over the limit is named."""
    large = question(1, X_Note="large") + b"z" * 70 + b"\n" + b"y" * 3_000_000 + b"\n"
    path = mbox(installed / "in", large, question(2), question(3) + b"x" * 60_000_000)
    ran = run("import", "--mailbox", "support", "--inbox", path, "--json")

    assert (ran.code, ran.rows) == (1, counts(3, 2, faults=1))
    assert "mail 3: it has 60000" in ran.err
    assert sorted(row["size"] for row in desk(lambda router: router.rows(tables.raw)))[-1] == len(large)


def test_progress_is_told_now_and_then(run: Run, installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines on stderr, so that `--json` stays one object."""
    monkeypatch.setattr("router.cli.history.telling.ELSEWHERE", 0.0)
    path = mbox(installed / "in", *(question(number) for number in range(450)))
    ran = run("import", "--mailbox", "support", "--inbox", path, "--json")

    assert ran.rows == counts(450, 450)
    assert all(" mails of support read, " in line for line in ran.err.splitlines())
    assert len(ran.err.splitlines()) > 1


def test_an_interrupted_import_goes_on(run: Run, installed: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends it at once, with everything that it took."""
    words = ["import", "--mailbox", "support", "--json"]
    words += ["--inbox", mbox(installed / "in", *map(plain, letters(1500)))]
    looked = running.Import._look

    async def interrupted(self: running.Import) -> None:
        await looked(self)
        if self.counts.read >= 300:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(running.Import, "_look", interrupted)
        ran = run(*words)
    assert (ran.code, ran.out) == (130, "")
    assert "the same command goes on" in ran.err
    before = kept(desk)["message"]
    assert 0 < before < 1500

    (done,) = run(*words).rows
    assert (done["read"], done["faults"]) == (1500, 0)
    assert done["stored"] <= 1500 - before
    after = kept(desk)
    assert (after["message"], after["outbox"]) == (1500, 0)
    assert desk(lambda router: [row["routed"] for row in router.rows(tables.sighting)].count(None)) == 0


USAGE = [
    ([], "either --mailbox", "nothing says what is read"),
    (["--mailbox", "support", "--source", "watched"], "either --mailbox", "both do"),
    (["--source", "watched", "--inbox", "in"], "a --source has its folders", "files are of a mailbox"),
    (["--mailbox", "support", "--inbox", "in", "--since", "90d"], "--since is for a --source", "files are read whole"),
    (["--source", "wached"], "no source 'wached'; known: ours, watched", "a slip of the pen"),
    (["--source", "ours"], "has no history", "bounces of copies are nobody's past"),
    (["--source", "watched", "--since", "soon"], "a length of time", "neither a time nor a day"),
    (["--source", "watched", "--since", "2999-01-01"], "a length of time", "nothing is there yet"),
    (["--source", "watched", "--since", "99999w"], "a length of time", "before the calendar"),
]


@pytest.mark.parametrize(("words", "told", "why"), USAGE)
def test_a_past_that_cannot_be_meant_is_refused(
    run: Run, installed: Path, words: list[str], told: str, why: str
) -> None:
    """Before anything is asked of a server."""
    more = source(1, more='mailbox = "support"') + source(1, name="ours", kind="own", user="router@example.com")
    (installed / "password").write_text("secret")
    (installed / "password").chmod(0o600)
    config = installed / "router.toml"
    config.write_text(config.read_text().replace("[router]", '[router]\naddress = "router@example.com"', 1) + more)
    ran = run("import", *words)

    assert (ran.code, told in ran.err) == (2, True), f"{why}: {ran.err}"


def test_memory_does_not_grow_with_the_files(run: Run, installed: Path) -> None:
    """A megabyte or a hundred."""
    resource = pytest.importorskip("resource")
    path = installed / "in"
    with closing(path.open("wb")) as file:
        for number in range(400):
            mail = question(number) + b"".join(b"%07d %s\n" % (number, b"x" * 60) for _ in range(3000))
            file.write(b"From x@y Tue Nov 18 10:00:00 2025\n" + mail + b"\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ran = run("import", "--mailbox", "support", "--inbox", path, "--json")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert ran.rows == counts(400, 400)
    assert sys.platform != "linux" or grown < 150_000, f"{path.stat().st_size} octets, {grown} kB more"
