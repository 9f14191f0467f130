"""Programs that a test needs beside Python: missing on a laptop they skip it by name, in CI they fail it."""

import os
import shutil

import pytest

PACKAGES = {
    "postfix": "postfix",
    "smtp-sink": "postfix",
    "swaks": "swaks",
    "strace": "strace",
    "dovecot": "dovecot-imapd",
    "sievec": "dovecot-sieve dovecot-lmtpd",
    "chromium": "chromium",
    "openssl": "openssl",
    "psql": "postgresql",
    "systemd-analyze": "systemd",
}
_ALSO = "/usr/local/sbin:/usr/sbin:/sbin"  # servers stand where an ordinary user's PATH does not look


def lack(reason: str) -> None:
    """Skip the test for `reason`, or fail it where everything has to be there."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{reason}, and CI=true")
    pytest.skip(reason)


def need(program: str) -> str:
    """The path of `program`."""
    found = shutil.which(program) or shutil.which(program, path=_ALSO)
    if found is None:
        lack(f"{program} is not installed (Debian: {PACKAGES.get(program, program)})")
    assert found is not None
    return found


def need_root(why: str) -> None:
    """Only root may do what this test does."""
    if os.geteuid() != 0:
        lack(f"{why} needs root")
