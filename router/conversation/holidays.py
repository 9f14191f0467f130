"""Public holidays by country and subdivision (`GB-ENG`, `DE-BY`, `US`), from the package `holidays`.

The package is large and slow to import, so it is imported when the first holiday is asked for. It is a calendar on
this machine: nothing here touches the network. Of years whose holidays are not settled yet, since they go by the moon or
are decreed, it knows what can be computed.
"""

import warnings
from collections.abc import Callable
from datetime import date
from threading import Lock


def known(code: str) -> bool:
    """Tell whether there is a calendar of that name."""
    import holidays

    country, _, subdivision = code.partition("-")
    supported = holidays.list_supported_countries()
    if country not in supported:
        return False
    return subdivision in supported[country] if "-" in code else True


def holiday_dates(code: str) -> Callable[[date], bool]:
    """Give the question whether a date is a public holiday there; a year is computed when it is first asked about."""
    if not known(code):
        raise ValueError(f"{code!r} is no country and subdivision with known holidays, as in 'GB-ENG' or 'US'")
    import holidays

    country, _, subdivision = code.partition("-")
    calendar, one_at_a_time = holidays.country_holidays(country, subdiv=subdivision or None), Lock()

    def is_holiday(day: date) -> bool:
        # The package notes a year as known before it has filled it: another thread would find no holidays in it.
        with one_at_a_time:
            if day.year in calendar.years:
                return day in calendar
            with warnings.catch_warnings():
                # That it does not know those of India after 2035 yet is nothing that anybody could act on.
                warnings.simplefilter("ignore")
                return day in calendar

    return is_holiday
