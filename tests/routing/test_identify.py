"""New, repeat, or known by another way."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from router.mail.mark import make
from router.routing.analysis import Analysis, analyse
from router.routing.identify import Identity, identify
from router.store.messages import Hit
from tests.store.desk import NOON, seen
from tests.store.driver import KEY, READER, letter

MAIL = letter()
ANONYMOUS = letter(Message_ID="", Date="")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def known(raw: bytes = MAIL, **parts: Any) -> Analysis:
    """What was seen before."""
    return analyse(seen(raw, **parts), KEY, READER)


def hits(*earlier: Analysis) -> dict[bytes, list[Hit]]:
    """What the store knows of earlier sightings."""
    found: dict[bytes, list[Hit]] = {}
    for this in earlier:
        hit = Hit(
            this.seen.id, f"m-{this.seen.id}", this.seen.source, this.seen.peer, this.seen.received, this.seen.history
        )
        for key in this.keys:
            found.setdefault(key, []).append(hit)
    return found


def verdict(this: Analysis, *earlier: Analysis) -> tuple[Identity, str]:
    """What it is, and why."""
    found = identify(this, hits(*earlier))
    return found.identity, found.why


NEW = (Identity.NEW, "")
REPEAT = (Identity.REPEAT, "bytes")
CONTENT = (Identity.SAME, "content")


@pytest.mark.parametrize(
    ("raw", "before", "now", "expected"),
    [
        # the same transmission again: our 250 got lost
        (MAIL, {}, {}, REPEAT),
        (MAIL, {}, {"received": NOON + 7 * DAY}, REPEAT),
        (MAIL, {}, {"received": NOON + 7 * DAY + MINUTE}, CONTENT),
        # from another peer (a second MX) it is the same transmission all the same
        (MAIL, {}, {"peer": "192.0.2.9"}, REPEAT),
        # the order of recipients, and one named twice, make no difference
        (MAIL, {"recipients": ("a", "b")}, {"recipients": ("b", "a", "a")}, REPEAT),
        # another recipient is another way
        (MAIL, {}, {"recipients": ("shop@example.com",)}, CONTENT),
        (MAIL, {}, {"source": "support-imap", "recipients": ()}, CONTENT),
        # without Message-ID and Date equal bytes prove little: a form that is sent twice
        (ANONYMOUS, {}, {"received": NOON + 10 * MINUTE}, REPEAT),
        (ANONYMOUS, {}, {"received": NOON + 11 * MINUTE}, NEW),
        (ANONYMOUS, {}, {"peer": "192.0.2.9"}, NEW),
        (ANONYMOUS, {}, {"recipients": ("shop@example.com",)}, NEW),
        # a clock that was set back
        (MAIL, {"received": NOON + MINUTE}, {}, REPEAT),
    ],
)
def test_what_equal_bytes_are(
    raw: bytes, before: dict[str, Any], now: dict[str, Any], expected: tuple[Identity, str]
) -> None:
    """A repeat makes no copy, so it must be one; anything else is copied or joined."""
    assert expected == verdict(known(raw, **now), known(raw, **before))


def test_nothing_known_is_new() -> None:
    """The ordinary case."""
    assert verdict(known()) == NEW
    assert verdict(known(letter(2)), known(letter(1))) == NEW


def test_hops_add_lines_and_it_stays_the_same_mail() -> None:
    """Two MX hosts, a list of ours, a final line end."""
    hop = b"Received: by mx2\r\nDKIM-Signature: x\r\n" + MAIL + b"\r\n"

    assert verdict(known(hop), known()) == CONTENT


def test_the_same_message_id_with_another_text_is_another_mail() -> None:
    """Whoever repeats a known Message-ID must not have his mail swallowed."""
    assert verdict(known(letter(1, "Something else")), known(letter(1))) == NEW
    assert verdict(known(letter(1, Subject="Else")), known(letter(1))) == NEW


REBUILT = MAIL.replace(b"\r\n\r\n", b"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")


def test_a_mail_that_a_store_rebuilt_is_known_from_another_source_only() -> None:
    """Exchange takes MIME apart; a sender does not, so from the same source it is another mail."""
    assert verdict(known(REBUILT, source="support-imap"), known()) == (Identity.SAME, "rebuilt")
    assert verdict(known(REBUILT), known()) == NEW


def test_a_rebuilt_mail_is_joined_to_the_sighting_elsewhere() -> None:
    """Also where one of the same source stands before it."""
    earlier = [known(REBUILT, source="imap"), known(source="smtp")]
    this = known(REBUILT.replace(b"utf-8", b"us-ascii"), source="imap")

    found = identify(this, hits(*earlier))

    assert found.hit is not None
    assert (found.hit.sighting, found.why) == (earlier[1].seen.id, "rebuilt")


def test_a_mark_of_ours_is_our_copy() -> None:
    """It came back through an inbox that forwards to a mailbox."""
    ours = b"X-Router-Copy: " + make(KEY, "m").encode() + b"\r\n" + MAIL

    assert verdict(known(ours)) == (Identity.OWN, "mark")
    assert known(ours).copy_of == "m"


@pytest.mark.parametrize("mark", [make(b"other" * 8, "m"), "m", "m.aaaa", "", "ä"])
def test_a_forged_mark_is_an_ordinary_mail(mark: str) -> None:
    """Otherwise anybody keeps his mail from being copied."""
    assert verdict(known(b"X-Router-Copy: " + mark.encode() + b"\r\n" + MAIL)) == NEW


def test_a_mark_of_ours_beside_a_forged_one_counts() -> None:
    """A customer's mail may carry any number of such lines below ours."""
    ours = b"X-Router-Copy: forged\r\nX-Router-Copy: " + make(KEY, "m").encode() + b"\r\n" + MAIL

    assert verdict(known(ours)) == (Identity.OWN, "mark")


def test_a_sighting_that_was_routed_already_is_settled() -> None:
    """The spool may give one out twice."""
    this = known()

    assert verdict(this, this, known()) == (Identity.SETTLED, "")


def test_what_a_person_released_is_new_whatever_it_repeats() -> None:
    """He knows better."""
    ours = b"X-Router-Copy: " + make(KEY, "m").encode() + b"\r\n" + MAIL

    for raw in (MAIL, ours):
        assert verdict(known(raw, released=True), known(raw)) == NEW


def test_a_repeat_names_the_last_sighting_and_the_same_mail_the_first() -> None:
    """`trace` leads from each to the other."""
    first, second = known(), known()

    repeat = identify(known(), hits(first, second)).hit
    same = identify(known(recipients=("x",)), hits(first, second)).hit

    assert repeat is not None
    assert same is not None
    assert (repeat.sighting, same.sighting) == (second.seen.id, first.seen.id)


def test_a_mail_that_cannot_be_read_is_known_by_its_bytes_alone() -> None:
    """Two of them have nothing else in common."""
    one, other = known(b"\x00" * 50), known(b"\x01" * 50)

    assert verdict(other, one) == NEW
    assert verdict(analyse(replace(one.seen, id="again"), KEY, READER), one) == REPEAT
