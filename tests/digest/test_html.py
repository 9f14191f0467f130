"""The HTML of a digest: what Outlook's Word engine shows, and the same lines as the text."""

from dataclasses import replace
from pathlib import Path

import pytest

from router.conversation.edition import Edition, Kind
from router.digest.letter import Letter
from tests.bench.corpora import corpora_folder
from tests.digest.morning import Morning, ago, twin
from tests.digest.outlook import Known, Page, faults


@pytest.fixture(scope="module")
def known() -> Known:
    """What Can I email says."""
    folder = corpora_folder()
    if folder is None:
        pytest.skip("MAIL_CORPORA does not name the folder of the corpora")
    return Known(folder)


def test_outlook_shows_all_of_it(usual: tuple[Letter, Edition], known: Known) -> None:
    """Each element, attribute and property is supported by Outlook for Windows, or listed with its reason."""
    assert faults(twin(usual[0], "html"), known) == []


def test_outlook_shows_the_other_mornings_too(morning: Morning, known: Known) -> None:
    """Blind, and unreliable with a late edition and an offer."""
    morning.write("Kim", ago(40))
    blind = twin(morning.compose()[1].letters[0], "html")
    morning.sighted()
    morning.watches("support-imap", last_success=None, last_error="refused")
    doubtful = twin(morning.compose(made=ago(-1), missed=3)[1].letters[0], "html")

    edition, composed = morning.compose()
    urgent = twin(morning.compose(kind=Kind.AT_ONCE, items=edition.items)[1].letters[0], "html")

    assert "park 14d" in doubtful
    assert composed.items
    assert faults(blind, known) == faults(doubtful, known) == faults(urgent, known) == []


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<td style="display:flex">', ["display:flex"]),
        ('<td style="background-image:url(x)">', ["background-image:", "url(x)"]),
        ("<svg></svg>", ["<svg>"]),
        ('<form action="x">', ["<form>", "action="]),
        ('<td style="border-radius:4px">', ["border-radius:"]),
        ("<style>td{color:red}</style>", ["rules outside of @media: td{color:red}"]),
        ('<td width="30" style="padding-top:4px;font:14px/20px Arial">', []),
    ],
)
def test_the_lint_finds_what_outlook_does_not_show(page: str, found: list[str], known: Known) -> None:
    """Else it would prove nothing."""
    assert faults(page, known) == found


def test_it_fetches_nothing_and_runs_nothing(usual: tuple[Letter, Edition]) -> None:
    """Opening it tells nobody anything."""
    page = Page(twin(usual[0], "html"))
    links = {value for _, name, value in page.values if name in ("href", "src", "background", "action")}

    assert links
    assert all(link.startswith("mailto:router+re-") for link in links)
    assert page.elements.isdisjoint({"script", "img", "link", "iframe", "form", "object", "video", "base"})
    assert "url(" not in twin(usual[0], "html")
    assert "http" not in twin(usual[0], "html")


def test_the_verdict_is_what_a_list_of_mails_shows_of_it(usual: tuple[Letter, Edition]) -> None:
    """The first words of the body."""
    words = " ".join(Page(twin(usual[0], "html")).words.split())
    title = "Support: 6 waiting, 4 past goal · Mon 23 Nov"

    assert words.startswith(
        f"{title} 6 customers wait. Begin with Jane Ferris: third letter, 3 days 14 h. As of 07:00;"
    )


def test_both_twins_list_the_same(usual: tuple[Letter, Edition]) -> None:
    """The same words in the same order, whoever reads which."""
    plain, page = twin(usual[0], "plain"), Page(twin(usual[0], "html")).words
    names = ("Jane Ferris", "Paul Otieno", "Lucía", "B. Vance", "Nasser", "quiet@", "Ole Lind", "Rosa Blum", "Kim Sato")

    for text in (plain, page):
        below = text[text.index("as of" if "as of" in text else "As of") :]
        places = [below.index(name) for name in names]
        assert places == sorted(places)


def test_it_is_small_enough_not_to_be_cut_off(usual: tuple[Letter, Edition]) -> None:
    """Gmail shows some 100 kB."""
    assert len(twin(usual[0], "html").encode()) < 30_000


def test_a_customers_word_is_escaped(sighted: Morning) -> None:
    """Everywhere."""
    nasty = '<img src=x onerror=alert(1)> "&quot; {{ 7*7 }}'
    sighted.write("Kim", ago(5), nasty, Subject=nasty, From=f'"{nasty.replace(chr(34), "")}" <kim@customer.example>')
    page = twin(sighted.compose()[1].letters[0], "html")

    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "{{ 7*7 }}" in page


def test_a_users_template_is_escaped_too_and_a_broken_one_stops_nothing(sighted: Morning, tmp_path: Path) -> None:
    """Whatever it is called, and whatever it includes."""
    (tmp_path / "digest").mkdir()
    (tmp_path / "digest/nightly.html.j2").write_text('<p>{% include "digest/mine.txt" %}</p>')
    (tmp_path / "digest/mine.txt").write_text("{{ view.first.subject }}")
    (tmp_path / "digest/nightly.txt.j2").write_text("{{ view.nothing_like_it }}")
    sighted.office = replace(sighted.office, templates=tmp_path)
    sighted.write("Kim", ago(5), Subject="<script>alert(1)</script>")
    one = sighted.compose()[1].letters[0]

    assert twin(one, "html").strip() == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    assert "1 customer waits." in twin(one, "plain")
