"""Whether it is proven that one of us wrote a mail that came in where customers write: staff who answer the customer
with the mailbox in Cc. Pure policy.

A From alone proves nothing, anybody can write one. Believed are

    a server of `trusted_authserv`     by its Authentication-Results (RFC 8601): the domain of From has signed the mail
                                       (DKIM) or stands for it (DMARC), or its writer had logged in (RFC 4954)
    Exchange, of the own tenant        "AuthAs: Internal" on mail that is fetched there; it takes the line out of what
                                       comes in from outside

A contact form or a list writes in our name too, and is signed by us: whoever stands behind it wrote the mail.
"""

from router.conversation.customer import parties
from router.mail import authres
from router.mail.address import domain
from router.mail.authres import Result
from router.routing.analysis import Analysis
from router.routing.places import Places, Role

_INTERNAL = "x-ms-exchange-organization-authas"
_LIST = ("list-id", "list-post")


def proven(this: Analysis, places: Places) -> bool:
    """Whether one of us wrote it, beyond what its From says."""
    mail = this.message
    if len(mail.from_) != 1 or not places.ours(mail.from_[0].addr):
        return False
    writer = mail.from_[0].addr
    if not parties(mail, this.seen.sender, (), False, places.ours).ours or _of_group(this, places, writer):
        return False
    if this.seen.source in places.tenant and [one.strip().lower() for one in mail.header.all(_INTERNAL)] == [
        b"internal"
    ]:
        return True
    results = authres.trusted(mail.header, places.company.trusted_authserv)
    return authres.aligned_dkim(results, domain(writer)) or any(_speaks_for(one, writer) for one in results)


def _speaks_for(one: Result, writer: str) -> bool:
    if one.result != "pass":
        return False
    if one.method == "dmarc":
        return one.properties.get("header.from") == domain(writer)
    return one.method == "auth" and one.properties.get("smtp.auth") == writer


def _of_group(this: Analysis, places: Places, writer: str) -> bool:
    """A group that customers write to, and that puts itself into From."""
    place = places.resolve(writer)
    is_list = any(this.message.header.first(name) is not None for name in _LIST)
    return is_list and place is not None and place[1] is Role.INBOUND
