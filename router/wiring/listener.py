"""What the listener allows and what it proves itself with."""

from pathlib import Path

from router.config import Fault, Faults, Settings
from router.config.faults import BARE
from router.config.transport import Smtp
from router.intake.credentials import BadCertificate, Credentials, server_tls
from router.intake.smtp import Limits
from router.intake.users import BadUsers, read_users


def limits(smtp: Smtp) -> Limits:
    """What the listener allows."""
    return Limits(
        message_size=smtp.max_message_size,
        recipients=smtp.max_recipients,
        connections=smtp.max_connections,
        connections_per_peer=smtp.max_connections_per_peer,
        idle_seconds=smtp.command_timeout.total_seconds(),
        mail_seconds=smtp.data_timeout.total_seconds(),
        bytes_in_flight=smtp.max_bytes_in_flight,
    )


def credentials(settings: Settings) -> Credentials:
    """What the listener proves itself with, and what its peers may; reads files. Raises `Faults`."""
    smtp = settings.smtp
    tls = users = None
    faults = []
    if smtp is not None and smtp.tls_certificate is not None and smtp.tls_key is not None:
        try:
            tls = server_tls(smtp.tls_certificate, smtp.tls_key, smtp.tls_client_ca)
        except BadCertificate as error:
            faults.append(_bad_file(settings, "tls_certificate", smtp.tls_certificate, error))
    if smtp is not None and smtp.users_file is not None:
        try:
            users = read_users(smtp.users_file)
        except BadUsers as error:
            faults.append(_bad_file(settings, "users_file", smtp.users_file, error))
    if faults:
        raise Faults(faults)
    return Credentials(tls, smtp is not None and smtp.require_tls, users)


def _bad_file(settings: Settings, key: str, path: Path, error: Exception) -> Fault:
    return Fault(settings.file.name, f"smtp.{key}", BARE, f"{path}: {error}")
