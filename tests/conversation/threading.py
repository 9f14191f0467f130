"""Drives threading as T2 does: mails in some order of arrival, with mergers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from router.conversation.customer import parties
from router.conversation.guess import Trait, alike, trait_of
from router.conversation.links import Strand, links
from router.conversation.threads import Held, place
from router.mail.address import Address
from router.mail.header import Header
from router.mail.message import Message

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
SUPPORT = "support@example.com"


def ours(addr: str) -> bool:
    """Our side."""
    return addr.endswith("@example.com")


@dataclass(frozen=True)
class Mail:
    """What threading sees of one; `sent` marks what was seen going out."""

    name: str
    writer: str
    to: tuple[str, ...] = (SUPPORT,)
    cc: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    ids: tuple[str, ...] | None = None  # default: its name
    subject: str = ""
    days: float = 0  # since Monday
    guid: str | None = None
    report: bool = False
    sent: bool = False

    def letter(self) -> Strand:
        """As policy takes it."""
        header = Message(
            header=Header((), 0, ()), size=0, message_id=None, message_ids=(), sender=(), reply_to=(), subject=self.subject,
            from_=(Address("", self.writer),), to=_people(self.to), cc=_people(self.cc), date=None,
            in_reply_to=self.answers, references=self.mentions, defects=(),
        )  # fmt: skip
        among = parties(header, self.writer, (), self.sent, ours)
        ids = (self.name,) if self.ids is None else self.ids
        return Strand(ids, self.answers, self.mentions, among, self.guid, self.report)

    def trait(self, letter: Strand) -> Trait | None:
        """What a guess goes by."""
        at = MONDAY + timedelta(days=self.days)
        return trait_of(self.subject, letter.parties, at, self.sent, letter.untied)


def _people(addrs: Iterable[str]) -> tuple[Address, ...]:
    return tuple(Address("", addr) for addr in addrs)


@dataclass
class Threaded:
    """What became of them."""

    where: dict[str, str]
    why: dict[str, tuple[str, ...]]

    @property
    def parts(self) -> set[frozenset[str]]:
        """Which mails belong together."""
        return {frozenset(n for n in self.where if self.where[n] == t) for t in set(self.where.values())}


def threaded(mails: Iterable[Mail]) -> Threaded:
    """Place them one after the other."""
    known: dict[bytes, Held] = {}
    traits: dict[str, Trait | None] = {}
    done = Threaded({}, {})
    for number, mail in enumerate(mails):
        letter = mail.letter()
        trait = traits[mail.name] = mail.trait(letter)
        guessed = [done.where[n] for n, t in traits.items() if n != mail.name and trait and t and alike(trait, t)]
        at = place(links(letter), known, f"t{number:04}", guessed)
        known.update(at.keys)
        done.where[mail.name], done.why[mail.name] = at.thread, at.why
        for absorbed in at.absorbed:
            known.update({k: Held(at.thread, held.carried) for k, held in known.items() if held.thread == absorbed})
            done.where.update({name: at.thread for name, thread in done.where.items() if thread == absorbed})
    return done


def partition(*mails: Mail) -> set[frozenset[str]]:
    """Which mails belong together."""
    return threaded(mails).parts
