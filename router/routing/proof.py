"""Who wrote a mail, beyond doubt. Pure policy.

A From says nothing: anybody can write one. It is proven by

    a trusted server    the topmost Authentication-Results field (RFC 8601), if a server wrote it that the configuration
                        trusts: DMARC passed for the From's domain, or DKIM or SPF did in its name
    our own tenant      `X-MS-Exchange-Organization-AuthAs: Internal`, on mail that was read from our own Exchange, which
                        takes this line out of whatever comes in from outside
    a login             AUTH at our listener under the author's own address. Any other name is a server's, which hands
                        on what others wrote
"""

from router.mail import authres
from router.mail.address import base, domain
from router.routing.analysis import Analysis
from router.routing.places import Places

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
    return _by_results(authres.trusted(this.message.header, places.company.trusted_authserv), domain(writer))


def _internal(this: Analysis) -> bool:
    said = [value.strip().lower() for value in this.message.header.all(_AUTH_AS)]
    return said == [b"internal"]


def _by_results(results: tuple[authres.Result, ...], own: str) -> str | None:
    """DMARC is the last word where it was asked: it knows what the domain's owner wants."""
    asked = [one for one in results if one.method == "dmarc" and one.result != "none"]
    if asked:
        passed = all(one.result == "pass" and one.properties.get("header.from", own) == own for one in asked)
        return "dmarc" if passed else None
    if authres.aligned_dkim(results, own):
        return "dkim"
    sent = [one.properties.get("smtp.mailfrom", "") for one in results if one.method == "spf" and one.result == "pass"]
    return "spf" if any(authres.aligned(one.rpartition("@")[2], own) for one in sent) else None
