"""What a picture of a digest can tell: it fits a phone, and can be read in the light and in the dark."""

import re
from collections.abc import Iterator

import pytest

from router.conversation.edition import Edition
from router.digest.letter import Letter
from tests.conftest import short_folder
from tests.digest.browser import Screen, look
from tests.digest.morning import Morning, ago, twin
from tests.store.desk import opened

PHONE, DESKTOP = 360, 820
READABLE = 4.5  # contrast: WCAG 2.2 section 1.4.3
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2


@pytest.fixture(scope="module")
def pages(usual: tuple[Letter, Edition]) -> Iterator[dict[str, str]]:
    """A usual morning, one with words that are too long, a broken and a blind one."""
    with short_folder() as folder, opened(folder) as database:
        morning = Morning(database)
        morning.write(
            LONG[:60], ago(40), LONG, Subject=LONG, From=f"{LONG} <{LONG[:60].lower()}@{LONG[:50].lower()}.example>"
        )
        blind = twin(morning.compose()[1].letters[0], "html")
        morning.sighted()
        long = twin(morning.compose()[1].letters[0], "html")
        morning.watches("support-imap", last_success=ago(2), last_error=LONG)
        broken = twin(morning.compose(made=ago(-1), missed=2)[1].letters[0], "html")
        yield {"usual": twin(usual[0], "html"), "long": long, "broken": broken, "blind": blind}


@pytest.fixture(scope="module")
def screens(pages: dict[str, str]) -> Iterator[dict[str, dict[str, Screen]]]:
    """All of them on a phone, by day and in the dark."""
    with short_folder() as folder:
        yield {
            "phone": look(pages, folder, width=PHONE),
            "light": look(pages, folder, width=DESKTOP),
            "dark": look(pages, folder, width=DESKTOP, dark=True),
        }


@pytest.mark.parametrize("name", ["usual", "long", "broken", "blind"])
def test_a_phone_shows_it_without_scrolling_sideways(screens: dict[str, dict[str, Screen]], name: str) -> None:
    """Whatever words it has to break."""
    screen = screens["phone"][name]

    assert screen.width <= PHONE
    assert max(right for *_, right, _ in screen.texts) <= PHONE
    assert min(size for _, _, size, *_ in screen.texts if size > 1) >= 12
    # A time and a button are taken in at a glance.
    whole = re.compile(r"\d+\s(days?|h|min)\b[\s\w]*|Done\s\d+")
    assert [one for one in screen.texts if whole.fullmatch(one[0]) and one[4] > 1] == []
    assert all(height >= 40 for height in screen.taps)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["usual", "broken", "blind"])
def test_every_word_can_be_read(screens: dict[str, dict[str, Screen]], name: str, scheme: str) -> None:
    """In the light and in the dark."""
    screen = screens[scheme][name]

    assert [one for one in screen.texts if one[1] < READABLE] == []
    assert len(screen.texts) > 5
    assert (sum(screen.ground[:3]) < 150) is (scheme == "dark")
