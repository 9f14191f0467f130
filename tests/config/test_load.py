"""Finding and loading the file."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import tomli_w

import router.config
from router.config import Fault, Faults, find_file, load

from .conftest import SMALLEST, Read

HERE = Path("/srv/here")


def test_the_option_comes_before_the_variable_and_this_before_the_folder() -> None:
    """The nearest word wins; a relative one begins at the current folder."""
    environ = {"ROUTER_CONFIG": "/etc/router/router.toml"}

    assert Path("/srv/here/other.toml") == find_file(Path("other.toml"), environ, HERE)
    assert Path("/etc/router/router.toml") == find_file(None, environ, HERE)
    assert Path("/srv/here/router.toml") == find_file(None, {}, HERE)
    assert Path("/srv/here/router.toml") == find_file(None, {"ROUTER_CONFIG": ""}, HERE)


def test_a_file_that_is_not_there_is_said_with_its_whole_path(tmp_path: Path) -> None:
    """Whoever starts the router in the wrong folder sees in which."""
    with pytest.raises(Faults) as refused:
        load(tmp_path / "router.toml", {})

    expected = f"{tmp_path}/router.toml: this file is missing: expected a configuration, as `router init DIR` writes"
    assert expected == str(refused.value)


def test_a_folder_in_place_of_a_file_is_said(tmp_path: Path) -> None:
    """A mount that was mistaken must not end in a traceback."""
    with pytest.raises(Faults, match="cannot be read: Is a directory"):
        load(tmp_path, {})


def test_a_number_without_end_is_a_fault_like_any_other(tmp_path: Path) -> None:
    """Python refuses to read it, with an error that is not TOML's."""
    (tmp_path / "router.toml").write_text(f"[router]\nport = {'9' * 5000}\n", encoding="utf-8")

    with pytest.raises(Faults, match="expected valid TOML"):
        load(tmp_path / "router.toml", {})


def test_brackets_without_end_are_a_fault_like_any_other(tmp_path: Path) -> None:
    """Python gives up at some depth, with an error that is not TOML's."""
    (tmp_path / "router.toml").write_text(f"a = {'[' * 100_000}", encoding="utf-8")

    with pytest.raises(Faults, match="expected valid TOML"):
        load(tmp_path / "router.toml", {})


def test_a_mark_of_the_byte_order_is_no_fault(read: Read) -> None:
    """Some editors put one in front."""
    assert read(base=f"\ufeff{SMALLEST}").mailboxes[0].name == "support"


def test_the_smallest_file_gives_everything_else_its_default(read: Read, tmp_path: Path) -> None:
    """Defaults that hang on other tables are filled in as well."""
    settings = read()

    assert settings.file == tmp_path / "router.toml"
    assert settings.folder == tmp_path
    assert settings.router.database == f"sqlite:///{tmp_path}/router.db"
    assert settings.router.timezone == ZoneInfo("Europe/London")
    assert settings.router.own_domains == settings.router.copy_domains == ("example.com",)
    assert settings.inboxes[0].path == tmp_path / "inboxes" / "mike"
    assert settings.mailboxes[0].intake == ("support@router.example.com",)
    assert settings.mailboxes[0].outbound == ("support-sent@router.example.com",)
    assert settings.smtp is settings.relay is None
    assert settings.delivery.lease == timedelta(seconds=60)
    assert settings.delivery.give_up == timedelta(days=7)
    assert len(settings.rules) == 1


def test_a_relative_path_does_not_hang_on_the_current_folder(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systemd starts services in `/`."""
    read()
    monkeypatch.chdir(tmp_path)
    settings = load(Path("router.toml"), {})

    assert settings.folder == tmp_path
    assert settings.router.database == f"sqlite:///{tmp_path}/router.db"


def test_a_secret_may_be_a_credential_of_systemd(read: Read, tmp_path: Path) -> None:
    """The unit hands over a folder; a file beside the configuration comes first."""
    handed = tmp_path / "credentials"
    handed.mkdir()
    (handed / "relay").touch()
    relay = '[relay]\nhost = "smtp.example.com"\nusername = "router@example.com"\npassword_file = "relay"\n'

    found = read(relay, CREDENTIALS_DIRECTORY=str(handed)).relay
    (tmp_path / "relay").touch()
    beside = read(relay, CREDENTIALS_DIRECTORY=str(handed)).relay

    assert found is not None
    assert found.password_file == handed / "relay"
    assert beside is not None
    assert beside.password_file == tmp_path / "relay"


def test_settings_cannot_be_changed(read: Read) -> None:
    """They are handed to every stage."""
    settings = read()

    with pytest.raises(AttributeError):
        settings.smtp = None  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        settings.router.hostname = "other"  # type: ignore[misc]


def test_an_address_is_the_same_whatever_its_case(read: Read) -> None:
    """People write addresses as they like."""
    text = SMALLEST.replace("support@example.com", "Support@Example.COM")

    assert read(base=text).mailboxes[0].addresses == ("support@example.com",)


def test_a_public_provider_is_never_an_own_domain(read: Read) -> None:
    """Else every customer with an address there would be one of us."""
    more = '[[mailbox]]\naddress = "example.shop@gmail.com"\n[[mailbox]]\naddress = "shop.example@yahoo.co.uk"\n'

    assert read(more).router.own_domains == ("example.com",)


def junk(document: Any) -> list[dict[str, Any]]:
    """The document with one value after the other replaced by what nobody expects."""
    found = []
    for value in (True, 7, -1.5, "", "x", "é\x7f@", [], {}, [[]], [{}], {"name": []}, ["x", 1]):
        found += [_with(document, place, value) for place in _places(document)]
    return found


def _places(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, one in inner for place in ((*before, key), *_places(one, (*before, key)))]


def _with(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    copy = value.copy()
    copy[place[0]] = _with(value[place[0]], place[1:], new)
    return copy


def faults_of(path: Path) -> tuple[Fault, ...]:
    """What is wrong with a file; nothing where it loads."""
    try:
        load(path, {})
    except Faults as refused:
        return refused.faults
    return ()


FULL = """
[router]
timezone = "Europe/London"
address = "router@example.com"
staff = ["anna@example.com"]
trusted_hops = ["192.0.2.0/24"]
[smtp]
listen = "127.0.0.1:2525"
[relay]
host = "smtp.example.com"
[microsoft365]
tenant = "example.com"
client_id = "1f0c"
[[mailbox]]
address = "support@example.com"
open = { mon-fri = ["09:00-17:00"] }
answer_within = "4h"
digest_to = ["anna@example.com"]
[[mailbox]]
addresses = ["shop@example.com"]
hours = "office"
[[inbox]]
address = "mike@example.com"
[[inbox]]
address = "helen@example.com"
deliver = "maildir"
path = "inboxes/helen"
away = [[2026-12-20, 2027-01-03]]
[[source]]
username = "shop@example.com"
host = "imap.example.com"
mailbox = "shop"
[[hours]]
name = "office"
closed = [2026-12-24]
open = { mon = "09:00-17:00" }
[[goal]]
name = "first reply"
within = "4h"
share = 0.9
[[digest]]
name = "nightly"
to = ["anna@example.com"]
[retention]
raw = "400d"
[alarm]
webhook = "https://hooks.example.com/"
"""


def test_whatever_stands_in_the_file_is_a_fault_and_never_a_crash(tmp_path: Path) -> None:
    """Every check sees every kind of value once; the wording is the corpus's matter."""
    for number, document in enumerate(junk(tomllib.loads(FULL))):
        path = tmp_path / f"{number}.toml"
        path.write_text(tomli_w.dumps(document), encoding="utf-8")
        faults = faults_of(path)
        assert all(len(str(fault).splitlines()) == 1 for fault in faults)
        assert not {"another kind of value", "a value"} & {fault.expected for fault in faults}


def test_the_package_offers_what_the_commands_need() -> None:
    """Everything else is reached by its module."""
    wanted = {"Fault", "Faults", "Recipient", "Settings", "accepts", "find_file", "glimpse", "load"}

    assert wanted == set(router.config.__all__)
