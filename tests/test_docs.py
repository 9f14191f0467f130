"""What the README says is so."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from router.cli import common
from router.cli.main import COMMANDS, router
from router.config import load
from tests.cli.conftest import CONFIGURATION

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")

pytestmark = pytest.mark.skipif(not README.strip(), reason="README.md is still empty")


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def spoken() -> Iterator[list[str]]:
    """Every command line of ours, in blocks and between backticks, without the program's name."""
    code = README.split("```")
    pieces = [*(line for block in code[1::2] for line in block.splitlines())]
    pieces += [piece for text in code[::2] for piece in re.findall(r"`([^`\n]+)`", text)]
    for piece in pieces:
        if found := re.match(r"^(?:\$ )?(?:\S*/)?router (.*)$", piece.strip()):
            yield shlex.split(found[1].split(" && ")[0])


def resolve(words: list[str]) -> click.Command:
    """The command that a line means; fails for one that is not there, and for an option that it lacks."""
    context = click.Context(router)
    command: click.Command = router
    for word in words:
        if word.startswith("-"):
            known = {option for parameter in (*command.params, *router.params) for option in parameter.opts}
            assert word.split("=")[0] in {*known, "--help", "-h"}, f"{command.name} has no {word}"
        elif isinstance(command, click.Group) and (found := command.get_command(context, word)):
            command = found
    return command


def test_every_line_of_ours_means_a_command() -> None:
    """A README that is out of date costs a stranger his first hour."""
    lines = list(spoken())

    assert len(lines) > 5
    assert [words for words in lines if resolve(words) is router and not {"--help", "--version"} & {*words}] == []


def test_every_command_is_told() -> None:
    """What is not told is not used."""
    told = {str(resolve(words).name) for words in spoken()} | set(re.findall(r"`(\w+)`", README))

    assert [name for name in COMMANDS if name not in told] == []


def test_the_rules_that_it_shows_are_rules(tmp_path: Path) -> None:
    """They are copied and edited."""
    shown = [text for text in blocks("toml") if "[[rule]]" in text]
    more = '\n[[inbox]]\naddress = "ann@example.com"\ndeliver = "none"\n'
    (tmp_path / "rules").mkdir()
    for number, text in enumerate(shown):
        (tmp_path / f"rules/{number}.toml").write_text(text, "utf-8")
    text = CONFIGURATION.replace("[router]", '[router]\nrules = "rules"') + more
    (tmp_path / "router.toml").write_text(text, "utf-8")

    assert shown
    assert load(tmp_path / "router.toml", {}).rules


def test_every_block_of_toml_is_toml() -> None:
    """Half a table is no example."""
    for text in blocks("toml"):
        tomllib.loads(text)


def test_the_files_that_it_names_are_there() -> None:
    """And its links lead somewhere."""
    named = set(re.findall(r"`((?:rules|templates|migrations|tests|docs|benchmarks)/[\w./-]*)`", README))
    linked = {link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link}

    assert [name for name in sorted(named | linked) if "*" not in name and not (ROOT / name).exists()] == []


def test_the_exit_codes_are_those_of_the_program() -> None:
    """Scripts are written after them."""
    (sentence,) = re.findall(r"Exit codes: (.*)", README)
    assert [int(code) for code in re.findall(r"\d+", sentence)][1:] == [
        common.FAULT,
        common.USAGE,
        common.TRY_LATER,
        common.CONFIGURATION,
    ]
