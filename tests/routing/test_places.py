"""What a transmission is, by the addresses it came to."""

import pytest

from router.routing.places import Role
from tests.store.driver import places_of

SUPPORT, SHOP, SENT = "support@example.com", "shop@example.com", "support-sent@router.example.com"
JOURNAL, OWN = "journal@router.example.com", "router@example.com"


@pytest.mark.parametrize(
    ("recipients", "role", "mailboxes"),
    [
        ([SUPPORT], Role.INBOUND, ("support",)),
        ([SHOP, SUPPORT, SHOP], Role.INBOUND, ("shop", "support")),  # in order, each once
        ([SENT], Role.OUTBOUND, ("support",)),
        ([JOURNAL], Role.JOURNAL, ()),
        ([OWN], Role.OWN, ()),
        # a customer's mail wins over everything, an answer over a journal report
        ([OWN, JOURNAL, SENT, SHOP], Role.INBOUND, ("shop",)),
        ([OWN, JOURNAL, SENT], Role.OUTBOUND, ("support",)),
        ([JOURNAL, OWN], Role.JOURNAL, ()),
        # nobody we know, or nobody at all: better copied than lost
        (["old@example.com"], Role.INBOUND, ()),
        ([], Role.INBOUND, ()),
    ],
)
def test_roles(recipients: list[str], role: Role, mailboxes: tuple[str, ...]) -> None:
    """Mail that could be a customer's is treated as one."""
    assert (role, mailboxes) == places_of().roles(recipients)
