"""What an import asks the store: what is known already, and what became of what it handed in."""

from collections.abc import Collection, Sequence

from sqlalchemy import BindParameter, Connection, bindparam, select

from router.store.slices import slices
from router.store.tables import identity, sighting

IMPORTED = "imported"  # why mail of the past has no copies

_KEYS: BindParameter[Sequence[bytes]] = bindparam("keys", expanding=True)
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_KNOWN = select(identity.c.key).where(identity.c.key.in_(_KEYS))
_ROUTED = select(sighting.c.id, sighting.c.verdict).where(sighting.c.id.in_(_IDS), sighting.c.routed.is_not(None))


def known(connection: Connection, keys: Collection[bytes]) -> set[bytes]:
    """Those of these identity keys that some sighting has."""
    return {key for some in slices(keys) for key in connection.execute(_KNOWN, {"keys": some}).scalars()}


def verdicts(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """What routing says of these sightings, of those that it has come to."""
    return {row.id: row.verdict for some in slices(ids) for row in connection.execute(_ROUTED, {"ids": some})}
