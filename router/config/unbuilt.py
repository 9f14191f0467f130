"""What the configuration may say already and this version does not carry out yet.

Owns the list, for `check` to mention and for `run` to refuse where mail would get stuck. It must shrink with every
version, and never refuse what merely lacks.
"""

from collections.abc import Callable, Iterator, Mapping

from router.config.expand import label
from router.config.faults import Fault
from router.config.settings import Settings

_UNBUILT_WAYS = ("smtp",)

_LATER: Mapping[str, Callable[[Settings], object]] = {
    "oauth of an inbox": lambda settings: any(inbox.oauth for inbox in settings.inboxes),
    'inboxes with deliver "smtp"': lambda settings: any(inbox.deliver == "smtp" for inbox in settings.inboxes),
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
            expected = '"maildir", "imap" or "none", since this version has no other way yet and copies would get stuck'
            found.append(Fault(file, key, inbox.deliver, expected))
        elif inbox.deliver == "imap" and inbox.oauth:
            key = f"{label('inbox', index, {'name': inbox.name})}.oauth"
            expected = "password_file, since this version asks nobody for tokens yet and copies would get stuck"
            found.append(Fault(file, key, inbox.oauth, expected))
    return tuple(found)
