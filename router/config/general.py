"""The tables that speak of the router itself: [router], [delivery], [retention], [alarm], [log].

Owns their keys, types and defaults. It must never look into another table; what depends on one is
filled in by `finish`.
"""

from datetime import timedelta
from pathlib import Path
from socket import gethostname
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator, ValidationInfo

from router.config.base import Part
from router.config.fields import Address, Command, Domain, Duration, FilePath, Many, Net, Size, Url, Zone
from router.config.wording import refusal


def database_url(value: object, info: ValidationInfo) -> str:
    """A database by URL; the path of SQLite's file is made absolute."""
    text = value if isinstance(value, str) else ""
    if text.startswith("sqlite:///"):
        name, mark, options = text.removeprefix("sqlite:///").partition("?")
        if name and name != ":memory:":
            folder = (info.context or {}).get("folder", Path())
            return f"sqlite:///{Path(folder, name)}{mark}{options}"
    elif text.startswith("postgresql+psycopg://"):
        if _has_password(text):
            raise refusal("a URL without a password: the client library reads it from PGPASSWORD or ?passfile=FILE")
        return text
    raise refusal('"sqlite:///FILE" or "postgresql+psycopg://HOST/NAME"')


def _has_password(text: str) -> bool:
    try:
        return urlsplit(text).password is not None or "password=" in urlsplit(text).query
    except ValueError:
        return False


class Router(Part):
    """[router]"""

    hostname: Domain = Field(default_factory=lambda: gethostname().lower())
    database: Annotated[str, PlainValidator(database_url)] = Field("sqlite:///router.db", validate_default=True)
    timezone: Zone = Field(description='a time zone by its IANA name, such as "Europe/London"')
    own_domains: Many[Domain] = ()  # finished: the domains of the mailboxes
    staff: Many[Address] = ()
    address: Address | None = None
    operator: Many[Address] = ()
    copy_domains: Many[Domain] = ()  # finished: own_domains
    trusted_authserv: Many[Domain] = ()
    trusted_hops: Many[Net] = ()
    bounce_domain: Domain | None = None
    rules: FilePath | None = None  # None: the shipped rule
    templates: FilePath | None = None  # None: the shipped templates
    min_free_space: Size | None = None  # finished: by smtp.max_message_size
    force_network_filesystem: bool = False


class Delivery(Part):
    """[delivery]"""

    lease: Duration = timedelta(seconds=60)
    look_after: Duration = timedelta(minutes=2)
    resend_after: Duration = timedelta(minutes=10)
    give_up: Duration = timedelta(days=7)
    loop_limit: Annotated[int, Field(ge=1)] = 5


class Retention(Part):
    """[retention]: None keeps for ever."""

    raw: Duration | None = None
    text: Duration | None = None
    metadata: Duration | None = None


class Alarm(Part):
    """[alarm]"""

    command: Command | None = None
    webhook: Url | None = None
    heartbeat_url: Url | None = None


class Log(Part):
    """[log]"""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"
