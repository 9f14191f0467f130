"""Mail of customers that do not exist."""

import hashlib
import random

from tests.bench.smtp import whole


def letter(number: int, body: str = "The second parcel has not come either.", seed: str = "letter") -> bytes:
    """A plain mail; each `number` and `seed` is another one."""
    return (
        f"From: Kim Customer <kim{number}@customer.example>\r\n"
        "To: support@example.com\r\n"
        f"Subject: Order {seed}-{number}\r\n"
        "Date: Fri, 20 Nov 2026 09:30:00 +0000\r\n"
        f"Message-ID: <{seed}-{number}@customer.example>\r\n"
        "\r\n"
        f"{body}\r\n"
    ).encode("ascii")


def letters(count: int, seed: str = "letter") -> list[bytes]:
    """`count` different mails of different lengths, the same for the same seed."""
    chance = random.Random(seed)
    return [letter(number, "\r\n".join(["x" * 60] * chance.randrange(1, 120)), seed) for number in range(count)]


def sha256(mail: bytes) -> str:
    """What a mail is known by once it went over SMTP."""
    return hashlib.sha256(whole(mail)).hexdigest()
