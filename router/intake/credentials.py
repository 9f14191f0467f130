"""What proves who somebody is: our certificate, the authority of our peers, their names and passwords.

Everything is read at once and replaced as a whole, at the start and at each SIGHUP, so that a renewed certificate needs
no restart. A session keeps what it began with.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

from router.intake.users import Users


class BadCertificate(ValueError):
    """The files make no TLS; the text says why."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a new session begins with."""

    tls: ssl.SSLContext | None = None
    require_tls: bool = False
    users: Users | None = None

    @property
    def provable(self) -> bool:
        """Whether a peer can prove who it is: then it may come from anywhere, and has to."""
        return self.users is not None or (self.tls is not None and self.tls.verify_mode != ssl.CERT_NONE)


def server_tls(certificate: Path, key: Path, client_ca: Path | None = None) -> ssl.SSLContext:
    """TLS as we speak it (RFC 8996: nothing before 1.2). Raises `BadCertificate`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A key with a pass phrase would ask for it on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ValueError) as error:
        raise BadCertificate(f"no certificate and key that belong together ({_reason(error)})") from error
    if client_ca is not None:
        try:
            context.load_verify_locations(client_ca)
        except OSError as error:
            raise BadCertificate(f"no certificates of authorities in {client_ca} ({_reason(error)})") from error
        context.verify_mode = ssl.CERT_OPTIONAL  # who shows none may still log in
    return context


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or getattr(error, "strerror", None) or error)
