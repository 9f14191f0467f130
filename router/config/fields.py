"""The kinds of value that a configuration holds: addresses, hosts, networks, zones, files, and what `measures` reads.

Owns how each is written, read and written again. A relative path is relative to the configuration's folder, which comes
in the validation context. It must never open a file, ask the network, or know a table.
"""

import os
import re
import shlex
from datetime import date, time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, PlainSerializer, PlainValidator, Strict, StringConstraints, ValidationInfo

from router.config.measures import day, days, duration, duration_text, share, time_of_day
from router.config.measures import size as size
from router.config.wording import did_you_mean, refusal

T = TypeVar("T")
Many = Annotated[tuple[T, ...], Strict(False)]  # TOML gives lists; settings are frozen
Some = Annotated[Many[T], AfterValidator(lambda value: not_empty(value))]
Network = IPv4Network | IPv6Network
Text = Annotated[str, StringConstraints(min_length=1)]

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def not_empty(value: tuple[T, ...]) -> tuple[T, ...]:
    """A list without an entry says nothing."""
    if not value:
        raise refusal("a list with at least one entry")
    return value


def domain(value: object) -> str:
    """A domain in lower case, in its ASCII form (RFC 5890)."""
    try:
        text = value.encode("idna").decode().lower() if isinstance(value, str) else ""
    except UnicodeError:
        text = ""
    if not text or not all(map(_LABEL.fullmatch, text.split("."))):
        raise refusal('a domain, such as "example.com"')
    return text


def address(value: object) -> str:
    """A bare mail address in lower case; no display name, no quoted local part."""
    wanted = refusal('a mail address, such as "anna@example.com"')
    local, at, host = value.rpartition("@") if isinstance(value, str) else ("", "", "")
    try:
        where = domain(host)
    except type(wanted):
        raise wanted from None
    if not at or not _LOCAL.fullmatch(local.lower()):
        raise wanted
    return f"{local.lower()}@{where}"


def name(value: object) -> str:
    """A name that can stand in a path, in an address and on a command line."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise refusal('a name of letters, digits, ".", "_" and "-", such as "support"')
    return value


def zone(value: object) -> ZoneInfo:
    """A time zone by its IANA name."""
    try:
        return ZoneInfo(value if isinstance(value, str) else "")
    except (KeyError, ValueError, OSError):
        hint = did_you_mean(value, available_timezones()) if isinstance(value, str) else ""
        raise refusal(f'a time zone by its IANA name, such as "Europe/London"{hint}') from None


def host_port(value: object) -> tuple[str, int]:
    """Where to listen; port 0 lets the system choose."""
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    inside = host.removeprefix("[").removesuffix("]")
    bracketed = host.startswith("[") and host.endswith("]")
    if not inside or (":" in inside) != bracketed or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65_535:
        raise refusal('HOST:PORT, such as "127.0.0.1:2525"')
    return inside, int(port)


def host_port_text(value: tuple[str, int]) -> str:
    """HOST:PORT again, an IPv6 host in brackets."""
    return f"[{value[0]}]:{value[1]}" if ":" in value[0] else f"{value[0]}:{value[1]}"


def host(value: object) -> str:
    """A host by name or by address, without a port."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", value):
        raise refusal('a host name without a port, such as "mail.example.com"')
    return value.lower()


def network(value: object) -> Network:
    """An IP address or network."""
    try:
        return ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise refusal('an IP address or network, such as "192.0.2.0/24"') from None


def url(value: object) -> str:
    """An address that is called over HTTP."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise refusal('a URL that begins with "https://"')
    return str(value)


def secure_url(value: object) -> str:
    """An address that is called over HTTPS, without a slash at its end."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment:
        raise refusal('a URL that begins with "https://", such as "https://login.microsoftonline.us"')
    return str(value).rstrip("/")


def command(value: object) -> str:
    """A command with its arguments, quoted as in a shell; no shell will read it."""
    try:
        words = shlex.split(value) if isinstance(value, str) else []
    except ValueError:
        words = []
    if not words or "\0" in str(value):
        raise refusal('a command with its arguments, quotes closed, such as "logger -t router"')
    return str(value)


def path(value: object, info: ValidationInfo) -> Path:
    """A file or folder, relative to the configuration's folder."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise refusal("a path in quotes; a relative one begins at this file's folder")
    try:
        return Path(info.context["folder"], Path(value).expanduser()) if info.context else Path(value)
    except RuntimeError:  # "~name/…"
        raise refusal("a path; nobody on this machine has that name behind ~") from None


def secret_file(value: object, info: ValidationInfo) -> Path:
    """The file of a secret: beside the configuration, else among the credentials that systemd hands over."""
    found = path(value, info)
    credentials = (info.context or {}).get("credentials")
    handed = Path(credentials, str(value)) if credentials else found
    return handed if not os.path.exists(found) and os.path.exists(handed) else found  # a Path's own one may raise


def _as(reader: Any, writer: Any = None, **options: Any) -> Any:
    """A field type: how it is read, and how it is written again."""
    return (PlainValidator(reader), PlainSerializer(writer or str, **options))


Domain = Annotated[str, PlainValidator(domain)]
Address = Annotated[str, PlainValidator(address)]
Name = Annotated[str, PlainValidator(name)]
Zone = Annotated[ZoneInfo, *_as(zone)]
Duration = Annotated[timedelta, *_as(duration, duration_text)]
Size = Annotated[int, PlainValidator(size)]
Share = Annotated[float, PlainValidator(share)]
HostPort = Annotated[tuple[str, int], *_as(host_port, host_port_text)]
Host = Annotated[str, PlainValidator(host)]
Net = Annotated[Network, *_as(network)]
Day = Annotated[date, PlainValidator(day)]
Days = Annotated[tuple[date, date], PlainValidator(days)]
TimeOfDay = Annotated[time, *_as(time_of_day, lambda value: value.strftime("%H:%M"))]
Url = Annotated[str, PlainValidator(url)]
SecureUrl = Annotated[str, PlainValidator(secure_url)]
Command = Annotated[str, PlainValidator(command)]
FilePath = Annotated[Path, *_as(path)]
SecretFile = Annotated[Path, *_as(secret_file)]
