"""Logins: each has a name and one proof.

It must never open a connection: `router check` tries them.
"""

from collections.abc import Iterator

from router.config.draft import Draft
from router.config.faults import BARE, MISSING, Fault
from router.config.people import Inbox
from router.config.transport import OAuth, Relay, Source

Place = Source | Inbox | Relay


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
    wanted = ("tenant", "client_id") if oauth.provider == "microsoft" else ("service_account_file",)
    for name in wanted:
        if getattr(oauth, name) is None:
            yield Fault(file, f"{key}.{name}", MISSING, f"{name}, which {oauth.provider} asks for")
    if oauth.provider == "microsoft" and not (oauth.certificate_file or oauth.client_secret_file):
        yield Fault(file, f"{key}.certificate_file", MISSING, "certificate_file or client_secret_file")
