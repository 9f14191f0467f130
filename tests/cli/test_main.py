"""The command line as a whole: help, exit codes, and words instead of tracebacks."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from router import __version__
from router.cli.main import COMMANDS, router
from tests.cli.conftest import CONFIGURATION, Run
from tests.store.desk import opened
from tests.store.test_lock import holder

ROOT = Path(__file__).resolve().parents[2]
READERS = (["status"], ["queue"], ["trace", "x"], ["thread", "--all"], ["db", "version"])
WRITERS = (["retry", "x"], ["hold", "x"], ["release", "x"], ["db", "restored"], ["db", "upgrade"])


def commands(group: click.Group = router, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command, those of groups too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_has_help(run: Run, words: tuple[str, ...]) -> None:
    """One sentence, and one for each option."""
    ran = run(*words, "--help")
    options = re.findall(r"^  (--?\S+).*?(?:  +(\S.*))?$", ran.out, re.MULTILINE)

    assert ran.code == 0
    assert re.search(r"^  [A-Z].*\.$", re.sub(r"\n +", " ", ran.out), re.MULTILINE) or len(ran.out) > 80
    assert options


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_stands_in_the_readme(name: str) -> None:
    """What is not told is not used."""
    text = (ROOT / "README.md").read_text("utf-8")

    assert re.search(rf"router(?: --config \S+)? {name}\b|`{name}\b", text)


def test_help_lists_the_commands(run: Run) -> None:
    """With their first sentence, and without a configuration."""
    for words in (["--help"], ["-h"], []):
        assert all(
            re.search(rf"^  {name} +[A-Z]", run(*words).out + run(*words).err, re.MULTILINE) for name in COMMANDS
        )


def test_the_version_is_told(run: Run) -> None:
    """A report of a fault begins with it."""
    assert run("--version").out.strip() == f"router, version {__version__}"


@pytest.mark.parametrize(
    "words",
    [["nonsense"], ["queue", "--nonsense"], ["queue", "--state", "x"], ["trace"], ["thread"], ["thread", "x", "--all"],
     ["retry"], ["init"], ["explain"], ["explain", "none.eml"], ["db", "x"], ["run", "--clock", "x"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_is_2(run: Run, configured: Path, words: list[str]) -> None:
    """As every program has it."""
    ran = run(*words)

    assert ran.code == 2
    assert ran.err


@pytest.mark.parametrize("words", [*READERS, *WRITERS, ["check"], ["run"]], ids=" ".join)
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "this file is missing"),
        ("[router\n", "expected valid TOML"),
        ("[router]\n", "router.timezone"),
        ('[router]\ntimezone = "Europe/London"\ndatabase = "mysql://x"\n', "router.database"),
    ],
)
def test_a_bad_configuration_is_78(run: Run, tmp_path: Path, words: list[str], text: str | None, told: str) -> None:
    """With the file and the key, for every command that needs it."""
    if text is not None:
        (tmp_path / "router.toml").write_text(text)

    ran = run(*words)

    assert (ran.code, ran.out) == (78, "")
    assert told in ran.err


@pytest.mark.parametrize("words", [*READERS, ["status", "--json"]], ids=" ".join)
def test_without_a_database_a_reader_says_who_makes_one(run: Run, configured: Path, words: list[str]) -> None:
    """And makes none itself."""
    ran = run(*words)

    assert ran.code == 1
    assert "`router run` creates it" in ran.err
    assert not (configured / "router.db").exists()


@pytest.mark.parametrize("words", [*READERS, *WRITERS[:4]], ids=" ".join)
def test_a_newer_database_is_refused_in_words(run: Run, installed: Path, words: list[str]) -> None:
    """After a downgrade of the program."""
    with opened(installed) as database:
        database.write("t", lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    ran = run(*words)

    assert ran.code == 1
    assert "newer program" in ran.err


@pytest.mark.parametrize("words", [*READERS, *WRITERS], ids=" ".join)
def test_a_file_that_is_no_database_is_told_in_words(run: Run, configured: Path, words: list[str]) -> None:
    """A wrong path, or a disk that went bad."""
    (configured / "router.db").write_bytes(b"no database" * 1000)

    assert run(*words).code in (1, 75)


@pytest.mark.parametrize("words", WRITERS, ids=" ".join)
def test_a_database_that_another_process_writes_is_75(run: Run, installed: Path, words: list[str]) -> None:
    """A daemon that is still starting has the lock and no socket yet: try later."""
    with holder(installed / "router.db.lock") as other:
        ran = run(*words)

    assert ran.code == 75
    assert str(other.pid) in ran.err


def test_the_configuration_is_found_by_option_variable_and_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this order."""
    for name in ("router.toml", "by-variable.toml", "by-option.toml"):
        (tmp_path / name).write_text(CONFIGURATION.replace("router.example.com", f"{name}.example"))

    assert "router.toml.example" in run("check", "--show").out
    monkeypatch.setenv("ROUTER_CONFIG", "by-variable.toml")
    assert "by-variable.toml.example" in run("check", "--show").out
    assert "by-option.toml.example" in run("--config", "by-option.toml", "check", "--show").out


def test_a_reader_that_goes_away_is_no_fault(installed: Path) -> None:
    """`router explain … | head` ends without a traceback and without a complaint."""
    mail = installed / "mail.eml"
    mail.write_bytes(b"Subject: x\n\nx\n")
    command = [sys.executable, "-m", "router", "explain", "--json", *[str(mail)] * 400]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()

    assert told == b""
    assert process.returncode in (0, 1)
