"""Reports in words: what mail servers write who know no RFC 3464, or whose report lost its form on the way.

No single one of these signs is enough, since people write about mail that did not arrive, and forward what came back:

    author    a name that only mail servers have, or an office such as postmaster
    subject   what reports are called
    words     what servers say of recipients and mailboxes
    null      nobody is to be told if it is lost
    encloses  the mail that came back, or its header
"""

from __future__ import annotations

from collections.abc import Iterator

from router.mail import ses
from router.mail.kind import people, wordings
from router.mail.kind.kinds import Kind
from router.mail.kind.reports import ACTIONS, Found, fate_kind
from router.mail.kind.signs import Mail
from router.mail.kind.wordings import table

WORDS_CAP = 4_000  # characters in which a server has said what it is about

_ENCLOSING = frozenset(
    table(
        """
        message/rfc822 | message/global | message/partial | text/rfc822-headers | message/rfc822-headers
        message/global-headers | message/delivery-status | message/global-delivery-status
        """
    )
)


_TOLD = ACTIONS | {"complaint": Kind.FEEDBACK_REPORT}


def prose(mail: Mail) -> Iterator[Found]:
    """Reports about mail of ours that only a reader knows for one."""
    author = _author(mail)
    if author == "office" and mail.author == "no-reply" and mail.author_domain == "sns.amazonaws.com":
        yield from _amazon(mail)
    if not author and not mail.null_sender:
        return
    # A server names nobody else to be answered; a form may come from no-reply, without a return path.
    if author != "daemon" and people.form(mail) is not None and not _encloses(mail):
        return
    yield from _complaint(mail, author)
    if author and mail.null_sender and mail.subject.startswith(wordings.DELIVERED):
        yield Kind.DELIVERY_REPORT, f"subject={mail.subject.partition(':')[0]}"
    if (reason := _undelivered(mail, author)) is not None:
        success = "success" in mail.subject and "unsuccess" not in mail.subject
        yield (Kind.DELIVERY_REPORT if success else fate_kind(mail)), reason


def _author(mail: Mail) -> str:
    """What its author is by name: "daemon", "office" or neither."""
    local = mail.author
    if local in wordings.DAEMONS or local.startswith(("mailer-daemon", wordings.EXCHANGE)):
        return "daemon"
    if local in wordings.OFFICES:
        return "office"
    # Some write no address at all, or one that cannot be read: "MAILER-DAEMON <>".
    name = mail.message.from_[0].name.lower() if local else (mail.value("from") or "")[:200]
    if not local and any(each in name for each in ("mailer-daemon", "mailer_daemon")):
        return "daemon"
    if not local and not name.strip(" <>"):
        return "office"
    if name and any(each in name for each in wordings.OFFICE_NAMES):
        return "office"
    return "office" if _path(mail) else ""


def _path(mail: Mail) -> bool:
    """Whether its envelope is a mail server's own: RFC 5321 would have it empty."""
    path = mail.message.header.first("return-path") or b""
    return path.lstrip(b" \t<")[:13].lower() == b"mailer-daemon"


def _encloses(mail: Mail) -> bool:
    return not _ENCLOSING.isdisjoint(mail.body.content_types)


def _prefixed(mail: Mail, words: str) -> bool:
    """Whether these words stand in front of the subject of a mail that came back."""
    before, colon, behind = mail.subject.partition(":")
    return bool(colon and behind.strip()) and before.startswith(words) and not mail.asks


def _undelivered(mail: Mail, author: str) -> str | None:
    """Why it is a report, or None where it is none."""
    if author == "daemon":
        return f"from={mail.author or 'mailer-daemon'}"
    subject = None
    if not mail.passed_on:
        subject = next((each for each in wordings.UNDELIVERED if each in mail.subject), None)
    encloses = _encloses(mail)
    if author and subject and (mail.null_sender or _path(mail) or _prefixed(mail, subject)):
        return f"subject={subject}"
    # Of what answers only its own words: a report that it quotes came to its sender.
    text = (mail.body.said.new_text if mail.passed_on else mail.body.text)[:WORDS_CAP].lower()
    said = [each for each in wordings.SERVER_WORDS if each in text]
    # A postmaster is a person, too, and writes about delivery: beside the subject the words of a server are asked for.
    returned = any(each in text for each in wordings.RETURNED)
    if subject and (encloses or said or (author and returned)):
        return f"subject={subject}"
    if said and encloses:
        return f"words={said[0]}"
    # Two of a server's words are hardly a person's, and three never with nobody as sender.
    return f"words={said[0]}" if len(said) + returned >= (2 if author and mail.null_sender else 3) else None


def _complaint(mail: Mail, author: str) -> Iterator[Found]:
    if author and mail.subject.startswith(wordings.COMPLAINTS) and "message/rfc822" in mail.body.content_types:
        yield Kind.FEEDBACK_REPORT, "subject=complaint"


def receipt(mail: Mail) -> Iterator[Found]:
    """Read receipts of programs that write them in words."""
    if mail.subject.startswith(wordings.READ_SUBJECTS) and mail.short and not mail.asks:
        said = next((each for each in wordings.READ_TEXTS if each in mail.beginning), None)
        if said is not None and (mail.replies or mail.null_sender):
            yield Kind.READ_RECEIPT, f"words={said}"


def _amazon(mail: Mail) -> Iterator[Found]:
    """Amazon SES tells a topic what became of a mail, and the topic tells a mailbox."""
    told = ses.notification(mail.body.text)
    kind = _TOLD.get(ses.what(told)) if told else None
    if kind is not None:
        yield kind, f"notification={kind}"
