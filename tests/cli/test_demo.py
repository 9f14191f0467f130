"""The demo as its audience has it: a process with a folder of its own, read by what it prints and what it leaves behind."""

import email.policy
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from router.cli.common import Failure
from router.cli.demonstration.inboxes import Inboxes
from router.cli.demonstration.invented import letters, rush
from router.cli.demonstration.show import Show, clean, fitting
from router.cli.demonstration.stage import Stage
from tests.bench.daemon import REPOSITORY
from tests.bench.wait import until

STAYING = "until Ctrl-C"


class Demo:
    """A demo that runs."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self.folder = folder
        self.screen = folder.with_suffix(".screen")
        folder.mkdir()
        with self.screen.open("wb") as screen:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "router", "demo", *options],
                env={
                    **os.environ,
                    "PYTHONPATH": str(REPOSITORY),
                    "TMPDIR": str(folder),
                    "PYTHONUTF8": "1",
                    **environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=subprocess.STDOUT,
            )

    @property
    def printed(self) -> str:
        return self.screen.read_text("utf-8")

    def until_printed(self, words: str) -> None:
        until(lambda: words in self.printed or self.process.poll() is not None, lambda: self.printed, 60)
        assert words in self.printed

    def end(self, number: int = 0) -> int:
        """Send a signal, if any, and wait for the end; the exit code."""
        if number:
            self.process.send_signal(number)
        return self.process.wait(60)

    def processes(self) -> list[str]:
        """Command lines of everything that runs in its folder."""
        return [line for line in map(_command_line, Path("/proc").glob("[0-9]*/cmdline")) if str(self.folder) in line]


def _command_line(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


@contextmanager
def running(folder: Path, *options: str, **environment: str) -> Iterator[Demo]:
    """A demo that is gone at the end of the test."""
    demo = Demo(folder, *options, **environment)
    try:
        yield demo
    finally:
        demo.process.kill()
        demo.process.wait()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo that stays up."""
    with running(tmp_path / "demo") as demo:
        yield demo


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that was played to its end."""
    with running(tmp_path_factory.mktemp("played") / "demo", "--once") as demo:
        assert demo.end() == 0, demo.printed
        yield demo


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage whose daemon was not started."""
    with Stage(tmp_path) as stage:
        yield stage


# What it prints.


def test_every_letter_is_told_of_with_both_folders_and_the_seconds(played):
    """The measured time is the promise that a visitor came to see."""
    for letter in letters():
        line = rf"^{re.escape(letter.who)} writes: {re.escape(letter.subject)} → in Mike's and Helen's folder after \d\.\d\d s"
        assert re.search(line, played.printed, re.MULTILINE), letter.subject


def test_the_daemon_is_killed_in_the_midst_and_nothing_is_lost_or_doubled(played):
    """A kill before the first 250 or after the last copy would prove nothing."""
    answered, copies = re.search(
        r"(\d+) of 20 answered 250 and (\d+) of 40 copies in the folders", played.printed
    ).groups()

    assert int(answered) > 0
    assert 0 < int(copies) < 40
    assert "\n20 of 20 delivered, none twice\n" in played.printed


def test_a_newsletter_and_an_out_of_office_are_copied_and_need_no_answer(played):
    """The kind of a mail decides who waits, never what is copied."""
    for kind, who in (("bulk", "The Ribbon Post"), ("auto-reply", "Nadia Haddad")):
        assert re.search(
            rf"^{who} .* → .*\({kind}: copied all the same; needs no answer\)$", played.printed, re.MULTILINE
        )


def test_a_follow_up_lies_in_the_conversation_that_it_follows(played):
    """Two letters about one wedding are one matter."""
    assert re.search(r"^  Jane Ferris +Wedding on Saturday! +2 +person$", played.printed, re.MULTILINE)


def test_the_past_shows_who_was_forgotten_and_what_was_promised(played):
    """The first thing that a visitor sees is what nobody knew."""
    waits = re.search(r"^1 customer waits since \w+, 3 promises not kept:$", played.printed, re.MULTILINE)
    told = re.findall(
        r"^  \d\d \w{3} \d{4}  (.+?): .* \((nobody answered|we wrote “.+”)\)$", played.printed, re.MULTILINE
    )

    assert waits
    assert [who for who, _ in told] == ["Rosalind Pike", "Wilhelmina Achterberg", "Emeka Obi", "Sunniva Dahl"]
    assert [why == "nobody answered" for _, why in told] == [False, True, False, False]


def test_an_answer_of_a_colleague_flips_the_state_with_its_evidence(played):
    """It is seen where it was written, and told by whom."""
    assert re.search(r"^  waiting → answered: answered \d\d:\d\d by tom@example.com$", played.printed, re.MULTILINE)


def test_a_second_letter_is_told_of_at_once(played):
    """Answered is not solved, and the morning would be too late."""
    assert re.search(r"^  Mike is told at once, after \d+\.\d s: .+$", played.printed, re.MULTILINE)


def test_a_founders_reply_counts_as_the_answer(played):
    """`--once` presses Enter for him."""
    told = r"^  waiting → answered: answered \d\d:\d\d by mike@example.com \(founder mike\)$"
    assert re.search(told, played.printed, re.MULTILINE)


def test_the_digest_of_the_morning_is_shown(played):
    """27 of today's letters and of the past wait: the oldest stands first."""
    assert re.search(r"^  \| Shop: \d+ waiting, 1 past goal · ", played.printed, re.MULTILINE)
    assert "Begin with Wilhelmina Achterberg: 250 days" in " ".join(played.printed.replace("|", " ").split())


def test_the_end_of_a_demo_leaves_no_folder_and_no_process(played):
    """Whoever tries something out wants nothing of it left."""
    assert list(played.folder.iterdir()) == []
    assert played.processes() == []


def test_keep_leaves_a_folder_in_which_the_commands_work(tmp_path):
    """A visitor may want to look around afterwards."""
    with running(tmp_path / "demo", "--once", "--keep") as demo:
        assert demo.end() == 0, demo.printed
        shown = next(line for line in demo.printed.splitlines() if line.endswith("trace wedding"))
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        traced = subprocess.run(shown, shell=True, capture_output=True, text=True, env=environment, check=True)

        assert "wedding-1@customer.example" in traced.stdout
        assert demo.processes() == []


def test_a_stream_that_carries_ascii_alone_gets_likenesses(tmp_path):
    """Pipes, old terminals and strict locales are no reason to fall over."""
    with running(tmp_path / "demo", "--once", PYTHONUTF8="0", PYTHONIOENCODING="ascii") as demo:
        assert demo.end() == 0, demo.printed

        assert demo.printed.isascii()
        assert "Jurgen Kohler writes: Rosen bestellt - Wiesenstrauss bekommen -> in Mike's" in demo.printed


# While it stays.


def test_the_command_it_prints_sends_a_mail_that_is_told_of_each_time(demo):
    """The second paste must not pass for a repeat of the first."""
    demo.until_printed(STAYING)
    command = re.search(r"^  (\S+ -c '.*')$", demo.printed, re.MULTILINE).group(1)
    for times in (1, 2):
        subprocess.run(command, shell=True, check=True)
        until(
            lambda times=times: demo.printed.count("A Visitor writes: Is anybody there? →") == times, "an announcement"
        )


# However it ends.


@pytest.mark.parametrize(
    ("words", "number", "code"),
    [
        (STAYING, signal.SIGINT, 0),  # Ctrl-C is the way to leave it
        (STAYING, signal.SIGTERM, 0),
        ("Jane Ferris writes", signal.SIGINT, 130),
        ("kill -9", signal.SIGTERM, 143),  # senders are at work, the daemon may be dead or coming up
        ("The router is up", signal.SIGHUP, 129),
    ],
)
def test_a_signal_ends_it_without_a_folder_or_a_process(demo, words, number, code):
    """People leave in the middle of the play too."""
    demo.until_printed(words)

    assert demo.end(number) == code, demo.printed
    assert "Traceback" not in demo.printed
    assert list(demo.folder.iterdir()) == []
    assert demo.processes() == []


LOST_IN_A_FINALIZER = """
import os, signal, time
from router.cli import demo

class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)  # here the handler runs, and what it raises goes nowhere

demo._raise_signals()
try:
    Dying()
    print("not ended")
    time.sleep(30)
except demo.Ended as ended:
    demo._ignore_signals()
    print(ended.exit_code)
time.sleep(2 * demo._AGAIN)
"""


def test_a_signal_that_comes_while_python_drops_exceptions_ends_it_all_the_same():
    """A moment later, once, and nothing after it."""
    done = subprocess.run([sys.executable, "-c", LOST_IN_A_FINALIZER], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout.split("\n")) == (0, ["not ended", "143", ""])


def test_a_demo_that_is_killed_takes_its_daemon_along(demo):
    """Nobody would look for a mail server that a demo left behind."""
    demo.until_printed(STAYING)
    assert len(demo.processes()) == 1

    demo.end(signal.SIGKILL)

    until(lambda: demo.processes() == [], "the end of the daemon")


def test_a_daemon_that_does_not_come_up_is_explained_by_its_log(stage):
    """A visitor on an odd machine needs the reason, not patience."""
    stage.config.write_text("[router]\ntimezone = 'Mars/Olympus'\n")

    with pytest.raises(Failure, match=r"(?s)ended with 78.*last lines of its log.*Mars/Olympus"):
        stage.start()


# The letters, the folders and the screen.


def test_the_invented_letters_are_mail_without_a_defect():
    """A demo with broken mail would show how forgiving we are, and nothing else."""
    for letter in (*letters(), *rush()):
        parsed = message_from_bytes(letter.raw, policy=email.policy.default)

        assert [part.defects for part in parsed.walk() if part.defects] == []
        assert re.search(rb"(?<!\r)\n|\r(?!\n)|@now", letter.raw) is None
        assert abs(parsed["Date"].datetime - datetime.now(UTC)).total_seconds() < 60
        assert parsed["From"].addresses[0].domain.endswith(".example")


def test_no_two_letters_share_a_message_id():
    """The count after the kill goes by it."""
    ids = [letter.message_id for letter in (*letters(), *rush())]

    assert len(set(ids)) == len(ids) == 30


def _maildir(folder: Path) -> Callable[[str, str], None]:
    for place in ("new", "cur"):
        (folder / place).mkdir(parents=True)

    def put(name: str, message_id: str) -> None:
        (folder / name).write_bytes(b"X-Router-Copy: abc.mac\r\nMessage-ID: <" + message_id.encode() + b">\r\n\r\n")

    return put


def test_a_second_copy_in_a_folder_is_counted(tmp_path):
    """Otherwise `none twice` would be an empty phrase."""
    put, inboxes = _maildir(tmp_path), Inboxes({"Mike": tmp_path})
    put("new/1.Ra.host,S=9", "a@x.example")
    put("new/2.Rb.host,S=9", "a@x.example")

    inboxes.look()

    assert inboxes.holders("a@x.example") == {"Mike": 2}


def test_a_copy_that_a_mail_program_opens_is_still_one_copy(tmp_path):
    """Visitors open the folder while the demo looks into it."""
    put, inboxes = _maildir(tmp_path), Inboxes({"Mike": tmp_path})
    put("new/1.Ra.host,S=9", "a@x.example")
    inboxes.look()
    (tmp_path / "new/1.Ra.host,S=9").rename(tmp_path / "cur/1.Ra.host,S=9:2,S")

    assert inboxes.look() == []
    assert inboxes.holders("a@x.example") == {"Mike": 1}


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("Jürgen → Köln", "utf-8", "Jürgen → Köln"),
        ("Jürgen → Köln", "latin-1", "Jürgen -> Köln"),  # what it has stays
        ("Jürgen → Köln", "ascii", "Jurgen -> Koln"),
        ("Straße – 田中…", "ascii", "Strasse - ??..."),  # no likeness: one mark for each character
        ("anything", "no-such-codec", "????????"),
    ],
)
def test_text_is_fitted_to_what_the_stream_can_carry(text, encoding, expected):
    """A character must never end a demo."""
    assert fitting(text, encoding) == expected


def test_a_strangers_subject_cannot_steer_the_terminal():
    """The visitor's own mail is printed too, and holds whatever somebody put there."""
    assert clean("a\x1b[31m\u202eb\r\nc") == "a?[31m?b??c"


def test_columns_stand_below_each_other_whatever_the_script():
    """East Asian characters take two columns of a terminal."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    Show(stream).table(("WHO", "N"), [("田中", 1), ("Jane", 2)])
    stream.seek(0)

    assert stream.read() == "  WHO   N\n  田中  1\n  Jane  2\n"
