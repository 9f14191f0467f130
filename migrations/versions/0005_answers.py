"""Which copies are to be marked as answered where they lie."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_DUE = "answered = 'due'"


def upgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        # Null: what was copied before stays as it is.
        batch_op.add_column(sa.Column("answered", sa.Text(), nullable=True))
        batch_op.create_index(
            "ix_outbox_answered",
            ["inbox", "id"],
            unique=False,
            sqlite_where=sa.text(_DUE),
            postgresql_where=sa.text(_DUE),
        )


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_answered", sqlite_where=sa.text(_DUE), postgresql_where=sa.text(_DUE))
        batch_op.drop_column("answered")
