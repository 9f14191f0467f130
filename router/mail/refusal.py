"""Owns why a mail was not delivered: one short code out of the words and the status of a server (RFC 3463).

The words go first where they are plain, since servers give 5.7.1 and 5.5.0 for whatever they do not like. It must never
raise and never look at more than its cap.
"""

from __future__ import annotations

UNKNOWN = "unknown"
TEXT_CAP = 2_000


def _words(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.replace("\n", "|").split("|") if each.strip())


# The first that is found names the cause: the plain before the vague.
_SAID: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "mailbox-full",
        _words("""
            mailbox full | mailbox is full | mailbox has exceeded | over quota | overquota | quota exceeded | exceeds quota
            exceeded quota | quota exceed | exceeded the quota | insufficient space | out of storage | storage limit
            exceeded the local limit | mailbox size limit | mailbox limit | inbox is full | account is full | is full
            not enough space | not enough storage | disk quota | exceeded storage | exceeded its storage | too much mail data
            maildir over | mailfolder is full | mailbox exceeds | postfach voll | quotaexceeded | 容量
            """),
    ),
    (
        "virus",
        _words("virus | malware | trojan | infected | banned attachment | worm"),
    ),
    (
        "authentication",
        _words("""
            dmarc | spf | dkim | sender policy framework | unauthenticated | not authenticated | authentication-results
            authentication checks | sender id | sender is not authenticated | requires all senders to authenticate
            """),
    ),
    (
        "loop",
        _words("mail loop | loops back | hop count | too many hops | routing loop | forwarding loop | loop detected"),
    ),
    (
        "too-large",
        _words("""
            too large | too big | message size | exceeds size | size limit | maximum size | size exceeds | exceeds the size
            larger than the current | exceed maximum | max message size
            """),
    ),
    (
        "disabled",
        _words("""
            is locked | been locked | frozen
            disabled | suspended | inactive | deactivated | account is blocked | account has been blocked
            not been activated | closed account | account closed | currently suspended | no longer active | expired account
            """),
    ),
    (
        "moved",
        _words(
            "has moved | mailbox moved | no longer on server | user has moved | please try < | address changed | forward-path"
        ),
    ),
    (
        "user-unknown",
        _words("""
            user unknown | unknown user | unknown local | no such user | no such mailbox | no such person | no such recipient
            no such address | no such account | user not found | recipient not found | recipientnotfound | recipnotfound
            user does not exist | mailbox does not exist | account does not exist | address does not exist | not exist
            doesn't have a | unknown recipient | recipient unknown | invalid recipient | invalid mailbox | invalid address
            unknown mailbox | unknown address | user doesn't exist | not listed in | no mailbox | not a valid mailbox
            not a known user | unrouteable mailbox | mailbox not found | mailbox unavailable | undeliverable address
            address rejected | unknown in | is unknown | not a valid user | no account by | bad address | not found in
            recipient name is not recognized | not recognized | no valid recipients | inconnu | unbekannt | 宛先不明
            does not like recipient | isn't a valid | not our customer | invalid user | bad destination mailbox
            """),
    ),
    (
        "host-unknown",
        _words("""
            host unknown | unknown host | host not found | domain not found | no such domain | name or service not known
            unrouteable address | unrouteable mail domain | couldn't find any host | domain does not exist | nxdomain
            domain name not found | no mx | null mx | nullmx | does not accept mail | unknown domain | invalid domain
            illegal host/domain | dns lookup failure | name service error | domain is not reachable | couldn't find any ip
            host is unknown | bad destination host | non-existent domain | invalid host | no route to domain
            """),
    ),
    (
        "rate",
        _words("""
            too many | rate limit | ratelimit | throttl | frequency limited | try again later: | exceeded the maximum number
            connection limit | too fast | excessive rate | unusual rate | sending rate | hourly limit | daily limit
            """),
    ),
    (
        "relaying",
        _words("relaying | relay access | relay denied | to relay | not relay | relay not | authentication required"),
    ),
    (
        "blocked",
        _words("spamhaus | spamcop | dnsbl | rbl. | blocked using | client host rejected | blacklist | blocklist"),
    ),
    (
        "spam",
        _words("spam | rejected, ube | junk | unsolicited | spamassassin | bulk email | considered bulk | advertis"),
    ),
    (
        "blocked",
        _words("""
            blocked | blacklist | blocklist | block list | black list | rbl. | dnsbl | spamhaus | spamcop | barracudacentral
            reputation | access denied | access not allowed | denied by ip | banned | ptr | reverse dns | rdns | reverse lookup
            no access from | client host rejected | your ip | bad helo | helo command rejected | listed at
            """),
    ),
    (
        "sender-rejected",
        _words("""
            sender rejected | sender address rejected | domain of sender | sender domain | sender verify | from address
            sender is not | return path | mail from | sender denied
            """),
    ),
    (
        "expired",
        _words("""
            expired | giving up | gave up | could not deliver for | retry time | retry timeout
            in the queue too long | timed out
            for the last | for past | for 1 day | for 4 days | for 5 days | delivery time | message has been in the queue
            not been able to deliver | still being retried | deferred
            """),
    ),
    (
        "network",
        _words("""
            connection refused | connection reset | lost connection | no route to host | network is unreachable
            connection dropped | starttls | certificate | no smtp connection | unable to connect | connect to | host is down
            couldn't establish | could not connect | cannot connect | broken pipe
            """),
    ),
    (
        "content",
        _words("content | header | attachment | bare linefeed | bare line feed | rfc 5322 | rfc5322 | rfc 2822"),
    ),
    (
        "policy",
        _words("policy | prohibited | not allowed | rejected for | violation | restricted | not permitted | rejected"),
    ),
    (
        "system",
        _words("""
            system error | local error | temporary failure | internal error | configuration error | service unavailable
            system full | disk full | insufficient system | i/o error | server error | ldap
            """),
    ),
)

# RFC 3463 section 3, and the codes of the IANA registry and of Exchange Online that say more.
_CODES = {
    "1.1": "user-unknown", "1.10": "user-unknown", "1.351": "user-unknown", "1.3": "user-unknown", "1.4": "user-unknown",
    "1.2": "host-unknown", "1.6": "moved", "1.7": "sender-rejected", "1.8": "sender-rejected", "1.9": "content",
    "2.1": "disabled", "2.2": "mailbox-full", "2.3": "too-large", "2.4": "user-unknown",
    "3.1": "system", "3.4": "too-large", "4.1": "network", "4.2": "network", "4.4": "host-unknown", "4.6": "loop",
    "4.7": "expired", "4.310": "host-unknown", "4.300": "expired", "4.316": "expired",
    "7.9": "authentication", "7.13": "disabled", "7.17": "moved", "7.18": "moved", "7.25": "blocked", "7.27": "sender-rejected",
    "7.28": "rate", "7.124": "policy", "7.133": "policy", "7.509": "authentication", "7.515": "authentication",
}  # fmt: skip
_AUTHENTICATION = range(20, 27)
_SUBJECTS = {"1": "user-unknown", "3": "system", "4": "network", "5": "protocol", "6": "content", "7": "policy"}


def cause(status: str, text: str, beside: str = "") -> str:
    """Why, as a code; `beside` is asked where status and text say nothing."""
    by_code = _by_code(status)
    if by_code is not None and by_code not in ("network", "system"):
        return by_code
    return _said(text) or by_code or _by_subject(status) or _said(beside) or UNKNOWN


def _said(text: str) -> str | None:
    text = text[:TEXT_CAP].lower()
    return next((code for code, words in _SAID if any(each in text for each in words)), None) if text else None


def _by_code(status: str) -> str | None:
    _, _, detail = status.partition(".")
    if (found := _CODES.get(detail)) is not None:
        return found
    subject, _, number = detail.partition(".")
    if subject == "7" and number.isdigit() and int(number) in _AUTHENTICATION:
        return "authentication"
    return "blocked" if subject == "7" and len(number) == 3 and number[0] == "6" else None


def _by_subject(status: str) -> str | None:
    return _SUBJECTS.get(status.partition(".")[2].partition(".")[0])
