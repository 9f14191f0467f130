"""A private Postfix in front of the router. Nothing of it leaves the machine: all but example.com ends in an error."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from router.cli.demonstration.ports import listens
from tests.bench.need import need, need_root
from tests.bench.ports import free_port
from tests.bench.wait import until

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
daemon_directory = {daemons}
command_directory = {commands}
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.com
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
relay_domains = example.com
router = relay:[127.0.0.1]:{router}
transport_maps = inline:{{ {{ example.com = $router }} }}
default_transport = error:5.1.2 nothing leaves this machine
smtp_dns_support_level = disabled
smtp_host_lookup = native
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
transport_retry_time = 1s
initial_destination_concurrency = 20
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One instance, with its whole life in `folder`."""

    def __init__(self, folder: Path, router_port: int, more: str = "") -> None:
        """`more`: lines of main.cf, which win over the ones above; `$router` is the transport to the router."""
        self.folder = folder
        self.router_port = router_port
        self.port = free_port()
        self._more = more
        self._postfix = need("postfix")
        need_root("a Postfix of one's own")

    def start(self) -> "Postfix":
        """Write its configuration, start it and wait until it listens."""
        for path in (self.folder, self.folder / "queue", self.folder / "data"):
            path.mkdir()
        self.folder.parent.chmod(0o755)  # Postfix drops its rights and still has to get here
        subprocess.run(["chown", "postfix", str(self.folder / "data")], check=True)
        commands = str(Path(self._postfix).parent)
        daemons = self._run("postconf", "-dh", "daemon_directory", own=False).strip()
        places = {"folder": self.folder, "commands": commands, "daemons": daemons, "router": self.router_port}
        (self.folder / "main.cf").write_text(_without(_MAIN.format(**places), self._more) + self._more)
        (self.folder / "master.cf").write_text(_MASTER.format(port=self.port))
        self._run("postfix", "start")
        until(lambda: listens(self.port), lambda: f"Postfix\n{self.log()}")
        return self

    def stop(self) -> None:
        """Stop it; harmless where it never ran."""
        subprocess.run([self._postfix, "-c", str(self.folder), "stop"], capture_output=True, timeout=60, check=False)

    @property
    def master(self) -> int:
        """Its first process, which all others are below."""
        return int((self.folder / "queue" / "pid" / "master.pid").read_text())

    def queue(self) -> list[dict[str, Any]]:
        """What it still has to deliver."""
        return [json.loads(line) for line in self._run("postqueue", "-j").splitlines()]

    def flush(self) -> None:
        """Try everything again now."""
        self._run("postqueue", "-f")

    def drain(self, seconds: float = 60.0) -> None:
        """Wait until its queue is empty, trying again and again."""

        def empty() -> bool:
            self.flush()
            return not self.queue()

        until(empty, lambda: f"an empty queue\n{self.log()[-3000:]}", seconds, 0.5)

    def log(self) -> str:
        """All it logged."""
        file = self.folder / "mail.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def statuses(self, status: str) -> list[str]:
        """Its log lines about deliveries that ended as `sent`, `deferred` or `bounced`."""
        return re.findall(rf".* status={status} .*", self.log())

    def _run(self, program: str, *arguments: str, own: bool = True) -> str:
        where = ["-c", str(self.folder)] if own else []
        done = subprocess.run(
            [need(program), *where, *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{program} {arguments}: {done.stderr}{done.stdout}\n{self.log()}"
        return done.stdout


def _without(main: str, more: str) -> str:
    """The lines of main.cf that `more` does not replace.

    Each process warns of each line that another one overrides, before the one that writes the log is up: ten words may
    wait for it, and with one more Postfix's own first process waits for it too, for ever.
    """
    named = {line.partition("=")[0].strip() for line in more.splitlines() if line[:1].strip()}
    kept = [line for line in main.splitlines() if line.partition("=")[0].strip() not in named]
    return "".join(f"{line}\n" for line in kept)
