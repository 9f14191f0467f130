"""Creating a database and bringing an old one up to date, by Alembic; all steps run in one transaction.

Versions are four digits that count up, so that older and newer can be told apart without loading the migrations.
"""

from sqlalchemy import Connection, Engine, inspect, text

from router.faultpoint import reach
from router.shipped import folder
from router.store.dialect import lock_schema
from router.store.errors import SchemaNewer, SchemaOlder

HEAD = "0009"  # the newest migration in `migrations/versions`


def version(connection: Connection) -> str | None:
    """The version of the database; None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def is_empty(connection: Connection) -> bool:
    """Whether nothing is there yet, neither ours nor anybody's."""
    return not inspect(connection).get_table_names()


def check(connection: Connection) -> None:
    """Raise unless the database is of exactly this version."""
    current = version(connection)
    if current == HEAD:
        return
    if current is not None and current > HEAD:
        raise SchemaNewer(f"the database is of version {current}, this program of {HEAD}: install the newer program")
    found = f"the database is of version {current or 'none'}, this program of {HEAD}"
    raise SchemaOlder(f"{found}: `router run --upgrade`, or `router db upgrade`")


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest version; a kill in the midst leaves the old one."""
    with engine.begin() as connection:
        lock_schema(connection)
        _upgrade(connection)
    reach("upgrade.committed")


def _upgrade(connection: Connection) -> None:
    from alembic import command  # slow to import, and seldom needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    reach("upgrade.before-commit")


def create_or_check(engine: Engine) -> None:
    """Create the tables in an empty database; otherwise check the version."""
    with engine.begin() as connection:
        lock_schema(connection)
        if is_empty(connection):
            _upgrade(connection)
        check(connection)
