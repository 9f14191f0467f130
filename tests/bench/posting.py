"""Sends real mail in its order over one connection, keeps what was answered, and compares it with what `trace` tells."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.corpora import Mail
from tests.bench.daemon import INBOXES, Daemon
from tests.bench.smtp import Client, Reply

_PER_SENDER = 90  # mails that share an envelope sender: one `trace` shows up to a hundred

_PER_CONNECTION = 500  # the listener allows a thousand


@dataclass(slots=True)
class Post:
    """What was sent: each distinct mail with all its transmissions, in their order."""

    daemon: Daemon
    by_content: dict[bytes, list[Mail]] = field(default_factory=lambda: defaultdict(list))
    refused: list[tuple[Mail, Reply]] = field(default_factory=list)
    _groups: dict[bytes, int] = field(default_factory=dict)

    @property
    def firsts(self) -> dict[str, Mail]:
        """The first transmission of each distinct mail, by its sha256."""
        return {mails[0].sha256: mails[0] for mails in self.by_content.values()}

    @property
    def repeated(self) -> list[list[Mail]]:
        """The mails that were sent more than once."""
        return [mails for mails in self.by_content.values() if len(mails) > 1]

    @property
    def repeats(self) -> int:
        """How many transmissions were not the first of their mail."""
        return sum(len(mails) - 1 for mails in self.by_content.values())

    @property
    def repeats_by_bytes(self) -> int:
        """How many transmissions carried bytes that had been sent before."""
        return sum(len(mails) - len({mail.sha256 for mail in mails}) for mails in self.by_content.values())

    def sender(self, content: bytes) -> str:
        """The envelope sender of all transmissions of one mail; few share one if somebody will look at them."""
        group = self._groups.get(content)
        return "crowd@customer.example" if group is None else f"group-{group}@customer.example"

    def send(self, mails: Sequence[Mail]) -> "Post":
        """Send everything; each mail is answered with a yes or a no, never with a pause or a lost connection."""
        times = Counter(mail.content for mail in mails)
        worth_a_look = dict.fromkeys(mail.content for mail in mails if mail.unusual or times[mail.content] > 1)
        self._groups = {content: number // _PER_SENDER for number, content in enumerate(worth_a_look)}
        for start in range(0, len(mails), _PER_CONNECTION):
            with Client(self.daemon.port) as client:
                for mail in mails[start : start + _PER_CONNECTION]:
                    self._note(mail, client.mail(mail.crlf, self.sender(mail.content)), client)
        return self

    def _note(self, mail: Mail, answer: Reply, client: Client) -> None:
        if answer.code == 250:
            self.by_content[mail.content].append(mail)
        else:
            assert answer.code >= 500, f"{mail}: {answer}"
            self.refused.append((mail, answer))
            client.command("RSET")


def wrong_arrivals(post: Post) -> dict[str, Any]:
    """What is missing, doubled or unknown among the copies in each inbox; mails that may be changed set aside."""
    exact = {sha256 for sha256, mail in post.firsts.items() if not mail.unusual}
    unusual = {sha256 for sha256, mail in post.firsts.items() if mail.unusual}
    found: dict[str, Any] = {}
    for name in INBOXES:
        counts = post.daemon.inbox(name).counts()
        missing = [str(post.firsts[sha256]) for sha256 in exact - set(counts)]
        doubled = [sha256 for sha256, count in counts.items() if count > 1]
        strange = len(set(counts) - exact - unusual) - len(
            unusual - set(counts)
        )  # one changed copy for one unusual mail
        if missing or doubled or strange:
            found[name] = {"missing": missing, "doubled": doubled, "strange": strange}
    return found


def traced(post: Post, contents: Sequence[bytes]) -> dict[str, dict[str, Any]]:
    """What `trace` tells of these mails, by the sha256 of each transmission."""
    told: dict[str, dict[str, Any]] = {}
    for sender in {post.sender(content) for content in contents}:
        for row in post.daemon.rows("trace", sender):
            told.update((sighting["sha256"], row) for sighting in row["sightings"])
    return told


def wrong_traces(post: Post) -> list[str]:
    """Repeated mails whose transmissions `trace` does not show, each of them, as sightings of the one first message."""
    told = traced(post, [mails[0].content for mails in post.repeated])
    wrong = []
    for mails in post.repeated:
        row = told.get(mails[0].sha256)
        expected = [mail.sha256 for mail in mails]
        shown = [sighting["sha256"] for sighting in row["sightings"]] if row else []
        if row is None or row["sha256"] != expected[0] or shown != expected:
            wrong.append(f"{mails[0]}: {shown} instead of {expected}")
    return wrong


def silently_changed(post: Post) -> list[str]:
    """Unusual mails that arrived otherwise than sent although no receipt says so."""
    unusual = [mail for mail in post.firsts.values() if mail.unusual]
    told = traced(post, [mail.content for mail in unusual])
    arrived = {name: post.daemon.inbox(name).counts() for name in INBOXES}
    return [
        f"{mail} at {copy['inbox']}"
        for mail in unusual
        for copy in told[mail.sha256]["copies"]
        if not copy["changed"] and not arrived[copy["inbox"]][mail.sha256]
    ]
