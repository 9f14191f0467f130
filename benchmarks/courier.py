"""What the SMTP courier does alone, against Postfix's smtp-sink: mails in a second, and how long it keeps the loop busy.

python -m benchmarks.courier [--mails 4000]

Mails of 4 kB for two founders, one transaction each, over 1, 2 and 4 sessions; then one mail of 40 MB, in the clear and
by TLS, while a clock ticks on the same loop. `busy` is the processor time of the longest callback, `late` by how much
the clock was late at most, which on a machine with other work tells of that, too.
"""

import asyncio
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks import watched
from router.cli.demonstration.ports import listens
from router.delivery.courier import Copy, Delivered
from router.delivery.forms.form import Form
from router.delivery.smtp.courier import Addressee, SmtpCourier
from router.delivery.smtp.session import Relay
from router.store.content import PIECE, InMemory
from tests.bench.certificates import self_signed, trusting
from tests.bench.letters import letter
from tests.bench.ports import free_port
from tests.bench.sink import sink
from tests.bench.wait import until
from tests.delivery.copies import a_copy

INBOXES = ("mike", "helen")
BATCH = 25  # mails
LARGE = 40_000_000
LINE = b"." + b"x" * 70 + b"\r\n"  # each has to be stuffed


def ready(form: Form, copy: Copy) -> Form:
    """The same form for every copy: what it costs to make one is measured elsewhere."""
    return form


def form_of(*pieces: bytes) -> Form:
    """These octets."""
    return Form(lambda: iter(pieces), sum(map(len, pieces)), False, ())


def large() -> Iterator[bytes]:
    """40 MB, piece by piece."""
    piece = (LINE * (PIECE // len(LINE) + 1))[:PIECE]
    yield from [piece] * (LARGE // PIECE)
    yield b"\r\n"


def courier(port: int, form: Form, tls: ssl.SSLContext | None = None) -> SmtpCourier:
    """To the port of this machine."""
    relay = Relay("localhost", port, "tls" if tls else "none", "router.example.com", tls=tls)
    inboxes = {inbox: Addressee(f"{inbox}@example.com", partial(ready, form)) for inbox in INBOXES}
    same = inboxes[INBOXES[0]].form
    inboxes = {inbox: Addressee(one.address, same) for inbox, one in inboxes.items()}
    return SmtpCourier(relay, inboxes, lambda message: f"router+{message}@example.com", lambda address: True)


def copies(first: int, count: int) -> list[Copy]:
    """For both founders."""
    numbers = range(first, first + count)
    mails = [(f"{number:016d}", InMemory(letter(number))) for number in numbers]
    return [a_copy(id=m + inbox, message=m, inbox=inbox, content=mail) for m, mail in mails for inbox in INBOXES]


async def throughput(port: int, sessions: int, mails: int) -> str:
    """Mails in a second, and the processor time of each."""
    one = courier(port, form_of(b"X-Router-Copy: mark\r\n", letter(1), LINE * 52))
    batches = [copies(at, BATCH) for at in range(0, mails, BATCH)]
    begun, busy = time.perf_counter(), time.process_time()

    async def lane() -> None:
        while batches:
            outcomes = await one.deliver(batches.pop())
            assert all(isinstance(end, Delivered) for end in outcomes), outcomes

    await asyncio.gather(*[lane() for _ in range(sessions)])
    took, busy = time.perf_counter() - begun, time.process_time() - busy
    await one.close()
    return f"{sessions} sessions: {mails / took:6.0f} mails/s, {busy / mails * 1e6:4.0f} us of processor time each"


async def lag(port: int, tls: ssl.SSLContext | None) -> str:
    """How long the loop is busy at a stretch while 40 MB go out."""
    form = Form(large, LARGE // PIECE * PIECE + 2, False, ())
    one, late = courier(port, form, tls), 0.0

    async def tick() -> None:
        nonlocal late
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            late = max(late, time.perf_counter() - before - 0.001)

    clock = asyncio.create_task(tick())
    await asyncio.sleep(0.05)
    watched.longest, late, begun = 0.0, 0.0, time.perf_counter()
    outcomes = await one.deliver(copies(0, 1))
    took = time.perf_counter() - begun
    clock.cancel()
    assert all(isinstance(end, Delivered) for end in outcomes), outcomes
    await one.close()
    way = "by TLS" if tls else "in the clear"
    return f"40 MB {way}: {took:.2f} s, busy {watched.longest * 1000:.1f} ms, late {late * 1000:.1f} ms"


@contextmanager
def behind_tls(port: int, folder: Path) -> Iterator[tuple[int, ssl.SSLContext]]:
    """A program of its own that speaks TLS before the sink."""
    pair, own = self_signed(folder), free_port()
    script = f"""
import asyncio, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain({str(pair.certificate)!r}, {str(pair.key)!r})
async def pump(reader, writer):
    while data := await reader.read(65536):
        writer.write(data); await writer.drain()
    writer.close()
async def serve(reader, writer):
    there = await asyncio.open_connection("127.0.0.1", {port})
    await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", {own}, ssl=context) as server:
        await server.serve_forever()
asyncio.run(main())
"""
    process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    try:
        until(lambda: listens(own), "TLS")
        yield own, trusting(pair)
    finally:
        process.kill()
        process.wait()


async def main(mails: int) -> None:
    """All of it."""
    with sink() as port, tempfile.TemporaryDirectory() as folder, behind_tls(port, Path(folder)) as (own, tls):
        for sessions in (1, 2, 4):
            print(await throughput(port, sessions, mails), flush=True)
        asyncio.Handle._run = watched.timed  # type: ignore[method-assign]
        print(await lag(port, None), flush=True)
        print(await lag(own, tls), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[2]) if len(sys.argv) == 3 else 4000))
