"""Digests: what was sent and what it listed, and what people replied."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edition",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("missed", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("digest", "slot", name=op.f("uq_edition_digest_slot")),
    )
    op.create_index("ix_edition_digest_made", "edition", ["digest", "made"])
    op.create_table(
        "reply",
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("message", name=op.f("pk_reply")),
    )
    due = sa.text("state IN ('due', 'fresh')")
    op.create_index("ix_reply_due", "reply", ["state"], sqlite_where=due, postgresql_where=due)
    with op.batch_alter_table("sighting") as batch:
        batch.add_column(sa.Column("login", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("sighting") as batch:
        batch.drop_column("login")
    op.drop_table("reply")
    op.drop_table("edition")
