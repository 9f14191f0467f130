"""A password that was refused is not tried again and again."""

import asyncio
from pathlib import Path

import pytest

from router.delivery.smtp.door import PAUSES, Door
from router.delivery.smtp.session import CannotSend
from tests.bench.relay import EXTENSIONS, SILENCE, Relay
from tests.delivery.smtp.sending import relay

AUTH = (*EXTENSIONS, "AUTH PLAIN")
WRONG = "535 5.7.8 wrong"
OPEN, REFUSED = "open", f"True: the login is refused: {WRONG}"


class Hours:
    """A clock that goes on by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """The file of a password."""
    file = tmp_path / "secret"
    file.write_text("old")
    return file


def logins(bench: Relay) -> int:
    """How often somebody has tried."""
    return sum(command.startswith("AUTH") for command in bench.commands)


async def knock(door: Door) -> str:
    """What is said at the door; where that is no, it is of our login."""
    try:
        session = await door.enter()
    except CannotSend as error:
        return f"{error.of_login}: {str(error).partition(': ')[2]}"
    await session.quit()
    return OPEN


async def test_the_pause_after_a_refused_password_doubles(secret: Path) -> None:
    """A server that counts wrong passwords locks the account, or this machine, of who tries every second."""
    hours = Hours()
    async with Relay({"AUTH": WRONG}, extensions=AUTH) as bench:
        door = Door(relay(bench.port, username="r", password_file=secret), hours)
        for _ in range(24 * 60):
            assert await knock(door) == REFUSED
            hours.now += 60

    assert 24 * 3600 / PAUSES[1] <= logins(bench) <= 24 * 3600 / PAUSES[1] + 6


async def test_several_who_come_at_once_try_it_once(secret: Path) -> None:
    """An account that locks after three wrong passwords has had one; with a good one each gets a session."""
    async with Relay({"AUTH": [WRONG]}, extensions=AUTH) as bench:
        door = Door(relay(bench.port, username="r", password_file=secret), Hours())
        before = await asyncio.gather(*(knock(door) for _ in range(4)))
        tried = logins(bench)
        await asyncio.to_thread(secret.write_text, "new")
        after = await asyncio.gather(*(knock(door) for _ in range(4)))

    assert (before, tried) == ([REFUSED] * 4, 1)
    assert (after, logins(bench)) == ([OPEN] * 4, 5)


async def test_one_that_is_broken_off_keeps_nobody_out(secret: Path) -> None:
    """A daemon that reloads cancels what is under way."""
    async with Relay({"AUTH": [SILENCE]}, extensions=AUTH) as bench:
        door = Door(relay(bench.port, username="r", password_file=secret), Hours())
        first = asyncio.create_task(door.enter())
        for _ in range(1000):
            if logins(bench):
                break
            await asyncio.sleep(0.01)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

        assert await knock(door) == OPEN


async def test_a_new_password_is_tried_at_once(secret: Path) -> None:
    """Whoever has just written it waits for no pause."""
    async with Relay({"AUTH": [WRONG]}, extensions=AUTH) as bench:
        door = Door(relay(bench.port, username="r", password_file=secret), Hours())
        said = [await knock(door), await knock(door)]
        await asyncio.to_thread(secret.write_text, "new")
        said.append(await knock(door))

    assert said == [REFUSED, REFUSED, OPEN]
    assert logins(bench) == 2


async def test_a_server_that_takes_it_again_is_forgiven(secret: Path) -> None:
    """The next refusal, in a month, begins with the short pause."""
    hours = Hours()
    async with Relay({"AUTH": [WRONG, WRONG, "235 fine", WRONG, "235 fine"]}, extensions=AUTH) as bench:
        door = Door(relay(bench.port, username="r", password_file=secret), hours)
        opened = []
        for seconds in (0, PAUSES[0], 2 * PAUSES[0], 0, PAUSES[0]):
            hours.now += seconds
            opened.append(await knock(door))

    assert opened == [REFUSED, REFUSED, OPEN, REFUSED, OPEN]


async def test_what_is_no_refusal_of_a_password_makes_no_pause(secret: Path) -> None:
    """A server that is busy is tried as often as ever."""
    async with Relay({"GREETING": ["421 4.3.2 busy"]}, extensions=AUTH) as bench:
        door = Door(relay(bench.port, username="r", password_file=secret), Hours())
        said = [await knock(door), await knock(door)]

    assert said == ["False: greeting: 421 4.3.2 busy", OPEN]
