"""Opening times as they are written."""

from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from router.config.opening import holiday_code, opening, opening_text

NINE_TO_FIVE = ((540, 1020),)

READ: list[tuple[dict[str, Any], dict[int, tuple[tuple[int, int], ...]]]] = [
    ({"mon": "09:00-17:00"}, {0: NINE_TO_FIVE}),
    ({"mon-fri": ["09:00-17:00"]}, dict.fromkeys(range(5), NINE_TO_FIVE)),
    ({"MON - FRI".replace(" ", ""): "09:00-17:00"}, dict.fromkeys(range(5), NINE_TO_FIVE)),
    ({"mon": ["13:30-17:00", "09:00-12:30"]}, {0: ((540, 750), (810, 1020))}),  # in order, whatever the order
    ({"mon": ["09:00-12:00", "12:00-17:00"]}, {0: ((540, 720), (720, 1020))}),  # they touch
    ({"all": "00:00-24:00"}, dict.fromkeys(range(7), ((0, 1440),))),  # 24/7
    ({"sat": "22:00-06:00"}, {5: ((1320, 1800),)}),  # past midnight
    ({"sat": "22:00-00:00"}, {5: ((1320, 1440),)}),  # until midnight
    ({"fri-mon": "09:00-17:00"}, {0: NINE_TO_FIVE, 4: NINE_TO_FIVE, 5: NINE_TO_FIVE, 6: NINE_TO_FIVE}),
    ({"mon-wed": "09:00-17:00", "tue": []}, {0: NINE_TO_FIVE, 2: NINE_TO_FIVE}),  # a single day beats a range
    ({"all": "10:00-12:00", "tue-sun": [], "wed": "09:00-17:00"}, {0: ((600, 720),), 2: NINE_TO_FIVE}),
    ({"sun": "22:00-06:00", "mon": "06:00-07:00"}, {0: ((360, 420),), 6: ((1320, 1800),)}),  # they touch
]


@pytest.mark.parametrize(("written", "expected"), READ)
def test_opening_times_are_read(written: dict[str, Any], expected: object) -> None:
    """9 to 5 means really 9 to 5; 24/7 means 24/7."""
    assert expected == opening(written)


@pytest.mark.parametrize(("written", "_expected"), READ)
def test_opening_times_are_written_as_they_are_read(written: dict[str, Any], _expected: object) -> None:
    """`check --show` prints what loads again."""
    found = opening(written)

    assert found == opening(opening_text(found))


def test_sundays_night_may_run_into_mondays_morning() -> None:
    """The week is a ring."""
    with pytest.raises(PydanticCustomError):
        opening({"sun": "22:00-07:00", "mon": "06:00-12:00"})


@pytest.mark.parametrize(
    ("written", "expected"),
    [("GB-ENG", "GB-ENG"), ("gb-eng", "GB-ENG"), ("DE-BY", "DE-BY"), ("US", "US"), ("de-augsburg", "DE-Augsburg")],
)
def test_a_code_of_holidays_is_read(written: str, expected: str) -> None:
    """As the package spells it, whatever the case."""
    assert expected == holiday_code(written)


@pytest.mark.parametrize("written", ["", "XX", "GB-XXX", "GB-", "England", 44, ["GB"]])
def test_a_code_that_is_none_is_refused(written: object) -> None:
    """Else nobody would notice until the first bank holiday."""
    with pytest.raises(PydanticCustomError):
        holiday_code(written)
