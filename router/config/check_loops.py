"""Ways back to us that no address shows at once: no copy goes to where its mail comes in again.

It must never open a connection.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from router.config.draft import Draft
from router.config.faults import Fault


def ways_back(draft: Draft) -> Iterator[Fault]:
    """No inbox is a plus form of a mailbox, and no mail of ours leaves through our own listener."""
    yield from _plus_forms(draft)
    yield from _ourselves(draft)


def _plus_forms(draft: Draft) -> Iterator[Fault]:
    """A plus form ends in the mailbox itself (RFC 5233), where our copies would be customers' mail."""
    ours = {address: entry.label for entry in draft.mailboxes for address in entry.value.addresses}
    for inbox in draft.inboxes:
        local, _, domain = inbox.value.address.rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        if "+" in local and plain in ours and inbox.value.address not in ours:
            wanted = f"an address of its own, or copies would come back; mail to it goes to {plain} of {ours[plain]}"
            yield Fault(draft.file, f"{inbox.label}.address", inbox.value.address, wanted)


def _ourselves(draft: Draft) -> Iterator[Fault]:
    if draft.smtp is None or draft.router is None:
        return
    listens, port = draft.smtp.listen
    outward = [("relay", draft.relay.host, draft.relay.port)] if draft.relay else []
    by_mail = [inbox for inbox in draft.inboxes if inbox.value.deliver == "smtp" and inbox.value.host]
    outward += [(inbox.label, str(inbox.value.host), inbox.value.port or 0) for inbox in by_mail]
    for label, host, to in outward:
        if port and to == port and (host in (listens, draft.router.hostname) or _loopback(host)):
            wanted = "another server; this one is our own listener, which takes no mail for an inbox"
            yield Fault(draft.file, f"{label}.host", host, wanted)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
