"""Kinds of the contract, by a table of mails that were written for it."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from router.mail.body import read_body
from router.mail.kind import MACHINE, NOBODY, Company, Kind, Verdict, classify
from router.mail.message import read

MAILS = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))["mail"]
OURS = Company(frozenset({"example.com"}), frozenset({"mx.example.com"}))


def judge(mail: dict[str, Any]) -> Verdict:
    raw = mail["raw"].encode()
    company = OURS if mail.get("company") else NOBODY
    return classify(read(raw), read_body(raw), mail.get("sender", "kim@customer.example"), company)


@pytest.mark.parametrize("mail", MAILS, ids=[f"{mail['kind']}: {mail['why']}" for mail in MAILS])
def test_each_mail_is_what_a_reader_would_call_it(mail: dict[str, Any]) -> None:
    """Whoever is taken for a machine waits unnoticed."""
    verdict = judge(mail)

    assert (verdict.kind, verdict.needs_answer) == (mail["kind"], mail["needs_answer"]), verdict
    assert (verdict.kind is Kind.PERSON) or verdict.reasons


def test_the_table_has_every_kind_that_a_header_or_text_can_have() -> None:
    """`own` is known by our key alone."""
    kinds = Counter(mail["kind"] for mail in MAILS)

    assert set(kinds) == {str(kind) for kind in Kind} - {"own"}
    assert len(MAILS) >= 60


@pytest.mark.parametrize("kind", sorted(MACHINE))
def test_a_machine_s_mail_that_a_person_forwards_is_the_person_s(kind: Kind) -> None:
    """Quoted, with a word of his own: the signs stand in the text only."""
    told = next(mail for mail in MAILS if mail["kind"] == kind)
    raw = "From: kim@customer.example\nSubject: Fwd: this came back\n\nWhat does it mean?\n\n"
    forwarded = {"raw": raw + "\n".join(f"> {line}" for line in told["raw"].split("\n"))}

    assert judge(forwarded).kind is Kind.PERSON
