"""What the tests of the configuration share: a smallest file, and a way to load a text."""

from collections.abc import Callable
from pathlib import Path

import pytest

from router.config import Settings, load

SMALLEST = """
[router]
hostname = "router.example.com"
timezone = "Europe/London"

[[mailbox]]
address = "support@example.com"

[[inbox]]
address = "mike@example.com"
deliver = "maildir"
path = "inboxes/mike"
"""

Read = Callable[..., Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Load the smallest file, or another text, with whatever is added to it."""

    def read(more: str = "", *, base: str = SMALLEST, router: str = "", **environ: str) -> Settings:
        text = base.replace("[router]\n", f"[router]\n{router}\n") + more
        (tmp_path / "router.toml").write_text(text, encoding="utf-8")
        return load(tmp_path / "router.toml", environ)

    return read
