"""Mail of the past is known by a mark of its own: it comes from watched accounts too, not only from files."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sighting") as batch:
        batch.add_column(sa.Column("history", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.execute("UPDATE sighting SET history = true WHERE source = 'import'")


def downgrade() -> None:
    with op.batch_alter_table("sighting") as batch:
        batch.drop_column("history")
