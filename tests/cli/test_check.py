"""`router check`: what is right, what is wrong, and its cure."""

import socket
import tomllib
from pathlib import Path

from tests.cli.conftest import CONFIGURATION, Run


def free() -> int:
    """A port that nobody has."""
    with socket.socket() as link:
        link.bind(("127.0.0.1", 0))
        return int(link.getsockname()[1])


def configure(folder: Path, port: int, **changed: str) -> None:
    """A configuration that listens there."""
    text = CONFIGURATION.replace("127.0.0.1:1", f"127.0.0.1:{port}")
    for old, new in changed.items():
        text = text.replace(old, new)
    (folder / "router.toml").write_text(text)


def test_all_is_well(run: Run, tmp_path: Path) -> None:
    """Exit 0, and a line that says what there is."""
    configure(tmp_path, free())
    ran = run("check")

    assert ran.code == 0
    assert "good" in ran.out


def test_it_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    """A check that makes folders hides what the daemon would miss."""
    configure(tmp_path, free())
    run("check")

    assert [path.name for path in tmp_path.iterdir()] == ["router.toml"]


def test_a_port_that_another_program_has_is_named(run: Run, tmp_path: Path) -> None:
    """The daemon would end with it at once."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        configure(tmp_path, other.getsockname()[1])
        ran = run("check")

    assert ran.code == 1
    assert "smtp.listen" in ran.err


def test_a_path_that_cannot_be_a_folder_is_named(run: Run, tmp_path: Path) -> None:
    """With the inbox it belongs to."""
    configure(tmp_path, free())
    (tmp_path / "mike").write_text("a file")
    ran = run("check")

    assert ran.code == 1
    assert 'inbox "mike"' in ran.err


def test_offline_asks_only_the_configuration(run: Run, tmp_path: Path) -> None:
    """In a build, where no disk and no port is there."""
    configure(tmp_path, 1)
    (tmp_path / "mike").write_text("a file")

    assert run("check", "--offline").code == 0


def test_show_prints_a_configuration_that_says_the_same(run: Run, tmp_path: Path) -> None:
    """The long form, as TOML."""
    configure(tmp_path, free())
    shown = run("check", "--show").out
    tomllib.loads(shown)
    (tmp_path / "router.toml").write_text(shown)

    assert run("check", "--show").out == shown
