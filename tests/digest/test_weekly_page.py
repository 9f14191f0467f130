"""How a weekly letter looks: in Outlook, on a phone, in the dark, and whatever strangers write in it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.digest.letter import Letter
from tests.bench.corpora import corpora_folder
from tests.conftest import short_folder
from tests.digest.browser import Screen, look
from tests.digest.morning import TOM, twin
from tests.digest.outlook import Known, Page, faults
from tests.digest.sunday import Sunday, a_usual_week, before
from tests.digest.test_hostile import BIDI, NASTY
from tests.store.desk import opened

PHONE, DESKTOP = 360, 820
READABLE = 4.5  # contrast: WCAG 2.2 section 1.4.3
WEEKS = ["usual", "quiet", "blind", "broken"]


@pytest.fixture(scope="module")
def letters() -> dict[str, Letter]:
    """Weeks of all kinds."""
    found = {}
    with short_folder() as folder, opened(folder) as database:
        sunday = Sunday(database)
        sunday.write("Kim", before(3), "I am really sad about my lamp, which was a gift.")
        found["blind"] = sunday.letter()[1].letters[0]
        found["quiet"] = sunday.letter(made=before(30), at=before(30))[1].letters[0]
    with short_folder() as folder, opened(folder) as database:
        sunday = Sunday(database)
        a_usual_week(sunday)
        found["usual"] = sunday.letter()[1].letters[0]
        sunday.watches("support-imap", last_success=before(2), last_error="x" * 400)
        found["broken"] = sunday.letter(made=before(-0.2), missed=2)[1].letters[0]
    return found


@pytest.fixture(scope="module")
def known() -> Known:
    """What Can I email says."""
    folder = corpora_folder()
    if folder is None:
        pytest.skip("MAIL_CORPORA does not name the folder of the corpora")
    return Known(folder)


@pytest.mark.parametrize("name", WEEKS)
def test_outlook_shows_all_of_it(letters: dict[str, Letter], known: Known, name: str) -> None:
    """Each element, attribute and property is supported by Outlook for Windows, or listed with its reason."""
    assert faults(twin(letters[name], "html"), known) == []


@pytest.mark.parametrize("name", WEEKS)
def test_it_fetches_nothing_and_runs_nothing(letters: dict[str, Letter], name: str) -> None:
    """Opening it tells nobody anything."""
    page = Page(twin(letters[name], "html"))
    links = {value for _, name, value in page.values if name in ("href", "src", "background", "action")}

    assert all(link.startswith("mailto:router+re-") for link in links)
    assert bool(links) is (name in ("usual", "broken"))
    assert page.elements.isdisjoint({"script", "img", "link", "iframe", "form", "object", "video", "base"})
    assert "url(" not in twin(letters[name], "html")
    assert "http" not in twin(letters[name], "html")


def test_it_is_small_enough_not_to_be_cut_off(letters: dict[str, Letter]) -> None:
    """Gmail shows some 100 kB."""
    assert len(twin(letters["usual"], "html").encode()) < 40_000


@pytest.fixture(scope="module")
def screens(letters: dict[str, Letter]) -> Iterator[dict[str, dict[str, Screen]]]:
    """All of them on a phone, by day and in the dark."""
    pages = {name: twin(letters[name], "html") for name in WEEKS}
    with short_folder() as folder:
        yield {
            "phone": look(pages, folder, width=PHONE),
            "light": look(pages, folder, width=DESKTOP),
            "dark": look(pages, folder, width=DESKTOP, dark=True),
        }


@pytest.mark.parametrize("name", WEEKS)
def test_a_phone_shows_it_without_scrolling_sideways(screens: dict[str, dict[str, Screen]], name: str) -> None:
    """Whatever words it has to break."""
    screen = screens["phone"][name]

    assert screen.width <= PHONE
    assert max(right for *_, right, _ in screen.texts) <= PHONE
    assert min(size for _, _, size, *_ in screen.texts if size > 1) >= 12
    # A time, a number and a button are taken in at a glance.
    whole = re.compile(r"\d+\s(days?|h|min|letters?)\b[\s\w]*|(Rung|Mine)\s\d+")
    assert [one for one in screen.texts if whole.fullmatch(one[0]) and one[4] > 1] == []
    assert all(height >= 40 for height in screen.taps)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", WEEKS)
def test_every_word_can_be_read(screens: dict[str, dict[str, Screen]], name: str, scheme: str) -> None:
    """In the light and in the dark."""
    screen = screens[scheme][name]

    assert [one for one in screen.texts if one[1] < READABLE] == []
    assert len(screen.texts) > 5
    assert (sum(screen.ground[:3]) < 150) is (scheme == "dark")


def sendable(nasty: str) -> bool:
    """Whether a mail can hold it in a header field."""
    return "\n" not in nasty and "\r" not in nasty and "\x00" not in nasty and not re.search("[\ud800-\udfff]", nasty)


def test_what_a_stranger_writes_stays_what_he_wrote(tmp_path: Path, letters: dict[str, Letter]) -> None:
    """In every place that he can fill: his name, the subject, and what is quoted of his letters."""
    with opened(tmp_path) as database:
        sunday = Sunday(database, name_staff=True)
        a_usual_week(sunday)
        for number, nasty in enumerate(filter(sendable, NASTY)):
            words = f"I am so disappointed by {nasty[:100]} and by all the rest of it."
            fields = {"Subject": nasty[:200], "From": f'"{re.sub(chr(34), "", nasty[:100])}" <w{number}@evil.example>'}
            at = 4 + number / 24
            sunday.talk(
                f"w{number}@evil.example",
                ("c", before(at + 3), words),
                (TOM, before(at + 2), words),
                ("c", before(at + 1.5), words),
                ("c", before(at + 1), f"{words} Will nobody answer me at last?"),
                (TOM, before(at), f"I will come back to you tomorrow. {nasty[:100]}"),
                **fields,
            )
            sunday.write(f"x{number}@evil.example", before(20 + number), words, **fields)
        found = sunday.letter()[1].letters[0]
    good, page = Page(twin(letters["usual"], "html")), Page(twin(found, "html"))
    links = [value for _, name, value in page.values if name == "href"]

    assert page.elements <= good.elements
    assert page.attributes <= good.attributes
    assert page.styles <= good.styles
    assert page.sheet == good.sheet
    assert all(link.startswith("mailto:router+re-") for link in links)
    assert "evil.example" in twin(found, "plain")
    for text in (twin(found, "plain"), twin(found, "html")):
        assert not {ord(one) for one in text} & BIDI
        assert not [one for one in text if ord(one) < 32 and one != "\n"]
    assert len(found.block) + len(found.body) < 80_000
    assert b"evil" not in found.body.partition(b"\r\n\r\n")[0]
