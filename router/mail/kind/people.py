"""What looks like a machine's mail and is a person's: forms and shop orders, tickets, groups of our own.

RFC 3834 section 5 has "no" for what a person wrote; the others have no word for it.
"""

from __future__ import annotations

import re

from router.mail.kind import phrases
from router.mail.kind.signs import Mail
from router.mail.kind.wordings import table

# What ticket systems write on a mail that carries somebody's words to us.
TICKETS = frozenset(
    table(
        """
        rt-originator | x-rt-originator | x-zendesk-from-account-id | x-mailer-zendesk | x-freshdesk-ticket-id
        x-jira-fingerprint | x-redmine-issue-author | x-redmine-sender | x-otrs-ticketid | x-otrs-ticketnumber
        x-zammad-ticket-id | x-bugzilla-who | x-gitlab-issue-id | x-gitlab-discussion-id | x-mantis-issue
        x-helpscout-conversation | x-freescout-mail-type | x-intercom-conversation | x-servicenow-generated
        x-debbugs-no-ack | x-debian-pr-message | x-trac-ticket-id | x-kayako-ticket | x-front-conversation
        x-gorgias-ticket-id | x-osticket-ticket
        """
    )
)
# Names of those who tell, and leave the questions to a colleague.
NOBODIES = frozenset(
    table("""
        no-reply | noreply | no_reply | no.reply | do-not-reply | donotreply | do_not_reply | no-response | noresponse
        nobody | no-replies | noreplies | ne-pas-repondre | nepasrepondre | noresponder | no-responder | no-responda
        keineantwort | keine-antwort | niet-beantwoorden | nao-responda | naoresponda
        """)
)
# The same within a longer one: "noreply-reports", "jobs.no-reply". A nobody is one only where nothing else is said.
_NOBODY = re.compile(rf"(?<![^-_.+])(?:{'|'.join(map(re.escape, sorted(NOBODIES - {'nobody'})))})(?![^-_.+\d])")
NOTIFIERS = NOBODIES | frozenset(
    table("""
        notification | notifications | notify | notifier | alert | alerts | news | newsletter | update | updates | billing
        invoice | invoices | support | help | helpdesk | service | info | system | monitor | monitoring | status
        """)
)
# Above which whoever answers is to write: only a ticket in which people talk has such a line.
_ABOVE = (
    "type your reply above this line",
    "reply above this line",
    "reply above the line",
    "please reply above",
    "write above this line",
    "bitte antworten sie über dieser linie",
    "oberhalb dieser linie",
    "über dieser zeile",
    "répondez au-dessus",
    "au-dessus de cette ligne",
    "por encima de esta línea",
    "sopra questa linea",
    "boven deze lijn",
)
_LISTS = frozenset(("list-id", "list-post", "mailing-list"))
CAMPAIGN = frozenset(("list-id", "list-unsubscribe", "list-unsubscribe-post", "x-campaign", "x-mailchimp-campaign"))


def nobody(mail: Mail) -> bool:
    """Whether its author says by name that nobody is there."""
    return _nobody(mail.author)


def _nobody(local: str) -> bool:
    return local in NOBODIES or _NOBODY.search(local) is not None


def answers(mail: Mail) -> bool:
    """Whether somebody answers a mail of ours.

    What his program or its mail service writes on all mail says nothing then: a customer's sales people send every
    letter through one that adds a way out. Mailing lists answer with list marks, programs with Auto-Submitted.
    """
    if not (mail.replies and mail.passed_on) or not _LISTS.isdisjoint(mail.marks):
        return False
    if "auto-submitted" in mail.marks and mail.word("auto-submitted") not in ("no", ""):
        return False
    precedence = mail.word("precedence") if "precedence" in mail.marks else ""
    if precedence not in ("bulk", "junk"):
        return precedence != "list"
    # Beside a way out it is a campaign's; and old programs that answer say it, and what they are in words only.
    return CAMPAIGN.isdisjoint(mail.marks) and not any(each in mail.text for each in phrases.AWAY)


def form(mail: Mail) -> str | None:
    """The customer in whose name a web site writes, None where it does not.

    A form and a shop name the customer as the one to be answered. So do campaigns, for a company of their own; these
    have a way out of them.
    """
    if mail.author in ("mailer-daemon", "postmaster"):
        return None
    ours = mail.company.owns(mail.author_domain)
    if not ours and any(mail.company.owns(one.addr.rpartition("@")[2]) for one in mail.message.sender):
        # A site of ours in the customer's name.
        return mail.message.from_[0].addr if mail.message.from_ else None
    if not ours and not CAMPAIGN.isdisjoint(mail.marks):
        return None
    if mail.customer is not None or mail.author in NOTIFIERS or "auto-submitted" not in mail.marks:
        # Who is to be answered there is nobody, either.
        return None if mail.customer is None or _nobody(mail.customer.rpartition("@")[0]) else mail.customer
    # What says that it is automatic was sent to one. Form and customer may be at one provider.
    return mail.colleague


def ticket(mail: Mail) -> str | None:
    """The sign of a ticket in which somebody wrote, None where there is none."""
    if named := sorted(TICKETS & mail.marks):
        return named[0]
    return "reply-line" if any(each in mail.beginning for each in _ABOVE) else None


def own_group(mail: Mail) -> bool:
    """Whether its list marks are those of a group of ours: a hop of ours, which says nothing about the customer."""
    if not mail.company.own_domains:
        return False
    names = ("list-id", "list-post", "mailing-list", "x-beenthere", "list-unsubscribe")
    told = [value for name in names if name in mail.marks for value in (mail.value(name),) if value]
    return bool(told) and any(_names_us(mail, value) for value in told[:1])


def _names_us(mail: Mail, value: str) -> bool:
    # A List-Id has the list's name in front of the domain (RFC 2919 section 2); Google writes the domain into a path.
    return any(
        mail.company.owns(each.strip(".").rpartition("@")[2])
        for each in value.translate(str.maketrans("<>(),;:/ \t", " " * 10)).split()
    )
