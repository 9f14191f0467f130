"""Folders, as servers name them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.delivery.courier import Delivered, Transient
from router.delivery.imap import filing
from router.delivery.imap.courier import ImapCourier
from router.imap.folders import Folders
from tests.bench.cutproxy import CutProxy
from tests.bench.dovecot import PASSWORD, Dovecot
from tests.bench.imap import FakeImap
from tests.delivery.imap.conftest import NewCourier, numbered


class Server:
    """As much of a client as names need."""

    def __init__(self, prefix: str, separator: str | None) -> None:
        self._style = (prefix, separator)

    def has_capability(self, name: str) -> bool:
        return name == "NAMESPACE"

    def namespace(self) -> Any:
        shared = ((f"shared{self._style[1]}", self._style[1]),)
        return type("Namespace", (), {"personal": (self._style,), "other": None, "shared": shared})


@pytest.mark.parametrize(
    ("prefix", "separator", "path", "name"),
    [
        ("", "/", "INBOX", "INBOX"),
        ("", "/", "inbox", "INBOX"),
        ("", "/", "Customers/Automatic", "Customers/Automatic"),
        ("", ".", "Customers/Automatic", "Customers.Automatic"),
        ("", ".", "example.com", "example_com"),  # a dot would begin a level
        ("", "/", "example.com", "example.com"),
        ("", "/", "/Customers//", "Customers"),
        ("", "/", "Rückfragen", "Rückfragen"),
        ("INBOX.", ".", "Customers/Automatic", "INBOX.Customers.Automatic"),
        ("INBOX.", ".", "INBOX.Customers", "INBOX.Customers"),  # the server's own name
        ("", ".", "INBOX.Customers", "INBOX.Customers"),  # the same, where everything is below INBOX without saying so
        ("INBOX.", ".", "inbox/Customers", "INBOX.Customers"),
        ("INBOX.", ".", "shared/support/Sent", "shared.support.Sent"),  # not our own
        ("INBOX.", ".", "shared.support.Sent", "shared.support.Sent"),
        ("INBOX.", ".", "INBOX", "INBOX"),
        ("mail/", "/", "INBOX", "INBOX"),
        ("", None, "Customers/Automatic", "Customers_Automatic"),  # a server without levels
        ("", "/", "/", "INBOX"),
    ],
)
def test_a_path_becomes_the_servers_name(prefix: str, separator: str | None, path: str, name: str) -> None:
    """Prefix and separator are its own."""
    assert Folders(Server(prefix, separator)).name(path) == name


STYLES = [
    (".", "", "NAMESPACE"),
    ("/", "", "NAMESPACE"),
    ("/", "", ""),
    (".", "INBOX.", "NAMESPACE"),
    ("/", "mail/", "NAMESPACE"),
]


@pytest.fixture(scope="module", params=STYLES, ids=str)
def styled(request: pytest.FixtureRequest, module_folder: Path) -> Iterator[tuple[Dovecot, CutProxy]]:
    """Servers that name folders differently; only LIST tells how, in one case."""
    separator, prefix, told = request.param
    made = Dovecot(module_folder / f"d{request.param_index}", separator, prefix).start()
    with CutProxy(made.port) as proxy:
        if not told:
            proxy.change("down", b"NAMESPACE", b"XXXXXXXXX")
        yield made, proxy
    made.stop()


@pytest.mark.parametrize("folder", ["Customers", "Customers/Automatic", "Kunden & Co/Rückfragen 客", 'q"uo\\te'])
def test_a_missing_folder_is_made_and_subscribed(
    new_courier: NewCourier, styled: tuple[Dovecot, CutProxy], folder: str
) -> None:
    """Once; some mail programs show only what is subscribed."""
    server, proxy = styled
    name = server.prefix + folder.replace("/", server.separator)
    courier = new_courier(port=proxy.port, username="ann")
    ends = [courier.deliver([numbered(number, folder=folder)])[0] for number in range(2)]
    with server.client() as client:
        subscribed = {found for _, _, found in client.list_sub_folders()}

    assert [end.receipt["folder"] for end in ends if isinstance(end, Delivered)] == [name, name]
    assert len(server.bodies(name)) == 2
    assert name in subscribed


def test_the_configured_folder_is_where_copies_go(new_courier: NewCourier, dovecot: Dovecot, user: str) -> None:
    """Unless a rule names another one."""
    courier = new_courier("Customers")
    courier.deliver([numbered(1), numbered(2, folder="Machines"), numbered(3), numbered(4, folder="INBOX")])

    assert [len(dovecot.bodies(name, user)) for name in ("Customers", "Machines", "INBOX")] == [2, 1, 1]


def test_a_folder_that_is_deleted_meanwhile_is_made_again(
    courier: ImapCourier, dovecot: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[TRYCREATE]: between the look at it and the mail."""
    append = filing.append
    deleted = []

    def after_a_deletion(client: Any, folder: str, letters: Any) -> Any:
        if not deleted:
            with dovecot.client(user) as other:
                other.delete_folder(folder)
            deleted.append(folder)
        return append(client, folder, letters)

    monkeypatch.setattr(filing, "append", after_a_deletion)
    ends = courier.deliver([numbered(1, folder="Customers"), numbered(2, folder="Customers")])

    assert {type(end) for end in ends} == {Delivered}
    assert deleted == ["Customers"]
    assert len(dovecot.bodies("Customers", user)) == 2


def test_a_folder_that_cannot_be_made_holds_up_no_other(new_courier: NewCourier, dovecot: Dovecot, user: str) -> None:
    """Somebody may cure that in time; nothing was sent."""
    too_deep = "/".join("x" * 100 for _ in range(10))
    ends = new_courier().deliver([numbered(1, folder=too_deep), numbered(2)])

    assert [type(end) for end in ends] == [Transient, Delivered]
    assert isinstance(ends[0], Transient)
    assert "is missing and cannot be made: " in ends[0].error


def test_an_inbox_that_cannot_be_opened_is_not_made(new_courier: NewCourier) -> None:
    """RFC 3501 section 6.3.3 forbids it."""
    with FakeImap(answers={"STATUS": "NO [SERVERBUG] broken"}) as fake:
        (end,) = new_courier(port=fake.port).deliver([numbered(1)])

    assert end == Transient("the folder INBOX cannot be opened: status failed: [SERVERBUG] broken")
    assert "CREATE" not in fake.commands


def test_the_folder_is_not_left_selected(courier: ImapCourier, dovecot: Dovecot, user: str) -> None:
    """Else new mail would be new to us, and to no other program (\\Recent)."""
    courier.deliver([numbered(1), numbered(2, b"Disposition-Notification-To: <kim@customer.example>\r\n\r\n")])
    courier.deliver([numbered(1, look_first=True), numbered(3)])
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        recent = [b"\\Recent" in parts[b"FLAGS"] for parts in client.fetch([3], ["FLAGS"]).values()]

    assert recent == [True]
    assert PASSWORD not in dovecot.log()
