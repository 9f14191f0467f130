"""Measures who is said to wait against real conversations in support form: recall and precision of the list.

python -m benchmarks.waiting CORPORA             with headers and without
python -m benchmarks.waiting CORPORA --misses    and who is missing, and who is listed wrongly

Every mail goes through the routing of the router into a database of its own; the list is that of `router waiting`. True
is a conversation whose last mail by date is the customer's. Found is one with a mail in a listed conversation of its
own customer. The exit code is 1 below a limit.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.supportform import SupportMail, support_form, waiting_truth
from router.store.tables import message
from router.store.waiting import waiting
from tests.store.desk import opened, seen
from tests.store.driver import Router

RECALL, PRECISION = 0.98, 0.95  # with headers
BATCH = 100
INBOUND, OUTBOUND = ("support@example.com",), ("support-sent@router.example.com",)


class Found(NamedTuple):
    """The list beside the table."""

    wrong: list[str]  # true conversations that are listed and do not wait
    missing: list[str]  # that wait and are not listed
    true: int
    finished: int  # listed as probably finished
    promised: int  # listed for a promise alone

    @property
    def recall(self) -> float:
        return 1 - len(self.missing) / self.true

    @property
    def precision(self) -> float:
        right = self.true - len(self.missing)
        return right / (right + len(self.wrong))


def listed(mails: Sequence[SupportMail], folder: Path) -> Found:
    """Route everything, and look at the list."""
    with opened(folder) as database:
        router = Router(database)
        for at in range(0, len(mails), BATCH):
            router.route(
                *(
                    seen(
                        mail.raw,
                        sender="anna@example.com" if mail.outbound else mail.customer,
                        recipients=OUTBOUND if mail.outbound else INBOUND,
                        received=mail.at,
                    )
                    for mail in mails[at : at + BATCH]
                )
            )
        rows = database.read(lambda c: waiting(c, datetime.now(UTC)))
        names = {row["thread"] for row in rows}
        query = select(message.c.message_id, message.c.thread).where(message.c.thread.in_(names))
        carried = {row.message_id for row in database.read(lambda c: c.execute(query).all())}
    last = {mail.thread: mail for mail in sorted(mails, key=lambda mail: mail.at)}
    true, said = waiting_truth(mails), {thread for thread, mail in last.items() if mail.message_id in carried}
    return Found(
        sorted(said - true),
        sorted(true - said),
        len(true),
        sum(row["probably_finished"] for row in rows),
        sum(row["promise"] is not None and row["waiting_since"] == row["promise_due"] for row in rows),
    )


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--misses", action="store_true")
    given = parser.parse_args()
    below = False
    print(
        f"{'':<20} {'recall':>8} {'precision':>10} {'wait':>6} {'missing':>8} {'wrong':>6} {'finished':>9} {'promised':>9}"
    )
    for title, headers in (("with headers", True), ("without", False)):
        with tempfile.TemporaryDirectory() as folder:
            found = listed(support_form(given.corpora, headers), Path(folder))
        print(
            f"{title:<20} {found.recall:>8.4f} {found.precision:>10.4f} {found.true:>6} {len(found.missing):>8}"
            f" {len(found.wrong):>6} {found.finished:>9} {found.promised:>9}"
        )
        if given.misses:
            print("  missing:", *found.missing, "\n  wrong:", *found.wrong)
        below |= headers and (found.recall < RECALL or found.precision < PRECISION)
    return int(below)


if __name__ == "__main__":
    sys.exit(main())
