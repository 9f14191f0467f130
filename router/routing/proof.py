"""Who wrote a mail, beyond doubt. Pure policy.

A From says nothing: anybody can write one. It is proven by

    a trusted server    the topmost Authentication-Results field (RFC 8601), if a server wrote it that the configuration
                        trusts: DMARC passed for the From's domain, DKIM or SPF did in its name, or its writer had logged
                        in there (RFC 4954)
    our own tenant      `X-MS-Exchange-Organization-AuthAs: Internal`, on mail that was read from our own Exchange, which
                        takes this line out of whatever comes in from outside
    a login             AUTH at our listener under the author's own address. Any other name is a server's, which hands
                        on what others wrote
"""

from router.conversation.customer import parties
from router.mail import authres
from router.mail.address import base, domain
from router.routing.analysis import Analysis
from router.routing.places import Places, Role

_LIST = ("list-id", "list-post")
_AUTH_AS = "x-ms-exchange-organization-authas"


def author(this: Analysis) -> str | None:
    """The one address in From; None where there is none, or more than one."""
    mail = this.message
    return mail.from_[0].addr if len(mail.from_) == 1 and "several-from" not in mail.defects else None


def proven(this: Analysis, places: Places) -> str | None:
    """What proves that `author` wrote it, as a code; None where nothing does."""
    writer = author(this)
    if writer is None or "@" not in writer:
        return None
    if (login := this.seen.login) is not None and base(login.lower()) == base(writer):
        return "login"
    if this.seen.source in places.tenant and _internal(this):
        return "tenant"
    return _by_results(authres.trusted(this.message.header, places.company.trusted_authserv), writer)


def of_ours(this: Analysis, places: Places) -> bool:
    """Whether one of us wrote it to a mailbox of ours, beyond doubt: staff who answer the customer with the mailbox in Cc.

    A contact form or a list writes in our name too, and is signed by us: whoever stands behind it wrote the mail. And a
    host that may send for our domain (SPF) may do so for many.
    """
    mail, writer = this.message, author(this)
    if writer is None or not places.ours(writer):
        return False
    if not parties(mail, this.seen.sender, (), False, places.ours).ours or _of_group(this, places, writer):
        return False
    return proven(this, places) not in (None, "spf")


def _of_group(this: Analysis, places: Places, writer: str) -> bool:
    """A group that customers write to, and that puts itself into From."""
    place = places.resolve(writer)
    is_list = any(this.message.header.first(name) is not None for name in _LIST)
    return is_list and place is not None and place[1] is Role.INBOUND


def _internal(this: Analysis) -> bool:
    said = [value.strip().lower() for value in this.message.header.all(_AUTH_AS)]
    return said == [b"internal"]


def _by_results(results: tuple[authres.Result, ...], writer: str) -> str | None:
    """DMARC is the last word where it was asked: it knows what the domain's owner wants."""
    own = domain(writer)
    asked = [one for one in results if one.method == "dmarc" and one.result != "none"]
    if asked:
        passed = all(one.result == "pass" and one.properties.get("header.from", own) == own for one in asked)
        return "dmarc" if passed else None
    if authres.aligned_dkim(results, own):
        return "dkim"
    if any(
        one.method == "auth" and one.result == "pass" and one.properties.get("smtp.auth") == writer for one in results
    ):
        return "auth"
    sent = [one.properties.get("smtp.mailfrom", "") for one in results if one.method == "spf" and one.result == "pass"]
    return "spf" if any(authres.aligned(one.rpartition("@")[2], own) for one in sent) else None
