"""`router explain`: what the router would make of a mail, without a database."""

from pathlib import Path

import pytest

from tests.bench.bounces import postfix
from tests.cli.conftest import Run
from tests.store.driver import letter

KEYS = {"path", "index", "message_id", "kind", "bounce", "needs_answer", "reasons", "rules", "new_text", "snippet"}


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """A letter in a file."""
    path = tmp_path / "mail.eml"
    path.write_bytes(letter(Subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?="))
    return path


def test_it_needs_no_configuration(run: Run, mail: Path) -> None:
    """The shipped rule, and no inbox."""
    (row,) = run("explain", "--json", mail).rows

    assert set(row) >= KEYS
    assert (row["path"], row["index"], row["message_id"]) == (str(mail), 0, "1@customer.example")
    assert (row["kind"], row["needs_answer"]) == ("person", True)
    assert isinstance(row["reasons"], list)
    assert row["copies"] == []


def test_it_uses_the_rules_and_inboxes_of_a_configuration(run: Run, configured: Path, mail: Path) -> None:
    """As the daemon would."""
    (row,) = run("explain", "--json", mail).rows

    assert row["rules"] == ["everything to the founders"]
    assert row["copies"] == ["mike", "helen"]


def test_it_makes_no_database(run: Run, configured: Path, mail: Path) -> None:
    """Nor anything else."""
    run("explain", mail)

    assert sorted(path.name for path in configured.iterdir()) == ["mail.eml", "router.toml"]


def test_it_speaks_to_people(run: Run, mail: Path) -> None:
    """Subject, kind, reasons."""
    ran = run("explain", mail)

    assert ran.code == 0
    assert "Grüße" in ran.out
    assert "person" in ran.out


def test_it_tells_what_is_new_and_a_sentence_of_it(run: Run, tmp_path: Path) -> None:
    """Without quotes, signature and lines of a mail program, as a list of waiting customers will show it."""
    path = tmp_path / "mail.eml"
    text = "Hi,\n\nit is broken.\n\n-- \nKim\n\nOn 2 Nov 2026 at 10:00 Support <a@example.com> wrote:\n> Is it?\n"
    path.write_bytes(letter(text=text))
    (row,) = run("explain", "--json", path).rows

    assert (row["new_text"], row["snippet"]) == ("Hi,\n\nit is broken.", "it is broken.")
    assert "says         it is broken." in run("explain", path).out


def test_each_mail_of_an_mbox_has_its_index(run: Run, tmp_path: Path, mail: Path) -> None:
    """Beside a file with one mail."""
    separator = b"From kim@customer.example Fri Nov 20 12:00:00 2026\n"
    box = tmp_path / "box"
    box.write_bytes(b"\n".join(separator + letter(number) for number in range(3)))
    rows = run("explain", "--json", box, mail).rows

    assert [(Path(row["path"]).name, row["index"]) for row in rows] == [
        ("box", 0),
        ("box", 1),
        ("box", 2),
        ("mail.eml", 0),
    ]
    assert [row["message_id"] for row in rows[:3]] == [f"{number}@customer.example" for number in range(3)]


RULES = """
[[rule]]
name = "shop"
copy_to = "helen"
[rule.when]
mailbox = "shop"

[[rule]]
name = "partner"
copy_to = "mike"
[rule.when]
from = "*@partner.example"
"""


@pytest.mark.parametrize(
    ("words", "to", "rules"),
    [
        ([], "support@example.com", []),
        ([], "shop@example.com", ["shop"]),  # by its To
        ([], "nobody@elsewhere.example", []),  # else the first mailbox
        (["--mailbox", "shop"], "support@example.com", ["shop"]),
    ],
)
def test_the_mailbox_is_the_one_it_was_written_to(
    run: Run, configured: Path, words: list[str], to: str, rules: list[str]
) -> None:
    """Or the one that is said."""
    (configured / "rules").mkdir()
    (configured / "rules/1.toml").write_text(RULES)
    text = (configured / "router.toml").read_text()
    (configured / "router.toml").write_text(text.replace("[router]", '[router]\nrules = "rules"'))
    (configured / "m").write_bytes(letter(To=to))

    assert [row["rules"] for row in run("explain", "--json", *words, "m").rows] == [rules]


def test_the_sender_of_the_envelope_may_be_said(run: Run, configured: Path) -> None:
    """For a mail that has no From, and for bounces."""
    (configured / "rules").mkdir()
    (configured / "rules/1.toml").write_text(RULES)
    text = (configured / "router.toml").read_text()
    (configured / "router.toml").write_text(text.replace("[router]", '[router]\nrules = "rules"'))
    (configured / "m").write_bytes(letter(From=""))

    assert [row["rules"] for row in run("explain", "--json", "--from", "X@Partner.example", "m").rows] == [["partner"]]
    assert [row["rules"] for row in run("explain", "--json", "m").rows] == [[]]


def test_an_unknown_mailbox_is_wrong_usage(run: Run, configured: Path, mail: Path) -> None:
    """With those that are known."""
    ran = run("explain", "--mailbox", "none", mail)

    assert ran.code == 2
    assert "shop, support" in ran.err


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 1000, b"From ", b"\r\n", b"\x1b[31mSubject: \x1b[2J\r\n\r\n"])
def test_any_file_is_explained(run: Run, tmp_path: Path, content: bytes) -> None:
    """And nothing in it reaches the terminal as an order."""
    (tmp_path / "m").write_bytes(content)
    ran = run("explain", "m")

    assert ran.code == 0
    assert "\x1b" not in ran.out


def test_a_file_name_in_no_encoding_is_explained_too(run: Run, tmp_path: Path) -> None:
    """Maildirs of old have such names."""
    name = b"caf\xe9.eml".decode("utf-8", "surrogateescape")
    (tmp_path / name).write_bytes(letter())

    assert run("explain", name).code == 0
    assert run("explain", "--json", name).code == 0


def test_a_bad_configuration_is_told(run: Run, configured: Path, mail: Path) -> None:
    """It would explain by rules that do not hold."""
    (configured / "router.toml").write_text("[router")

    assert run("explain", mail).code == 78
    assert run("--config", "none.toml", "explain", mail).code == 78


def test_a_bounce_is_told_with_whom_and_why(run: Run, tmp_path: Path) -> None:
    """And a mail of a person is none, though its file has no envelope."""
    (tmp_path / "bounce").write_bytes(postfix("mike@example.com", b"Subject: Order\r\n\r\n"))
    (tmp_path / "mail").write_bytes(letter(text="The parcel was not delivered: is your mailbox full?"))
    bounce, mail = run("explain", "--json", "bounce", "mail").rows

    assert bounce["bounce"] == {"recipients": ["mike@example.com"], "status": "5.2.2", "reason": "mailbox-full"}
    assert (bounce["kind"], mail["kind"], mail["bounce"]) == ("bounce", "person", None)


def test_the_return_path_stands_for_the_envelope(run: Run, tmp_path: Path) -> None:
    """It is what a mail server leaves of it on delivery."""
    text = b"From: kim@customer.example\nSubject: Re: Order\n\nI am currently out of the office.\n"
    (tmp_path / "away").write_bytes(b"Return-Path: <>\n" + text)
    (tmp_path / "kim").write_bytes(b"Return-Path: <kim@customer.example>\n" + text)
    away, kim = run("explain", "--json", "away", "kim").rows

    assert (away["kind"], kim["kind"]) == ("auto-reply", "person")


def test_a_file_of_an_old_macintosh_is_read(run: Run, tmp_path: Path) -> None:
    """Its lines end with CR; one CR in another mail ends nothing."""
    (tmp_path / "old").write_bytes(b"From: kim@customer.example\rAuto-Submitted: auto-replied\r\rAway.\r")
    (tmp_path / "new").write_bytes(b"From: kim@customer.example\rAuto-Submitted: auto-replied\r\r\n\r\nHelp.\r\n")
    old, new = run("explain", "--json", "old", "new").rows

    assert (old["kind"], new["kind"]) == ("auto-reply", "person")
