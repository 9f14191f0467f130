"""What is known of big mail providers: whose domains belong to everybody, what their mailboxes take and their accounts
send, and which relays take no From of others.

Owns short lists. It must never be the reason that a copy is refused: a limit only spreads copies over time.
"""

from collections.abc import Mapping

_PUBLIC = frozenset(
    {
        *("163.com", "126.com", "qq.com", "sina.com", "naver.com"),
        *("aol.com", "fastmail.com", "hey.com", "mail.com", "zoho.com"),
        *("bluewin.ch", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net"),
        *("free.fr", "laposte.net", "orange.fr", "wanadoo.fr"),
        *("freenet.de", "mailbox.org", "posteo.de", "t-online.de", "tutanota.com", "web.de"),
        *("gmail.com", "googlemail.com", "icloud.com", "mac.com", "me.com"),
        *(
            "hotmail.co.uk",
            "hotmail.com",
            "hotmail.de",
            "hotmail.fr",
            "live.com",
            "msn.com",
            "outlook.com",
            "outlook.de",
        ),
        *("libero.it", "seznam.cz", "virgilio.it", "wp.pl"),
        *("mail.ru", "yandex.com", "yandex.ru"),
        *("pm.me", "proton.me", "protonmail.com"),
    }
)
_PUBLIC_ANYWHERE = frozenset({"yahoo", "ymail", "rocketmail"})  # under every ending

# What a mailbox takes in, by the end of the host's name; kept a little below the limit, since other mail comes there too.
_GMAIL = {"per_minute": 55, "per_hour": 3_300}  # 60 and 3,600 messages received
_EXCHANGE = {"per_hour": 3_000}  # 3,600 messages received in any hour
_TAKES: Mapping[str, Mapping[str, int]] = {
    "imap.gmail.com": {**_GMAIL, "bytes_per_day": 450_000_000},  # 500 MB of uploads, then IMAP is suspended
    "smtp.gmail.com": _GMAIL,
    "smtp-relay.gmail.com": _GMAIL,
    ".l.google.com": _GMAIL,
    "smtp.google.com": _GMAIL,
    "outlook.office365.com": _EXCHANGE,
    "smtp.office365.com": _EXCHANGE,  # the sender is a mailbox of the same tenant: its share is not limited
    # From outside one sender may have a third of it. What counts as the sender is not said, and whatever it is, our
    # copies may share it: From where they are munged or wrapped, the domain of our bounce address always.
    ".mail.protection.outlook.com": {"per_hour": 1_100},
    ".mx.microsoft": {"per_hour": 1_100},
}

# What an account may send through a host, to all inboxes together.
_SENDS: Mapping[str, Mapping[str, int]] = {
    "smtp.office365.com": {"per_minute": 27, "per_day": 9_500},  # 30 messages, 10,000 recipients
    "smtp.gmail.com": {"per_day": 1_900},  # 2,000 messages
    "smtp-relay.gmail.com": {"per_day": 9_500},  # 10,000 recipients
}

# Relays that take only the addresses of whoever is logged in as From, or put them there. Connectors and MX hosts of the
# same companies take any, and are not among them.
_OWN_FROM_ONLY = (
    *("smtp.office365.com", "smtp-mail.outlook.com", "smtp.outlook.com", "smtp-legacy.office365.com"),
    *("smtp.gmail.com", "smtp-relay.gmail.com", "smtp.googlemail.com"),
    *("amazonaws.com", "sendgrid.net", "postmarkapp.com", "mailjet.com", "brevo.com", "sendinblue.com"),
    *("fastmail.com", "smtp.mail.me.com", "smtp.mail.yahoo.com", "zoho.com", "zoho.eu", "protonmail.ch"),
    *("gmx.com", "gmx.net", "ionos.com", "ionos.de", "kundenserver.de", "mailbox.org", "posteo.de", "web.de"),
)

_FEW_SESSIONS = (".google.com", ".gmail.com", ".office365.com", ".outlook.com")  # they count and refuse more


def own_from_only(host: str | None) -> bool:
    """Whether a relay is known to refuse the From of others."""
    return host is not None and any(host == known or host.endswith(f".{known}") for known in _OWN_FROM_ONLY)


def is_public(domain: str) -> bool:
    """Whether anybody can have an address there, so that it says nothing about who belongs to us."""
    return domain in _PUBLIC or domain.split(".")[0] in _PUBLIC_ANYWHERE


def takes(host: str | None) -> Mapping[str, int]:
    """The default limits of an inbox behind a host."""
    return next((found for end, found in _TAKES.items() if _is(host, end)), {})


def sends(host: str | None) -> Mapping[str, int]:
    """The limits of an account at a host that sends for us: per_minute, per_day."""
    return _SENDS.get(host or "", {})


def sessions(host: str) -> int:
    """How many sessions a mail server that takes our mail gets at the same time."""
    return 2 if f".{host}".endswith(_FEW_SESSIONS) else 4


def _is(host: str | None, end: str) -> bool:
    return host is not None and (host == end or (end.startswith(".") and host.endswith(end)))


_EXCHANGE_HOSTS = (".office365.com", ".outlook.com", ".office365.us", ".outlook.cn")


def is_exchange_online(host: str) -> bool:
    """Whether a host is one of Microsoft's, in any of its clouds."""
    return host.lower().rstrip(".").endswith(_EXCHANGE_HOSTS)
