"""Mail that lies in files, in all the forms in which people have it."""

import gzip
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from router.intake.files import Found, Limits, NotMail, Unread, opened
from router.store.content import SMALL
from tests.store.desk import octets
from tests.store.driver import letter

LIMITS = Limits(1_000_000)
SEPARATOR = b"From kim@customer.example Fri Nov 20 12:00:00 2026\n"
JUNK = bytes(range(256)) * 40


def plain(number: int, text: str = "Where is it?") -> bytes:
    """A mail as it lies in a file."""
    return letter(number, text).replace(b"\r\n", b"\n")


def mbox(*mails: bytes) -> bytes:
    """A file of them."""
    return b"".join(SEPARATOR + mail + b"\n" for mail in mails)


def read(path: Path, limits: Limits = LIMITS) -> list[bytes | str]:
    """The octets of each mail, or why it could not be read."""
    return [octets(one.content) if isinstance(one, Found) else one.why for one in opened(path, limits)()]


def maildir(folder: Path) -> Path:
    """With a mail in each of its folders."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "cur" / "1.one:2,S").write_bytes(plain(1))
    (folder / "new" / "2.two").write_bytes(plain(2))
    (folder / "tmp" / "3.half").write_bytes(plain(3)[:50])
    (folder / "new" / ".hidden").write_bytes(b"x")
    (folder / "dovecot.index").write_bytes(JUNK)
    return folder


def eml(folder: Path) -> Path:
    """With folders in it, and other files."""
    (folder / "b" / "c").mkdir(parents=True)
    (folder / "a.eml").write_bytes(plain(1))
    (folder / "b" / "c" / "d.EML").write_bytes(plain(2))
    (folder / "b" / "notes.txt").write_bytes(b"nothing")
    return folder


def packed(path: Path) -> Path:
    """An mbox by gzip."""
    path.write_bytes(gzip.compress(mbox(plain(1), plain(2))))
    return path


def written(path: Path, octets: bytes) -> Path:
    """A file."""
    path.write_bytes(octets)
    return path


@pytest.mark.parametrize(
    "make",
    [
        lambda at: written(at / "inbox", mbox(plain(1), plain(2))),
        lambda at: packed(at / "inbox.gz"),
        lambda at: maildir(at / "Maildir"),
        lambda at: maildir(at / "Maildir" / ".Sent Items"),
        lambda at: eml(at / "export"),
        lambda at: written(at / "two.eml", mbox(plain(1), plain(2))),
    ],
    ids=["mbox", "gzip", "maildir", "subfolder", "eml folder", "mbox by another name"],
)
def test_every_form_gives_its_mails_in_order(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """And changes nothing."""
    path = make(tmp_path)
    before = sorted((one, one.stat().st_mtime_ns) for one in tmp_path.rglob("*"))

    assert read(path) == [plain(1), plain(2)]
    assert sorted((one, one.stat().st_mtime_ns) for one in tmp_path.rglob("*")) == before


def test_a_single_mail_needs_no_name_for_it(tmp_path: Path) -> None:
    """With whatever line ends."""
    assert read(written(tmp_path / "00001", plain(1))) == [plain(1)]
    assert read(written(tmp_path / "x.eml", letter())) == [letter()]
    assert read(written(tmp_path / "odd.eml", b"X-Odd: 1\n\nText\n")) == [b"X-Odd: 1\n\nText\n"]


def test_quoting_of_an_mbox_is_taken_away(tmp_path: Path) -> None:
    """But not where its writer quotes nothing, nor in a mail of its own."""
    quoted, bare = plain(1, ">From here"), plain(2, "From here\n>From there")

    assert read(written(tmp_path / "mbox", mbox(quoted, bare))) == [plain(1, "From here"), bare]
    assert read(written(tmp_path / "x.eml", quoted)) == [quoted]


@pytest.mark.parametrize("size", [SMALL - 200, SMALL + 1, 3 * SMALL])
def test_large_mail_is_the_same_octets(tmp_path: Path, size: int) -> None:
    """Of which only the head is held."""
    mail = plain(1, ">From here\n" + "x" * 70 + "\n" + "y" * size)
    path = written(tmp_path / "mbox", mbox(mail, plain(2)))
    found = [one for one in opened(path, LIMITS)() if isinstance(one, Found)]

    assert [octets(one.content) for one in found] == [mail.replace(b">From", b"From"), plain(2)]
    assert all(len(one.content.head) <= SMALL for one in found)


def test_dates_of_files_and_separators_are_told(tmp_path: Path) -> None:
    """For mail without any of its own."""
    path = written(tmp_path / "mbox", mbox(plain(1)))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (found,) = opened(path, LIMITS)()

    assert isinstance(found, Found)
    assert found.separator == b"Fri Nov 20 12:00:00 2026"
    assert found.stored == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert found.where == f"{path}, mail 1"


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Junk, a mail over the limit, a file that nobody may read."""
    folder = eml(tmp_path / "export")
    written(folder / "b" / "junk.eml", JUNK[:3000])
    written(folder / "b" / "large.eml", plain(3, "x" * 5000))
    (folder / "b" / "gone.eml").symlink_to("nowhere")
    found = list(opened(folder, Limits(4000))())
    faults = {Path(one.where).name: one.why for one in found if isinstance(one, Unread)}

    assert [octets(one.content) for one in found if isinstance(one, Found)] == [plain(1), plain(2)]
    assert faults["junk.eml"] == "no header of a mail"
    assert faults["large.eml"].endswith("max_message_size is 4000")
    assert faults["gone.eml"] == "No such file or directory"


@pytest.mark.parametrize(
    "broken", [lambda octets: octets[:-20], lambda octets: octets[:30] + JUNK], ids=["cut", "junk"]
)
def test_a_packed_file_that_is_broken_is_refused(tmp_path: Path, broken: Callable[[bytes], bytes]) -> None:
    """It is never taken for a whole one in silence."""
    path = written(tmp_path / "mbox.gz", broken(gzip.compress(mbox(plain(1), plain(2)))))

    with pytest.raises(NotMail, match=r"mbox\.gz"):
        opened(path, LIMITS)


@pytest.mark.parametrize("form", ["file", "maildir"])
def test_a_place_may_be_empty(tmp_path: Path, form: str) -> None:
    """A Sent folder in which nothing was ever put."""
    path = tmp_path / "Sent"
    if form == "file":
        path.touch()
    else:
        for name in ("cur", "new"):
            (path / name).mkdir(parents=True)

    assert read(path) == []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda at: at / "nowhere", "No such file"),
        (lambda at: at, "no Maildir"),
        (lambda at: written(at / "junk", JUNK), "neither an mbox nor a mail"),
        (lambda at: written(at / "text", b"Dear diary,\n\nnothing.\n"), "neither an mbox nor a mail"),
        (lambda at: written(at / "list", b"Milk: two\n\nand bread\n"), "neither an mbox nor a mail"),
        (lambda at: written(at / "x.eml", JUNK), "neither an mbox nor a mail"),
        (lambda at: Path("/dev/null"), "neither a file nor a folder"),
    ],
    ids=["nowhere", "empty folder", "junk", "text", "list", "junk by name", "device"],
)
def test_what_is_no_mail_at_all_is_refused_before_anything_is_read(
    tmp_path: Path, make: Callable[[Path], Path], words: str
) -> None:
    """Somebody has mistyped a path."""
    with pytest.raises(NotMail, match=words):
        opened(make(tmp_path), LIMITS)


def test_a_mail_that_is_read_meanwhile_is_found_under_its_new_name(tmp_path: Path) -> None:
    """A mail program moves it from `new` to `cur`."""
    folder = maildir(tmp_path / "[Gmail]*")
    found = opened(folder, LIMITS)()
    first = next(found)
    (folder / "new" / "2.two").rename(folder / "cur" / "2.two:2,RS")
    second = next(found)

    assert isinstance(first, Found)
    assert isinstance(second, Found)
    assert octets(second.content) == plain(2)
