"""Thousands of real messages, none of which may raise or take long."""

from __future__ import annotations

import csv
import os
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.kinds import measure, table
from router.mail.body import read_body
from router.mail.identity import content_id, rebuilt_id
from router.mail.kind import classify
from router.mail.message import read

CORPORA = os.environ.get("MAIL_CORPORA")
pytestmark = pytest.mark.skipif(not CORPORA, reason="MAIL_CORPORA does not name a folder with mail")


def deliverable() -> Iterator[tuple[str, bytes]]:
    """Every message of the list, with a name for it."""
    folder = Path(CORPORA or "")
    numbers: dict[str, list[int]] = defaultdict(list)
    with (folder / "truth" / "deliverable.tsv").open(newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            numbers[row["path"]].append(int(row["index"]))
    for path, indexes in numbers.items():
        raw = (folder / path).read_bytes()
        # Only what holds several messages is a mailbox; one file may well begin with "From ".
        messages = [raw] if indexes == [0] else re.split(rb"(?m)^(?=From )", raw)[1:]
        for index in indexes:
            yield f"{path}:{index}", messages[index]


def test_every_real_message_is_read_in_time():
    """What other people's suites keep as hard cases is Tuesday's mail."""
    slow: dict[str, float] = {}
    count = 0
    for name, raw in deliverable():
        started = time.thread_time()
        message = read(raw)
        body = read_body(raw)
        classify(message, body, None)
        content_id(raw, message.header)
        rebuilt_id(message, body)
        if (taken := time.thread_time() - started) >= 1:
            slow[name] = taken
        count += 1
        assert "unreadable" not in body.defects, name
        assert not any(defect.startswith("unreadable") for defect in message.defects), name

    assert count > 0
    assert slow == {}


def test_machines_are_told_from_people():
    """The limits stand in the benchmark, which prints the same table."""
    figures = measure(Path(CORPORA or ""))

    assert figures.ham.total() > 2_400
    assert figures.status_right > 300
    assert figures.failures() == [], "\n".join(table(figures))
