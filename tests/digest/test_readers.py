"""What reads the outbox knows letters of a digest, which have no row in `message`."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from router.conversation.edition import Kind
from router.mail import mark
from router.routing.identify import Identity
from router.store import commands, health, views
from router.store.database import Database
from router.store.retention import Ages, Retention
from router.store.tables import edition, message, outbox, raw, sighting
from tests.digest.desk import ANNA, DAY, MIKE, TOM, Desk, london, plan
from tests.routing.test_returns import bounce_of  # noqa: F401
from tests.store.desk import NOON, change, claim_copies, seen
from tests.store.driver import KEY, letter
from tests.store.privacy import Post

MORNING = london("2026-11-21T07:00")
