"""Whether the answers of each mailbox can be seen: a remark where none has been yet, with what to do."""

from router.cli.checking.finding import OK, REMARK, Finding
from router.config import Settings
from router.config.answering import answers_cure
from router.store.database import open_to_read
from router.store.errors import StoreError
from router.store.waiting import seen_mailboxes


def answers(settings: Settings) -> list[Finding]:
    """One finding for each mailbox; none before the daemon has ever run. Blocks."""
    try:
        database = open_to_read(settings.router.database)
    except (StoreError, OSError):
        return []  # the database, and the disk under it, are tried by themselves
    try:
        seen = database.read(seen_mailboxes)
    except StoreError:
        return []
    finally:
        database.close()
    return [
        Finding("mailbox", one.name, OK, "answers-seen")
        if one.name in seen
        else Finding("mailbox", one.name, REMARK, "answers-unseen", answers_cure(settings, one))
        for one in settings.mailboxes
    ]
