"""What reads the outbox knows letters of a digest, which have no row in `message`."""

from tests.digest.desk import london
from tests.routing.test_returns import bounce_of  # noqa: F401

MORNING = london("2026-11-21T07:00")
