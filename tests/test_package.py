"""The wheel holds everything that the program needs beside its code."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.need import lack

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """Built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=100)
    if ran.returncode and ("No matching distribution" in ran.stderr or "No module named pip" in ran.stderr):
        lack("the wheel cannot be built: hatchling is not to be had here")
    assert ran.returncode == 0, ran.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.mark.parametrize("name", ["rules", "templates", "migrations"])
def test_what_is_shipped_is_in_the_wheel(wheel: zipfile.ZipFile, name: str) -> None:
    """Every file of the folder at the top level."""
    there = {str(path.relative_to(ROOT)) for path in (ROOT / name).rglob("*.*") if "__pycache__" not in path.parts}
    packed = {one.removeprefix("router/_shipped/") for one in wheel.namelist()}

    assert there
    assert there - packed == set()


def test_the_package_is_whole(wheel: zipfile.ZipFile) -> None:
    """Modules, the annotated example and the mark that it is typed."""
    wanted = {str(path.relative_to(ROOT)) for path in (ROOT / "router").rglob("*.py")}

    assert {*wanted, "router/config/example.toml", "router/py.typed"} - set(wheel.namelist()) == set()


def test_no_test_and_no_secret_of_a_checkout_is_packed(wheel: zipfile.ZipFile) -> None:
    """Whatever lies about in the folder of whoever builds it."""
    strangers = [name for name in wheel.namelist() if not name.startswith(("router/", "all_emails_to_my_inbox-"))]

    assert strangers == []
    assert not [name for name in wheel.namelist() if name.endswith((".pyc", ".db", ".sock"))]


def test_the_command_is_installed(wheel: zipfile.ZipFile) -> None:
    """`router`."""
    (entry,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]

    assert "router = router.__main__:main" in wheel.read(entry).decode()


def test_a_program_from_the_wheel_finds_what_was_shipped(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Beside no checkout: its rules, its templates, its migrations."""
    wheel.extractall(tmp_path)
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from router.store.database import open_to_write\n"
        "from router.shipped import folder\n"
        "open_to_write('sqlite:///' + sys.argv[1] + '/r.db', print).close()\n"
        "print(*[folder(name) for name in ('rules', 'templates', 'migrations')])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [str(tmp_path / "router/_shipped" / n) for n in ("rules", "templates", "migrations")]
