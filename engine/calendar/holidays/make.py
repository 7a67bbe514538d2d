"""Writes business-days.txt, beside this file: weekends and days off of each country, from the Python package `holidays`.

    pip install holidays==0.109 && python make.py

The format is told in the head of what it writes.
"""

import pathlib
from datetime import date, timedelta

import holidays

FIRST, LAST = 2020, 2036
HEAD = f"""\
# Weekends, public holidays and working days at weekends, {FIRST} to {LAST}, by country; for the country as a whole.
# Written by make.py from the Python package `holidays` {holidays.__version__} (https://github.com/vacanza/holidays), whose
# licence, MIT, stands in LICENSE beside it. Days that follow the moon or are proclaimed are foretold there, not known.
#
# A line is a country: its code; the days of its weekend, Monday being 1; the months and days that are no business days
# in any of these years; then, behind each year that has some, its other days off; with a + days at weekends that are worked.
"""


def main():
    lines = [line(code) for code in sorted(holidays.list_supported_countries(include_aliases=False))]
    text = HEAD + "".join(line + "\n" for line in lines)
    pathlib.Path(__file__).with_name("business-days.txt").write_text(text, encoding="ascii")


def line(code):
    country = holidays.country_holidays(code, years=range(FIRST, LAST + 1))
    weekend = sorted(day + 1 for day in country.weekend)
    is_weekend = lambda day: day.isoweekday() in weekend
    days = [date(FIRST, 1, 1) + timedelta(n) for n in range((date(LAST + 1, 1, 1) - date(FIRST, 1, 1)).days)]
    off = {day for day in days if not country.is_working_day(day)}
    years = range(FIRST, LAST + 1)
    every_year = [
        (month, day)
        for month in range(1, 13)
        for day in range(1, 32)
        if (month, day) != (2, 29)
        and is_date(month, day)
        and all(date(year, month, day) in off for year in years)
    ]
    words = [code, "".join(map(str, weekend)), *(f"{month:02}{day:02}" for month, day in every_year)]
    for year in years:
        this_year = [day for day in days if day.year == year and (day.month, day.day) not in every_year]
        free = [f"{day:%m%d}" for day in this_year if day in off and not is_weekend(day)]
        worked = [f"+{day:%m%d}" for day in this_year if day not in off and is_weekend(day)]
        if free or worked:
            words += [str(year) + ":", *free, *worked]
    return " ".join(words)


def is_date(month, day):
    try:
        return bool(date(2023, month, day))
    except ValueError:
        return False


main()
