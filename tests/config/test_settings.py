"""Which addresses the listener takes, and as what."""

import pytest

from router.config import Recipient, accepts

from .conftest import Read

OWN = Recipient(None, "own")
ROUTER = 'address = "router@example.com"\nbounce_domain = "bounces.example.com"'
MORE = """
[[mailbox]]
addresses = ["shop@example.com", "store@example.com"]
intake = ["in@router.example.com"]
outbound = ["out@router.example.com"]
[smtp]
journal = ["journal@router.example.com"]
journal_from = ["192.0.2.0/24"]
"""

TAKEN = [
    ("support@example.com", Recipient("support", "inbound")),
    ("Support@EXAMPLE.com", Recipient("support", "inbound")),
    ("support@router.example.com", Recipient("support", "inbound")),  # the defaults
    ("support-sent@router.example.com", Recipient("support", "outbound")),
    ("store@example.com", Recipient("shop", "inbound")),
    ("in@router.example.com", Recipient("shop", "inbound")),  # in their place
    ("out@router.example.com", Recipient("shop", "outbound")),
    ("journal@router.example.com", Recipient(None, "journal")),
    ("router@example.com", OWN),
    ("router+t0k3n@example.com", OWN),
    ("ROUTER+a+b@Example.com", OWN),
    ("t0k3n@bounces.example.com", OWN),
]

REFUSED = [
    "shop@router.example.com",  # intake is given, so that the default is none
    "shop-sent@router.example.com",
    "support+x@example.com",  # plus forms are ours only
    "router-x@example.com",
    "router+x@router.example.com",
    "mike@example.com",  # an inbox is no mailbox
    "@bounces.example.com",
    "support",
    "",
    "@",
    "+",
]


@pytest.mark.parametrize(("address", "expected"), TAKEN)
def test_an_address_is_taken_as_what_it_is(read: Read, address: str, expected: Recipient) -> None:
    """What is recorded as inbound or outbound hangs on nothing else."""
    assert expected == accepts(read(MORE, router=ROUTER), address)


@pytest.mark.parametrize("address", REFUSED)
def test_any_other_address_is_refused(read: Read, address: str) -> None:
    """Or the listener would be an open door."""
    assert accepts(read(MORE, router=ROUTER), address) is None


def test_without_an_address_of_our_own_nothing_is_ours(read: Read) -> None:
    """A missing address must not match an empty one."""
    settings = read()

    assert accepts(settings, "+x@example.com") is accepts(settings, "+x@") is None
    assert OWN not in settings.recipients().values()


def test_the_list_holds_every_address_but_the_plus_forms(read: Read) -> None:
    """For `check` to print."""
    settings = read(MORE, router=ROUTER)
    listed = {address for address, _ in TAKEN if "+" not in address and "bounces" not in address and address.islower()}

    assert set(settings.recipients()) == listed | {"shop@example.com"}


def test_a_mailbox_may_stand_on_the_routers_own_host(read: Read) -> None:
    """Its default listener address is then its own address, and that is no conflict."""
    more = '[[mailbox]]\naddress = "sales@router.example.com"\n'

    assert accepts(read(more), "sales@router.example.com") == Recipient("sales", "inbound")
