"""A newer program: a copy of this one with further migrations."""

import shutil
from pathlib import Path

from router.store import schema
from tests.bench.daemon import REPOSITORY

_MIGRATION = '''"""Number {revision}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}
'''

# What SQLite does by copying a table, which takes many steps, and a change of every row.
STEPS = (
    """op.create_table("newer", sa.Column("id", sa.Text(), primary_key=True), sa.Column("note", sa.Text()))
    op.execute("INSERT INTO newer SELECT id, sha256 FROM message")
    with op.batch_alter_table("sighting") as table:
        table.add_column(sa.Column("newer", sa.Text(), nullable=False, server_default="x"))
        table.alter_column("helo", nullable=False, server_default="")""",
    """op.execute("UPDATE sighting SET newer = 'y'")
    with op.batch_alter_table("newer") as table:
        table.drop_column("note")""",
)


def newer_program(folder: Path) -> tuple[Path, str]:
    """Copy the program into `folder`, with migrations that this one does not know; its place and its version."""
    for name in ("router", "migrations", "rules", "templates"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = schema.HEAD
    for step in STEPS:
        revision = f"{int(before) + 1:04d}"
        text = _MIGRATION.format(revision=revision, before=before, upgrade=step)
        (folder / "migrations" / "versions" / f"{revision}_newer.py").write_text(text)
        before = revision
    place = folder / "router" / "store" / "schema.py"
    text = place.read_text()
    assert f'HEAD = "{schema.HEAD}"' in text
    place.write_text(text.replace(f'HEAD = "{schema.HEAD}"', f'HEAD = "{before}"'))
    return folder, before
