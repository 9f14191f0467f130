"""Certificates as they lie in a folder, made by the program that administrators use."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.bench.need import need


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key."""

    certificate: Path
    key: Path

    @property
    def settings(self) -> str:
        """The two settings of the listener."""
        return f'tls_certificate = "{self.certificate}"\ntls_key = "{self.key}"\n'


def self_signed(folder: Path, name: str = "tls", issuer: Pair | None = None) -> Pair:
    """A certificate for localhost that signs itself, or is signed by `issuer`."""
    made = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost"]
    signed = ["-CA", str(issuer.certificate), "-CAkey", str(issuer.key)] if issuer else []
    files = ["-keyout", str(made.key), "-out", str(made.certificate), "-days", "3"]
    command = [need("openssl"), "req", "-x509", *key, *names, *signed, *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    made.key.chmod(0o600)
    return made


def trusting(*pairs: Pair, show: Pair | None = None) -> ssl.SSLContext:
    """A client that trusts these, and may show a certificate of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for pair in pairs:
        context.load_verify_locations(pair.certificate)
    if show is not None:
        context.load_cert_chain(show.certificate, show.key)
    return context
