"""Mail: nobody else can send it in, no copy comes back, every copy has a place to go.

It must never open a connection: `router check` tries them.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from router.config.draft import Draft
from router.config.faults import MISSING, Fault
from router.config.general import Router
from router.config.mailing import has_way
from router.config.people import Inbox
from router.config.wording import one_of

_ONLY_WITH = {"path": ("maildir",), "host": ("imap", "smtp")}
_FILED = ("imap", "maildir")  # where a mail can be put as already read


def listener(draft: Draft) -> Iterator[Fault]:
    """A listener that strangers can reach takes mail only from peers that are named, or that prove who they are."""
    smtp = draft.smtp
    if smtp is None:
        return
    proven = smtp.users_file or smtp.tls_client_ca
    written = "allow_from" in smtp.model_fields_set
    if not written and not proven and not _loopback(smtp.listen[0]):
        wanted = f"the networks that may send here, since {smtp.listen[0]} can be reached from outside"
        yield Fault(draft.file, "smtp.allow_from", MISSING, wanted)
    for number, network in enumerate(smtp.allow_from, 1):
        if network.prefixlen == 0 and not proven:
            wanted = "single networks; for peers from anywhere set users_file or tls_client_ca"
            yield Fault(draft.file, f"smtp.allow_from[{number}]", str(network), wanted)
    if (smtp.tls_certificate is None) != (smtp.tls_key is None):
        lacking = "tls_certificate" if smtp.tls_certificate is None else "tls_key"
        yield Fault(draft.file, f"smtp.{lacking}", MISSING, "tls_certificate and tls_key together")
    elif smtp.tls_certificate is None and (smtp.require_tls or proven):
        wanted = "a certificate, since require_tls, users_file and tls_client_ca need TLS"
        yield Fault(draft.file, "smtp.tls_certificate", MISSING, wanted)
    if smtp.max_bytes_in_flight < smtp.max_message_size:
        wanted = f"at least max_message_size, {smtp.max_message_size}"
        yield Fault(draft.file, "smtp.max_bytes_in_flight", smtp.max_bytes_in_flight, wanted)
    if smtp.journal and not smtp.journal_from:
        yield Fault(draft.file, "smtp.journal_from", MISSING, "the networks that journal reports come from")
    for number, network in enumerate(smtp.journal_from, 1):
        if network.prefixlen == 0:
            wanted = "single networks: whoever may write journal reports may answer in anybody's name"
            yield Fault(draft.file, f"smtp.journal_from[{number}]", str(network), wanted)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def loops(draft: Draft) -> Iterator[Fault]:
    """Each address has one meaning, and no copy goes to where mail comes from."""
    taken: dict[str, tuple[str, str]] = {}  # address -> key that names it, what it means
    for key, address, meaning in _taken(draft):
        before, known = taken.setdefault(address, (key, meaning))
        if known != meaning:
            yield Fault(draft.file, key, address, f"an address with one meaning; {before} is the same")
    reading = [source for source in draft.sources if source.value.kind in ("mailbox", "own")]
    watched = {source.value.username.lower(): source.label for source in reading}
    accounts = {(source.value.host, source.value.username.lower()): source.label for source in reading}
    for inbox in draft.inboxes:
        address, key = inbox.value.address, f"{inbox.label}.address"
        reader = taken[address][0] if address in taken else watched.get(address)
        if reader is None and draft.router and _is_ours(address, draft.router):
            reader = "router.bounce_domain" if draft.router.bounce_domain else "router.address"
        if reader:
            wanted = f"an address that the router does not read, or copies would come back; {reader} says that it does"
            yield Fault(draft.file, key, address, wanted)
        username = inbox.value.username or ""
        account = accounts.get((inbox.value.host or "", username.lower()))
        if account and not reader and inbox.value.deliver == "imap":
            wanted = f"an account that the router does not read, or copies would come back; {account} reads it"
            yield Fault(draft.file, f"{inbox.label}.username", username, wanted)


def _is_ours(address: str, router: Router) -> bool:
    """Whether an address is a plus form of ours, or under the domain that our bounces come to."""
    local, _, domain = address.rpartition("@")
    return domain == router.bounce_domain or f"{local.partition('+')[0]}@{domain}" == router.address


def _taken(draft: Draft) -> Iterator[tuple[str, str, str]]:
    """Every address that mail comes in by: the key that names it, itself, what it means."""
    if draft.router and draft.router.address:
        yield "router.address", draft.router.address, "own"
    for number, address in enumerate(draft.smtp.journal if draft.smtp else (), 1):
        yield f"smtp.journal[{number}]", address, "journal"
    names = draft.names("mailbox")
    for mailbox in draft.mailboxes:
        for key in ("addresses", "intake", "outbound"):
            meaning = f"{'from' if key == 'outbound' else 'to'} {mailbox.label}"
            if key not in mailbox.given and names.count(mailbox.value.name) > 1:
                continue  # two of a name have the same defaults, and the name is the fault
            for place, address in enumerate(getattr(mailbox.value, key)):
                yield mailbox.key(key, place), address, meaning


def inboxes(draft: Draft) -> Iterator[Fault]:
    """Each inbox has its own place, inside the domains that copies may go to."""
    closed = _closed(draft)
    places: dict[tuple[object, ...], str] = {}
    for inbox in draft.inboxes:
        value = inbox.value
        if closed is not None and value.address.rpartition("@")[2] not in closed:
            wanted = f"an address in one of router.copy_domains ({', '.join(closed) or 'there is none'})"
            yield Fault(draft.file, f"{inbox.label}.address", value.address, wanted)
        if value.deliver == "maildir" and value.path is None:
            yield Fault(draft.file, f"{inbox.label}.path", MISSING, "the folder of the Maildir that copies go to")
        if value.deliver == "imap" and value.host is None:
            yield Fault(draft.file, f"{inbox.label}.host", MISSING, 'the IMAP server, such as "imap.example.com"')
        if value.deliver == "smtp" and value.host is None and not draft.has("relay"):
            yield Fault(draft.file, f"{inbox.label}.host", MISSING, "a host here, or a [relay] for all")
        for key, ways in _ONLY_WITH.items():
            if key in inbox.given and value.deliver not in ways:
                wanted = f"{one_of(ways)}, since {key} is given"
                yield Fault(draft.file, f"{inbox.label}.deliver", value.deliver, wanted)
        if value.answers and value.deliver not in _FILED:
            wanted = f"{one_of(_FILED)}, since answers is true: only there a mail can be put as already read"
            yield Fault(draft.file, f"{inbox.label}.deliver", value.deliver, wanted)
        key, place = _place(value)
        if places.setdefault(place, inbox.label) != inbox.label:
            wanted = f"a place of its own; the copies of {places[place]} go there too"
            yield Fault(draft.file, f"{inbox.label}.{key}", draft.written(place[1]), wanted)


def digests(draft: Draft) -> Iterator[Fault]:
    """Each digest gets to everybody it is for, inside the domains that copies may go to."""
    closed = _closed(draft)
    # A short form brings a relay with the address, which is the fault where that is missing.
    relay = draft.has("relay") or (draft.expanded.short and draft.router and not draft.router.address)
    written = [one.value for one in draft.inboxes]
    readable = len(written) == len(draft.raw("inbox"))  # a faulty one may be the way
    for digest in draft.digests:
        for place, address in enumerate(digest.value.to):
            key = digest.key("to", place)
            if closed is not None and address.rpartition("@")[2] not in closed:
                wanted = f"an address in one of router.copy_domains ({', '.join(closed) or 'there is none'})"
                yield Fault(draft.file, key, address, wanted)
            if readable and not has_way(written, relay or None, address):
                wanted = "an address with a way to it: write [relay], or an [[inbox]] with this address"
                yield Fault(draft.file, key, address, wanted)


def _closed(draft: Draft) -> tuple[str, ...] | None:
    """The domains that copies stay in; None where they hang on a mailbox that is faulty or not there."""
    if draft.router is None:
        return None
    written = draft.expanded.tables.get("router", {})
    said = "copy_domains" in written or "own_domains" in written
    derived = bool(draft.mailboxes) and len(draft.mailboxes) == len(draft.raw("mailbox"))
    return draft.router.copy_domains if said or derived else None


def _place(inbox: Inbox) -> tuple[str, tuple[object, ...]]:
    """Where copies end, and the key that says so."""
    if inbox.deliver == "maildir" and inbox.path:
        return "path", ("maildir", inbox.path.resolve())
    if inbox.deliver == "imap":
        return "username", ("imap", inbox.username, inbox.host, inbox.folder)
    return "address", (inbox.deliver, inbox.address)
