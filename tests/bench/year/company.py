"""The invented company: plain data, from which both its configuration and the independent count are made."""

import json
from dataclasses import dataclass
from datetime import date, time, timedelta

ZONE = "Europe/London"  # the router's
HOSTNAME = "router.example.com"
ALL_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Hours:
    """Service hours: the windows of a day of the week, in minutes after midnight; one past 1440 ends on the next day."""

    name: str
    zone: str
    days: dict[int, tuple[tuple[int, int], ...]]  # 0 is Monday
    code: str | None = None  # the holidays by their code
    holidays: frozenset[date] = frozenset()  # and as an almanac has them: days on which the windows could be open
    closed: frozenset[date] = frozenset()


def _weekdays(*windows: tuple[int, int], last: int = 4) -> dict[int, tuple[tuple[int, int], ...]]:
    return dict.fromkeys(range(last + 1), windows)


def _dates(*texts: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)


HOURS = (
    Hours(
        "office",
        "Europe/London",
        _weekdays((9 * 60, 12 * 60 + 30), (13 * 60 + 30, 17 * 60)),
        code="GB-ENG",
        holidays=_dates(
            *("2025-08-25", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04"),
            *("2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28", "2027-01-01"),
        ),
        closed=_dates("2026-12-24"),
    ),
    Hours(
        "shop",
        "Europe/Berlin",
        _weekdays((8 * 60, 20 * 60), last=5),
        code="DE-BE",
        holidays=_dates(
            *("2025-10-03", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01"),
            *("2026-05-14", "2026-05-25", "2026-10-03", "2026-12-25", "2026-12-26", "2027-01-01"),
        ),
    ),
    Hours("newyork", "America/New_York", _weekdays((8 * 60, 18 * 60)), closed=_dates("2026-07-03", "2026-11-26")),
    Hours("nightshift", "Australia/Sydney", _weekdays((22 * 60, 30 * 60), last=6)),
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address that customers write to."""

    name: str
    hours: str
    staff: tuple[str, ...]
    zone: str
    a_day: float  # new conversations on a working day
    languages: tuple[str, ...]

    @property
    def address(self) -> str:
        """Its address."""
        return f"{self.name}@example.com"

    @property
    def outbound(self) -> str:
        """Where copies of its answers go."""
        return f"{self.name}-sent@{HOSTNAME}"


MAILBOXES = (
    Mailbox("support", "office", ("anna", "tom"), "Europe/London", 6.0, ("en",)),
    Mailbox("shop", "shop", ("lena", "jonas"), "Europe/Berlin", 5.0, ("de", "fr", "it", "nl", "en")),
    Mailbox("us", "newyork", ("carol",), "America/New_York", 2.0, ("en", "es")),
    Mailbox("care", "nightshift", ("ruby",), "Australia/Sydney", 2.0, ("en",)),
)
FOUNDERS = ("mike", "helen")
PEOPLE = {
    **{"anna": "Anna Reed", "tom": "Tom Baker", "lena": "Lena Vogt", "jonas": "Jonas Frey", "carol": "Carol Diaz"},
    **{"ruby": "Ruby Lane", "mike": "Mike Hall", "helen": "Helen Hall"},
}
VIP_DOMAIN = "grand.example"  # of the customers who come first


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal."""

    name: str
    mailbox: str
    measure: str  # "first-reply" | "every-reply"
    within: timedelta
    clock: str  # "service" | "customer"
    share: float


GOALS = (
    Goal("support first", "support", "first-reply", timedelta(hours=4), "service", 0.95),
    Goal("support every", "support", "every-reply", timedelta(hours=24), "customer", 0.8),
    Goal("shop first", "shop", "first-reply", timedelta(hours=12), "service", 0.9),
    Goal("us first", "us", "first-reply", timedelta(hours=5), "service", 0.9),
    Goal("care every", "care", "every-reply", timedelta(hours=8), "service", 0.9),
)


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest."""

    name: str
    to: str
    mailboxes: tuple[str, ...]
    at: time
    zone: str
    days: tuple[str, ...]


# One at a time of day that a clock skips on a day of spring, and shows twice on one of autumn.
DIGESTS = (
    Digest("support-nightly", "anna@example.com", ("support",), time(7), "Europe/London", ALL_DAYS[:5]),
    Digest("world-nightly", "mike@example.com", ("shop", "us", "care"), time(7, 30), "Europe/Berlin", ALL_DAYS),
    Digest("care-early", "ruby@example.com", ("care",), time(1, 30), "Europe/London", ALL_DAYS),
)


def configuration(port: int, relay: int, rate: float) -> str:
    """The file. The leases are in the router's time: on a fast clock they have to be long, to be anything at all."""
    pause = f"{max(60, int(rate * 5))}s"
    parts = [
        f'[router]\ntimezone = "{ZONE}"\nhostname = "{HOSTNAME}"\ndatabase = "sqlite:///router.db"\nrules = "rules"\n'
        'address = "router@example.com"\nown_domains = ["example.com"]',
        f'[smtp]\nlisten = "127.0.0.1:{port}"',
        f'[relay]\nhost = "127.0.0.1"\nport = {relay}\nsecurity = "none"',
        f'[delivery]\nlease = "{pause}"\nlook_after = "{pause}"\nresend_after = "{pause}"',
        '[retention]\nraw = "2000d"\ntext = "2000d"\nmetadata = "2000d"',
    ]
    parts += [
        f'[[inbox]]\naddress = "{name}@example.com"\ndeliver = "maildir"\npath = "inboxes/{name}"' for name in FOUNDERS
    ]
    parts += [
        f'[[mailbox]]\nname = "{one.name}"\naddresses = ["{one.address}"]\nhours = "{one.hours}"' for one in MAILBOXES
    ]
    parts += [_hours(one) for one in HOURS]
    parts += [
        f'[[goal]]\nname = "{one.name}"\nmailboxes = ["{one.mailbox}"]\nmeasure = "{one.measure}"\n'
        f'within = "{int(one.within.total_seconds()) // 3600}h"\nclock = "{one.clock}"\nshare = {one.share}'
        for one in GOALS
    ]
    parts += [_digest(one) for one in DIGESTS]
    return "\n\n".join(parts) + "\n"


RULES = f"""\
[[rule]]
name = "everything to the founders"
copy_to = ["*"]

[[rule]]
name = "these come first"
vip = true
[rule.when]
from = "*@{VIP_DOMAIN}"
"""


def _hours(hours: Hours) -> str:
    lines = [f'[[hours]]\nname = "{hours.name}"\ntimezone = "{hours.zone}"']
    if hours.code:
        lines.append(f'holidays = "{hours.code}"')
    if hours.closed:
        lines.append(f"closed = [{', '.join(day.isoformat() for day in sorted(hours.closed))}]")
    lines.append("[hours.open]")
    for day, windows in hours.days.items():
        spans = ", ".join(f'"{_clock(begin)}-{_clock(end % 1440 or 1440)}"' for begin, end in windows)
        lines.append(f"{ALL_DAYS[day]} = [{spans}]")
    return "\n".join(lines)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _digest(digest: Digest) -> str:
    lists = {"to": (digest.to,), "mailboxes": digest.mailboxes, "days": digest.days}
    lines = [f'[[digest]]\nname = "{digest.name}"\nkind = "nightly"', f'timezone = "{digest.zone}"\nat_once = false']
    lines.append(f'at = "{digest.at:%H:%M}"')
    lines += [f"{key} = {json.dumps(values)}" for key, values in lists.items()]
    return "\n".join(lines)
