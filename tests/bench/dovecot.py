"""A private Dovecot: IMAP, and where wanted LMTP with sieve, in a folder of its own on ports of its own.

    dovecot = Dovecot(folder, separator="/", users={"ann": Account(quota=20_000)}).start()
    client = dovecot.client("ann")          # an IMAPClient that is logged in; the password is `PASSWORD`

What can be chosen:

- `separator` and `prefix` of the personal namespace: "." or "/", "" or "INBOX.".
- `capability`: what the server offers after the login, such as `BARE`. It still does the rest: APPENDUID is told all
  the same.
- `users`: name and `Account`: `quota` in octets, `sieve` (the text of a script, run by LMTP and never by APPEND).
  `add` brings further ones while it runs, so that tests can share a server without sharing a mailbox.
- `tls`: a certificate; then `tls_port` listens with TLS at once, and `port` offers STARTTLS.
- `introspection`: the URL of an OAuth server (RFC 7662), asked about tokens by XOAUTH2 and OAUTHBEARER.
- `whole_domain`: a token opens every account of its user's domain, as an application's does at Microsoft.
- `auth_socket`: it judges logins for others too, such as a Postfix, at `folder / "auth"`.
- `lmtp`: `lmtp_port` takes mail for NAME@any domain.
- `submission`: host and port to which sieve's redirect and vacation send their mail.

Mail lies in `home(user) / "Maildir"`. As root it runs under `nobody`, else under the current user.
"""

import hashlib
import os
import pwd
import re
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imapclient import IMAPClient

from tests.bench.certificates import Pair
from tests.bench.need import need
from tests.bench.ports import free_port
from tests.bench.wait import until

PASSWORD = 'correct horse ü "battery" \\ staple'
BARE = "IMAP4rev1"  # no extension at all

_MAIN = """\
protocols = imap {lmtp}
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1
default_login_user = {login_user}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
first_valid_uid = 1
disable_plaintext_auth = no
auth_mechanisms = plain login {oauth}
auth_failure_delay = 0
mail_max_userip_connections = 0
mail_location = maildir:~/Maildir
mail_fsync = never
ssl = {ssl}
{ssl_files}
passdb {{
  driver = passwd-file
  args = username_format=%n {folder}/users/%n
}}
{oauth_passdb}
userdb {{
  driver = passwd-file
  args = username_format=%n {folder}/users/%n
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
mail_plugins = quota
protocol imap {{
  mail_plugins = $mail_plugins imap_quota
  {capability}
}}
protocol lmtp {{
  mail_plugins = $mail_plugins {sieve}
}}
plugin {{
  quota = maildir:User quota
  quota_grace = 0
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_vacation_min_period = 0
  {sieve_extensions}
}}
postmaster_address = postmaster@example.com
{submission}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  # Without this a wrong password makes all later logins from this machine wait.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""

_LMTP = """\
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
"""

_AUTH = """\
service auth {{
  unix_listener {folder}/auth {{
    mode = 0666
  }}
}}
"""

_OAUTH = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth.conf
}}
"""


@dataclass(frozen=True, slots=True)
class Account:
    """One user."""

    quota: int | None = None  # octets
    sieve: str | None = None


@dataclass
class Dovecot:
    """One instance, with its whole life in `folder`, whose path has to be short."""

    folder: Path
    separator: str = "."
    prefix: str = ""
    capability: str | None = None
    users: dict[str, Account] = field(default_factory=lambda: {"ann": Account()})
    tls: Pair | None = None
    introspection: str | None = None
    auth_socket: bool = False
    whole_domain: bool = False
    lmtp: bool = False
    submission: str | None = None

    def __post_init__(self) -> None:
        self._program = need("dovecot")
        if self.lmtp:
            need("sievec")
        self.port, self.tls_port, self.lmtp_port = free_port(), free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        me = pwd.getpwuid(os.geteuid())
        self._owner = pwd.getpwnam("nobody") if me.pw_uid == 0 else me

    def start(self) -> "Dovecot":
        """Write its configuration, start it and wait until it greets."""
        self.folder.mkdir(exist_ok=True)
        for path in (self.folder.parent, self.folder):
            path.chmod(0o755)  # it drops its rights and still has to get here
        for user, account in list(self.users.items()):
            self.add(user, account)
        if self.introspection:
            told = f"introspection_url = {self.introspection}\nintrospection_mode = post\n"
            told += "username_format = %Ld\n" if self.whole_domain else ""
            (self.folder / "oauth.conf").write_text(told + "username_attribute = username\nactive_attribute = active\n")
        config = self.folder / "dovecot.conf"
        config.write_text(self._config())
        self._process = subprocess.Popen(
            [self._program, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(lambda: _greets(self.port), lambda: f"Dovecot\n{self.log()}", pause=0.01)
        return self

    def stop(self) -> None:
        """Stop it, and every session."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
            self._process = None

    def client(self, user: str = "ann", port: int | None = None) -> IMAPClient:
        """A client of a test's own, logged in."""
        client = IMAPClient("127.0.0.1", port or self.port, ssl=False, timeout=20)
        client._imap.debug = 0
        client.normalise_times = False
        client.plain_login(user, PASSWORD)
        return client

    def mails(self, folder: str = "INBOX", user: str = "ann") -> dict[int, dict[bytes, Any]]:
        """Everything in a folder: by UID what IMAP tells of it, the octets as `BODY[]`."""
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            found: dict[int, dict[bytes, Any]] = client.fetch(client.search(), ["BODY.PEEK[]", "FLAGS", "INTERNALDATE"])
            return found

    def bodies(self, folder: str = "INBOX", user: str = "ann") -> list[bytes]:
        """The octets of every mail in a folder, in the order of arrival."""
        return [parts[b"BODY[]"] for _, parts in sorted(self.mails(folder, user).items())]

    def counts(self, folder: str = "INBOX", user: str = "ann") -> Counter[str]:
        """How many copies of each mail a folder has, by the sha256 of what stands behind our block."""
        mails = (one.split(b"X-Router-Received:", 1)[1].partition(b"\r\n")[2] for one in self.bodies(folder, user))
        return Counter(hashlib.sha256(mail).hexdigest() for mail in mails)

    def _family(self) -> dict[int, str]:
        """The processes of this server, by their name."""
        found, parents = {}, {self._process.pid} if self._process else set()
        for place in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                name, _, rest = (place / "stat").read_text().rpartition(")")
                if int(rest.split()[1]) in parents:
                    found[int(place.name)] = name.partition("(")[2]
        return found

    def kill_sessions(self) -> int:
        """End every session as a crash does; how many there were."""
        sessions = [pid for pid, name in self._family().items() if name == "imap"]
        for pid in sessions:
            os.kill(pid, signal.SIGKILL)
        return len(sessions)

    def forget_uids(self, user: str = "ann") -> None:
        """Lose all UIDs and UIDVALIDITY of everybody's INBOX."""
        for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
            (self.home(user) / "Maildir" / name).unlink(missing_ok=True)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stand still, the sessions too."""
        assert self._process is not None
        frozen = [self._process.pid, *self._family()]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in frozen:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def home(self, user: str = "ann") -> Path:
        """Where the mail of a user lies."""
        return self.folder / "home" / user

    def log(self) -> str:
        """All it logged."""
        file = self.folder / "dovecot.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def logins(self, user: str = "ann") -> int:
        """How many logins there were."""
        return len(re.findall(rf"imap-login: Info: Login: user=<{re.escape(user)}>", self.log()))

    def add(self, user: str, account: Account | None = None) -> None:
        """Give somebody a mailbox, or an account that is otherwise than before."""
        self.users[user] = account = account or Account()
        home = self.home(user)
        home.mkdir(parents=True, exist_ok=True)
        if account.sieve is not None:
            (home / ".dovecot.sieve").write_text(account.sieve)
        for path in (home.parent, home, *home.iterdir()):
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        (self.folder / "users").mkdir(exist_ok=True)
        # A file for each: one that the server has read already it looks at again only some time later.
        (self.folder / "users" / user).write_text(self._user(user, account))

    def remove(self, user: str) -> None:
        """Close somebody's account; best before the server has heard of it."""
        (self.folder / "users" / user).unlink()

    def _user(self, name: str, account: Account) -> str:
        ids = f"{self._owner.pw_uid}:{self._owner.pw_gid}"
        # A colon ends a field; as base64 the password may hold anything.
        secret = PASSWORD.encode().hex()
        quota = "" if account.quota is None else f"userdb_quota_rule=*:bytes={account.quota}"
        return f"{name}:{{PLAIN.HEX}}{secret}:{ids}::{self.home(name)}::{quota}\n"

    def _config(self) -> str:
        root = os.geteuid() == 0
        values = {
            "folder": self.folder,
            "lmtp": "lmtp" if self.lmtp else "",
            "login_user": "dovenull" if root else self._owner.pw_name,
            "internal_user": "dovecot" if root else self._owner.pw_name,
            "internal_group": "dovecot" if root else "",
            "ssl": "yes" if self.tls else "no",
            "ssl_files": f"ssl_cert = <{self.tls.certificate}\nssl_key = <{self.tls.key}" if self.tls else "",
            "oauth": "xoauth2 oauthbearer" if self.introspection else "",
            "oauth_passdb": _OAUTH.format(folder=self.folder) if self.introspection else "",
            "separator": self.separator,
            "prefix": self.prefix,
            "capability": f"imap_capability = {self.capability}" if self.capability else "",
            "sieve": "sieve" if self.lmtp else "",
            "sieve_extensions": "sieve_extensions = +editheader" if self.lmtp else "",
            "submission": f"submission_host = {self.submission}" if self.submission else "",
            "port": self.port,
            "tls_port": self.tls_port if self.tls else 0,
        }
        auth = _AUTH.format(folder=self.folder) if self.auth_socket else ""
        return _MAIN.format(**values) + auth + (_LMTP.format(lmtp_port=self.lmtp_port) if self.lmtp else "")


def _greets(port: int) -> bool:
    """Whether an IMAP server works there; the port is open a moment before, and also when the start fails right after."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        return connection.recv(4) == b"* OK"
    return False
