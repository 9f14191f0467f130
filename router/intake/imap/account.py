"""Which folders of an account are read, and whose answers they show."""

from collections.abc import Sequence
from dataclasses import dataclass

from router.imap.errors import Trouble
from router.intake.imap.session import Session
from router.intake.imap.source import Company, Kind, Source


@dataclass(frozen=True, slots=True)
class Watched:
    """One folder."""

    name: str  # the server's
    sent: bool  # whether our own mail is in it


def folders(session: Session, source: Source) -> list[Watched]:
    """Those of our own words before what answers them. Raises `Trouble`, also where there is none."""
    kind, named = source.kind, session.folders.name
    inbound = [Watched(named(path), sent=False) for path in source.inbound if kind.reads_inbound]
    sent: Sequence[str] = ()
    if kind.reads_sent:
        sent = [named(path) for path in source.sent] or session.sent()
    names = {one.name for one in inbound}
    ours = [Watched(name, sent=True) for name in dict.fromkeys(sent) if name not in names]
    if not ours and not inbound:
        raise Trouble("no folder of sent mail is found: name it in `sent`", of_login=True)
    return [*ours, *dict.fromkeys(inbound)]


def whose(source: Source, company: Company) -> str | None:
    """The mailbox whose answers an account sends; an executive's says nothing of those of others."""
    if source.kind is Kind.EXECUTIVE:
        return None
    if source.mailbox is not None or source.kind is Kind.STAFF:
        return source.mailbox
    place = company.resolve(source.account.username.lower())
    if place is not None and place[1] == "inbound":
        return place[0]
    return next(iter(company.inbound)) if len(company.inbound) == 1 else None
