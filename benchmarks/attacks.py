"""What strangers do to a mail server that stands in the open. Each attack says what came of it in a word or two."""

import base64
import random
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

from tests.bench.smtp import Client, stuffed
from tests.mail.test_hostile import HOSTILE

Attack = Callable[[int], str]
MB = 1_000_000


def endless_line(port: int) -> str:
    """200 MB without a line end"""
    with Client(port) as client:
        client.begin()
        for _ in range(200):
            client.send(b"x" * MB)
        client.send(b"\r\n.\r\n")
        return str(client.reply().code)


def twenty_senders(port: int) -> str:
    """20 senders of 40 MB at once, each until it is taken"""
    # As attachments are: what compresses to nothing would spare the one writer.
    mail = base64.encodebytes(random.Random(20).randbytes(29 * MB)).replace(b"\n", b"\r\n")
    codes: Counter[int] = Counter()

    def send(number: int) -> None:
        head = b"Message-ID: <%d.%d@hostile.example>\r\n\r\n" % (number, time.time_ns())
        code = 0
        while code != 250:
            with suppress(OSError, ConnectionError), Client(port) as client:
                code = client.mail(head + mail).code
                codes[code] += 1
            time.sleep(0.2)

    in_threads(20, send)
    return told(codes)


def endless_command(port: int) -> str:
    """50 MB of one command"""
    with Client(port) as client:
        for _ in range(50):
            client.send(b"x" * MB)
        client.send(b"\r\n")
        return str(client.reply().code)


def pipeline(port: int) -> str:
    """100,000 commands in one go"""
    with Client(port) as client, suppress(OSError):
        client.send(b"NOOP\r\n" * 100_000)
        return told(Counter(reply.code for reply in client.replies()))
    return "cut"


def recipients(port: int) -> str:
    """20,000 recipients in one go, half of them unknown"""
    with Client(port) as client:
        client.command("MAIL FROM:<a@x.example>")
        threading.Thread(
            target=client.send, args=(b"RCPT TO:<support@example.com>\r\nRCPT TO:<nobody@example.com>\r\n" * 10_000,)
        ).start()
        return told(Counter(client.reply().code for _ in range(20_000)))


def connections(port: int) -> str:
    """500 connections of one peer that say nothing"""
    codes: Counter[int] = Counter()
    with ExitStack() as open_ones:
        for _ in range(500):
            codes[open_ones.enter_context(Client(port, greet=False)).greeting.code] += 1
        time.sleep(1)
    return told(codes)


def dots(port: int) -> str:
    """40 MB of lines that are dots"""
    with Client(port) as client:
        client.begin()
        client.send(b"..\r\n" * (10 * MB) + b".\r\n")
        return str(client.reply().code)


def octets(port: int) -> str:
    """A mail in 50,000 segments of one octet, by ten senders"""
    codes: Counter[int] = Counter()

    def send(number: int) -> None:
        with Client(port) as client:
            client.socket.setsockopt(6, 1, 1)  # TCP_NODELAY
            client.begin()
            for octet in stuffed(b"\r\n" * 2_500):
                client.send(bytes([octet]))
            codes[client.reply().code] += 1

    in_threads(10, send)
    return told(codes)


def vanishing(port: int) -> str:
    """300 clients that go away in the midst of a large mail"""

    def send(number: int) -> None:
        for _ in range(15):
            with Client(port) as client:
                if client.greeting.code == 220 and client.begin().code == 354:
                    client.send(b"z" * 600_000)

    in_threads(20, send)
    return "gone"


def logins(port: int) -> str:
    """60 wrong passwords, twenty at a time"""
    codes: Counter[int] = Counter()
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE

    def send(number: int) -> None:
        with Client(port) as client:
            client.start_tls(anybody)
            for _ in range(3):
                codes[client.command("AUTH PLAIN AG14AHdyb25n").code] += 1

    in_threads(20, send)
    return told(codes)


def handshakes(port: int) -> str:
    """200 TLS handshakes that fail"""
    for _ in range(200):
        with Client(port) as client, suppress(OSError):
            client.send(b"STARTTLS\r\n")
            client.reply()
            client.send(b"\x16\x03\x01\xff\xff" + b"\0" * 500)
    return "refused"


def mails(port: int) -> str:
    """Mails that were made to break a reader, each once"""
    codes: Counter[int] = Counter()
    for name, mail in HOSTILE.items():
        with Client(port) as client:
            codes[client.mail(b"X-Hostile: %b %d\r\n" % (name.encode(), time.time_ns()) + mail).code] += 1
    return told(codes)


ATTACKS: tuple[Attack, ...] = (
    endless_line, twenty_senders, endless_command, pipeline, recipients, connections,
    dots, octets, vanishing, logins, handshakes, mails,
)  # fmt: skip


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """All at once."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def told(codes: Counter[int]) -> str:
    """Codes and how often they came."""

    def each() -> Iterator[str]:
        for code, count in sorted(codes.items()):
            yield f"{code}×{count}" if count > 1 else str(code)

    return " ".join(each())
