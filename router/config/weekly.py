"""What the settings say of words that rise: which letters, by weeks of which zone, with which words of the company's own.

The weekly digests say it; where there is none, all digests do, and the router's zone.
"""

from collections.abc import Collection, Sequence

from router.config.people import Digest
from router.config.settings import Settings
from router.store.wordweeks import Scope


def rising_scope(settings: Settings, mailboxes: Collection[str] = ()) -> Scope:
    """What `router rising` looks at: these mailboxes, or all."""
    weekly = [one for one in settings.digests if one.kind == "weekly"]
    zone = weekly[0].timezone if weekly else settings.router.timezone
    return Scope.of(
        zone, mailboxes, _every(settings), [word for one in _sayers(settings) for word in one.product_words]
    )


def digest_scope(settings: Settings, digest: Digest) -> Scope:
    """What a digest looks at."""
    return Scope.of(digest.timezone, digest.mailboxes, _every(settings), digest.product_words)


def rising_scopes(settings: Settings) -> tuple[Scope, ...]:
    """All of which counts are worth keeping, each once."""
    weekly = (digest_scope(settings, one) for one in settings.digests if one.kind == "weekly")
    return tuple(dict.fromkeys((rising_scope(settings), *weekly)))


def own_stop_words(settings: Settings) -> list[str]:
    """Words that never count as rising."""
    return sorted({word for one in _sayers(settings) for word in one.stop_words})


def _sayers(settings: Settings) -> Sequence[Digest]:
    weekly = [one for one in settings.digests if one.kind == "weekly"]
    return weekly or settings.digests


def _every(settings: Settings) -> list[str]:
    return [one.name for one in settings.mailboxes]
