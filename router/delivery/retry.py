"""When to try again: pure policy. Pauses grow from half a minute to four hours, with jitter, over days."""

from datetime import datetime, timedelta

FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=4)
GIVE_UP = timedelta(days=7)


def next_attempt(
    attempts: int, created: datetime, now: datetime, *, jitter: float, give_up: timedelta = GIVE_UP
) -> datetime | None:
    """The instant of the next attempt after `attempts` failed ones; None once `give_up` has passed since `created`.

    `jitter` in 0..1 spreads a pause over 75 % to 125 % of itself, so that what failed together does not return
    together.
    """
    if now - created >= give_up:
        return None
    pause = min(FIRST * (1 << min(attempts - 1, 20)), LONGEST)
    return now + pause * (0.75 + 0.5 * jitter)
