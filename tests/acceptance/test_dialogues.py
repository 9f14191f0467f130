"""What the listener answers, word by word: each file in `dialogues/` is one conversation with a running daemon.

    C: text        send it with CRLF; escapes as in Python (RAW: without CRLF)
    S: 550 5.1.1   the next reply begins so; a line `S: 5xx` names only its class
    C*20: text     twenty times; S*20: the same
    C2: S2:        another connection, which opens when it is first named
    PEER: address  the connections after it come from there
    TLS            the handshake     SHUT   close our side     CLOSED   the server has hung up, and said nothing more

The first line says what it shows; `with:` names the configuration, of which there is a handful below.
"""

import re
import socket
import time
from pathlib import Path

import pytest

from router.intake import replies
from router.intake.users import Hash
from tests.bench.certificates import self_signed, trusting
from tests.bench.smtp import Client

FOLDER = Path(__file__).with_name("dialogues")
DIALOGUES = sorted(FOLDER.glob("*.txt"))
LINE = re.compile(r"(?P<word>C|S|RAW|PEER|TLS|SHUT|CLOSED)(?P<number>\d*)(?:\*(?P<times>\d+))?(?:: ?(?P<text>.*))?")

CONFIGURATIONS = {
    "plain": "",
    "tight": 'max_message_size = 1_000_000\nmax_bytes_in_flight = 1_000_000\nmax_recipients = 100\n'
    'allow_from = ["127.0.0.1/32"]\nmax_connections_per_peer = 3\n',
    "journal": 'allow_from = ["127.0.0.1/32"]\n'
    'journal = ["journal@router.example.com"]\njournal_from = ["127.0.0.7/32"]\n',
    "hasty": 'command_timeout = "2s"\ndata_timeout = "1s"\n',
    "secure": "{tls}require_tls = true\n",
    "login": '{tls}users_file = "users"\n',
}  # fmt: skip

# Replies to faults of ours. A store that fails is in tests/intake/test_smtp.py, a stop in tests/acceptance/test_stop.py.
NOT_HERE = {replies.BUSY, replies.FULL, replies.CLOSING}


@pytest.fixture(scope="module")
def pair(module_folder):
    """A certificate for localhost."""
    return self_signed(module_folder)


@pytest.fixture(scope="module")
def running(module_folder, module_new_daemon, pair):
    """Gives the daemon of a configuration, started when it is first asked for."""
    started = {}

    def get(name):
        if name not in started:
            daemon = module_new_daemon(name, smtp=CONFIGURATIONS[name].format(tls=pair.settings))
            (daemon.folder / "users").touch(mode=0o600)
            (daemon.folder / "users").write_text(f"mx:{Hash.of('s3cret')}\n")
            started[name] = daemon.start()
        return started[name]

    return get


class Talk:
    """One dialogue on its way."""

    def __init__(self, port, context):
        self.port, self.context, self.peer = port, context, "127.0.0.1"
        self.clients = {}
        self.greeted = set()

    def client(self, number):
        if number not in self.clients:
            self.clients[number] = Client(self.port, source=self.peer, timeout=30, greet=False)
        return self.clients[number]

    def step(self, word, number, text):
        if word == "PEER":
            self.peer = text
        elif word == "S":
            heard = self.heard(number)
            wanted = text.replace("xx", "")
            assert str(heard).startswith(wanted), f"wanted {text}, heard {heard}"
        elif word == "CLOSED":
            assert [str(reply) for reply in self.client(number).replies()] == []
        elif word == "TLS":
            client = self.client(number)
            client.socket = self.context.wrap_socket(client.socket, server_hostname="localhost")
            client._file = client.socket.makefile("rb")
        elif word == "SHUT":
            self.client(number).socket.shutdown(socket.SHUT_WR)
        else:
            octets = text.encode("ascii").decode("unicode_escape").encode("latin-1")
            self.client(number).send(octets + (b"\r\n" if word == "C" else b""))

    def heard(self, number):
        client = self.client(number)
        if number in self.greeted:
            return client.reply()
        self.greeted.add(number)
        return client.greeting

    def close(self):
        for client in self.clients.values():
            client.close()


@pytest.mark.parametrize("file", DIALOGUES, ids=[file.stem for file in DIALOGUES])
def test_a_dialogue_goes_as_it_is_written(file, running, pair):
    """A sender acts on the codes alone: each of them is a promise."""
    _, *lines = file.read_text().splitlines()
    name = "plain"
    if lines[0].startswith("with: "):
        name = lines.pop(0).removeprefix("with: ")
    daemon = running(name)
    time.sleep(0.05)  # what the dialogue before left open is closed by then
    talk = Talk(daemon.port, trusting(pair))
    try:
        for line in filter(None, lines):
            found = LINE.fullmatch(line)
            assert found, f"no such line: {line}"
            for _ in range(int(found["times"] or 1)):
                try:
                    talk.step(found["word"], found["number"] or "1", found["text"] or "")
                except (AssertionError, OSError) as error:
                    raise AssertionError(f"{file.name}, at {line!r}: {error!r}\n{daemon.tail(5)}") from error
    finally:
        talk.close()


def test_every_refusal_is_in_some_dialogue():
    """One that nobody ever heard is one that nobody knows to be right."""
    known = {value for name, value in vars(replies).items() if name.isupper() and value[0] in "45"}
    heard = {found for file in DIALOGUES for found in re.findall(r"^S\d*(?:\*\d+)?: ([45].*)$", file.read_text(), re.M)}
    missing = [
        reply for reply in sorted(known - NOT_HERE) if not any(reply.startswith(one) for one in heard if len(one) > 3)
    ]

    assert missing == []


@pytest.mark.parametrize("file", DIALOGUES, ids=[file.stem for file in DIALOGUES])
def test_each_dialogue_says_what_it_shows(file):
    """The first line is its claim."""
    assert re.match(r"# [A-Z].*\.( \(RFC.*\))?$|# .*\).$", file.read_text().splitlines()[0])
