"""The daemon on a fast clock, and the world that posts each mail to it when its clock has come to that instant.

Who posts must know what time it is for the router. Both read the same monotonic clock of the machine, so that all there
is to find out is when the router's time began; each mail that it has dated narrows that down to what one transmission
takes. Everything else is plain: the next thing that is due is done, and the clock is read before and after it.

A digest reads what has been routed, at an instant that nobody can hit from outside. So nothing is posted shortly before
one is due, nor until it has been seen: then no fact is in doubt.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from click.testing import CliRunner
from sqlalchemy import select

from router.cli.main import router
from router.control import ask, socket_path
from router.store.database import open_to_read
from router.store.tables import sighting
from tests.bench.daemon import Daemon
from tests.bench.smtp import Client
from tests.bench.wait import until
from tests.bench.year.company import MAILBOXES, RULES, configuration
from tests.bench.year.count import Happened, Span
from tests.bench.year.facts import Event, Year
from tests.bench.year.post import PostOffice

_PROBES = 8  # mails that only find out what time it is
_PER_CONNECTION = 400
_SETTLES = 0.15  # real seconds in which a mail that was taken is routed, mostly


@dataclass(slots=True)
class RouterTime:
    """What time it is for the router, as a span."""

    start: datetime
    rate: float
    begun: tuple[float, float]  # readings of the monotonic clock between which its time began

    def now(self) -> Span:
        """The present."""
        real = time.monotonic()
        return Span(self._at(real - self.begun[1]), self._at(real - self.begun[0]))

    def _at(self, real: float) -> datetime:
        return self.start + timedelta(seconds=real * self.rate)

    def narrow(self, dated: datetime, before: float, after: float) -> None:
        """It read its own clock as `dated` between two readings of ours."""
        passed = (dated - self.start).total_seconds() / self.rate
        early, late = max(self.begun[0], before - passed), min(self.begun[1], after - passed)
        assert early <= late, f"the router's clock does not run as it should: {dated}, {early - late:.3f} s off"
        self.begun = (early, late)

    def wait(self, at: datetime) -> None:
        """Sleep until it is surely so late."""
        while (left := (at - self.now().early).total_seconds()) > 0:
            time.sleep(left / self.rate)


@dataclass(slots=True)
class Life:
    """A company's life with the router."""

    daemon: Daemon
    office: PostOffice
    year: Year
    start: datetime
    rate: float
    happened: dict[int, list[Happened]] = field(default_factory=dict)  # by conversation, what has come true
    posted: list[tuple[Event, Span]] = field(default_factory=list)
    doubtful: set[datetime] = field(default_factory=set)  # looks by which not all that was posted was surely routed
    clock: RouterTime = field(init=False)
    _client: Client | None = None
    _mails: int = 0

    def begin(self) -> "Life":
        """Take in the past, and start the daemon on its clock."""
        self.daemon.config.write_text(configuration(self.daemon.port, self.office.port, self.rate))
        rules = self.daemon.folder / "rules"
        rules.mkdir()
        (rules / "rules.toml").write_text(RULES)
        self._import()
        before = time.monotonic()
        self.daemon.start(options=["--clock", f"{self.start.isoformat()},{self.rate}"])
        self.clock = RouterTime(self.start, self.rate, (before, time.monotonic()))
        for number in range(_PROBES):
            self._probe(number)
        return self

    def live(self, looks: Iterable[tuple[datetime, Callable[[datetime], None]]]) -> None:
        """Let everything happen up to the last of `looks`; while somebody looks, nothing else goes on."""
        ahead = list(looks)  # in their order
        for event in self.year.events:
            while ahead and (ahead[0][0] <= event.at or ahead[0][0] <= self.clock.now().late + self.slack):
                self._look(*ahead.pop(0))
            if not ahead:
                return  # no digest tells of what comes now
            self.clock.wait(event.at)
            self._post(event)
        while ahead:
            self._look(*ahead.pop(0))

    def end(self) -> None:
        """Stop the daemon; it has to end cleanly."""
        self._hang_up()
        self.daemon.stop()

    def _look(self, at: datetime, look: Callable[[datetime], None]) -> None:
        self.settled()
        if self.clock.now().late >= at:
            self.doubtful.add(at)
        self.clock.wait(at)
        look(at)

    def settled(self) -> None:
        """Wait until every mail that was taken is routed."""
        until(lambda: self.daemon.ask("SELECT count(*) FROM sighting WHERE routed IS NULL") == [(0,)],
              lambda: f"mail is not routed\n{self.daemon.tail()}", pause=0.002)  # fmt: skip

    # What happens.

    def _post(self, event: Event) -> None:
        before = self.clock.now().early
        if event.is_word:
            self._say(event)
        else:
            self._send(event.content, event.sender, event.recipients)
        span = Span(before, self.clock.now().late)
        self.posted.append((event, span))
        if event.fact.story:
            self.happened.setdefault(event.fact.story, []).append(Happened(event.number, span, event.fact))

    def _say(self, event: Event) -> None:
        fact = event.fact
        self.settled()  # a word is about a conversation, and finds it by one of its mails
        request = {"do": _WORDS[fact.what.value], "thread": event.about, "by": fact.by, "why": None}
        request["until"] = fact.until.isoformat() if fact.until else None
        assert ask(socket_path(self.daemon.database), request), f"nothing is known of {event.about}"

    def _send(self, content: bytes, sender: str, recipients: tuple[str, ...]) -> None:
        if self._client is None or self._mails % _PER_CONNECTION == 0:
            self._hang_up()
            self._client = Client(self.daemon.port)
        self._mails += 1
        answer = self._client.mail(content, sender, recipients)
        assert answer.code == 250, answer

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _probe(self, number: int) -> None:
        before = time.monotonic()
        content = f"From: <>\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <probe{number}@clock.example>\r\n\r\nx\r\n"
        self._send(content.encode(), "", (MAILBOXES[0].address,))
        after = time.monotonic()
        self.clock.narrow(self.received()[-1], before, after)

    @property
    def slack(self) -> timedelta:
        """What a mail may take to be routed, in the router's time."""
        return timedelta(seconds=_SETTLES * self.rate)

    def misdated(self) -> list[str]:
        """The times of receipt that are not those at which the mails were posted."""
        spans = [(event, span) for event, span in self.posted if not event.is_word]
        dated = self.received()[-len(spans) :]
        return [
            f"{event.fact} posted between {span.early} and {span.late}, received {at}"
            for at, (event, span) in zip(dated, spans, strict=True)
            if not span.early <= at <= span.late
        ]

    def received(self) -> list[datetime]:
        """When the router says that each mail came, the last ones last; of what came by the listener."""
        database = open_to_read(f"sqlite:///{self.daemon.database}")
        try:
            query = select(sighting.c.received).where(sighting.c.source != "import").order_by(sighting.c.received)
            return database.read(lambda connection: list(connection.execute(query).scalars()))
        finally:
            database.close()

    # The past.

    def _import(self) -> None:
        for mailbox in MAILBOXES:
            ways = {True: self.daemon.folder / "past" / mailbox.name / "sent"}
            ways[False] = ways[True].with_name("inbox")
            for way in ways.values():
                way.mkdir(parents=True)
            for number, mail in enumerate(one for one in self.year.past if one.mailbox == mailbox.name):
                (ways[mail.sent] / f"{number:04}.eml").write_bytes(mail.content)
            options = ("--mailbox", mailbox.name, "--inbox", str(ways[False]), "--sent", str(ways[True]), "--json")
            # In this process: four times the start of an interpreter would be most of what a short life takes.
            ran = CliRunner().invoke(router, ["--config", str(self.daemon.config), "import", *options])
            assert ran.exit_code == 0, ran.output
        for number, mail in enumerate(self.year.past):
            if mail.fact.story:
                known = Happened(number - len(self.year.past), Span(mail.at, mail.at), mail.fact)
                self.happened.setdefault(mail.fact.story, []).append(known)


_WORDS = {"closed": "close", "snoozed": "snooze", "phoned": "phoned", "took": "take"}
