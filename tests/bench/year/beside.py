"""The list of who waits, as the router's store gives it, beside the independent count: at an instant, every line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from router.config import Settings, load
from router.config.service import service_clocks
from router.store import waiting
from router.store.database import open_to_read
from tests.bench.year.count import Group, Line, Minutes, Span, line
from tests.bench.year.running import Life


@dataclass(slots=True)
class Waiting:
    """Looks at the list and says what is wrong with it."""

    life: Life
    minutes: Mapping[str, Minutes]
    lines: int = 0  # that were compared
    wrong: list[str] = field(default_factory=list)
    _settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self._settings = load(self.life.daemon.config, {})

    def look(self, at: datetime) -> None:
        """Compare as of an instant that has just passed, while nothing goes on."""
        database = open_to_read(f"sqlite:///{self.life.daemon.database}")
        try:
            rows = database.read(lambda connection: waiting.waiting(connection, at))
        finally:
            database.close()
        self._compare_all(at, rows)

    def _compare_all(self, at: datetime, rows: Sequence[dict[str, Any]]) -> None:
        clock_of = service_clocks(self._settings, min((row["waiting_since"] for row in rows), default=at), at)
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
        facts = {
            "since": (found.since.early <= since <= found.since.late),
            "letters": row["letters"] == found.letters,
            "again": row["again"] == found.again,
            "by": row["last_answer_by"] == found.answered_by,
            "taken": row["taken_by"] == found.taken_by,
            "finished": row["probably_finished"] == (found.group is Group.FINISHED),
            "mailbox": row["mailbox"] == found.story.mailbox,
            "vip": row["vip"] == found.story.vip,
            "service": _between(self.minutes[found.story.mailbox], found.since, at, service),
        }
        if bad := [name for name, right in facts.items() if not right]:
            self.wrong.append(f"{at}: {bad}: {row} beside {found}; service {service}")


def _between(minutes: Minutes, since: Span, at: datetime, service: int) -> bool:
    """Right to the minute; one more or less where both instants lie within a minute."""
    return minutes.between(since.late, at) - 1 <= service <= minutes.between(since.early, at) + 1
