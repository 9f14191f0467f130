"""What can prove who wrote a mail to the router itself: without any of it, replies to digests are carried out for nobody."""

from router.config.providers import is_exchange_online
from router.config.settings import Settings
from router.config.transport import Source


def in_own_tenant(settings: Settings, source: Source) -> bool:
    """Whether a watched account is one of our own Exchange Online, which takes its own lines out of mail from outside."""
    providers = {one.name: one.provider for one in settings.oauths}
    return providers.get(source.oauth or "") == "microsoft" or is_exchange_online(source.host)


def can_prove(settings: Settings) -> bool:
    """Whether anything is there that proves an author."""
    login = settings.smtp is not None and settings.smtp.users_file is not None
    own = [one for one in settings.sources if one.kind == "own"]
    return login or bool(settings.router.trusted_authserv) or any(in_own_tenant(settings, one) for one in own)
