"""What the owners of inboxes get beside their copies: bundles, and the letter at a month's end."""

from collections.abc import Mapping, Sequence

from router.config import Settings
from router.config.people import Inbox as InboxSettings
from router.conversation.rhythm import Beat, Rhythm
from router.destinations import bounces
from router.digest.bundle import Inbox as Bundled
from router.digest.bundle import Post
from router.digest.month import Term
from router.store import wishes as wished
from router.store.wishes import Wish
from router.wording import Wording


def rhythm(settings: Settings, inbox: InboxSettings, beats: Mapping[str, Beat]) -> Rhythm:
    """When copies for an inbox go, by its owner's wish or else by the configuration."""
    beat = beats.get(inbox.name, Beat(inbox.rhythm))
    return Rhythm(beat, inbox.away, inbox.bundle_at, settings.router.timezone)


def rhythmic(settings: Settings, wishes: Sequence[Wish]) -> list[Bundled]:
    """The inboxes that copies go to, as their bundles see them."""
    beats = wished.beats(wishes)
    return [
        Bundled(one.name, one.address, rhythm(settings, one, beats), one.bundle_mails, one.bundle_size)
        for one in settings.inboxes
        if one.deliver != "none"
    ]


def terms(settings: Settings, wishes: Sequence[Wish]) -> list[Term]:
    """The rules that have a last day."""
    return [Term(rule.name, rule.first_day, rule.last_day) for rule in settings.rules if rule.last_day is not None]


def post(settings: Settings, key: bytes) -> Post:
    """In whose name letters to the owners of inboxes are written. `key` signs their marks."""
    router = settings.router
    answerable = router.address is not None or router.bounce_domain is not None
    return Post(
        key=key,
        hostname=router.hostname,
        sender=router.address or f"router@{router.hostname}",
        reply=bounces(settings, key) if answerable else lambda name: None,
        wording=Wording(router.templates, router.timezone),
    )
