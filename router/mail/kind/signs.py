"""What a sign may look at: one mail, with the few things that several signs ask for.

Everything is read when it is first asked for, and most of it never is: nearly all mail is of people, and has no header
field that says anything about its kind. A text is looked at up to a cap, in lower case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from router.mail import words
from router.mail.address import base
from router.mail.authres import aligned
from router.mail.body import Body
from router.mail.kind.wordings import table
from router.mail.message import Message

BEGINNING = 1_500  # characters of a text in which a machine has said what it is
SHORT = 1_200  # characters of a text that is one

_FIRST_WORD = re.compile(r"[^;(,\s]{1,80}+")
# What a gateway puts in front of a subject: "[EXTERNAL]", "*****SPAM*****".
_TAGGED = re.compile(r"(?:\[[^\]]{1,40}+\]|\*{2,10}+[^*]{1,40}+\*{2,10}+|ext(?:ern(?:al)?)?:|\s++)++")
# "Re:", "AW:", "FW[2]:" and what they are in other languages: mail of whoever answers or forwards.
_REPLY = re.compile(r"[^\W\d_]{1,6}(?:[\[(^]\d{1,3}[\])]?)?\s?[:\uff1a]")
_REPLIES = frozenset(
    table(
        """
        re | aw | sv | vs | antw | odp | ynt | res | rif | ref | fw | fwd | wg | tr | rv | enc | i | pd | vl
        r | va | vá | ang | svar | atb | odg | απ | πρθ | ответ | отв | отг | 답장 | 전달
        vb | doorst | ilt | 答复 | 回复 | 回覆 | 转发 | 轉寄
        """
    )
)


def _folded(text: str) -> str:
    return " ".join(text[:BEGINNING].lower().replace("’", "'").split())


@dataclass(frozen=True, slots=True)
class Company:
    """What is known of those whom the mail is for."""

    own_domains: frozenset[str] = frozenset()  # lower case
    trusted_authserv: frozenset[str] = frozenset()  # whose spam verdicts count, lower case
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))  # whose days are meant by "tomorrow"

    def owns(self, domain: str) -> bool:
        """Whether a domain is ours, or lies within one of ours."""
        return any(domain == own or domain.endswith("." + own) for own in self.own_domains)


NOBODY = Company()


@dataclass(frozen=True)  # without slots, for what is remembered
class Mail:
    """One mail."""

    message: Message
    body: Body
    envelope_sender: str | None  # None: not known
    company: Company
    marks: frozenset[str]  # the names of its header fields that may tell something

    def value(self, name: str) -> str | None:
        """The first field of that name as text in lower case."""
        raw = self.message.header.first(name)
        return None if raw is None else words.decode(raw).lower()

    def word(self, name: str) -> str:
        """The first word of that field: what stands before a parameter or a comment."""
        found = _FIRST_WORD.match((self.value(name) or "").strip())
        return found[0] if found else ""

    def report(self, *content_types: str) -> str | None:
        """The text of the machine-readable parts of these types, lower case, or None where there is none."""
        texts = [text for content_type, text in self.body.reports if content_type in content_types]
        return "\n".join(texts).lower() if texts else None

    @cached_property
    def subject(self) -> str:
        """In lower case, without what gateways put in front."""
        subject = self.message.subject.lower()
        if subject[:1] in ("[", "*", "e") and (tags := _TAGGED.match(subject)):
            # A subject may be all tags: "[Auto-Reply]".
            return subject[tags.end() :] or subject.strip("[]* ")
        return subject

    @cached_property
    def passed_on(self) -> bool:
        """Whether its subject says that somebody replied or forwarded."""
        found = _REPLY.match(self.subject)
        return found is not None and re.split(r"[^\w]", found[0], maxsplit=1)[0] in _REPLIES

    @cached_property
    def text(self) -> str:
        """The beginning of its own words, in lower case, on one line: those of ours that it quotes say nothing about it."""
        return _folded(self.body.said.new_text or self.body.text)

    @cached_property
    def beginning(self) -> str:
        """The same of all that is there."""
        return _folded(self.body.text)

    @cached_property
    def asks(self) -> bool:
        """Whether there is a question in the beginning of its text."""
        return any(mark in self.text for mark in "?？؟")

    @property
    def short(self) -> bool:
        """Whether nothing much is said."""
        return self.body.whole and len(self.body.text) <= SHORT

    @cached_property
    def author(self) -> str:
        """The local part of its author, '' where there is none."""
        return self.message.from_[0].addr.rpartition("@")[0] if self.message.from_ else ""

    @cached_property
    def author_domain(self) -> str:
        """The domain of its author, '' where there is none."""
        return self.message.from_[0].addr.rpartition("@")[2] if self.message.from_ else ""

    @cached_property
    def null_sender(self) -> bool:
        """Whether nobody is to be told if it is lost (RFC 5321 section 4.5.5)."""
        if self.envelope_sender:
            return False
        written = self.message.header.first("return-path")
        empty = written is not None and not written.strip(b" \t<>")
        # Where the envelope has gone, the field is what is left of it; where both are there, both have to say so.
        return empty or (written is None and self.envelope_sender == "")

    @cached_property
    def replies(self) -> bool:
        """Whether it names a mail that it replies to."""
        return bool(self.message.in_reply_to or self.message.references)

    @cached_property
    def customer(self) -> str | None:
        """Who is to be answered, where that is somebody else than the author, at another company."""
        domains = {one.addr.rpartition("@")[2] for one in (*self.message.from_, *self.message.sender)}
        for one in self.message.reply_to:
            domain = one.addr.rpartition("@")[2]
            if not self.company.owns(domain) and not any(domain == by or aligned(domain, by) for by in domains):
                return one.addr
        return None

    @cached_property
    def colleague(self) -> str | None:
        """The same at any company, our own apart."""
        authors = {base(one.addr) for one in self.message.from_}
        found = (one.addr for one in self.message.reply_to if base(one.addr) not in authors)
        return next((each for each in found if not self.company.owns(each.rpartition("@")[2])), None)
