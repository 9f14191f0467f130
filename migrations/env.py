"""Alembic's entry: the router hands over the connection, in whose one transaction every step runs."""

from alembic import context

from router.faultpoint import reach
from router.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    transactional_ddl=True,
    transaction_per_migration=False,
    on_version_apply=lambda **_: reach("upgrade.step"),  # after each migration
)
context.run_migrations()
