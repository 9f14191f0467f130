"""The corpus `tests/bad_config`: one folder per claim, each with `router.toml`, perhaps more, and the `expected` lines."""

from pathlib import Path

import pytest

from router.config import Faults, load

CORPUS = Path(__file__).parents[1] / "bad_config"
CASES = sorted(folder.name for folder in CORPUS.iterdir() if folder.is_dir())


@pytest.mark.parametrize("case", CASES)
def test_each_bad_configuration_is_refused_with_exactly_its_message(case: str) -> None:
    """Whoever edits the file at night has nothing but these lines."""
    expected = (CORPUS / case / "expected").read_text(encoding="utf-8")

    with pytest.raises(Faults) as refused:
        load(CORPUS / case / "router.toml", {})

    assert expected == f"{refused.value}\n"


def test_the_corpus_is_there() -> None:
    """An empty folder would let the test above pass without a case."""
    assert len(CASES) >= 80


@pytest.mark.parametrize("case", CASES)
def test_no_message_repeats_a_secret(case: str) -> None:
    """Messages end in logs and tickets; every secret of the corpus is called hunter2."""
    assert "hunter2" not in (CORPUS / case / "expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_each_bad_configuration_says_why_it_is_bad(case: str) -> None:
    """The first line is the claim; a folder's name is too short for it."""
    assert (CORPUS / case / "router.toml").read_bytes().startswith(b"# ")
