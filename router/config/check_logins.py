"""Logins: each has a name and one proof.

It must never open a connection: `router check` tries them.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec

from router.config.draft import Draft
from router.config.faults import BARE, MISSING, Fault
from router.config.people import Inbox
from router.config.transport import OAuth, Relay, Source

Place = Source | Inbox | Relay

# What a provider asks for, and the ways to prove who we are.
_ASKED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "microsoft": (("tenant", "client_id"), ("certificate_file", "client_secret_file", "token_file")),
    "google": ((), ("service_account_file", "refresh_token_file")),
}
_LIBRARIES = {"microsoft": ("msal", "microsoft"), "google": ("google.auth", "google")}  # module, extra of ours


def logins(draft: Draft) -> Iterator[Fault]:
    """Reading needs a login, sending may have one, and an oauth entry has what its provider asks for."""
    relay: list[tuple[str, Place]] = [("relay", draft.relay)] if draft.relay else []
    inboxes: list[tuple[str, Place]] = [(one.label, one.value) for one in draft.inboxes]
    sources: list[tuple[str, Place]] = [(one.label, one.value) for one in draft.sources]
    for key, place in (*relay, *inboxes, *sources):
        deliver = place.deliver if isinstance(place, Inbox) else None
        if isinstance(place, Source) or deliver == "imap":
            yield from _reading(draft.file, key, place)
        elif isinstance(place, Relay) or deliver == "smtp":
            yield from _sending(draft.file, key, place)
        if place.password_file and place.oauth:
            yield Fault(draft.file, f"{key}.oauth", BARE, "expected password_file or oauth, not both")
    for one in draft.oauths:
        yield from _provider(draft.file, one.label, one.value)


def _reading(file: str, key: str, place: Place) -> Iterator[Fault]:
    if not (place.password_file or place.oauth):
        yield Fault(file, f"{key}.password_file", MISSING, "password_file or oauth")


def _sending(file: str, key: str, place: Place) -> Iterator[Fault]:
    proven = place.password_file or place.oauth
    if place.username and not proven:
        yield Fault(file, f"{key}.password_file", MISSING, "password_file or oauth beside username")
    if proven and not place.username:
        yield Fault(file, f"{key}.username", MISSING, "the account that password_file or oauth belongs to")


def _provider(file: str, key: str, oauth: OAuth) -> Iterator[Fault]:
    """Each provider has its own ways to prove who we are, of which one is given, and asks for its library."""
    needs, proofs = _ASKED[oauth.provider]
    for name in needs:
        if getattr(oauth, name) is None:
            yield Fault(file, f"{key}.{name}", MISSING, f"{name}, which {oauth.provider} asks for")
    given = [name for name in proofs if getattr(oauth, name)]
    if not given:
        yield Fault(file, f"{key}.{proofs[0]}", MISSING, any_of(proofs))
    for name in given[1:]:
        yield Fault(file, f"{key}.{name}", BARE, f"expected only one of {any_of(proofs)}; {given[0]} is there")
    for other, (asked, shown) in _ASKED.items():
        for name in (*asked, *shown):
            if other != oauth.provider and getattr(oauth, name):
                yield Fault(file, f"{key}.{name}", BARE, f"{oauth.provider} has no use for it")
    if oauth.secret_expires and not oauth.client_secret_file:
        yield Fault(
            file, f"{key}.secret_expires", BARE, "expected client_secret_file beside it: it is that secret's last day"
        )
    module, extra = _LIBRARIES[oauth.provider]
    if not _installed(module):
        command = f"a library that is not installed: pip install 'all-emails-to-my-inbox[{extra}]'"
        yield Fault(file, f"{key}.provider", oauth.provider, command)


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package that it would be in
        return False


def any_of(names: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join((", ".join(names[:-1]), names[-1]))
