"""Measures conversations against a set of real ones in support form: B-cubed precision, recall and F1.

python -m benchmarks.threads CORPORA            the policy alone, with headers and without
python -m benchmarks.threads CORPORA --misses   and what went wrong
python -m benchmarks.threads CORPORA --import   `router import` of the same mails, too

B-cubed: for each mail, the share of its conversation that truly belongs to it (precision), and the share of its true
conversation that is there (recall); the mean over all mails. The exit code is 1 below a limit.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.supportform import MAILBOX, SupportMail, support_form, write
from router.conversation.customer import parties
from router.conversation.guess import Trait, alike, trait_of
from router.conversation.links import Strand, links
from router.conversation.threadindex import guid
from router.conversation.threads import Held, place
from router.mail.kind import Kind
from router.mail.reading import read_mail

F1 = 0.99  # with headers
PRECISION = 0.97  # without
CONFIGURATION = """
[router]
timezone = "UTC"
own_domains = ["example.com"]
[[mailbox]]
name = "support"
address = "support@example.com"
[[inbox]]
address = "mike@example.com"
deliver = "maildir"
path = "mike"
"""


class Score(NamedTuple):
    """B-cubed."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def b_cubed(found: Sequence[str], true: Sequence[str]) -> Score:
    """Of two partitions of the same mails, given as the part that each mail is in."""
    of_found: dict[str, set[int]] = defaultdict(set)
    of_true: dict[str, set[int]] = defaultdict(set)
    for number, (one, other) in enumerate(zip(found, true, strict=True)):
        of_found[one].add(number)
        of_true[other].add(number)
    precision = recall = 0.0
    for one, other in zip(found, true, strict=True):
        common = len(of_found[one] & of_true[other])
        precision += common / len(of_found[one])
        recall += common / len(of_true[other])
    return Score(precision / len(found), recall / len(found))


Seen = tuple[Strand, Trait | None, str]  # what threading sees of a mail; and its subject


def letter(mail: SupportMail) -> Seen:
    """What threading sees of a mail, as `routing.facts` gives it."""
    reading = read_mail(mail.raw, len(mail.raw), "")
    header = reading.message
    among = parties(header, "", (), mail.outbound, lambda addr: addr.endswith("@example.com"))
    ties = Strand(
        carried=header.message_ids,
        answered=header.in_reply_to,
        mentioned=header.references,
        parties=among,
        guid=guid(header.header.first("thread-index")),
    )
    person = reading.verdict.kind is Kind.PERSON
    trait = trait_of(header.subject, among, mail.at, mail.outbound, ties.untied) if person else None
    return ties, trait, header.subject


def threaded(letters: Sequence[Seen]) -> tuple[list[str], list[tuple[str, ...]]]:
    """The conversation of each, in this order of arrival, and why."""
    known: dict[bytes, Held] = {}
    keys_of: dict[str, set[bytes]] = defaultdict(set)
    into: dict[str, str] = {}
    names, why = [], []
    traits: dict[bytes, list[tuple[Trait, str]]] = defaultdict(list)
    for number, (one, trait, _) in enumerate(letters):
        same = traits[trait.topic] if trait else []
        guessed = [_final(name, into) for other, name in same if trait and alike(trait, other)]
        at = place(links(one), known, f"t{number:06}", guessed)
        if trait:
            same.append((trait, at.thread))
        known.update(at.keys)
        keys_of[at.thread].update(at.keys)
        for absorbed in at.absorbed:
            into[absorbed] = at.thread
            for key in keys_of.pop(absorbed, ()):
                known[key] = Held(at.thread, known[key].carried)
                keys_of[at.thread].add(key)
        names.append(at.thread)
        why.append(at.why)
    return [_final(name, into) for name in names], why


def _final(name: str, into: Mapping[str, str]) -> str:
    while name in into:
        name = into[name]
    return name


def misses(mails: Sequence[SupportMail], letters: Sequence[Seen], found: Sequence[str]) -> None:
    """Conversations that hold several true ones, and true ones that fell apart."""
    for title, one, other in (("mixed", found, [m.thread for m in mails]), ("apart", [m.thread for m in mails], found)):
        parts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, (name, part) in enumerate(zip(one, other, strict=True)):
            parts[name][part].append(number)
        wrong = [part for part in parts.values() if len(part) > 1]
        print(f"  {title}: {len(wrong)}")
        for part in sorted(wrong, key=len, reverse=True)[:40]:
            print(
                "    " + " | ".join(_shown(mails[some[0]], letters[some[0]], len(some)) for some in part.values())[:400]
            )


def _shown(mail: SupportMail, one: Seen, count: int) -> str:
    return f"{count}x {mail.at:%d %b} {one[2] or '-'}"


def imported(mails: Sequence[SupportMail]) -> list[str]:
    """The conversation of each mail after `router import`."""
    with tempfile.TemporaryDirectory(prefix="r-") as name:
        folder = Path(name)
        write(mails, folder)
        (folder / "router.toml").write_text(CONFIGURATION)
        router = [sys.executable, "-m", "router", "--config", str(folder / "router.toml")]
        paths = ["--inbox", str(folder / "inbox.mbox"), "--sent", str(folder / "sent.mbox")]
        subprocess.run([*router, "import", "--mailbox", MAILBOX.partition("@")[0], *paths], check=True)
        told = subprocess.run([*router, "thread", "--all", "--json"], check=True, capture_output=True, text=True).stdout
    rows = map(json.loads, told.splitlines())
    where = {one["message_id"]: row["thread"] for row in rows for one in row["messages"]}
    return [where.get(mail.message_id, f"missing {number}") for number, mail in enumerate(mails)]


def report(title: str, found: Sequence[str], mails: Sequence[SupportMail]) -> Score:
    """One line."""
    score = b_cubed(found, [mail.thread for mail in mails])
    print(f"{title:34} {score.precision:9.4f} {score.recall:9.4f} {score.f1:9.4f} {len(set(found)):8}")
    return score


def main() -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--import", dest="imported", action="store_true")
    given = parser.parse_args()
    good = True
    print(f"{'':34} precision    recall        F1  threads")
    for headers in (True, False):
        mails = support_form(given.corpora, headers)
        letters = [letter(mail) for mail in mails]
        title = "with headers" if headers else "without"
        found, _ = threaded(letters)
        scores = [report(f"{title}, by date", found, mails)]
        order = random.Random(5).sample(range(len(mails)), len(mails))
        shuffled, _ = threaded([letters[number] for number in order])
        scores.append(report(f"{title}, in any order", shuffled, [mails[number] for number in order]))
        if given.misses:
            misses(mails, letters, found)
        if given.imported:
            scores.append(report(f"{title}, router import", imported(mails), mails))
        good &= all(score.f1 >= F1 if headers else score.precision >= PRECISION for score in scores)
        good &= scores[0] == scores[1]
    print(f"limits: F1 {F1} with headers, precision {PRECISION} without")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
