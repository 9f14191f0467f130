"""The list of who waits, as the router's store gives it, beside the independent count: at an instant, every line."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from router.config import load
from router.config.service import service_clocks
from router.store import waiting
from router.store.database import Database, open_to_read
from tests.bench.year.count import Group, Line, Minutes, Span, line, tables
from tests.bench.year.running import Life

_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Waiting:
    """Looks at the list and says what is wrong with it."""

    life: Life
    lines: int = 0  # that were compared
    wrong: list[str] = field(default_factory=list)
    _minutes: dict[str, Minutes] = field(default_factory=dict)
    _database: Database | None = None

    def look(self, at: datetime) -> None:
        """Compare at an instant that has just passed."""
        if self._database is None:
            past = min(mail.at for mail in self.life.year.past)
            self._minutes = tables(past - timedelta(days=2), self.life.year.events[-1].at + timedelta(days=40))
            self._database = open_to_read(f"sqlite:///{self.life.daemon.database}")
        rows = self._database.read(lambda connection: waiting.waiting(connection, at))
        settings = load(self.life.daemon.config, {})
        clock_of = service_clocks(settings, min((row["waiting_since"] for row in rows), default=at), at)
        stories = self.life.year.stories
        expected = {
            (story.customer, story.subject): found
            for number, happened in self.life.happened.items()
            if (found := line(story := stories[number], happened, at)) is not None
        }
        for row in rows:
            self.lines += 1
            found = expected.pop((row["customer"], row["subject"].removeprefix("Re: ")), None)
            if found is None:
                self.wrong.append(f"{at}: listed, and nobody waits: {row}")
                continue
            service = int(clock_of(row["mailbox"]).since(row["waiting_since"]).total_seconds() / 60)
            self._compare(at, row, service, found)
        self.wrong += [f"{at}: not listed: {one}" for one in expected.values()]

    def _compare(self, at: datetime, row: dict[str, Any], service: int, found: Line) -> None:
        since = row["waiting_since"]
        if found.group is Group.PROMISED and row["probably_finished"]:
            since = row["promise_due"] or since
        facts = {
            "since": (found.since.early <= since <= found.since.late),
            "letters": row["letters"] == found.letters,
            "again": row["again"] == found.again,
            "by": row["last_answer_by"] == found.answered_by,
            "taken": row["taken_by"] == found.taken_by,
            "finished": row["probably_finished"] == (found.group is Group.FINISHED),
            "mailbox": row["mailbox"] == found.story.mailbox,
            "vip": row["vip"] == found.story.vip,
            "service": _between(self._minutes[found.story.mailbox], found.since, at, service),
        }
        if bad := [name for name, right in facts.items() if not right]:
            self.wrong.append(f"{at}: {bad}: {row} beside {found}; service {service}")

    def check(self) -> None:
        """The times of receipt are those at which the mails were posted."""
        received = self.life.received()
        spans = [span for event, span in self.life.posted if not event.is_word]
        assert len(received[-len(spans) :]) == len(spans)
        for at, span in zip(received[-len(spans) :], spans, strict=True):
            if not span.early <= at <= span.late:
                self.wrong.append(f"received {at}, posted {span}")


def _between(minutes: Minutes, since: Span, at: datetime, service: int) -> bool:
    """Right to the minute; one more or less where both instants lie within a minute."""
    return minutes.between(since.late, at) - 1 <= service <= minutes.between(since.early, at) + 1
