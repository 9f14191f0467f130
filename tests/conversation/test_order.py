"""Letters stand in the order in which they were written, whatever the clocks of their ways say."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from router.conversation.letter import Letter
from router.conversation.order import told_in_order
from router.conversation.standing import State
from router.conversation.story import stand
from router.mail.kind import Kind

NINE = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
JANE = "jane@customer.example"


def letter(name: str, hour: float, *answers: str, ours: bool = False) -> Letter:
    """One whose Message-ID is its name."""
    people = frozenset({JANE}) if ours else frozenset()
    return Letter(
        name, NINE + timedelta(hours=hour), ours, Kind.PERSON, not ours, JANE, None, frozenset(), people, name, answers
    )


def order(*letters: Letter) -> str:
    """Their names, as they are told."""
    return "".join(one.id for _, one in told_in_order(letters))


def test_letters_stand_by_their_times() -> None:
    """Where nothing speaks against it."""
    assert order(letter("b", 2), letter("a", 1), letter("c", 3)) == "abc"


def test_an_answer_stands_behind_what_it_answers() -> None:
    """The question was fetched two hours late; Tom had it all the same."""
    question, answer = letter("q", 3), letter("a", 1, "q", ours=True)

    assert order(answer, question) == "qa"
    found = stand([answer, question])
    assert found.state is State.ANSWERED
    assert found.waits[0].end is not None
    assert found.waits[0].end.at == question.at  # no wait is shorter than nothing


def test_answers_to_answers_stand_in_their_turn() -> None:
    """Also where all of them seem to be of the same instant."""
    assert order(letter("d", 0, "c"), letter("c", 0, "b"), letter("b", 0, "a"), letter("a", 5)) == "abcd"


def test_a_circle_of_answers_is_harmless() -> None:
    """Forged, or made by a broken program."""
    assert sorted(order(letter("a", 1, "b"), letter("b", 2, "a"), letter("c", 3, "c"))) == ["a", "b", "c"]


def test_ten_thousand_answers_in_a_row_are_harmless() -> None:
    """Nothing here calls itself."""
    row = [letter(f"m{number}", -number, f"m{number - 1}") for number in range(10_000)]

    assert [one.id for _, one in told_in_order(row)] == [f"m{number}" for number in range(10_000)]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=10, unique_by=lambda pair: pair[0]), st.randoms()
)
def test_no_order_of_arrival_changes_it(pairs: list[tuple[int, int]], chance: st.DataObject) -> None:
    """As long as no answer goes in a circle."""
    letters = [
        letter(str(number), hour, str(number - 1)) if number % 3 else letter(str(number), hour)
        for number, hour in pairs
    ]
    other = list(letters)
    chance.shuffle(other)  # type: ignore[attr-defined]

    assert told_in_order(letters) == told_in_order(other)
