"""The tables that speak of people: [[mailbox]], [[inbox]], [[hours]], [[goal]], [[digest]].

Owns their keys, types and defaults. It must never look into another table; what depends on one is
filled in by `finish`.
"""

from datetime import time
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from router.config.base import Part
from router.config.fields import (
    Address,
    Day,
    Days,
    Duration,
    FilePath,
    Host,
    Many,
    Name,
    SecretFile,
    Share,
    Size,
    Some,
    Text,
    TimeOfDay,
    Zone,
)
from router.config.opening import HolidayCode, Opening, Weekday
from router.config.transport import Count, Port, Security


class Mailbox(Part):
    """One [[mailbox]], an address that customers write to."""

    name: Name = Field(description='a name, such as "support"')
    addresses: Some[Address] = Field(description='a list of mail addresses, such as ["support@example.com"]')
    hours: Text | None = None
    intake: Many[Address] = ()  # finished: name@hostname
    outbound: Many[Address] = ()  # finished: name-sent@hostname


class Inbox(Part):
    """One [[inbox]], an executive's, that copies go to."""

    name: Name = Field(description='a name, such as "mike"')
    address: Address = Field(description='a mail address, such as "mike@example.com"')
    deliver: Literal["maildir", "imap", "smtp", "none"] = Field(description='"maildir", "imap", "smtp" or "none"')
    path: FilePath | None = None
    folder: Text = "INBOX"
    automatic_folder: Text | None = None
    host: Host | None = None
    port: Port | None = None  # finished: by deliver and security, where there is a host
    security: Security = "tls"  # finished: "starttls" for smtp
    username: Text | None = None
    password_file: SecretFile | None = None
    oauth: Text | None = None
    from_mode: Literal["auto", "redirect", "munge", "wrap"] = "auto"
    answers: bool = False
    mark_answered: bool = True
    copy_: Literal["always", "skip-if-addressed"] = Field("always", alias="copy")
    per_minute: Count | None = None
    per_hour: Count | None = None
    bytes_per_day: Size | None = None
    newest_first: bool = False
    rhythm: Literal["now", "evening", "wrote-again"] = "now"
    away: Many[Days] = ()
    bundle_at: TimeOfDay = time(18)
    bundle_mails: Count = 50
    bundle_size: Size = 20_000_000


class Hours(Part):
    """One [[hours]]."""

    name: Name = Field(description='a name, such as "office"')
    timezone: Zone = ZoneInfo("UTC")  # finished: the router's
    holidays: HolidayCode | None = None
    closed: Many[Day] = ()
    open: Opening = Field(description='a table of days, such as { mon-fri = "09:00-17:00" }')


class Goal(Part):
    """One [[goal]]."""

    name: Text = Field(description='a name, such as "first reply"')
    mailboxes: Many[Text] = ()  # finished: every mailbox
    measure: Literal["first-reply", "every-reply"] = "first-reply"
    within: Duration = Field(description='a duration above zero, such as "4h"')
    clock: Literal["service", "customer"] = "service"
    share: Share = 0.95
    period: Literal["day", "week", "month"] = "week"
    vip: bool = False


class Digest(Part):
    """One [[digest]]."""

    name: Name = Field(description='a name, such as "support-nightly"')
    kind: Literal["nightly", "weekly"] = "nightly"
    to: Some[Address] = Field(description='a list of mail addresses, such as ["anna@example.com"]')
    mailboxes: Many[Text] = ()  # finished: every mailbox
    at: TimeOfDay = time(7)  # finished: six in the evening where it is weekly
    days: Many[Weekday] = ()  # finished: every day, or Sunday where it is weekly
    timezone: Zone = ZoneInfo("UTC")  # finished: the router's
    name_staff: bool = False
    at_once: bool = True
    stop_words: Many[Text] = ()
    product_words: Many[Text] = ()
