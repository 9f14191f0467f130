"""Thousands of real mails by SMTP: each arrives byte by byte in every inbox, each repeat becomes a sighting."""

import pytest

from tests.bench.corpora import sample
from tests.bench.posting import Post, silently_changed, wrong_arrivals, wrong_traces


@pytest.fixture(
    scope="module",
    params=["sample", pytest.param("whole", marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
)
def post(request, real_mail, module_new_daemon):
    """The corpora, sent in their order and settled; a sample of them in an ordinary run."""
    daemon = module_new_daemon(request.param).start()
    sent = Post(daemon).send(sample(real_mail) if request.param == "sample" else real_mail)
    daemon.settle(900)
    yield sent
    daemon.stop()


def test_every_distinct_mail_arrives_once_in_each_inbox_byte_by_byte(post):
    """What is signed stays signed, and nothing is filtered."""
    wrong = wrong_arrivals(post)

    assert wrong == {}


def test_each_repeat_is_shown_as_a_sighting_of_the_first(post):
    """Somebody who asks why there is one copy and not two gets the answer."""
    wrong = wrong_traces(post)

    assert wrong == []
    assert post.repeats > 0


def test_the_counts_agree(post):
    """Nothing falls between the categories: each transmission is a new mail, a repeat, or a known mail by another way."""
    status = post.daemon.status()
    distinct = len(post.by_content)
    by_bytes, by_content = post.repeats_by_bytes, post.repeats - post.repeats_by_bytes

    assert status["messages"] == distinct
    assert status["sightings"] == {"new": distinct, "repeat": by_bytes, "same": by_content}
    assert status["outbox"]["delivered"] == 2 * distinct


def test_unusual_mail_is_refused_with_a_reason_or_copied_as_stated(post):
    """Bare carriage returns, NUL and endless lines may be refused or mended, but nobody is left to find out by himself."""
    changed = silently_changed(post)

    assert changed == []
    assert [str(mail) for mail, answer in post.refused if not mail.unusual or not answer.text] == []


def test_the_daemon_is_well_afterwards(post):
    """No mail may stall or end what all others need."""
    assert not post.daemon.ended
    assert post.daemon.status()["wrong"] == []
    assert post.daemon.cli("status", "--live").code == 0
