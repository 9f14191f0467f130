"""The tables that speak of mail's ways in and out: [smtp], [relay], [[oauth]], [[source]].

Owns their keys, types and defaults. It must never look into another table; what depends on one is
filled in by `finish`.
"""

from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import Field

from router.config.base import Part
from router.config.fields import (
    Address,
    Day,
    Duration,
    FilePath,
    Host,
    HostPort,
    Many,
    Name,
    Net,
    Network,
    SecretFile,
    SecureUrl,
    Size,
    Text,
)

Port = Annotated[int, Field(ge=1, le=65_535)]
Count = Annotated[int, Field(ge=1)]
Security = Literal["tls", "starttls", "none"]

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1"))


class Smtp(Part):
    """[smtp], the listener."""

    listen: HostPort = ("127.0.0.1", 2525)
    allow_from: Many[Net] = LOOPBACK
    max_message_size: Size = 50_000_000
    tls_certificate: FilePath | None = None
    tls_key: SecretFile | None = None
    tls_client_ca: FilePath | None = None
    require_tls: bool = False
    users_file: SecretFile | None = None
    journal: Many[Address] = ()
    journal_from: Many[Net] = ()
    max_connections: Count = 100
    max_connections_per_peer: Count = 50
    max_recipients: Annotated[int, Field(ge=100)] = 1000  # RFC 5321 section 4.5.3.1.8: never fewer than 100
    max_bytes_in_flight: Size = 200_000_000
    command_timeout: Duration = timedelta(minutes=5)  # RFC 5321 section 4.5.3.2.7
    data_timeout: Duration = timedelta(minutes=30)


class Relay(Part):
    """[relay]"""

    host: Host = Field(description='the host that takes our mail, such as "smtp.example.com"')
    port: Port = 587  # finished: by security
    security: Security = "starttls"
    username: Text | None = None
    password_file: SecretFile | None = None
    oauth: Text | None = None


class OAuth(Part):
    """One [[oauth]]."""

    name: Name = Field(description='a name, such as "microsoft365"')
    provider: Literal["microsoft", "google"] = Field(description='"microsoft" or "google"')
    tenant: Text | None = None
    client_id: Text | None = None
    certificate_file: SecretFile | None = None
    client_secret_file: SecretFile | None = None
    secret_expires: Day | None = None
    token_file: FilePath | None = None  # we write it ourselves
    service_account_file: SecretFile | None = None
    refresh_token_file: SecretFile | None = None
    authority: SecureUrl | None = None  # None: the provider's own


class Source(Part):
    """One [[source]], an IMAP account to watch."""

    name: Name = Field(description='a name, such as "support-imap"')
    kind: Literal["mailbox", "staff", "executive", "own"] = "mailbox"
    mailbox: Text | None = None  # None: by recipient
    host: Host = Field(description='an IMAP server, such as "imap.example.com"')
    port: Port = 993  # finished: by security
    security: Security = "tls"
    username: Text = Field(description='the account to watch, such as "support@example.com"')
    password_file: SecretFile | None = None
    oauth: Text | None = None
    quiet_limit: Duration = timedelta(days=1)  # of service hours
    inbound: Many[Text] = ("INBOX",)
    sent: Many[Text] = ()  # empty: found by its known names
