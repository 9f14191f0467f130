"""Customers and founders with real mail servers between them and the router, and nothing that leaves the machine.

    customer ── Postfix ──▶ router ── Postfix ──▶ Dovecot: the founders' mailboxes, each with a sieve script
                  ▲                                  │
                  └── bounces, vacation, redirect ───┘

Whatever is written to anybody@customer.example lies in one mailbox of that Dovecot: so it is seen when a customer gets
anything at all.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.bench.daemon import Daemon
from tests.bench.dovecot import Account, Dovecot
from tests.bench.postfix import Postfix
from tests.bench.smtp import Client
from tests.bench.wait import until

CUSTOMER = "customer"  # the user in whose mailbox all mail to customers lies
_DELIVERY = '[delivery]\nlease = "2s"\nlook_after = "1s"\nresend_after = "1s"\nloop_limit = 2\n'
_RELAY = '[relay]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
_INBOX = '[[inbox]]\naddress = "{name}@example.com"\ndeliver = "smtp"\nfrom_mode = "{mode}"\n'
_RULE = '[[rule]]\nname = "{name}"\ncopy_to = ["{name}"]\n'
_ROUTES = """\
recipient_delimiter = +
relay_domains = example.com customer.example
virtual_alias_maps = inline:{{ @customer.example=customer@customer.example }}
transport_maps = inline:{{
    {{ support@example.com = $router }}
    {{ router@example.com = $router }}
    {behind}
    {{ example.com = lmtp:[127.0.0.1]:{lmtp} }}
    {{ customer.example = lmtp:[127.0.0.1]:{lmtp} }} }}
"""


class World:
    """All of it; `founders` maps a name to the account and the `from_mode` of the copies.

    The first founder gets every mail, each other one the mails that name him in X-For.
    """

    def __init__(
        self,
        folder: Path,
        new_daemon: Callable[..., Daemon],
        founders: Mapping[str, tuple[Account, str]],
        behind: Mapping[str, str],
        more: str,
    ) -> None:
        """`behind`: founders who are not behind Dovecot, with Postfix's transport to each; `more`: lines of its main.cf."""
        routes = " ".join(f"{{ {name}@example.com = {transport} }}" for name, transport in behind.items())
        accounts = {name: account for name, (account, _) in founders.items()}
        self._told: dict[str, dict[str, Any]] = {}
        self.dovecot = Dovecot(folder / "dovecot", users={**accounts, CUSTOMER: Account()}, lmtp=True)
        self.postfix = Postfix(folder / "postfix", 0, _ROUTES.format(lmtp=self.dovecot.lmtp_port, behind=routes) + more)
        self.dovecot.submission = f"127.0.0.1:{self.postfix.port}"
        self.daemon = new_daemon(
            "router",
            router='address = "router@example.com"\nrules = "rules"',
            inboxes="\n".join(_INBOX.format(name=name, mode=mode) for name, (_, mode) in founders.items()),
            extra=_DELIVERY + _RELAY.format(port=self.postfix.port),
        )
        self.postfix.router_port = self.daemon.port
        rules = self.daemon.folder / "rules"
        rules.mkdir()
        first, *others = founders
        named = [_RULE.format(name=one) + f'[rule.when]\nheader = {{ "X-For" = "{one}" }}\n' for one in others]
        (rules / "rules.toml").write_text("\n".join([_RULE.format(name=first), *named]))

    def start(self) -> "World":
        """Start all three."""
        self.dovecot.start()
        self.postfix.start()
        self.daemon.start()
        return self

    def stop(self) -> None:
        """Stop the mail servers; the daemon belongs to whoever made it."""
        self.postfix.stop()
        self.dovecot.stop()

    def write(self, mail: bytes, *, directly: bool = False, sender: str = "kim@customer.example") -> None:
        """A customer writes; `directly`: to the router, where Postfix would not take it from the customer either."""
        with Client(self.daemon.port if directly else self.postfix.port) as client:
            answer = client.mail(mail, sender)
        assert answer.code == 250, answer

    def rest(self, quiet: float = 1.0, seconds: float = 60.0) -> None:
        """Wait until for `quiet` seconds nobody has had anything to do, be it by a second round of something."""
        self._told = {}
        last, since = None, time.monotonic()

        def calm() -> bool:
            nonlocal last, since
            now = (len(self.postfix.queue()), self._waiting(), len(self.postfix.log()))
            if now != last or now[:2] != (0, 0):
                last, since = now, time.monotonic()
            return time.monotonic() - since >= quiet

        until(calm, lambda: f"calm; {last}\n{self.postfix.log()[-4000:]}\n{self.daemon.tail()}", seconds, 0.1)

    def _waiting(self) -> int:
        """Copies that go out soon, and mail that is not routed yet."""
        soon = int((time.time() + 2) * 1_000_000)
        ((copies,),) = self.daemon.ask(
            f"""SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending', 'unknown')
                OR (state = 'deferred' AND due < {soon})"""
        )
        ((mails,),) = self.daemon.ask("SELECT count(*) FROM sighting WHERE routed IS NULL")
        return int(copies) + int(mails)

    def mailbox(self, name: str) -> list[bytes]:
        """All mails in somebody's mailbox."""
        return self.dovecot.bodies(user=name)

    def fill(self, name: str, octets: int) -> None:
        """Put a mail of about that size into somebody's mailbox."""
        with self.dovecot.client(name) as client:
            client.append("INBOX", b"Subject: large\r\n\r\n" + b"x" * octets)

    def clear(self, name: str) -> None:
        """Somebody throws all his mail away."""
        with self.dovecot.client(name) as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search())
            client.expunge()

    def traced(self, message_id: str) -> dict[str, Any]:
        """A letter as `router trace` tells it: what it told of all when all was at rest."""
        if not self._told:
            self._told = {row["message_id"]: row for row in self.daemon.rows("trace", "Order")}
        return self._told[message_id]

    def copy(self, message_id: str, name: str) -> dict[str, Any]:
        """A founder's copy of a mail as `router trace` tells it."""
        (found,) = [one for one in self.traced(message_id)["copies"] if one["inbox"] == name]
        return found

    def came_back(self, message_id: str) -> list[dict[str, Any]]:
        """What the conversation of a letter tells of mail that came back."""
        query = f"""SELECT detail ->> 'inbox', detail ->> 'kind' FROM event JOIN message ON message.id = event.message
            WHERE message.message_id = '{message_id}' AND name = 'came-back'"""
        return [{"inbox": inbox, "kind": kind} for inbox, kind in self.daemon.ask(query)]

    def alarms(self) -> set[str]:
        """The keys of all alarms."""
        return {key for (key,) in self.daemon.ask("SELECT key FROM alarm")}
