"""A real database for these tests too."""

from tests.store.conftest import database as database
