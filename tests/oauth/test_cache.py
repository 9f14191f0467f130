"""Tokens that are kept, renewed ahead, given back; and what is not hammered."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from router.oauth.cache import Keeper
from router.oauth.google import ByService
from router.oauth.tokens import NoToken, TokenRefused
from tests.bench.identity import Identity, service_account
from tests.oauth.conftest import BySecret


class Clock:
    """Seconds that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keeper(by_secret: BySecret, clock: Clock) -> Keeper:
    """Of an application with a secret."""
    return Keeper("ms", by_secret(), clock)


def code(ask: Callable[[], str]) -> str:
    """Why there is no token."""
    with pytest.raises(NoToken) as found:
        ask()
    return found.value.code


def test_one_token_does_for_every_mailbox_and_both_protocols(provider: Identity, keeper: Keeper) -> None:
    """As an application we are the same everywhere."""
    places = [keeper.tokens("imap", "ann@example.com"), keeper.tokens("smtp", "router@example.com")]

    assert len({one.token() for one in places}) == 1
    assert len(provider.grants) == 1


def test_of_many_who_want_a_token_one_asks(provider: Identity, keeper: Keeper) -> None:
    """The others wait for it."""
    provider.delay = 0.2
    tokens = keeper.tokens("imap", "ann@example.com")
    with ThreadPoolExecutor(20) as pool:
        found = {one.result() for one in [pool.submit(tokens.token) for _ in range(20)]}

    assert len(found) == 1
    assert len(provider.grants) == 1


def test_a_token_is_renewed_while_it_is_good(provider: Identity, keeper: Keeper, clock: Clock) -> None:
    """By the way ten minutes before its end, at the latest five minutes before it."""
    tokens = keeper.tokens("imap", "ann@example.com")
    first = tokens.token()
    clock.now += 2900
    keeper.renew()
    kept = tokens.token()
    clock.now += 200
    keeper.renew()
    second = tokens.token()
    clock.now += 3301
    third = tokens.token()

    assert kept == first
    assert len({first, second, third}) == len(provider.grants) == 3


def test_a_provider_that_is_away_for_minutes_holds_up_nobody(provider: Identity, keeper: Keeper, clock: Clock) -> None:
    """The old token is good until its end, and no longer."""
    tokens = keeper.tokens("imap", "ann@example.com")
    first = tokens.token()
    provider.down = (503, {}, "busy")
    clock.now += 3400
    late = tokens.token()
    clock.now += 200

    assert late == first
    assert code(tokens.token) == "provider-down"


def test_whoever_is_renewed_can_still_be_asked(provider: Identity, keeper: Keeper, clock: Clock) -> None:
    """A provider that is slow at renewal delays no login."""
    tokens = keeper.tokens("imap", "ann@example.com")
    first = tokens.token()
    clock.now += 3100
    provider.delay = 1.0
    renewal = threading.Thread(target=keeper.renew)
    renewal.start()
    time.sleep(0.2)
    begun = time.monotonic()
    meanwhile, waited = tokens.token(), time.monotonic() - begun
    renewal.join()

    assert meanwhile == first
    assert waited < 0.5
    assert tokens.token() != first


def test_tokens_of_seconds_are_renewed_too(provider: Identity, keeper: Keeper, clock: Clock) -> None:
    """A margin of minutes would fetch one for every login (pitfall 44)."""
    provider.seconds = 6
    tokens = keeper.tokens("imap", "ann@example.com")
    found = []
    for _ in range(60):
        found.append(tokens.token())
        clock.now += 1

    assert len(provider.grants) == len(set(found)) == 20


def test_a_refused_token_is_replaced_once(provider: Identity, keeper: Keeper, clock: Clock) -> None:
    """A mailbox that is closed to us refuses every token, and others need theirs."""
    ann, bob = keeper.tokens("imap", "ann@example.com"), keeper.tokens("imap", "bob@example.com")
    first = ann.token()
    again = [ann.refused(first, "AUTHENTICATE failed.").again, bob.refused(first, "AUTHENTICATE failed.").again]
    second = ann.token()
    later = [one.refused(second, "AUTHENTICATE failed.").again for one in (ann, bob)]
    clock.now += 301
    at_last = ann.refused(second, "AUTHENTICATE failed.").again
    third = bob.token()

    assert again == [True, True]
    assert later == [False, False]
    assert at_last
    assert len({first, second, third}) == len(provider.grants) == 3


def test_a_closed_mailbox_is_not_hammered(provider: Identity, keeper: Keeper, clock: Clock) -> None:
    """Neither its mail server nor the provider; other mailboxes go on."""
    ann, bob = keeper.tokens("smtp", "ann@example.com"), keeper.tokens("smtp", "bob@example.com")
    knocks = []
    for _ in range(3600):
        with suppress(TokenRefused):
            ann.refused(ann.token(), "535 5.7.3 Authentication unsuccessful")
            knocks.append(clock.now - 1000)
        clock.now += 1

    assert knocks[:5] == [0, 1, 31, 91, 211]  # at 1 with another token, as every five minutes at the earliest
    assert len(knocks) <= 14
    assert len(provider.grants) <= 13
    assert bob.token() in provider.tokens


def test_what_is_wanted_is_fetched_at_the_start(provider: Identity, keeper: Keeper, clock: Clock) -> None:
    """A wrong secret is found out before the first mail, and its end too; nobody has to ask."""
    provider.secret = "another"
    keeper.tokens("imap", "ann@example.com")
    keeper.renew()
    keeper.renew()
    trouble, asked = keeper.trouble(), len(provider.grants)
    provider.secret = "correct"
    clock.now += 31
    keeper.renew()

    assert trouble is not None
    assert (trouble.code, asked) == ("secret-wrong", 1)
    assert keeper.trouble() is None


def test_a_wrong_secret_is_not_hammered(provider: Identity, keeper: Keeper, clock: Clock) -> None:
    """An hour of everybody asking every second is a handful of questions; each time the cause is told."""
    provider.secret = "another"
    places = [keeper.tokens("imap", f"{name}@example.com") for name in ("ann", "bob", "eve")]
    codes = set()
    for _ in range(3600):
        codes |= {code(one.token) for one in places}
        clock.now += 1

    assert codes == {"secret-wrong"}
    assert 5 <= len(provider.grants) <= 10


def test_a_new_secret_is_tried_at_once(provider: Identity, keeper: Keeper, by_secret: BySecret) -> None:
    """Whoever has mended it wants to see that."""
    provider.secret = "corrected"
    tokens = keeper.tokens("imap", "ann@example.com")
    before = code(tokens.token)
    trouble = keeper.trouble()
    by_secret("corrected")

    assert before == "secret-wrong"
    assert trouble is not None
    assert trouble.values["oauth"] == "ms"
    assert tokens.token() in provider.tokens
    assert keeper.trouble() is None


def test_a_provider_is_given_the_time_that_it_asks_for(provider: Identity, keeper: Keeper, clock: Clock) -> None:
    """Retry-After."""
    provider.down = (429, {"Retry-After": "120"}, '{"error": "slow down"}')
    tokens = keeper.tokens("imap", "ann@example.com")
    first = code(tokens.token)
    asked = len(provider.asked)
    clock.now += 119
    second = code(tokens.token)
    meanwhile = len(provider.asked)
    provider.down = None
    clock.now += 2

    assert first == second == "throttled"
    assert meanwhile == asked
    assert tokens.token() in provider.tokens


def test_what_passes_is_spoken_of_when_it_stays(provider: Identity, keeper: Keeper, clock: Clock) -> None:
    """Nobody is woken by a provider that was away for seconds; by a wrong secret at once."""
    provider.down = (503, {}, "busy")
    tokens = keeper.tokens("imap", "ann@example.com")
    spoken_of = []
    for _ in range(3):
        code(tokens.token)
        spoken_of.append(keeper.trouble() is not None)
        clock.now += 400

    assert spoken_of == [False, False, True]


def test_one_account_that_nobody_knows_holds_up_no_other(provider: Identity, tmp_path: Path, clock: Clock) -> None:
    """A typo in one username is not the service account's fault."""
    keeper = Keeper("google", ByService(service_account(tmp_path, provider)), clock)
    nobody = keeper.tokens("imap", "nobody@example.com")
    first = code(nobody.token)
    fine = keeper.tokens("imap", "ann@example.com").token()
    asked = len(provider.asked)

    assert first == code(nobody.token) == "account-unknown"
    assert provider.tokens[fine] == "ann@example.com"
    assert len(provider.asked) == asked
