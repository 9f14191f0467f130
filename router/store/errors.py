"""What can go wrong in the store, by what the caller should do.

StoreError
├── StoreBusy      locked by somebody else, or not to be reached: try again later
├── StoreFull      no space: ask the sender to come again (452), keep what is there
├── StoreBroken    an I/O error or a failed sync: the process must end, since nothing it says is certain any more
├── SchemaOlder    the database wants `router db upgrade`
├── SchemaNewer    the database was written by a newer version
├── Locked         another daemon writes this database
├── RoleLost       another router does this work by now
├── Incomplete     a large mail lost chunks while it came in: ask the sender to come again
└── MailGone       a stored mail was erased while somebody took it
"""


class StoreError(Exception):
    """Something is wrong with the store."""


class StoreBusy(StoreError):
    """The database is locked by somebody else; nothing was written."""


class StoreFull(StoreError):
    """The disk or the database is full; nothing was written."""


class StoreBroken(StoreError):
    """An I/O error: what was written is not certain."""


class SchemaOlder(StoreError):
    """The database is of an older version."""


class SchemaNewer(StoreError):
    """The database is of a newer version."""


class Locked(StoreError):
    """Another process writes this database."""


class MailGone(StoreError):
    """The mail is not stored any more."""


class RoleLost(StoreError):
    """Another router holds the role."""


class Incomplete(StoreError):
    """A large mail lost chunks while it came in."""
