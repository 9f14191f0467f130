"""Founders each of whom has a trouble of his own, and what stands before their mailboxes."""

from email import message_from_bytes

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.bench.dovecot import Account
from tests.bench.letters import letter

SUPPORT = "support@example.com"
AWAY = f'vacation :days 0 :addresses ["{SUPPORT}"] :subject "Away" "Back on Monday.";\n'
SENDS_ON = f'redirect "{SUPPORT}";\n'
OURS = ("Copy", "Mailbox", "Copied-To", "Rule", "Kind", "Received")
RESENT = ("From", "Date", "To", "Message-ID")
BARE = "".join(
    f'deleteheader "{name}";\n' for name in [*(f"X-Router-{one}" for one in OURS), *(f"Resent-{one}" for one in RESENT)]
)
REBUILDS = (
    f'require ["editheader", "variables"];\n{BARE}deleteheader "Message-ID";\ndeleteheader "From";\n'
    'addheader "From" "Rosa <rosa@example.com>";\nif header :matches "Subject" "*" { set "subject" "${1}"; }\n'
    'deleteheader "Subject";\naddheader "Subject" "FW: ${subject}";\n'
)
HIMSELF = f'vacation :days 0 :from "vic@example.com" :addresses ["{SUPPORT}"] :subject "Away" "Back on Monday.";\n'
DEAF = 'require ["vacation", "editheader"];\ndeleteheader "X-Auto-Response-Suppress";\n'

# The first is well and gets everything; a letter with "X-For: vera" goes to Vera, too.
FOUNDERS = {
    "helen": (Account(), "redirect"),
    "vera": (Account(sieve=f'require ["vacation"];\n{AWAY}'), "redirect"),  # away, of good manners
    "vic": (Account(sieve=DEAF + HIMSELF), "redirect"),  # away, and answers whatever he is asked not to
    "vince": (Account(sieve=DEAF + AWAY), "munge"),  # the same, in the name of the mailbox
    "rita": (Account(sieve=SENDS_ON), "redirect"),  # sends all on to where it came from
    "mona": (Account(sieve=SENDS_ON), "munge"),
    "walt": (Account(sieve=SENDS_ON), "wrap"),
    "sam": (Account(sieve=f'require ["editheader"];\n{BARE}{SENDS_ON}'), "redirect"),  # the same, without our lines
    "rosa": (Account(sieve=REBUILDS + SENDS_ON), "redirect"),  # the same, as mails of her own
    "remy": (Account(sieve='require ["reject"];\nreject "I read no mail.";\n'), "redirect"),  # refuses by an MDN
    "fred": (Account(quota=6000), "redirect"),  # has hardly any room
    "gina": (Account(), "redirect"),  # is not there, which is known only behind the relay
    "gus": (Account(), "redirect"),  # is not there, and the relay knows
    "dora": (Account(), "redirect"),  # takes no mail from customers: DMARC; known only behind the relay
    "dave": (Account(), "redirect"),  # the same, and the relay knows
    "paula": (Account(), "redirect"),  # takes nothing at all; known only behind the relay
    "pete": (Account(), "redirect"),  # the same, and the relay knows
}
BEHIND = ("dora", "paula")
RELAY = """
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ {{ gus@example.com = 550 5.1.1 no such founder }} }} permit_mynetworks reject
header_checks = regexp:{folder}/header
nested_header_checks =
delay_warning_time = 1s
"""
# Whatever bears Pete's name in its subject is refused, the wrapper too. What Dovecot would recognise a loop by is taken
# off, so that we have to.
HEADER = """\
/^X-Sieve-Redirected-From:/ IGNORE
/^X-For: dave/ REJECT 5.7.26 DMARC of customer.example
/^Subject:.*pete/ REJECT 5.7.1 no such mail
"""


class Strict:
    """A mail server that takes nothing in the name of a customer, and for Paula nothing at all."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.refused = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Judge by the From of the mail itself."""
        mail = envelope.content
        assert isinstance(mail, bytes)
        if "paula@example.com" in envelope.rcpt_tos:
            return "550 5.7.1 no mail of yours"
        if b"\r\nFrom: Kim " in mail.partition(b"\r\n\r\n")[0]:
            self.refused += 1
            return "550 5.7.26 Unauthenticated email from customer.example is not accepted"
        self.taken.append(mail)
        return "250 2.0.0 Ok"


def to(name: str) -> bytes:
    """A customer's letter that one founder gets beside Helen. It asks for a receipt."""
    body = f"{name} is to read this.\r\nThe second parcel has not come either."
    asks = b"Disposition-Notification-To: kim@customer.example\r\nReturn-Receipt-To: kim@customer.example\r\n"
    return f"X-For: {name}\r\n".encode() + asks + letter(1, body, name)


def known(name: str) -> str:
    """The Message-ID of that letter."""
    return f"{name}-1@customer.example"


def enclosed(mail: bytes) -> bytes:
    """The original that a wrapper holds, as far as it went through our hands."""
    *_, last = message_from_bytes(mail).walk()
    return last.get_payload(decode=True)
