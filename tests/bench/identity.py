"""An identity provider that answers as Microsoft's and Google's token endpoints do: over HTTPS, with an authority of its own.

    with identity(folder) as provider:                      # SSL_CERT_FILE has to name provider.authority
        provider.certificates.append(application.certificate)
        ... authority = provider.url

It verifies what it is shown: secrets, signatures and times of assertions, registered certificates, delegated scopes. What
it grants stands in `tokens`, with whose it is, which `introspection` takes. `down` makes it fail as services do.
"""

import base64
import json
import secrets
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.bench.certificates import Pair, self_signed

TENANT = "example.com"
CLIENT = "1f0c2b7e-0000-4000-8000-00000000c11e"
OBJECT = "0b1ec700-0000-4000-8000-00000000beef"
SERVICE = "router@project.iam.gserviceaccount.example"
SCOPES = frozenset({"https://mail.google.com/", "https://www.googleapis.com/auth/gmail.imap_admin"})
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TRACE = " Trace ID: 5a3c Correlation ID: 77d1 Timestamp: 2026-11-26 19:00:00Z"


class _No(Exception):
    """An answer that grants nothing."""

    def __init__(self, status: int, **body: Any) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body


def aadsts(number: int, words: str, error: str = "invalid_client", status: int = 401) -> _No:
    """A refusal of Microsoft's."""
    description = f"AADSTS{number}: {words}{_TRACE}"
    return _No(status, error=error, error_description=description, error_codes=[number], trace_id="5a3c")


class Living(dict[str, str]):
    """Tokens and whose they are; one that is over is nobody's."""

    def get(self, token: str, otherwise: Any = None) -> Any:  # type: ignore[override]
        over = token in self and jwt.decode(token, options={"verify_signature": False})["exp"] < time.time()
        return otherwise if over else super().get(token, otherwise)


@dataclass
class Identity:
    """One provider, and what is registered there."""

    authority: Path  # whom its clients have to trust
    url: str = ""
    secret: str = "correct"  # of the application
    old_secrets: set[str] = field(default_factory=set)  # run out
    certificates: list[Path] = field(default_factory=list)  # of the application, PEM
    roles: list[str] = field(default_factory=lambda: ["IMAP.AccessAsApp", "SMTP.SendAsApp"])
    public_client: bool = True
    app_user: str = "ann@example.com"  # whose mailbox an application's token opens
    person: str = "ann@example.com"  # who signs in with a code
    approved: bool = False
    refresh_tokens: set[str] = field(default_factory=set)
    service_key: Any = None  # the public key of Google's service account
    people: set[str] = field(default_factory=lambda: {"ann@example.com", "router@example.com"})
    delegated: frozenset[str] = SCOPES
    seconds: int = 3600  # for which a token is good
    ahead: float = 0.0  # seconds by which its clock differs
    delay: float = 0.0  # seconds before it answers
    down: tuple[int, dict[str, str], str] | None = None  # status, headers, text
    tokens: dict[str, str] = field(default_factory=Living)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # path, form

    @property
    def grants(self) -> list[dict[str, str]]:
        """The forms that asked for tokens."""
        return [form for path, form in self.asked if "grant_type" in form]

    def _now(self) -> float:
        return time.time() + self.ahead

    def grant(self, whose: str, **claims: Any) -> str:
        """A token."""
        token = jwt.encode({"jti": secrets.token_hex(8), "exp": time.time() + self.seconds} | claims, "k" * 32)
        self.tokens[token] = whose
        return token

    def answer(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        """What a request is answered. Raises `_No`."""
        self.asked.append((path, form))
        time.sleep(self.delay)
        if path == "/token":
            return self._google(form)
        _, tenant, *rest = path.split("/")
        if tenant != TENANT:
            words = f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            raise aadsts(90002, words, "invalid_tenant", 400)
        match rest:
            case ["v2.0", ".well-known", "openid-configuration"]:
                base = f"{self.url}/{TENANT}"
                ends = {"authorization": "authorize", "token": "token", "device_authorization": "devicecode"}
                found = {f"{name}_endpoint": f"{base}/oauth2/v2.0/{end}" for name, end in ends.items()}
                return found | {"issuer": f"{base}/v2.0"}
            case ["oauth2", "v2.0", "devicecode"]:
                self._client(form)
                page = "https://microsoft.example/devicelogin"
                codes = {"user_code": "AB12CD34", "device_code": "dev-1", "verification_uri": page}
                return codes | {"expires_in": 900, "interval": 1, "message": "sign in"}
            case ["oauth2", "v2.0", "token"]:
                self._client(form)
                if form["grant_type"] == "client_credentials":
                    return self._application(form)
                return self._person(form)
        raise _No(404, error="not_found")

    def _client(self, form: dict[str, str]) -> None:
        if form.get("client_id") != CLIENT:
            words = f"Application with identifier '{form.get('client_id')}' was not found in the directory 'Example'."
            raise aadsts(700016, words, "unauthorized_client", 400)

    def _application(self, form: dict[str, str]) -> dict[str, Any]:
        if "client_assertion" in form:
            self._assertion(form["client_assertion"])
        elif form.get("client_secret") in self.old_secrets:
            raise aadsts(7000222, f"The provided client secret keys for app '{CLIENT}' are expired.")
        elif form.get("client_secret") != self.secret:
            raise aadsts(7000215, f"Invalid client secret provided for app '{CLIENT}'.")
        scope = form["scope"]
        if not scope.endswith("/.default"):
            words = f"The provided value for scope {scope} is not valid. It must end in /.default."
            raise aadsts(1002012, words, "invalid_scope", 400)
        resource = scope.removesuffix("/.default")
        if not resource.startswith("https://outlook.office365."):
            words = f"The resource principal named {resource} was not found in the tenant named Example."
            raise aadsts(500011, words, "invalid_resource", 400)
        claims = {"aud": resource, "appid": CLIENT, "oid": OBJECT}
        token = self.grant(self.app_user, **claims, **({"roles": self.roles} if self.roles else {}))
        return {"token_type": "Bearer", "expires_in": self.seconds, "access_token": token}

    def _assertion(self, assertion: str) -> None:
        """RFC 7523, as Microsoft has it: a registered certificate, its signature, the times."""
        thumbprint = jwt.get_unverified_header(assertion).get("x5t#S256")
        known = [x509.load_pem_x509_certificate(path.read_bytes()) for path in self.certificates]
        digests = {
            base64.urlsafe_b64encode(one.fingerprint(hashes.SHA256())).decode().rstrip("="): one for one in known
        }
        certificate = digests.get(str(thumbprint).rstrip("="))
        if certificate is None:
            reason = "[Reason - The key was not found., Thumbprint of key used by client: 'AA']"
            raise aadsts(700027, f"The certificate used to sign the client assertion is not registered. {reason}")
        if certificate.not_valid_after_utc < datetime.now(UTC):
            reason = "[Reason - The key used is expired., Thumbprint of key used by client: 'AA']"
            raise aadsts(700027, f"Client assertion contains an invalid signature. {reason}")
        options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
        audience = f"{self.url}/{TENANT}/oauth2/v2.0/token"
        try:
            told = jwt.decode(assertion, certificate.public_key(), ["PS256"], options=options, audience=audience)
        except jwt.InvalidTokenError as error:
            raise aadsts(700027, f"Client assertion failed signature validation: {error}") from error
        if not told["iat"] - 300 <= self._now() <= told["exp"] + 300:
            raise aadsts(700024, "Client assertion is not within its valid time range.")

    def _person(self, form: dict[str, str]) -> dict[str, Any]:
        """A code, or the refresh token that came of one; each is good once."""
        if not self.public_client:
            raise aadsts(7000218, "The request body must contain: 'client_assertion' or 'client_secret'.")
        if "refresh_token" in form:
            if form["refresh_token"] not in self.refresh_tokens:
                raise aadsts(50173, "The provided grant has expired due to it being revoked.", "invalid_grant", 400)
            self.refresh_tokens.discard(form["refresh_token"])
        elif not self.approved:
            raise aadsts(70016, "Authorization is pending.", "authorization_pending", 400)
        fresh = f"refresh-{secrets.token_hex(8)}"
        self.refresh_tokens.add(fresh)
        scopes = [one for one in form.get("scope", "").split() if one.startswith("https://")]
        rights = " ".join(one.rpartition("/")[2] for one in scopes) or "IMAP.AccessAsUser.All SMTP.Send"
        info = base64.urlsafe_b64encode(json.dumps({"uid": "u1", "utid": "t1"}).encode()).decode().rstrip("=")
        now = int(self._now())
        who = {"preferred_username": self.person, "oid": "u1", "tid": "t1", "sub": "s1", "aud": CLIENT}
        claims = who | {"iss": f"{self.url}/{TENANT}/v2.0", "iat": now, "exp": now + 3600}
        return {
            "token_type": "Bearer",
            "scope": " ".join(scopes),
            "expires_in": self.seconds,
            "access_token": self.grant(self.person, aud="https://outlook.office365.com", appid=CLIENT, scp=rights),
            "refresh_token": fresh,
            "id_token": jwt.encode(claims, "k" * 32),
            "client_info": info,
        }

    def _google(self, form: dict[str, str]) -> dict[str, Any]:
        if form.get("grant_type") == _JWT_BEARER:
            whose = self._service(form["assertion"])
            return {"access_token": self.grant(whose), "expires_in": self.seconds, "token_type": "Bearer"}
        if form.get("client_id") != CLIENT:
            raise _No(401, error="invalid_client", error_description="The OAuth client was not found.")
        if form.get("client_secret") != self.secret:
            raise _No(401, error="invalid_client", error_description="Unauthorized")
        if form.get("refresh_token") not in self.refresh_tokens:
            raise _No(400, error="invalid_grant", error_description="Token has been expired or revoked.")
        self.refresh_tokens.discard(form["refresh_token"])
        fresh = f"refresh-{secrets.token_hex(8)}"
        self.refresh_tokens.add(fresh)
        granted = {"access_token": self.grant(self.person), "expires_in": self.seconds, "token_type": "Bearer"}
        return granted | {"refresh_token": fresh, "scope": "https://mail.google.com/"}

    def _service(self, assertion: str) -> str:
        """Whose token it is to be (RFC 7523)."""
        told = jwt.decode(assertion, options={"verify_signature": False})
        if told.get("iss") != SERVICE:
            raise _No(400, error="invalid_grant", error_description="Invalid grant: account not found")
        try:
            options = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
            jwt.decode(assertion, self.service_key, ["RS256"], options=options)
        except jwt.InvalidSignatureError as error:
            raise _No(400, error="invalid_grant", error_description="Invalid JWT Signature.") from error
        if not told["iat"] - 300 <= self._now() <= told["exp"]:
            words = (
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                "Check your iat and exp values in the JWT claim."
            )
            raise _No(400, error="invalid_grant", error_description=words)
        if told.get("sub") not in self.people:
            raise _No(400, error="invalid_grant", error_description="Invalid email or User ID")
        if not set(told["scope"].split()) <= self.delegated:
            words = (
                "Client is unauthorized to retrieve access tokens using this method, "
                "or client not authorized for any of the scopes requested."
            )
            raise _No(401, error="unauthorized_client", error_description=words)
        return str(told["sub"])


@contextmanager
def identity(folder: Path) -> Iterator[Identity]:
    """A provider that runs."""
    authority = self_signed(folder, "authority")
    pair = self_signed(folder, "provider", issuer=authority)
    provider = Identity(authority.certificate)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            self._answer({key: values[0] for key, values in parse_qs(text).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, headers, text = 200, {"Content-Type": "application/json"}, ""
            if provider.down is not None:
                provider.asked.append((self.path, form))
                status, headers, text = provider.down
            else:
                try:
                    text = json.dumps(provider.answer(urlsplit(self.path).path, form))
                except _No as no:
                    status, text = no.status, json.dumps(no.body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(provider._now() if timestamp is None else timestamp)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that does not trust us hangs up; anything else is a mistake of ours."""
            if not isinstance(sys.exception(), OSError):
                super().handle_error(request, client_address)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        provider.url = f"https://localhost:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


def application(folder: Path, name: str = "router", days: float = 365, *, chain: bool = False) -> Pair:
    """A certificate as an application has one: `key` is the file with both, `certificate` what is uploaded."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    made = Pair(folder / f"{name}.cer", folder / f"{name}.pem")
    title = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    end = datetime.now(UTC) + timedelta(days=days)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(title)
        .issuer_name(title)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=730))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    before = application(folder, f"{name}-issuer").certificate.read_bytes() if chain else b""
    made.key.write_bytes(before + key.private_bytes(*plain) + made.certificate.read_bytes())
    made.key.chmod(0o600)
    return made


def service_account(folder: Path, provider: Identity, name: str = "google.json") -> Path:
    """The key of Google's service account, as a file."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    provider.service_key = key.public_key()
    told = {
        "type": "service_account",
        "client_email": SERVICE,
        "client_id": "1097",
        "private_key_id": "k1",
        "private_key": key.private_bytes(*plain).decode(),
        "token_uri": f"{provider.url}/token",
    }
    (folder / name).write_text(json.dumps(told))
    (folder / name).chmod(0o600)
    return folder / name


def refresh_token(folder: Path, provider: Identity) -> Path:
    """One account's grant, as Google's tools write it."""
    provider.refresh_tokens.add("refresh-first")
    told = {"client_id": CLIENT, "client_secret": provider.secret, "refresh_token": "refresh-first"}
    (folder / "refresh.json").write_text(json.dumps(told))
    (folder / "refresh.json").chmod(0o600)
    return folder / "refresh.json"
