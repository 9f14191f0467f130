"""The reserve of free space, and the file systems on which SQLite must not lie."""

from pathlib import Path

import pytest

from router.store.disk import LOOK, Reserve, free_space
from router.store.errors import StoreFull
from router.store.mounts import file_system, unsafe, unsafe_file_system
from tests.bench.disk import small_disk

MEGABYTE = 1_000_000

# As a container on a desktop has it: a volume of the host, a disk, a share with a space in its name.
MOUNTINFO = r"""
529 406 0:87 / / rw,relatime master:174 - overlay overlay rw,lowerdir=/l1:/l2
530 529 0:90 / /proc rw,nosuid - proc proc rw
541 529 254:1 /volumes/mail/_data /data rw,relatime master:29 - ext4 /dev/vda1 rw
542 541 0:45 / /data/office\040share rw,relatime shared:5 - cifs //nas/office rw,vers=3.1.1
543 529 0:46 / /srv rw,relatime - autofs systemd-1 rw,fd=30
544 543 0:47 / /srv rw,relatime - nfs4 nas:/srv rw,vers=4.2
545 529 0:48 / /home/anna/remote rw - fuse.sshfs anna@far:/ rw
546 529 0:49 / /database rw - xfs /dev/vdb rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "overlay"),
        ("/etc/router", "overlay"),
        ("/data", "ext4"),
        ("/data/router", "ext4"),
        ("/data/office share/router", "cifs"),  # the longest place decides, and octal is read
        ("/data/office", "ext4"),  # a part of a name is no part of a path
        ("/database", "xfs"),
        ("/srv/mail", "nfs4"),  # of two at one place the later
        ("/home/anna/remote/x", "fuse.sshfs"),
    ],
)
def test_the_file_system_of_a_path_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    """One letter of a longer name must not count as a folder."""
    assert file_system(Path(path), MOUNTINFO) == kind


@pytest.mark.parametrize("text", ["", "nonsense", "1 2 3 - ext4", "\n\n"])
def test_a_text_without_mounts_tells_nothing(text: str) -> None:
    """Where /proc is another one, nobody is refused."""
    assert file_system(Path("/data"), text) is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        *((kind, True) for kind in ("nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "fuse.sshfs", "fuse", "ceph")),
        *((kind, False) for kind in ("ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "bcachefs", "f2fs", "new")),
    ],
)
def test_network_and_user_space_file_systems_are_unsafe(kind: str, expected: bool) -> None:
    """What nobody has heard of yet is taken for a disk."""
    assert unsafe(kind) is expected


def test_this_machine_can_be_asked(tmp_path: Path) -> None:
    """The text of a real /proc is read, for a folder that is not there yet too."""
    assert unsafe_file_system(tmp_path / "later") is None


def test_a_database_on_another_machine_has_no_reserve_here() -> None:
    """PostgreSQL's disk is PostgreSQL's matter."""
    assert not Reserve(None, 10**30).low()


def test_below_the_reserve_nothing_more_is_taken(tmp_path: Path) -> None:
    """The words hold both figures."""
    reserve = Reserve(tmp_path, 10**18)

    assert reserve.low()
    with pytest.raises(StoreFull, match=f"{reserve.free} bytes are free, and min_free_space keeps {10**18}"):
        reserve.check()


def test_the_disk_is_asked_once_a_second(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand mails a second are one look."""
    at = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: at[0])
    with small_disk(folder / "disk", megabytes=4) as disk:
        reserve = Reserve(disk.path, MEGABYTE)
        before = reserve.low()
        disk.fill()
        at_once = reserve.low()
        at[0] += LOOK
        later = reserve.low()

    assert (before, at_once, later) == (False, False, True)


def test_space_that_only_just_came_back_does_not_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each mail would turn the answer to the next, and ring the alarm."""
    at = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: at[0])

    def low_with(free: int) -> bool:
        at[0] += LOOK
        (disk.path / "filler").write_bytes(bytes(all_free - free))
        return reserve.low()

    with small_disk(folder / "disk", megabytes=8) as disk:
        all_free = free_space(disk.path)
        reserve = Reserve(disk.path, 4 * MEGABYTE)
        found = [low_with(free * MEGABYTE // 10) for free in (45, 35, 42, 46, 42)]

    assert found == [False, True, True, False, False]
