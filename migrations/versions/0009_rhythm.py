"""Bundles: which copy stands in which; and what people want in place of the configuration."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bundled",
        sa.Column("copy", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attached", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("copy", name=op.f("pk_bundled")),
        sa.UniqueConstraint("edition", "number", name=op.f("uq_bundled_edition_number")),
    )
    op.create_table(
        "wish",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "about", "inbox", name=op.f("pk_wish")),
    )
    bundles = sa.text("state = 'held' AND reason IN ('rhythm', 'bundled')")
    op.create_index("ix_outbox_bundles", "outbox", ["inbox", "created"], sqlite_where=bundles, postgresql_where=bundles)


def downgrade() -> None:
    op.drop_index("ix_outbox_bundles", "outbox")
    op.drop_table("wish")
    op.drop_table("bundled")
