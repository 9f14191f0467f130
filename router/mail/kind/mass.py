"""What is sent to many, or by nobody: lists (RFC 2919), campaigns (RFC 2369, RFC 8058), notifications, and spam."""

from __future__ import annotations

import re
from collections.abc import Iterator

from router.mail import authres
from router.mail.kind import people
from router.mail.kind.kinds import Kind
from router.mail.kind.reports import Found, invitation
from router.mail.kind.signs import Mail
from router.mail.kind.wordings import table

# Names of programs that write to mailboxes by themselves.
_MACHINES = frozenset(
    table(
        """
        cron | crond | logwatch | nagios | icinga | zabbix | monit | munin | alertmanager | fail2ban | logcheck
        """
    )
)
# Mailman's X-BeenThere is none of them: it stays on mail that a hop has freed from the marks of its list.
_LIST_FIELDS = frozenset(("list-id", "list-post", "mailing-list", "list-unsubscribe", "precedence"))
_PRODUCED = frozenset(("x-cron-env", "x-github-reason", "x-notification-type", "x-nagios-state"))

_SCORE = re.compile(r"(?:^|;)\s*+scl:(-?\d{1,2})")
_CATEGORY = re.compile(r"(?:^|;)\s*+cat:([a-z]{1,8})")
_VERDICTS = frozenset(("yes", "true", "spam"))
SPAM_FIELDS = frozenset(("x-spam-flag", "x-spam-status", "x-spam", "x-forefront-antispam-report", "x-rspamd-action"))
FIELDS = _LIST_FIELDS | _PRODUCED | SPAM_FIELDS | {"auto-submitted", "feedback-id"}


def mass(mail: Mail) -> Iterator[Found]:
    """Lists, campaigns and notifications, where no customer is behind them."""
    if _reports(mail):
        yield Kind.BULK, "subject=report domain"
    if mail.marks.isdisjoint(FIELDS) and mail.author not in _MACHINES and not people.nobody(mail):
        return
    written = people.answers(mail) or people.form(mail) is not None
    if mail.marks.isdisjoint(_LIST_FIELDS) or people.own_group(mail):
        ours = True
    else:
        ours = False
        yield from _list(mail, written)
    if written:
        return
    yield from _bulk(mail, ours)


def _reports(mail: Mail) -> bool:
    """Whether a mail server reports on a domain of ours (RFC 7489 section 7.2.1.1, RFC 8460 section 5.3)."""
    return "report domain:" in mail.subject and "submitter:" in mail.subject and not mail.passed_on


def _list(mail: Mail, written: bool) -> Iterator[Found]:
    if "list-id" in mail.marks:
        yield Kind.LIST, f"list-id={(mail.value('list-id') or '')[:80]}"
    for name in ("mailing-list", "list-post"):
        if name in mail.marks:
            yield Kind.LIST, name
    if "precedence" in mail.marks and mail.word("precedence") == "list":
        yield Kind.LIST, "precedence=list"
    if "list-unsubscribe" in mail.marks and not written:
        yield Kind.BULK, "list-unsubscribe"


def _bulk(mail: Mail, ours: bool) -> Iterator[Found]:
    # A mail service writes it on every mail, those of people with a question among them; Amazon's own says no more.
    service = "feedback-id" in mail.marks and not (mail.value("feedback-id") or "").endswith(":amazonses")
    if service and not mail.replies:
        yield Kind.BULK, "feedback-id"
    precedence = mail.word("precedence") if "precedence" in mail.marks else ""
    # A group may say "bulk" as well as "list".
    grouped = ours and people.own_group(mail)
    if precedence in ("bulk", "junk") and not grouped and people.ticket(mail) is None:
        yield Kind.BULK, f"precedence={precedence}"
    submitted = mail.word("auto-submitted") if "auto-submitted" in mail.marks else "no"
    if submitted not in ("no", "") and people.ticket(mail) is None and not invitation(mail):
        yield Kind.BULK, f"auto-submitted={submitted}"
    for name in sorted(_PRODUCED & mail.marks):
        yield Kind.BULK, name
    if mail.author in _MACHINES:
        yield Kind.BULK, f"from={mail.author}"
    # Nobody can answer it. Only a form of our own may have left out whom it is from.
    nobody = people.nobody(mail) and not mail.message.reply_to and not mail.company.owns(mail.author_domain)
    if nobody and people.ticket(mail) is None:
        yield Kind.BULK, f"from={mail.author}"


def spam(mail: Mail) -> Iterator[Found]:
    """The verdict of a server that is trusted by configuration.

    Anybody can write one. It counts where it stands with, or above, the topmost Authentication-Results of such a
    server, and above the first Received field that is not of the same hop.
    """
    if SPAM_FIELDS.isdisjoint(mail.marks) or not mail.company.trusted_authserv:
        return
    if not authres.trusted(mail.message.header, mail.company.trusted_authserv):
        return
    for name, value in _of_the_last_hop(mail):
        first = re.split(r"[,;\s]", value.strip(), maxsplit=1)[0]
        if name in ("x-spam-flag", "x-spam-status", "x-spam") and first in _VERDICTS:
            yield Kind.SPAM, f"{name}={first}"
        elif name == "x-rspamd-action" and value.strip() in ("reject", "add header", "rewrite subject"):
            yield Kind.SPAM, f"{name}={value.strip()}"
        elif name == "x-forefront-antispam-report":
            score, category = _SCORE.search(value), _CATEGORY.search(value)
            if score and int(score[1]) >= 5:
                yield Kind.SPAM, f"scl={score[1]}"
            elif category and category[1] in ("spm", "hspm", "phsh", "hphsh", "hphish", "malw"):
                yield Kind.SPAM, f"cat={category[1]}"


def _of_the_last_hop(mail: Mail) -> Iterator[tuple[str, str]]:
    """The verdict fields that the trusted server wrote: between the top and the second Received field."""
    received = 0
    for each in mail.message.header.fields:
        received += each.name == "received"
        if received > 1:
            return
        if each.name in SPAM_FIELDS:
            yield each.name, each.value[:2_000].decode("latin-1").lower()
