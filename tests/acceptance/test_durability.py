"""What is said to be safe is on the disk by then: seen from the kernel, by strace."""

from pathlib import Path

import pytest

from tests.bench.daemon import INBOXES
from tests.bench.letters import letter
from tests.bench.smtp import Client, stuffed
from tests.bench.strace import DOT, calls, first, prefix, syncs


@pytest.fixture(scope="module")
def traced(module_folder, traced_daemon):
    """All system calls of a daemon that took and delivered one mail."""
    with Client(traced_daemon.port) as client:
        assert client.begin().code == 354
        client.send(stuffed(letter(1)))
        assert client.reply().code == 250
    traced_daemon.settle()
    traced_daemon.stop()
    return calls(module_folder / "strace.txt", traced_daemon.process.pid)


@pytest.fixture(scope="module")
def traced_daemon(module_folder, module_new_daemon):
    """A running daemon under strace."""
    return module_new_daemon().start(prefix=prefix(module_folder / "strace.txt"))


def test_the_wal_is_synced_between_the_final_dot_and_the_250(traced, traced_daemon):
    """The sender deletes its copy when it reads the 250."""
    dot = first(traced, lambda call: call.name in ("read", "recvfrom") and DOT in call.text, "final dot")
    yes = first(traced, lambda call: call.begun > dot.ended and '"250 2.' in call.text, "250 after it")
    between = [sync for sync in syncs(traced, f"{traced_daemon.database}-wal") if dot.ended < sync.begun < yes.begun]

    assert any(sync.ended < yes.begun for sync in between)


@pytest.mark.parametrize("inbox", INBOXES)
def test_file_and_folder_are_synced_before_the_receipt(traced, traced_daemon, inbox):
    """A receipt is for good: nobody looks again whether the copy is there."""
    (file,) = traced_daemon.inbox(inbox).files()
    wal = f"{traced_daemon.database}-wal"
    receipt = first(traced, lambda c: c.name == "pwrite64" and c.on(wal) and str(file) in c.text, "receipt of the copy")
    content = next(syncs(traced, file.parent.parent / "tmp" / Path(file).name))
    appeared = first(traced, lambda c: c.name.startswith(("link", "rename")) and str(file) in c.text, "link into new")
    folder = next(sync for sync in syncs(traced, file.parent) if sync.begun > appeared.ended)

    assert content.ended < appeared.begun
    assert folder.ended < receipt.begun


def test_the_receipt_itself_is_synced(traced, traced_daemon):
    """After a power cut the router must not deliver again what it delivered."""
    (file,) = traced_daemon.inbox("mike").files()
    wal = f"{traced_daemon.database}-wal"
    receipt = first(traced, lambda c: c.name == "pwrite64" and c.on(wal) and str(file) in c.text, "receipt of the copy")
    told = first(traced, lambda c: c.name == "write" and " delivered " in c.text and "inbox=mike" in c.text, "log line")

    assert any(receipt.ended < sync.begun and sync.ended < told.begun for sync in syncs(traced, wal))
