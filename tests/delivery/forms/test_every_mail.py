"""Every mail there is, in every form."""

import re
import time
from email import message_from_bytes
from email.policy import compat32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.delivery.forms import Form, for_relay, for_store, wants_receipt
from router.mail.header import split
from tests.bench.corpora import corpora_folder, deliverable
from tests.bench.forms import BLOCK, WRAPPER, copy_of, octets, relay
from tests.mail.test_hostile import HOSTILE, mutated

MODES = ("redirect", "munge", "wrap", "auto")
TRUSTING = {"trusted_authserv": frozenset({"mx.example.com"})}


def forms(mail: bytes, **more: bool) -> dict[str, Form]:
    """All forms of a mail."""
    copy = copy_of(mail, **more)
    wants_receipt(copy)
    made = {mode: for_relay(copy, relay(mode, **TRUSTING)) for mode in MODES}
    return {
        **made,
        "flag": for_store(copy, WRAPPER, mdn_flag=True),
        "no flag": for_store(copy, WRAPPER, mdn_flag=False),
    }


def check(mail: bytes) -> None:
    """What holds for every form of every mail."""
    started = time.process_time()
    for mode, form in forms(mail).items():
        sent = octets(form)
        if mode in ("redirect", "flag", "no flag"):
            assert (form.changed == ()) == sent.endswith(BLOCK + mail), form.changed
        if mode in ("flag", "no flag"):
            assert (form.changed == ()) == (sent == BLOCK + mail), form.changed
        if mode != "flag" and mode != "no flag":
            assert sent.endswith(b"\r\n")
            assert form.changed != () or mode == "redirect" or mode == "auto"
        if any(code.startswith("wrapped") for code in form.changed):
            assert split(sent).defects == ()
            if b"\r\nContent-Type: message/rfc822; name=" in sent:
                assert mail in sent
            else:
                _, original = message_from_bytes(sent, policy=compat32).get_payload()
                assert mail == original.get_payload(decode=True)
    assert time.process_time() - started < 5


@pytest.mark.timeout(600)
def test_every_real_mail_takes_every_form() -> None:
    """Without an exception, in time, and with what is changed stated."""
    folder = corpora_folder()
    if folder is None:
        pytest.skip("MAIL_CORPORA does not name a folder with mail")
    count = 0
    for mail in deliverable(folder):
        check(mail.crlf)
        count += 1

    assert count > 0


@pytest.mark.parametrize("name", [name for name, raw in HOSTILE.items() if len(raw) < 1_000_000])
def test_every_hostile_mail_takes_every_form(name: str) -> None:
    """As it stands, with the line ends of a transmission, and with those of a broken one."""
    raw = HOSTILE[name]
    check(raw)
    check(re.sub(rb"\r?\n", b"\r\n", raw))
    check(raw.replace(b"\n", b"\r"))


@pytest.mark.parametrize("seed", range(0, 400, 100))
def test_every_mutation_takes_every_form(seed: int) -> None:
    """Mails that are broken in a place or two."""
    for each in range(seed, seed + 100):
        check(mutated(each))


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_take_every_form(raw: bytes) -> None:
    """Whatever was accepted has to go out."""
    check(raw)
