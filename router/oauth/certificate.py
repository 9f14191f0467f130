"""A certificate and its key in one PEM file, as an application shows them to Microsoft."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from router.oauth.files import read
from router.oauth.tokens import NoToken

GOOD_FOR = timedelta(days=730)  # what we make ourselves; its end is announced
_ALREADY = timedelta(hours=1)  # clocks differ


@dataclass(frozen=True, slots=True)
class Pair:
    """A key, and the certificate that is for it."""

    key: str  # PEM
    certificate: str  # PEM; of a chain the one that is the key's
    thumbprint: str  # SHA-1, as Microsoft's portal shows it
    ends: datetime


def read_pair(path: Path) -> Pair:
    """Read both. Raises `NoToken`."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    text = read(path).encode()
    if b"ENCRYPTED" in text:
        raise NoToken("key-encrypted", file=str(path))
    if b"PRIVATE KEY-----" not in text:
        raise NoToken("key-missing", file=str(path))
    if b"BEGIN CERTIFICATE-----" not in text:
        raise NoToken("certificate-missing", file=str(path))
    try:
        key = serialization.load_pem_private_key(text, None)
        certificates = x509.load_pem_x509_certificates(text)
    except (ValueError, TypeError) as error:
        raise NoToken("file-malformed", file=str(path), said=str(error)[:200]) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise NoToken("key-not-rsa", file=str(path))
    spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ours = key.public_key().public_bytes(*spki)
    found = next((one for one in certificates if one.public_key().public_bytes(*spki) == ours), None)
    if found is None:
        raise NoToken("key-mismatch", file=str(path))
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Pair(
        key.private_bytes(*pem).decode(),
        found.public_bytes(serialization.Encoding.PEM).decode(),
        found.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303  # a name, and no proof
        found.not_valid_after_utc,
    )


def make_pair(name: str, now: datetime) -> str:
    """A new key and a certificate for it that signs itself, both PEM, one behind the other."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    title = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(title)
        .issuer_name(title)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _ALREADY)
        .not_valid_after(now + GOOD_FOR)
        .sign(key, hashes.SHA256())
    )
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return (key.private_bytes(*pem) + certificate.public_bytes(serialization.Encoding.PEM)).decode()
