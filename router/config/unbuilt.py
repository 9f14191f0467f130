"""What the configuration may say already and this version does not carry out yet.

Owns the list, for `check` to mention. It must shrink with every version, and never refuse what merely lacks.
"""

from collections.abc import Callable, Iterator, Mapping

from router.config.settings import Settings

_LATER: Mapping[str, Callable[[Settings], object]] = {
    "[[digest]]": lambda settings: settings.digests,
}


def later(settings: Settings) -> Iterator[str]:
    """One line that names what is checked and has no effect yet."""
    there = [name for name, is_there in _LATER.items() if is_there(settings)]
    if there:
        yield f"checked, and not yet carried out by this version: {', '.join(there)}"
