"""The settings written out."""

from dataclasses import replace
from pathlib import Path

import pytest

from router.config import load
from router.config.show import show

from .conftest import Read
from .test_example import SECTIONS, needed, whole
from .test_example import read as read_example
from .test_expand import SHORTEST

EVERYTHING = """
[smtp]
listen = "[::1]:2525"
allow_from = ["::1"]
tls_certificate = "file"
tls_key = "file"
users_file = "file"
[relay]
host = "smtp.example.com"
username = "router@example.com"
password_file = "file"
[retention]
raw = "1d 4h"
[alarm]
command = "logger"
[[inbox]]
address = "helen@example.com"
deliver = "imap"
host = "imap.example.com"
password_file = "file"
copy = "skip-if-addressed"
away = [[2026-12-20, 2027-01-03]]
bytes_per_day = "1GB"
[[hours]]
name = "night"
timezone = "America/New_York"
holidays = "US"
closed = [2026-12-24]
open = { all = ["22:00-06:00"], sun = ["10:00-24:00"] }
[[goal]]
name = "every letter"
within = "1d 4h"
measure = "every-reply"
[[digest]]
name = "weekly"
kind = "weekly"
to = ["anna@example.com"]
at = "18:30"
"""


@pytest.mark.parametrize("more", ["", EVERYTHING])
def test_what_is_shown_loads_into_equal_settings(read: Read, tmp_path: Path, more: str) -> None:
    """So that it may be kept as the long form."""
    (tmp_path / "file").touch()
    settings = read(more, router='address = "router@example.com"')
    (tmp_path / "shown.toml").write_text(show(settings), encoding="utf-8")

    assert settings == replace(load(tmp_path / "shown.toml", {}), file=settings.file)


def test_the_short_forms_are_written_out(read: Read, tmp_path: Path) -> None:
    """What [microsoft365] stands for can be read, and loads again."""
    (tmp_path / "router.pem").touch()
    settings = read(base=SHORTEST)
    shown = show(settings)
    (tmp_path / "shown.toml").write_text(shown, encoding="utf-8")

    assert "[microsoft365]" not in shown
    assert 'host = "outlook.office365.com"' in shown
    assert settings == replace(load(tmp_path / "shown.toml", {}), file=settings.file)


@pytest.mark.parametrize("number", range(1, len(SECTIONS)))
def test_every_table_of_the_example_is_shown_and_loads_again(tmp_path: Path, number: int) -> None:
    """No kind of value is forgotten."""
    also, key = needed(number)
    settings = read_example(whole({number} | also, key), tmp_path)
    (tmp_path / "shown.toml").write_text(show(settings), encoding="utf-8")

    assert settings == replace(load(tmp_path / "shown.toml", {}), file=settings.file)


def test_a_secret_is_shown_as_the_name_of_its_file(read: Read, tmp_path: Path) -> None:
    """The output is made for tickets and mail."""
    (tmp_path / "file").write_text("hunter2", encoding="utf-8")
    shown = show(read(EVERYTHING, router='address = "router@example.com"'))

    assert "hunter2" not in shown
    assert f'password_file = "{tmp_path}/file"' in shown


def test_paths_are_whole(read: Read, tmp_path: Path) -> None:
    """What is shown must not depend on where it is read."""
    shown = show(read())

    assert f'database = "sqlite:///{tmp_path}/router.db"' in shown
    assert f'path = "{tmp_path}/inboxes/mike"' in shown
