"""Whom a no is about: the place, the inbox or the mail itself. Pure policy, as a table.

A no to the place (a login, a sender that is ours for every mail) passes once somebody has seen to it: the same copy is
tried again and again, unchanged. A no to the inbox is no reason to send it otherwise either, however often it is said.
A no to the mail may be a yes to the same mail as an attachment of one of ours; so may one that does not say whom it is about.
A no to its size may be a yes to its beginning.
"""

import re
from enum import StrEnum

from router.delivery.courier import Permanent, Transient
from router.delivery.smtp.replies import Reply


class Step(StrEnum):
    """What a reply answers."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    END = "the end of the mail"


class About(StrEnum):
    """Whom it is about."""

    PLACE = "place"
    INBOX = "inbox"
    MAIL = "mail"
    SIZE = "size"
    UNSAID = "unsaid"


_EVERYWHERE = tuple(Step)
_CONTENT = (Step.DATA, Step.END)

# The first line that fits counts. Each is matched against "code status", from the begin.
_TABLE: tuple[tuple[tuple[Step, ...], str, About], ...] = (
    # Signatures, DMARC and ARC of who wrote the mail (RFC 7372, RFC 8617): ours pass.
    (_EVERYWHERE, r"\d+ 5\.7\.(20|21|22|26|29)\b", About.MAIL),
    # Exchange: this login may not send mail from that author.
    (_CONTENT, r"\d+ 5\.(7\.60|2\.252)\b", About.MAIL),
    # TLS or a login is asked for.
    (_EVERYWHERE, r"(530|534|535|538) ", About.PLACE),
    (_EVERYWHERE, r"\d+ 5\.7\.(8|9|10|11|12|13|14|57)\b", About.PLACE),
    # SPF, reverse DNS and rate of our own host.
    (_EVERYWHERE, r"\d+ 5\.7\.(23|24|25|27|28)\b", About.PLACE),
    # Too large: as an attachment it is larger still.
    (_EVERYWHERE, r"\d+ 5\.(2\.3|3\.4)\b", About.SIZE),
    ((Step.MAIL,), r"552 ", About.SIZE),
    # The envelope sender is ours, and the same for every mail.
    ((Step.MAIL,), r"", About.PLACE),
    # Out of order: we or the server have lost count.
    ((Step.RCPT, Step.DATA), r"503 ", About.PLACE),
    # At a recipient nobody has seen the mail yet: relaying denied, no such mailbox, mailbox full.
    ((Step.RCPT,), r"", About.INBOX),
    # Too many hops: as an attachment it has none.
    (_CONTENT, r"\d+ 5\.4\.(6|14)\b", About.MAIL),
    # No such mailbox, disabled, full: as at a recipient, only later.
    (_CONTENT, r"\d+ 5\.(1\.\d+|2\.[12])\b", About.INBOX),
    # Mailbox, system or way: hardly ever cured by another mail. Exchange says 5.2.0 of a mail that it cannot convert.
    (_CONTENT, r"\d+ 5\.[1234]\.", About.UNSAID),
    # Protocol, content, policy: bare line ends, long lines, viruses, spam.
    (_CONTENT, r"\d+ 5\.[567]\.", About.MAIL),
    (_CONTENT, r"552 ", About.INBOX),
    (_CONTENT, r"(551|553) ", About.UNSAID),
    (_CONTENT, r"", About.MAIL),
)


def about(reply: Reply, step: Step) -> About:
    """Whom a reply of 500 or more is about."""
    words = f"{reply.code} {reply.status}"
    return next(whom for steps, pattern, whom in _TABLE if step in steps and re.match(pattern, words))


def judge(reply: Reply, step: Step) -> Transient | Permanent:
    """What a reply that is no yes means for the copy; what is no reply to `step` at all is transient."""
    error = f"{step}: {reply}"
    if reply.code < 500:
        return Transient(error)
    whom = about(reply, step)
    if whom is About.PLACE:
        return Transient(error)
    return Permanent(error, of_mail=whom is About.MAIL, of_size=whom is About.SIZE, of_inbox=whom is About.INBOX)
