"""What is known of big mail providers: whose domains belong to everybody, and what their mailboxes take in a day, and
which relays take no From of others.

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

# Where a platform limits what a mailbox takes in; kept a little below its limit.
_LIMITS: Mapping[str, Mapping[str, int]] = {
    "imap.gmail.com": {"bytes_per_day": 450_000_000},  # 500 MB of uploads, then IMAP is suspended
    "outlook.office365.com": {"per_hour": 3_000},  # 3,600 received messages
    "smtp.office365.com": {"per_minute": 25, "per_hour": 3_000},  # 30 sent messages
    "smtp.gmail.com": {"per_hour": 80},  # 2,000 recipients a day
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


def own_from_only(host: str | None) -> bool:
    """Whether a relay is known to refuse the From of others."""
    return host is not None and any(host == known or host.endswith(f".{known}") for known in _OWN_FROM_ONLY)


def is_public(domain: str) -> bool:
    """Whether anybody can have an address there, so that it says nothing about who belongs to us."""
    return domain in _PUBLIC or domain.split(".")[0] in _PUBLIC_ANYWHERE


def limits(host: str | None) -> Mapping[str, int]:
    """The default limits of an inbox behind a host."""
    return _LIMITS.get(host or "", {})


_FEW_SESSIONS = (".google.com", ".gmail.com", ".office365.com", ".outlook.com")  # they count and refuse more


def sessions(host: str) -> int:
    """How many sessions a mail server that takes our mail gets at the same time."""
    return 2 if f".{host}".endswith(_FEW_SESSIONS) else 4
