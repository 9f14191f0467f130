"""`router init` writes what runs as it is."""

from pathlib import Path

from router.shipped import folder
from tests.cli.conftest import Run

EXAMPLE = Path(__file__).resolve().parents[2] / "router" / "config" / "example.toml"


def test_it_writes_the_annotated_example_with_the_rules_named(run: Run, tmp_path: Path) -> None:
    """The manual and the first configuration are one text; only the line of the rules differs."""
    assert run("init", "here").code == 0
    written = (tmp_path / "here/router.toml").read_text("utf-8").splitlines()
    example = EXAMPLE.read_text("utf-8").splitlines()
    changed = [(old, new) for old, new in zip(example, written, strict=True) if old != new]

    assert len(changed) == 1
    assert changed[0][0].startswith("# rules = ")
    assert changed[0][1].startswith('rules = "rules" ')
    assert changed[0][0].index("#", 2) == changed[0][1].index("#")  # the words beside it stay in their column


def test_what_it_wrote_is_good(run: Run, tmp_path: Path) -> None:
    """`router check --offline` finds nothing, and the shipped rule is read."""
    run("init", tmp_path / "a" / "b")
    ran = run("--config", tmp_path / "a" / "b" / "router.toml", "check", "--offline")

    assert ran.code == 0
    assert "1 rule" in ran.out
    assert "2 inbox" in ran.out


def test_the_rules_stand_beside_it(run: Run, tmp_path: Path) -> None:
    """To be edited."""
    run("init", "here")

    shipped = {path.name: path.read_bytes() for path in folder("rules").iterdir()}
    assert shipped == {path.name: path.read_bytes() for path in (tmp_path / "here/rules").iterdir()}


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    """Somebody has worked on it."""
    run("init", "here")
    (tmp_path / "here/router.toml").write_text("mine")

    assert run("init", "here").code == 1
    assert (tmp_path / "here/router.toml").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_told_in_words(run: Run, tmp_path: Path) -> None:
    """A file is in the way."""
    (tmp_path / "file").write_text("")
    ran = run("init", tmp_path / "file" / "sub")

    assert ran.code in (1, 2)
    assert "file" in ran.err
