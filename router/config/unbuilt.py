"""What the configuration may say already and this version does not carry out yet.

Owns the list, for `check` to mention and for `run` to refuse where mail would get stuck. It must shrink with every
version, and never refuse what merely lacks.
"""

from collections.abc import Callable, Iterator, Mapping

from router.config.expand import label
from router.config.faults import Fault
from router.config.people import Inbox
from router.config.settings import Settings

_UNBUILT_WAYS = ("imap",)

_LATER: Mapping[str, Callable[[Settings], object]] = {
    'inboxes with deliver "imap"': lambda settings: any(inbox.deliver == "imap" for inbox in settings.inboxes),
    "[[source]]": lambda settings: settings.sources,
    "[[goal]]": lambda settings: settings.goals,
    "[[digest]]": lambda settings: settings.digests,
}


def later(settings: Settings) -> Iterator[str]:
    """One line that names what is checked and has no effect yet."""
    there = [name for name, is_there in _LATER.items() if is_there(settings)]
    if there:
        yield f"checked, and not yet carried out by this version: {', '.join(there)}"


def unbuilt(settings: Settings) -> tuple[Fault, ...]:
    """What `router run` must refuse."""
    file, found = settings.file.name, []
    for index, inbox in enumerate(settings.inboxes):
        if inbox.deliver in _UNBUILT_WAYS:
            key = f"{label('inbox', index, {'name': inbox.name})}.deliver"
            expected = '"maildir", "smtp" or "none", since this version has no other way yet and copies would get stuck'
            found.append(Fault(file, key, inbox.deliver, expected))
        elif (login := _token_login(settings, inbox)) is not None:
            where = f"{label('inbox', index, {'name': inbox.name})}.oauth" if inbox.host else "relay.oauth"
            expected = "password_file, since this version has no tokens yet and copies would get stuck"
            found.append(Fault(file, where, login, expected))
    return tuple(found)


def _token_login(settings: Settings, inbox: Inbox) -> str | None:
    """The oauth entry that copies for an inbox would need on their way out."""
    if inbox.deliver != "smtp":
        return None
    return inbox.oauth if inbox.host or settings.relay is None else settings.relay.oauth
