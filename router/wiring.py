"""From settings to the plain values that the stages take. Here, and in the commands, the configuration ends."""

from router.config import Settings, accepts
from router.config.people import Hours
from router.config.people import Inbox as InboxSettings
from router.config.transport import Smtp
from router.conversation.holidays import holiday_dates
from router.conversation.hours import ServiceHours
from router.delivery.courier import Courier
from router.delivery.maildir import MaildirCourier
from router.intake.smtp import Limits
from router.routing.places import Inbox, Places, Role


def service_hours(hours: Hours) -> ServiceHours:
    """The hours of one [[hours]]."""
    return ServiceHours(
        name=hours.name,
        zone=hours.timezone,
        week=hours.open,
        closed=frozenset(hours.closed),
        holidays=holiday_dates(hours.holidays) if hours.holidays else None,
    )


def places(settings: Settings) -> Places:
    """What routing goes by."""

    def resolve(address: str) -> tuple[str | None, Role] | None:
        found = accepts(settings, address)
        return None if found is None else (found.mailbox, Role(found.role))

    return Places(
        resolve=resolve,
        mailbox_address={mailbox.name: mailbox.addresses[0] for mailbox in settings.mailboxes},
        inboxes=[Inbox(one.name, one.address, one.deliver != "none") for one in settings.inboxes],
        rules=settings.rules,
        hours={hours.name: service_hours(hours) for hours in settings.hours},
        zone=settings.router.timezone,
    )


def courier(inbox: InboxSettings) -> Courier | None:
    """The courier of an inbox; None where nothing is delivered."""
    if inbox.deliver == "maildir" and inbox.path is not None:
        return MaildirCourier(inbox.path)
    return None


def limits(smtp: Smtp) -> Limits:
    """What the listener allows."""
    return Limits(
        message_size=smtp.max_message_size,
        recipients=smtp.max_recipients,
        connections=smtp.max_connections,
        connections_per_peer=smtp.max_connections_per_peer,
        # One timer covers the whole DATA phase in aiosmtpd: it must not cut a slow, legal sender.
        idle_seconds=smtp.data_timeout.total_seconds(),
    )
