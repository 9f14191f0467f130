"""Thousands of real mails by SMTP: each arrives byte by byte in every inbox, each repeat becomes a sighting."""

import pytest

from tests.bench.corpora import sample
from tests.bench.posting import Post, silently_changed, wrong_arrivals, wrong_traces


@pytest.fixture(
    scope="module",
    params=["sample", pytest.param("whole", marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
)
def post(request, real_mail, module_daemon):
    """The corpora, sent in their order and settled; a sample of them in an ordinary run."""
    sent = Post().send(module_daemon, sample(real_mail) if request.param == "sample" else real_mail)
    module_daemon.settle(900)
    return sent


def test_every_distinct_mail_arrives_once_in_each_inbox_byte_by_byte(post, module_daemon):
    """What is signed stays signed, and nothing is filtered."""
    wrong = wrong_arrivals(module_daemon, post)

    assert wrong == {}


def test_each_repeat_is_shown_as_a_sighting_of_the_first(post, module_daemon):
    """Somebody who asks why there is one copy and not two gets the answer."""
    wrong = wrong_traces(module_daemon, post)

    assert wrong == []
    assert post.repeats > 0


def test_the_counts_agree(post, module_daemon):
    """Nothing falls between the categories: what was accepted is a new mail or a sighting."""
    status = module_daemon.status()
    distinct = len(post.by_content)

    assert status["messages"] == distinct
    assert sum(status["sightings"].values()) == distinct + post.repeats
    assert status["outbox"]["delivered"] == 2 * distinct


def test_unusual_mail_is_refused_with_a_reason_or_copied_as_stated(post, module_daemon):
    """Bare carriage returns, NUL and endless lines may be refused or mended, but nobody is left to find out by himself."""
    changed = silently_changed(module_daemon, post)

    assert changed == []
    assert [str(mail) for mail, answer in post.refused if not mail.unusual or not answer.text] == []


def test_the_daemon_is_well_afterwards(post, module_daemon):
    """No mail may stall or end what all others need."""
    assert not module_daemon.ended
    assert module_daemon.status()["wrong"] == []
    assert module_daemon.cli("status", "--live").code == 0
