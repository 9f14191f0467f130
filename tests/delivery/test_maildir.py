"""The Maildir courier, on a real file system and read by Python's own reader."""

import errno
import mailbox
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.delivery import maildir
from router.delivery.courier import Copy, Delivered, Outcome, Transient
from router.delivery.maildir import MaildirCourier
from router.store.content import InMemory
from tests.delivery.copies import BLOCK, a_copy
from tests.store.desk import MAIL, NOON

NAME = f"{int(NOON.timestamp())}.Rabc.host,S={len(BLOCK + MAIL)}"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A Maildir that is not there yet."""
    return tmp_path / "inboxes" / "mike"


def deliver(place: Path, *copies: Copy, host: str = "host") -> list[Outcome]:
    """Hand copies over."""
    return MaildirCourier(place, host).deliver(copies or [a_copy()])


def files(place: Path) -> list[str]:
    """Everything in it, by path."""
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())


@settings(max_examples=30, deadline=None)
@given(raw=st.binary(max_size=5000))
def test_a_copy_ends_with_the_received_bytes(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    """Unchanged, whatever they are; only our lines stand before them."""
    place = tmp_path_factory.mktemp("m")
    (outcome,) = deliver(place, a_copy(content=InMemory(raw)))

    assert isinstance(outcome, Delivered)
    assert Path(outcome.receipt["file"]).read_bytes() == BLOCK + raw


def test_the_name_is_made_of_the_copy(place: Path) -> None:
    """Every attempt has the same one, so that a second is no second copy."""
    deliver(place)

    assert [f"new/{NAME}"] == files(place)


def test_the_host_in_a_name_cannot_end_it(place: Path) -> None:
    """A slash or a colon mean something in a Maildir."""
    deliver(place, host="a/b:c")

    assert [name.split(".")[2].split(",")[0] for name in files(place)] == ["a\\057b\\072c"]


def test_the_receipt_names_the_file(place: Path) -> None:
    """`trace` shows it, and whoever doubts can look."""
    assert [Delivered({"file": str(place / "new" / NAME)})] == deliver(place)


def test_pythons_own_reader_finds_it(place: Path) -> None:
    """As Dovecot, mutt and others do."""
    deliver(place, a_copy(), a_copy(id="def", folder="Customers"))
    box = mailbox.Maildir(place, create=False)

    assert [message["subject"] for message in box] == ["Hello"]
    assert [message["x-router-copy"] for message in box.get_folder("Customers")] == ["mark"]


def test_what_counts_as_read_lies_where_readers_put_it(place: Path) -> None:
    """Flags stand in the name, and only in cur (maildir(5)); a second attempt is no second copy."""
    first = deliver(place, a_copy(seen=True))
    again = deliver(place, a_copy(seen=True, look_first=True))

    assert files(place) == [f"cur/{NAME}:2,S"]
    assert first == again == [Delivered({"file": str(place / "cur" / f"{NAME}:2,S")})]
    assert [message.get_flags() for message in mailbox.Maildir(place, create=False)] == ["S"]


def test_a_second_attempt_finds_the_first_in_new(place: Path) -> None:
    """The process died between the delivery and its record."""
    deliver(place)

    assert deliver(place, a_copy(look_first=True)) == [Delivered({"file": str(place / "new" / NAME)})]
    assert len(files(place)) == 1


@pytest.mark.parametrize("flags", [":2,", ":2,S", ":2,FRS"])
def test_a_second_attempt_finds_the_first_where_a_reader_put_it(place: Path, flags: str) -> None:
    """Outlook was open: the copy is in cur already, read and flagged."""
    deliver(place)
    moved = place / "cur" / (NAME + flags)
    (place / "new" / NAME).rename(moved)

    assert deliver(place, a_copy(look_first=True)) == [Delivered({"file": str(moved)})]
    assert len(files(place)) == 1


def test_an_attempt_without_looking_does_not_double_what_is_in_new(place: Path) -> None:
    """It has the same name and the same bytes."""
    deliver(place)

    assert deliver(place) == [Delivered({"file": str(place / "new" / NAME)})]
    assert len(files(place)) == 1


def test_what_died_in_tmp_is_replaced(place: Path) -> None:
    """kill -9 in the middle of writing."""
    deliver(place, a_copy(id="other"))
    (place / "tmp" / NAME).write_bytes(b"ha")

    deliver(place)

    assert (place / "new" / NAME).read_bytes() == BLOCK + MAIL
    assert not list((place / "tmp").iterdir())


def test_another_copy_is_not_taken_for_this_one(place: Path) -> None:
    """Ids of one second begin alike."""
    deliver(place, a_copy(id="abcd"))

    deliver(place, a_copy(id="abc", look_first=True))

    assert len(files(place)) == 2


def test_a_copy_is_found_after_the_machine_got_another_name(place: Path) -> None:
    """A container that is made anew has one; its predecessor may have died in mid-delivery."""
    deliver(place, host="before")

    deliver(place, a_copy(look_first=True), host="after")

    assert len(files(place)) == 1


@pytest.mark.parametrize(
    ("folder", "directory"),
    [
        ("Customers", ".Customers"),
        ("Customers/Automatic", ".Customers.Automatic"),
        ("Kunden/Rückfragen", ".Kunden.R&APw-ckfragen"),  # RFC 3501 section 5.1.3
        ("A&B", ".A&-B"),
        ("example.com", ".example_com"),  # a dot would begin a level
        ("/Customers/", ".Customers"),
        ("../../etc", ".__.__.etc"),
        ("客", ".&W6I-"),
    ],
)
def test_folders_are_those_of_maildir_plus_plus(place: Path, folder: str, directory: str) -> None:
    """Dovecot shows them by their names; none leads out of the Maildir."""
    deliver(place, a_copy(folder=folder))

    assert [f"{directory}/maildirfolder", f"{directory}/new/{NAME}"] == files(place)


def test_a_missing_maildir_is_made_for_its_owner_alone(place: Path) -> None:
    """It is customers' mail."""
    deliver(place)

    made = [place / part for part in ("tmp", "new", "cur")]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in made} == {0o700}
    assert stat.S_IMODE((place / "new" / NAME).stat().st_mode) == 0o600


def test_a_place_that_cannot_be_written_is_tried_again(place: Path) -> None:
    """A disk that is not mounted comes back."""
    place.parent.mkdir()
    place.write_text("a file")

    (outcome,) = deliver(place)

    assert isinstance(outcome, Transient)
    assert str(place) in outcome.error


def test_one_copy_that_fails_leaves_the_others_alone(place: Path) -> None:
    """Here one whose folder has a name that no file system takes."""
    outcomes = deliver(place, a_copy(id="a"), a_copy(id="b", folder="x" * 300), a_copy(id="c"))

    assert [type(end) for end in outcomes] == [Delivered, Transient, Delivered]
    assert len(files(place)) == 2


def test_a_full_disk_leaves_nothing_in_new(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a mail must never be seen; what stays in tmp is replaced by the next attempt."""

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert isinstance(deliver(place)[0], Transient)
    monkeypatch.undo()

    assert [name for name in files(place) if name.startswith("new/")] == []
    assert deliver(place) == [Delivered({"file": str(place / "new" / NAME)})]


def test_everything_is_synced_before_the_receipt(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file before it shows itself, the folders after that (Python's own Maildir forgets these)."""
    deliver(place, a_copy(id="first"))
    steps: list[tuple[str, bool]] = []
    fsync = os.fsync

    def synced(fd: int) -> None:
        steps.append(("/".join(Path(os.readlink(f"/proc/self/fd/{fd}")).parts[-2:]), (place / "new" / NAME).exists()))
        fsync(fd)

    monkeypatch.setattr(os, "fsync", synced)
    deliver(place)

    assert steps == [(f"tmp/{NAME}", False), ("mike/new", True), ("mike/tmp", True)]


def test_folders_are_synced_once_for_many_copies(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync costs more than all the rest."""
    deliver(place)
    calls: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: calls.append(fd) or fsync(fd))
    deliver(place, *(a_copy(id=f"c{number}") for number in range(20)))

    assert len(calls) == 20 + 2


def test_a_folder_that_cannot_be_synced_gives_no_receipt(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receipt means: on disk, also after a power cut."""
    deliver(place, a_copy(id="first"))

    def broken(folder: Path) -> None:
        raise OSError(errno.EIO, "Input/output error", str(folder))

    monkeypatch.setattr(maildir, "_sync", broken)
    (outcome,) = deliver(place)
    monkeypatch.undo()

    assert isinstance(outcome, Transient)
    assert deliver(place, a_copy(look_first=True)) == [Delivered({"file": str(place / "new" / NAME)})]
    assert len(files(place)) == 2


def test_find_says_none_where_nothing_is(place: Path) -> None:
    """Also where there is no Maildir at all."""
    courier = MaildirCourier(place, "host")
    assert courier.find(a_copy()) is None
    deliver(place)

    assert courier.find(a_copy(id="other")) is None
    assert courier.find(a_copy()) == Delivered({"file": str(place / "new" / NAME)})
