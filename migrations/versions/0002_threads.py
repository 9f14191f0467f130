"""Who wrote a mail and to whom; what leads to a conversation is an id together with a person."""

from collections.abc import Iterator
from hashlib import blake2b

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PIECE = 1000

# As `router.conversation.links` makes them, written out: a migration must not change when the program does.
ANYBODY = bytes(8)


def _hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _person(address: str) -> bytes:
    local, at, host = address.rpartition("@")
    untagged = local.partition("+")[0]
    return _hash(f"{untagged}{at}{host}" if untagged else address)


def upgrade() -> None:
    op.add_column("message", sa.Column("author", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("people", sa.JSON(), nullable=True))
    op.add_column("message", sa.Column("topic", sa.LargeBinary(), nullable=True))
    op.add_column("message", sa.Column("reply", sa.Boolean(), nullable=True))
    op.add_column("message", sa.Column("untied", sa.Boolean(), nullable=True))
    op.create_index("ix_message_topic", "message", ["topic", "direction", "reply", "received"])
    # Under another name first: on PostgreSQL a renamed table keeps the names of its indices.
    op.execute("CREATE TABLE old_thread_key AS SELECT key, thread FROM thread_key")
    op.execute("CREATE INDEX ix_old_thread_key ON old_thread_key (key)")
    op.drop_table("thread_key")
    op.create_table(
        "thread_key",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("carried", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_thread_key")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("thread_key", schema=None) as batch_op:
        batch_op.create_index("ix_thread_key_thread", ["thread"], unique=False)
    _convert()
    op.execute("DROP TABLE old_thread_key")


def _convert() -> None:
    """Every id leads the customers of its conversation there, as it did before; and who bears it is known."""
    connection = op.get_bind()
    new = sa.table(
        "thread_key", sa.column("key", sa.LargeBinary), sa.column("thread", sa.Text), sa.column("carried", sa.Boolean)
    )
    insert = sa.insert(new)
    after = ""
    while ids := _ids(connection, after):
        after = ids[-1].key
        rows = {row["key"]: row for one in ids for row in _rows(connection, one.key, one.thread)}
        connection.execute(insert, list(rows.values()))


def _ids(connection: sa.Connection, after: str) -> list[sa.Row[tuple[str, str]]]:
    query = sa.text("SELECT key, thread FROM old_thread_key WHERE key > :after ORDER BY key LIMIT :piece")
    return list(connection.execute(query, {"after": after, "piece": PIECE}))


def _rows(connection: sa.Connection, key: str, thread: str) -> Iterator[dict[str, object]]:
    """Of one id."""
    bearer = sa.text("SELECT 1 FROM message WHERE message_id = :key AND thread = :thread LIMIT 1")
    people = sa.text("SELECT DISTINCT customer FROM message WHERE thread = :thread AND customer IS NOT NULL")
    carried = connection.execute(bearer, {"key": key, "thread": thread}).first() is not None
    persons = {_person(row.customer) for row in connection.execute(people, {"thread": thread})}
    for person in persons | ({ANYBODY} if carried else set()):
        yield {"key": _hash(key) + person, "thread": thread, "carried": carried}


def downgrade() -> None:
    """Hashes lead back to no id: what mails bear is known, what they mention is not."""
    op.drop_table("thread_key")
    op.create_table(
        "thread_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_thread_key")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("thread_key", schema=None) as batch_op:
        batch_op.create_index("ix_thread_key_thread", ["thread"], unique=False)
    op.execute(
        "INSERT INTO thread_key (key, thread) SELECT message_id, MIN(thread) FROM message"
        " WHERE message_id IS NOT NULL GROUP BY message_id"
    )
    op.drop_index("ix_message_topic", "message")
    with op.batch_alter_table("message", schema=None) as batch_op:
        for name in ("untied", "reply", "topic"):
            batch_op.drop_column(name)
        batch_op.drop_column("people")
        batch_op.drop_column("author")
