"""AUTH: behind TLS only, against hashes only, three tries; and who needs it."""

import asyncio
import base64
import subprocess
import sys
import time
from pathlib import Path

import pytest

from router.intake import replies
from router.intake.credentials import Credentials, server_tls
from router.intake.users import BadUsers, Hash, Users, read_users
from router.store.database import Database
from tests.bench.certificates import Pair, trusting
from tests.bench.daemon import REPOSITORY
from tests.bench.smtp import Client
from tests.intake.test_tls import listening
from tests.intake.test_tls import pair as pair

# Of "correct horse". Written out: the names of tests have to be the same in all processes of a run.
HASH = Hash.parse("scrypt$16384$8$5$XVHLa+HybZFre9IslmaeNw==$7ejhRSCW5PmXKU1MCpHBjdZvitU8NnK/1m/yJOoiGDs=")
ELSEWHERE = "192.0.2.0/24"  # where nobody here comes from


def secret(*parts: str) -> str:
    """The parts of a PLAIN message, as base64."""
    return base64.b64encode("\0".join(parts).encode()).decode()


GOOD = f"AUTH PLAIN {secret('', 'mx', 'correct horse')}"
BAD = f"AUTH PLAIN {secret('', 'mx', 'wrong')}"


@pytest.fixture
def credentials(pair: Pair) -> Credentials:
    """One user, behind TLS."""
    return Credentials(server_tls(pair.certificate, pair.key), users=Users({"mx": HASH, "jörg": HASH}))


def answers(pair: Pair, *lines: str) -> "type[Client] | object":
    """What a client hears to these lines behind TLS."""

    def say(client: Client) -> list[str]:
        client.start_tls(trusting(pair))
        return [str(client.command(line)) for line in lines]

    return say


# The dialogue.


@pytest.mark.parametrize(
    "lines",
    [
        [GOOD],
        [GOOD.lower().replace(GOOD.split()[2].lower(), GOOD.split()[2])],  # auth plain
        [f"AUTH PLAIN {secret('mx', 'mx', 'correct horse')}"],  # acting for oneself
        [f"AUTH PLAIN {secret('', 'jörg', 'correct horse')}"],
        ["AUTH PLAIN", secret("", "mx", "correct horse")],
        ["AUTH LOGIN", secret("mx"), secret("correct horse")],
        [f"AUTH LOGIN {secret('mx')}", secret("correct horse")],
    ],
)
async def test_the_right_password_logs_in(credentials: Credentials, pair: Pair, lines: list[str]) -> None:
    """By either mechanism, with or without an initial response."""
    async with listening(None, credentials, allow=ELSEWHERE) as bench:
        *asked, last = await bench.talk(answers(pair, *lines))  # type: ignore[arg-type]

    assert last == replies.LOGGED_IN
    assert all(one.startswith("334 ") for one in asked)


@pytest.mark.parametrize(
    ("lines", "reply"),
    [
        ([BAD], replies.BAD_LOGIN),
        ([f"AUTH PLAIN {secret('', 'nobody', 'correct horse')}"], replies.BAD_LOGIN),
        ([f"AUTH PLAIN {secret('', 'MX', 'correct horse')}"], replies.BAD_LOGIN),
        ([f"AUTH PLAIN {secret('', '', '')}"], replies.BAD_LOGIN),
        ([f"AUTH PLAIN {secret('boss', 'mx', 'correct horse')}"], replies.AUTH_BASE64),  # for somebody else
        ([f"AUTH PLAIN {secret('mx', 'correct horse')}"], replies.AUTH_BASE64),
        (["AUTH PLAIN ="], replies.AUTH_BASE64),
        (["AUTH PLAIN !!!"], replies.AUTH_BASE64),
        ([f"AUTH PLAIN {base64.b64encode(b'%c%cmx%c%c' % (0, 0, 0, 255)).decode()}"], replies.AUTH_BASE64),
        (["AUTH PLAIN", "*"], replies.AUTH_ABORTED),
        (["AUTH LOGIN", secret("mx"), "*"], replies.AUTH_ABORTED),
        (["AUTH LOGIN", "x" * 13_000], replies.LONG_LINE),
        (["AUTH"], replies.AUTH_SYNTAX),
        (["AUTH PLAIN a b"], replies.AUTH_SYNTAX),
        (["AUTH CRAM-MD5"], replies.NO_MECHANISM),
        ([GOOD, GOOD], replies.NOT_NOW),
        (["MAIL FROM:<a@x.example>", GOOD], replies.LOGIN_FIRST),
    ],
)
async def test_anything_else_does_not(credentials: Credentials, pair: Pair, lines: list[str], reply: str) -> None:
    """One reply each; the session goes on, and nothing tells whether the name was right."""
    async with listening(None, credentials, allow=ELSEWHERE) as bench:
        heard = await bench.talk(answers(pair, *lines, "NOOP"))  # type: ignore[arg-type]

    assert reply in heard
    assert heard[-1] == replies.OK


async def test_never_before_tls(credentials: Credentials) -> None:
    """Neither offered nor taken: the password would be read by everybody between (RFC 4954 section 4)."""

    def say(client: Client) -> tuple[str, list[str]]:
        return client.command("EHLO x").text, [str(client.command(line)) for line in (GOOD, "AUTH LOGIN", "NOOP")]

    async with listening(None, credentials) as bench:
        offered, heard = await bench.talk(say)

    assert "AUTH" not in offered
    assert heard == [replies.ENCRYPTION_FIRST, replies.ENCRYPTION_FIRST, replies.OK]


async def test_it_is_offered_behind_tls(credentials: Credentials, pair: Pair) -> None:
    """Exactly the mechanisms that are carried out."""
    async with listening(None, credentials) as bench:
        (offered,) = await bench.talk(answers(pair, "EHLO x"))  # type: ignore[arg-type]

    assert "AUTH PLAIN LOGIN" in offered.split("\n")


async def test_three_failures_end_the_connection(credentials: Credentials, pair: Pair) -> None:
    """Guessing costs a connection, and is counted."""

    def say(client: Client) -> list[str]:
        client.start_tls(trusting(pair))
        return [*(str(client.command(BAD)) for _ in range(3)), *map(str, client.replies())]

    async with listening(None, credentials) as bench:
        assert await bench.talk(say) == [replies.BAD_LOGIN, replies.BAD_LOGIN, replies.TOO_MANY_LOGINS]
        assert bench.reception.counts == {"bad-login": 3}


async def test_checks_do_not_hold_up_the_others(credentials: Credentials, pair: Pair) -> None:
    """A fifth of a second of a thread each, and none of the loop."""

    def say(client: Client) -> float:
        begun = time.monotonic()
        client.command("NOOP")
        return time.monotonic() - begun

    async with listening(None, credentials) as bench:
        logins = [asyncio.create_task(bench.talk(answers(pair, BAD, BAD))) for _ in range(4)]  # type: ignore[arg-type]
        await asyncio.sleep(0.3)
        waits = [await bench.talk(say) for _ in range(5)]
        await asyncio.gather(*logins)

    assert sorted(waits)[2] < 0.1


# Who needs it.


async def test_a_stranger_has_to_log_in(database: Database, credentials: Credentials, pair: Pair) -> None:
    """530 until then; each refusal is counted."""

    def say(client: Client) -> list[str]:
        client.start_tls(trusting(pair))
        found = [str(client.mail(b"x")), str(client.command(GOOD)), str(client.mail(b"x"))[:3]]
        client.command("EHLO again")
        return [*found, str(client.mail(b"y"))[:3]]

    async with listening(database, credentials, allow=ELSEWHERE) as bench:
        assert await bench.talk(say) == [replies.LOGIN_FIRST, replies.LOGGED_IN, "250", "250"]
        assert bench.reception.counts == {"no-login": 1}


@pytest.mark.parametrize(("allow", "code"), [("127.0.0.0/8", 250), ("0.0.0.0/0", 530), (ELSEWHERE, 530)])
async def test_a_network_of_ours_needs_no_login_and_everywhere_is_none(
    database: Database, credentials: Credentials, allow: str, code: int
) -> None:
    """Whoever writes 0.0.0.0/0 says who may connect, not whom he trusts."""
    async with listening(database, credentials, allow=allow) as bench:
        assert (await bench.talk(lambda client: client.mail(b"x"))).code == code


async def test_starttls_forgets_nobody_in(database: Database, credentials: Credentials, pair: Pair) -> None:
    """A login belongs to one session within TLS."""
    async with listening(database, credentials, allow=ELSEWHERE) as bench:
        await bench.talk(answers(pair, GOOD))  # type: ignore[arg-type]

        assert (await bench.talk(lambda client: client.mail(b"x"))).code == 530


# The file.


def test_a_line_is_made_by_a_command(tmp_path: Path) -> None:
    """And what it makes is read."""
    made = subprocess.run(
        [sys.executable, "-m", "router.intake.users", "mx"],
        cwd=REPOSITORY, input="s3cret\n", capture_output=True, text=True, check=True,
    )  # fmt: skip
    (tmp_path / "users").write_text(f"# our servers\n\n{made.stdout}")

    assert made.stdout.startswith("mx:scrypt$16384$8$5$")
    assert "s3cret" not in made.stdout
    assert len(read_users(tmp_path / "users")) == 1


@pytest.mark.parametrize("arguments", [[], ["a:b"], ["a", "b"], [""], ["#x"]])
def test_the_command_says_how_it_is_used(arguments: list[str]) -> None:
    """A name with a colon could not be read back."""
    ran = subprocess.run(
        [sys.executable, "-m", "router.intake.users", *arguments],
        cwd=REPOSITORY, input="x\n", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "usage:" in ran.stderr


async def test_who_may_log_in_is_who_stands_there(tmp_path: Path) -> None:
    """With the password that was hashed, and no other."""
    (tmp_path / "users").write_text(f"mx:{HASH}\nb:{Hash.of('other')}\n")
    users = read_users(tmp_path / "users")
    tries = [("mx", "correct horse"), ("b", "other"), ("mx", "other"), ("", ""), ("mx", ""), ("c", "other")]

    assert [await users.knows(*one) for one in tries] == [True, True, False, False, False, False]


def test_two_hashes_of_one_password_differ() -> None:
    """Each has its own salt."""
    assert str(Hash.of("x")) != str(Hash.of("x"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "names nobody"),
        ("# only words\n", "names nobody"),
        ("mx\n", "line 1 is no new name"),
        (f":{HASH}\n", "line 1 is no new name"),
        (f"mx:{HASH}\nmx:{HASH}\n", "line 2 is no new name"),
        ("mx:s3cret\n", "line 1 has no hash"),  # a password in the clear is never taken for one
        ("mx:$2b$12$abcdefghijklmnopqrstuv\n", "line 1 has no hash"),
        (f"mx:{str(HASH).replace('16384', '16383')}\n", "line 1 has no hash"),
        (f"mx:{str(HASH).replace('16384', '67108864')}\n", "line 1 has no hash"),  # would take all memory
        (f"mx:{str(HASH).replace('$8$5$', '$8$5000$')}\n", "line 1 has no hash"),  # or all day
        (f"mx:{str(HASH)[:-20]}\n", "line 1 has no hash"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_without_its_secrets(tmp_path: Path, text: str, told: str) -> None:
    """The line is named, not shown."""
    (tmp_path / "users").write_text(text)
    with pytest.raises(BadUsers, match=told) as caught:
        read_users(tmp_path / "users")

    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """It was there when the configuration was read."""
    with pytest.raises(BadUsers, match="No such file"):
        read_users(tmp_path / "users")
