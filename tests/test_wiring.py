"""What the settings become for the stages."""

from pathlib import Path

import pytest

from router.config import load
from router.wiring import places

CONFIGURATION = """
[router]
timezone = "UTC"
own_domains = ["example.com"]
staff = ["founder@mail.example"]
address = "router@example.net"
copy_domains = ["example.com", "private.example"]
[[mailbox]]
address = "shop@gmail.com"
[[inbox]]
address = "mike@private.example"
deliver = "maildir"
path = "mike"
"""


@pytest.mark.parametrize(
    ("address", "expected", "why"),
    [
        ("anna@example.com", True, "by its domain"),
        ("founder@mail.example", True, "by name"),
        ("founder+x@mail.example", True, "with a tag"),
        ("mike@private.example", True, "an executive's inbox"),
        ("shop@gmail.com", True, "a mailbox at a public provider"),
        ("shop+order7@gmail.com", True, "the same with a tag"),
        ("router+token@example.net", True, "our own mailbox"),
        ("kim@gmail.com", False, "another customer of that provider"),
        ("kim@mail.example", False, "a stranger beside the founder"),
        ("kim@sub.example.com", False, "another domain"),
        ("", False, "nobody"),
    ],
)
def test_our_side_is_known(tmp_path: Path, address: str, expected: bool, why: str) -> None:
    """Whoever is taken for staff is no customer, and who is taken for a customer waits."""
    (tmp_path / "router.toml").write_text(CONFIGURATION)

    assert places(load(tmp_path / "router.toml", {})).ours(address) is expected, why
