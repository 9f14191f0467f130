"""What the wording of a cure needs, where the answers of a mailbox cannot be seen."""

from typing import Any

from router.config.people import Mailbox
from router.config.providers import is_exchange_online
from router.config.settings import Settings


def answers_cure(settings: Settings, mailbox: Mailbox) -> dict[str, Any]:
    """How answers of this mailbox may be shown to the router."""
    hosts = [one.host for one in settings.sources if one.mailbox in (None, mailbox.name)]
    return {
        "address": mailbox.addresses[0],
        # Without a listener nothing can be sent there.
        "outbound": list(mailbox.outbound) if settings.smtp is not None else [],
        "exchange": any(map(is_exchange_online, hosts)),
        "watched": bool(hosts),
    }
