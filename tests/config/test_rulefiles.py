"""The folder of rules: what is read, in which order, and the rule that is shipped. What is refused is in bad_config."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from router import shipped
from router.config.faults import Fault
from router.config.rulefiles import read_rules
from router.config.ruletables import ConditionsTable, RuleTable
from router.config.wording import keys_of
from router.mail.kind import Kind
from router.routing.rules import Conditions, HoursCondition, Rule, Size


def read(folder: Path | None) -> tuple[Rule, ...]:
    """The rules of a folder, in a company of two mailboxes and two inboxes; there must be no fault."""
    faults: list[Fault] = []
    rules = read_rules(
        folder, mailboxes=("support", "shop"), inboxes=("mike", "helen"), hours=("office",), faults=faults
    )
    assert [str(fault) for fault in faults] == []
    return rules


def faults_of(folder: Path) -> list[str]:
    """What is wrong with a folder, in the same company."""
    faults: list[Fault] = []
    read_rules(folder, mailboxes=("support", "shop"), inboxes=("mike", "helen"), hours=("office",), faults=faults)
    return [str(fault) for fault in faults]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder of rules."""
    made = tmp_path / "rules"
    made.mkdir()
    return made


WHOLE = """
[[rule]]
name = "founders' month: the shop too"
copy_to = ["helen", "m*"]
withhold_from = "mike"
folder = "Customers/Shop"
hold = true
vip = true
needs_answer = true
first_day = 2026-11-01
last_day = 2026-11-30
[rule.when]
mailbox = "sh*"
from = ["*@bigcustomer.example", "carla@*"]
to = "sales@example.com"
subject = "[Shop]*"
body = "*refund*"
kind = ["person", "auto-reply"]
header = { "X-Shop" = "*", "X-Priority" = ["1", "2"] }
size = ">1MB"
hours = "outside office"
[rule.unless]
hours = "office"
size = "<= 200KiB"
"""


def test_every_key_of_a_rule_is_read(folder: Path) -> None:
    """A key that is accepted and then forgotten would be the worst of faults."""
    (folder / "10.toml").write_text(WHOLE)

    assert read(folder) == (
        Rule(
            name="founders' month: the shop too",
            file="rules/10.toml",
            copy_to=("helen", "m*"),
            withhold_from=("mike",),
            folder="Customers/Shop",
            hold=True,
            vip=True,
            needs_answer=True,
            first_day=date(2026, 11, 1),
            last_day=date(2026, 11, 30),
            when=Conditions(
                mailbox=("sh*",),
                from_=("*@bigcustomer.example", "carla@*"),
                to=("sales@example.com",),
                subject=("[Shop]*",),
                body=("*refund*",),
                kind=("person", "auto-reply"),
                header=(("X-Shop", ("*",)), ("X-Priority", ("1", "2"))),
                size=Size(">", 1_000_000),
                hours=HoursCondition("office", outside=True),
            ),
            unless=Conditions(hours=HoursCondition("office", outside=False), size=Size("<=", 204_800)),
        ),
    )


def test_the_sample_above_uses_every_key() -> None:
    """So that a new key is not forgotten here either."""
    [table] = tomllib.loads(WHOLE)["rule"]

    assert set(table) == set(keys_of(RuleTable))
    assert set(table["when"]) == set(keys_of(ConditionsTable))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">1MB", Size(">", 10**6)),  # thousands of thousands
        ("<=200kB", Size("<=", 200_000)),
        (">= 1 KiB", None),  # one space, behind the sign
        (">= 1KiB", Size(">=", 1024)),  # powers of two are written with an i
        ("<1mib", Size("<", 2**20)),  # case tells nothing apart
        (">1000", Size(">", 1000)),  # bytes
        ("=1MB", None),  # nothing is ever just so large
        ("1MB", None),
        (">-1MB", None),
        ("", None),
    ],
)
def test_a_size_is_a_comparison(folder: Path, text: str, expected: Size | None) -> None:
    """A bare size would leave open on which side of it the rule is meant."""
    (folder / "10.toml").write_text(f'[[rule]]\nname = "large"\nvip = true\nwhen = {{ size = "{text}" }}\n')

    if expected is None:
        assert f'"{text}": expected a comparison with a size' in "".join(faults_of(folder))
    else:
        assert read(folder)[0].when.size == expected


def test_files_are_read_in_the_order_of_their_names(folder: Path) -> None:
    """The first folder wins, so that the order is part of what is written."""
    for name in ("20-b", "100-c", "10-a"):
        (folder / f"{name}.toml").write_text(f'[[rule]]\nname = "{name}"\ncopy_to = "*"\n')

    assert [rule.name for rule in read(folder)] == ["10-a", "100-c", "20-b"]


def test_only_rule_files_are_read(folder: Path) -> None:
    """Editors and people leave other files behind."""
    (folder / "10.toml").write_text('[[rule]]\nname = "all"\ncopy_to = "*"\n')
    for name in ("10.toml~", ".10.toml", "README", "10.toml.bak"):
        (folder / name).write_text("this is no TOML")

    assert [rule.file for rule in read(folder)] == ["rules/10.toml"]


def test_a_file_of_comments_beside_others_is_fine(folder: Path) -> None:
    """A rule is switched off by commenting it out."""
    (folder / "10.toml").write_text('[[rule]]\nname = "all"\ncopy_to = "*"\n')
    (folder / "20.toml").write_text("# nothing for now\n")

    assert len(read(folder)) == 1


def test_a_folder_in_place_of_a_file_is_named(folder: Path) -> None:
    """What cannot be read is a fault like any other."""
    (folder / "10.toml").mkdir()

    assert faults_of(folder) == ["rules/10.toml: this file: cannot be read: Is a directory"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Rules that are not found must not become no rules."""
    assert faults_of(tmp_path / "rules") == ["rules: this folder: expected a folder that is there"]


def test_a_number_of_too_many_digits_is_a_fault_and_no_crash(folder: Path) -> None:
    """Python refuses to read it, with an error of another sort."""
    (folder / "10.toml").write_text(f'[[rule]]\nname = "all"\nvip = {"9" * 5000}\n')

    assert faults_of(folder)[0].startswith("rules/10.toml: this file: expected valid TOML")


def test_a_star_needs_nothing_to_match(folder: Path) -> None:
    """Where no inbox is configured yet, that is said once, and not by every rule."""
    (folder / "10.toml").write_text('[[rule]]\nname = "all"\ncopy_to = "*"\nwhen = { mailbox = "*" }\n')
    faults: list[Fault] = []
    read_rules(folder, mailboxes=(), inboxes=(), hours=(), faults=faults)

    assert faults == []


def test_names_are_found_whatever_their_case(folder: Path) -> None:
    """As everywhere in rules."""
    (folder / "10.toml").write_text('[[rule]]\nname = "all"\ncopy_to = "MIKE"\nwhen = { mailbox = "Shop" }\n')

    assert read(folder)[0].copy_to == ("MIKE",)


def test_without_a_folder_everything_goes_to_every_inbox() -> None:
    """The rule that is shipped, and the only one."""
    [rule] = read(None)

    assert (rule.copy_to, rule.when, rule.unless, rule.hold) == (("*",), Conditions(), None, False)
    assert rule.file == "rules/10-everything.toml"


def shipped_text() -> str:
    return (shipped.folder("rules") / "10-everything.toml").read_text("utf-8")


def test_the_shipped_file_is_a_manual_of_every_key_and_kind() -> None:
    """Whoever writes a rule has this file before them and nothing else."""
    text = shipped_text()
    keys = {*keys_of(RuleTable), *keys_of(ConditionsTable)} - {"when", "unless"}

    assert [key for key in sorted(keys) if not re.search(rf"^(# )?{key} = ", text, re.MULTILINE)] == []
    assert [kind.value for kind in Kind if not re.search(rf"\b{kind.value}\b", text)] == []
    assert "[rule.when]" in text
    assert "[rule.unless]" in text


def test_the_examples_of_the_shipped_file_are_rules(folder: Path) -> None:
    """An example that does not run is worse than none."""
    examples = shipped_text().split("# Examples\n", 1)[1]
    (folder / "10.toml").write_text(re.sub(r"^# ?", "", examples, flags=re.MULTILINE))

    assert len(read(folder)) == 3


def test_the_manual_of_the_shipped_file_is_a_rule(folder: Path) -> None:
    """Each line of the manual can be uncommented as it stands."""
    manual = shipped_text().split("# Examples\n", 1)[0]
    lines = re.findall(r"^# ([a-z_]+ = .*|\[rule\.\w+\].*)$", manual, re.MULTILINE)
    (folder / "10.toml").write_text("\n".join(['[[rule]]\nname = "manual"', *lines]))

    [rule] = read(folder)
    assert None not in [getattr(rule.when, key) for key in Conditions.__slots__]


def test_a_folder_of_rules_that_cannot_be_read_is_not_called_empty(tmp_path: Path) -> None:
    """Rights that are wrong are cured otherwise than a folder without rules."""
    assert faults_of(tmp_path / ("n" * 300)) == [f"{'n' * 300}: this folder: cannot be read: File name too long"]
