"""Creating a database and bringing an old one up to date, by Alembic; every migration runs in one transaction."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from router.shipped import folder
from router.store.errors import SchemaNewer, SchemaOlder


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    return config


def head() -> str:
    """The newest version that this program knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def version(connection: Connection) -> str | None:
    """The version of the database; None where it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def check(connection: Connection) -> None:
    """Raise unless the database is of exactly this version."""
    current, newest = version(connection), head()
    if current == newest:
        return
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise SchemaNewer(
            f"the database is of version {current}, which this program does not know: install the newer program"
        )
    raise SchemaOlder(
        f"the database is of version {current or 'none'}, this program wants {newest}: run `router db upgrade`"
    )


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest version; all steps in one transaction, so that a kill leaves the old or the new one."""
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def create_or_check(engine: Engine) -> None:
    """Create the tables in an empty database; otherwise check the version."""
    with engine.begin() as connection:
        empty = not inspect(connection).get_table_names()
    if empty:
        upgrade(engine)
    with engine.begin() as connection:
        check(connection)
