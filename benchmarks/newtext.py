"""Compares the new text of replies with what other projects' test suites expect of it.

python -m benchmarks.newtext [--corpora FOLDER] [--least 0.9]

Each text is wrapped as a mail and goes through what `router explain --json` does. White space is folded before two texts are
compared; nothing else is. Exit code 1 where fewer than the share are equal, where a quoted line is left in any, or where
nothing is left of a text.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any


def wrapped(folder: Path, row: dict[str, Any]) -> bytes:
    """A row's input as a mail."""
    raw = (folder / row["path"]).read_bytes()
    form = row["input"]
    if form.startswith("eml(text/plain"):
        # The other suite reads that part alone.
        whole = message_from_bytes(raw)
        part = next(each for each in whole.walk() if each.get_content_type() == "text/plain")
        text = part.get_payload(decode=True)
        assert isinstance(text, bytes)
        subtype, charset = "plain", part.get_content_charset() or "utf-8"
        return _mail(text.decode(charset, "replace"), subtype, str(whole.get("Subject") or "Re: Test"))
    if form.startswith("eml"):
        return raw
    return _mail(raw.decode("utf-8", "replace"), "html" if form == "html" else "plain", "Re: Test")


def _mail(text: str, subtype: str, subject: str) -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = "Kim <kim@example.org>", "support@example.com", subject
    mail["Date"], mail["Message-ID"] = "Mon, 02 Nov 2026 10:00:00 +0000", "<1@example.org>"
    mail["In-Reply-To"] = "<0@example.com>"
    mail.set_content(text, subtype=subtype, cte="base64")
    return mail.as_bytes()


def explained(mails: list[bytes]) -> list[dict[str, Any]]:
    """What the command says of each."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{number:04}.eml") for number in range(len(mails))]
        for file, raw in zip(files, mails, strict=True):
            file.write_bytes(raw)
        command = [sys.executable, "-m", "router", "explain", "--json", *map(str, files)]
        environment = {key: value for key, value in os.environ.items() if key != "ROUTER_CONFIG"}
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
        ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def folded(text: str, how: str) -> str:
    """A text as it is compared; some rows leave all white space aside."""
    return "".join(text.split()) if how == "no-whitespace" else " ".join(text.split())


def reason(wanted: str, got: str) -> str:
    """What sets two folded texts apart."""
    if not got:
        return "nothing is left"
    if wanted.startswith(got):
        return f"the suite keeps more at the end: {wanted[len(got) :].strip()!r}"
    if got.startswith(wanted):
        return f"more is kept here at the end: {got[len(wanted) :].strip()[:80]!r}"
    return f"wanted {wanted[:80]!r}, got {got[:80]!r}"


def main() -> int:
    """Print each miss, and the sums."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--corpora", type=Path, default=os.environ.get("MAIL_CORPORA"))
    arguments.add_argument("--least", type=float, default=0.9)
    options = arguments.parse_args()
    if options.corpora is None:
        arguments.error("no --corpora and no MAIL_CORPORA")
    folder = Path(options.corpora)
    rows = json.loads((folder / "truth" / "reply_truth.json").read_text())
    found = explained([wrapped(folder, row) for row in rows])
    equal = quoted = empty = 0
    for row, one in zip(rows, found, strict=True):
        expected = row["expected"]
        if expected is None:
            expected = (folder / row["expected_path"]).read_text()
        wanted, got = folded(expected, row["compare"]), folded(one["new_text"], row["compare"])
        quoted += any(line.lstrip().startswith(">") for line in one["new_text"].splitlines())
        empty += not got
        if wanted == got:
            equal += 1
        else:
            print(f"{row['path']}: {reason(wanted, got)}")
    share = equal / len(rows)
    print(f"{equal} of {len(rows)} equal ({share:.3f}); with a quoted line {quoted}; empty {empty}")
    return 0 if share >= options.least and not quoted and not empty else 1


if __name__ == "__main__":
    sys.exit(main())
