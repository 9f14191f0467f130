"""The annotated example, which `router init` writes and which is the reference manual."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import router.config
from router.config import Settings, load
from router.config.draft import MANY, SINGLE
from router.config.short import SHORT
from router.config.wording import keys_of

WRITTEN = Path(router.config.__file__).with_name("example.toml").read_text(encoding="utf-8")
EXAMPLE = re.sub(r"\n# {20,}", " ", WRITTEN)  # words that go on in the next line
SHORT_KEYS = {"mailbox": ("address", "open", "answer_within", "digest_to")}

HEADER = re.compile(r"(# )?\[+([a-z0-9]+)\]+ +#|(# )?\[+([a-z0-9]+)\]+$")
KEY = re.compile(r"(# )?([a-z_0-9]+) = ")
OTHER = re.compile(r"# or (([a-z_0-9]+) = .*)")


def sections() -> list[list[str]]:
    """The example cut before every table, commented out or not; the first piece is the preface."""
    found: list[list[str]] = [[]]
    for line in EXAMPLE.splitlines():
        if HEADER.match(line):
            found.append([])
        found[-1].append(line)
    return found


SECTIONS = sections()
TITLES = [f"{number}-{re.sub(r'[^a-z0-9]+', ' ', piece[0]).split()[0]}" for number, piece in enumerate(SECTIONS)][1:]


def bare(line: str) -> str:
    """A line without the mark that comments it out, where it is a table or a key."""
    return line.removeprefix("# ") if HEADER.match(line) or KEY.match(line) else line


def whole(keep: set[int], key: str | None = None) -> str:
    """The example with these sections uncommented, and one key of [router] perhaps."""
    lines = []
    for number, piece in enumerate(SECTIONS):
        router = piece[0].startswith("[router]")
        for line in piece:
            wanted = number in keep or (router and line.startswith(f"# {key} = "))
            lines.append(bare(line) if wanted else line)
    return "\n".join(lines)


def read(text: str, folder: Path) -> Settings:
    """Load a text in a folder that has every file and folder which the text names."""
    for name in re.findall(r'"(secrets/[^"]+)"', text):
        (folder / "secrets").mkdir(exist_ok=True)
        (folder / name).touch(mode=0o600)
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "all.toml").write_text('[[rule]]\nname = "all"\ncopy_to = ["*"]\n', encoding="utf-8")
    (folder / "router.toml").write_text(text, encoding="utf-8")
    return load(folder / "router.toml", {})


def needed(number: int) -> tuple[set[int], str | None]:
    """What the words beside a table say that it needs: other tables, a key of [router]."""
    words = SECTIONS[number][0].partition("needs ")[2]
    tables = set(re.findall(r"\[([a-z]+)\]", words))
    also = {other for other, piece in enumerate(SECTIONS) if any(piece[0].startswith(f"# [{one}]") for one in tables)}
    key = re.search(r"router\.([a-z_]+)", words)
    return also, key[1] if key else None


def test_the_example_runs_as_it_is(tmp_path: Path) -> None:
    """The first thing that anybody does with it is to start the router."""
    settings = read(WRITTEN, tmp_path)

    assert settings == read(EXAMPLE, tmp_path)
    assert settings.smtp is not None
    assert settings.smtp.listen == ("127.0.0.1", 2525)
    assert [inbox.name for inbox in settings.inboxes] == ["mike", "helen"]
    assert [mailbox.addresses for mailbox in settings.mailboxes] == [("support@example.com",)]


@pytest.mark.parametrize("title", TITLES)
def test_each_table_loads_when_it_is_uncommented(title: str, tmp_path: Path) -> None:
    """A manual whose examples are refused is worse than none."""
    number = int(title.partition("-")[0])
    also, key = needed(number)
    text = whole({number} | also, key)
    if "microsoft365" in text:
        text = text.replace('oauth = "google"', 'oauth = "microsoft365"')

    read(text, tmp_path)


def other_ways() -> list[tuple[int, int]]:
    """Every `# or key = …`, by section and line."""
    return [
        (number, place)
        for number, piece in enumerate(SECTIONS)
        for place, line in enumerate(piece)
        if OTHER.match(line)
    ]


@pytest.mark.parametrize(("number", "place"), other_ways())
def test_each_other_way_loads_in_the_place_of_the_line_above(number: int, place: int, tmp_path: Path) -> None:
    """Two ways to log in are two ways to be wrong."""
    found = OTHER.match(SECTIONS[number][place])
    assert found is not None
    oauth = next(other for other, piece in enumerate(SECTIONS) if piece[0].startswith("# [[oauth]]"))
    needs_oauth = {oauth} if found[2] == "oauth" else set()
    also, key = needed(number)
    first = next(above for above in range(place - 1, 0, -1) if not OTHER.match(SECTIONS[number][above]))
    line = bare(SECTIONS[number][first])
    text = whole({number} | also | needs_oauth, key).replace(line, found[1], 1)

    read(text, tmp_path)


def test_a_value_is_the_default_unless_the_words_beside_it_name_another(tmp_path: Path) -> None:
    """Readers take the values for what they have already."""
    before = read(EXAMPLE, tmp_path)
    for number, piece in enumerate(SECTIONS):
        if piece[0].startswith("# ["):
            continue
        for line in piece:
            said = "efault:" in line or "equired" in line
            if KEY.match(line) and line.startswith("# ") and not said:
                assert before == read(EXAMPLE.replace(line, bare(line)), tmp_path), f"section {number}: {line}"


def test_a_commented_table_shows_defaults_too(tmp_path: Path) -> None:
    """The same for tables that are commented out as a whole: without the line nothing changes."""
    for number, piece in enumerate(SECTIONS):
        if not piece[0].startswith("# ["):
            continue
        also, key = needed(number)
        text = whole({number} | also, key)
        after = read(text, tmp_path)
        for line in piece:
            said = "efault:" in line or "no default" in line or OTHER.match(line)
            if KEY.match(line) and not said:
                assert after == read(text.replace(f"{bare(line)}\n", "", 1), tmp_path), f"section {number}: {line}"


def tables() -> list[tuple[str, Any]]:
    return [*SINGLE.items(), *MANY.items(), *SHORT.items()]


@pytest.mark.parametrize(("table", "model"), tables())
def test_every_key_of_every_table_is_in_the_example(table: str, model: Any) -> None:
    """A setting that is not in the manual is a setting that nobody finds."""
    shown = set()
    for piece in SECTIONS:
        if re.match(rf"(# )?\[+{table}\]", piece[0]):
            shown |= {found[2] for line in piece if (found := KEY.match(line) or OTHER.match(line))}

    wanted = {*keys_of(model), *SHORT_KEYS.get(table, ())}
    assert wanted == shown


def test_a_copy_elsewhere_says_the_same(tmp_path: Path) -> None:
    """Nothing in the example depends on where it lies."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = read(EXAMPLE, tmp_path / "a"), read(EXAMPLE, tmp_path / "b")

    assert first.mailboxes == second.mailboxes
    assert first.rules == replace(second, file=first.file).rules
