"""What the configuration may say already and this version does not carry out yet.

Owns the list, for `check` to mention and for `run` to refuse where mail would get stuck. It must shrink with every
version, and never refuse what merely lacks.
"""

from collections.abc import Callable, Iterator, Mapping

from router.config.expand import label
from router.config.faults import Fault
from router.config.settings import Settings

_LATER: Mapping[str, Callable[[Settings], object]] = {
    "oauth of an inbox, a source or the [relay]": lambda settings: any(_tokens(settings)),
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
    expected = "password_file, since this version asks nobody for tokens yet and mail would get stuck"
    return tuple(Fault(settings.file.name, key, login, expected) for key, login in _tokens(settings))


def _tokens(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each login by token that mail would need on its way: its key and the name of the [[oauth]]."""
    for index, inbox in enumerate(settings.inboxes):
        way = settings.way_out(inbox) if inbox.deliver == "smtp" else inbox
        if inbox.deliver in ("imap", "smtp") and way.oauth:
            key = "relay" if way is settings.relay else label("inbox", index, {"name": inbox.name})
            yield f"{key}.oauth", way.oauth
    for index, source in enumerate(settings.sources):
        if source.oauth:
            yield f"{label('source', index, {'name': source.name})}.oauth", source.oauth
