"""Where each conversation stands, and what of its messages that depends on."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LISTED = "since IS NOT NULL OR promise_due IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "never",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_never")),
    )
    op.create_table(
        "outbound",
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", "source", name=op.f("pk_outbound")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("snippet", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("phrase", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("due", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("letter", sa.JSON(), nullable=True))

    with op.batch_alter_table("thread", schema=None) as batch_op:
        # "": the daemon computes it when it starts.
        batch_op.add_column(sa.Column("state", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("since", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("letter", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("finished", sa.Boolean(), nullable=False, server_default=sa.text("false")))
        batch_op.add_column(sa.Column("letters", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("again", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("answered", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("answered_by", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("answer", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("promise", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("promise_due", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("snoozed_until", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("taken_by", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("vip", sa.Boolean(), nullable=False, server_default=sa.text("false")))
        batch_op.create_index(
            "ix_thread_listed",
            ["since"],
            unique=False,
            sqlite_where=sa.text(_LISTED),
            postgresql_where=sa.text(_LISTED),
        )


def downgrade() -> None:
    with op.batch_alter_table("thread", schema=None) as batch_op:
        batch_op.drop_index("ix_thread_listed", sqlite_where=sa.text(_LISTED), postgresql_where=sa.text(_LISTED))
        for name in (
            *("vip", "taken_by", "snoozed_until", "promise_due", "promise", "answer", "answered_by", "answered"),
            *("again", "letters", "finished", "letter", "since", "state"),
        ):
            batch_op.drop_column(name)

    with op.batch_alter_table("message", schema=None) as batch_op:
        for name in ("letter", "due", "phrase", "snippet"):
            batch_op.drop_column(name)

    op.drop_table("outbound")
    op.drop_table("never")
