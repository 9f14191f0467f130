"""What the configuration may say already and this version does not carry out yet.

Owns the list, for `check` to mention and for `run` to refuse where mail would get stuck or a promise of safety would be
hollow. It must shrink with every version, and never refuse what merely lacks.
"""

from collections.abc import Callable, Iterator, Mapping

from router.config.expand import label
from router.config.faults import BARE, Fault
from router.config.settings import Settings

_PROMISES = ("require_tls", "users_file", "tls_client_ca")
_UNBUILT_WAYS = ("imap", "smtp")

_LATER: Mapping[str, Callable[[Settings], object]] = {
    'inboxes with deliver "imap"': lambda settings: any(inbox.deliver == "imap" for inbox in settings.inboxes),
    'inboxes with deliver "smtp"': lambda settings: any(inbox.deliver == "smtp" for inbox in settings.inboxes),
    "[[source]]": lambda settings: settings.sources,
    "[[goal]]": lambda settings: settings.goals,
    "[[digest]]": lambda settings: settings.digests,
    "[retention]": lambda settings: any(settings.retention.model_dump().values()),
    "TLS of the listener": lambda settings: settings.smtp and settings.smtp.tls_certificate,
    "AUTH of the listener": lambda settings: settings.smtp and settings.smtp.users_file,
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
            expected = '"maildir" or "none", since this version has no other way yet and copies would get stuck'
            found.append(Fault(file, key, inbox.deliver, expected))
    for promise in _PROMISES:
        if getattr(settings.smtp, promise, None):
            expected = "this version cannot keep it yet; without it, allow_from decides who may send"
            found.append(Fault(file, f"smtp.{promise}", BARE, expected))
    return tuple(found)
