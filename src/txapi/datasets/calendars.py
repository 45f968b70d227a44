"""Working-day calendars 工作日历 as files: generated from the chinesecalendar library, or read from a notice."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import chinese_calendar

from txapi.domain.errors import BadInput

LIBRARY = "chinesecalendar"


def years_of_library() -> range:
    """The years that the installed library knows."""
    years = {day.year for day in chinese_calendar.holidays}
    return range(min(years), max(years) + 1)


def edition_name(year: int) -> str:
    """The name of the first edition for a year."""
    return f"cn-workdays-{year}"


def calendar_from_library(year: int) -> dict[str, Any]:
    """The content of the calendar edition of a year, as the library has it; BadInput BAD_EDITION for other years."""
    known = years_of_library()
    if year not in known:
        raise BadInput("BAD_EDITION", f"{LIBRARY} knows {known[0]} to {known[-1]}, not {year}", ("year",))
    holidays, workdays = chinese_calendar.holidays, chinese_calendar.workdays
    chinese = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}
    return {
        "year": year,
        "notice": f"{year}年部分节假日安排",
        "source": f"{LIBRARY} {version(LIBRARY)}",
        "holidays": [
            {"date": day.isoformat(), "name": chinese[name]}
            for day, name in sorted(holidays.items())
            if day.year == year
        ],
        "workdays": [day.isoformat() for day in sorted(workdays) if day.year == year],
    }


def calendar_text(year: int) -> str:
    """The file of the calendar edition of a year."""
    content = calendar_from_library(year)
    lines = [
        f"# Generated from {content['source']} by `python -m txapi.datasets.calendars FOLDER`. Do not edit.",
        "kind: calendar",
        f"edition: {edition_name(year)}",
        "content:",
        f"  year: {year}",
        f"  notice: {content['notice']}",
        f"  source: {content['source']}",
        "  holidays:",
        *(f"    - {{date: {holiday['date']}, name: {holiday['name']}}}" for holiday in content["holidays"]),
        "  workdays:" if content["workdays"] else "  workdays: []",
        *(f"    - {day}" for day in content["workdays"]),
    ]
    return "\n".join(lines) + "\n"


def write_calendars(folder: Path) -> list[Path]:
    """Write one file for every year that the library knows; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for year in years_of_library():
        path = folder / f"{year}.yaml"
        path.write_text(calendar_text(year), encoding="utf-8")
        written.append(path)
    return written


def calendar_from_notice(notice: dict[str, Any]) -> dict[str, Any]:
    """The content of a calendar edition from a notice of the State Council, written down as data.

    `year`, `title`, perhaps `number`, and `arrangements`: each a `name`, the holiday `from` and `to` (both off), and
    `workdays`, the weekend days that are worked for it. BadInput BAD_NOTICE with the path.
    """
    unknown = sorted(set(notice) - {"kind", "edition", "year", "title", "number", "arrangements"})
    if unknown:
        raise BadInput("BAD_NOTICE", f"a notice has no {unknown[0]}", (unknown[0],))
    for name, wanted in (("year", int), ("title", str), ("arrangements", list)):
        if not isinstance(notice.get(name), wanted):
            raise BadInput("BAD_NOTICE", f"a notice needs its {name}", (name,))
    holidays: dict[date, str] = {}
    workdays: set[date] = set()
    for place, arrangement in enumerate(notice["arrangements"]):
        path = ("arrangements", str(place))
        if not isinstance(arrangement, dict) or not {"name", "from", "to"} <= set(arrangement):
            raise BadInput("BAD_NOTICE", "an arrangement needs name, from and to", path)
        first, last = _day(arrangement["from"], (*path, "from")), _day(arrangement["to"], (*path, "to"))
        if not timedelta(0) <= last - first <= timedelta(days=31):
            raise BadInput("BAD_NOTICE", "a holiday lasts from 1 to 31 days", (*path, "to"))
        for offset in range((last - first).days + 1):
            holidays.setdefault(first + timedelta(days=offset), str(arrangement["name"]))
        workdays |= {_day(day, (*path, "workdays")) for day in arrangement.get("workdays") or []}
    number = notice.get("number")
    return {
        "year": notice["year"],
        "notice": notice["title"] + (f"（{number}）" if number else ""),
        "holidays": [{"date": day.isoformat(), "name": name} for day, name in sorted(holidays.items())],
        "workdays": [day.isoformat() for day in sorted(workdays)],
    }


def _day(value: object, path: tuple[str, ...]) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise BadInput("BAD_NOTICE", f"{value} is no day", path) from None


if __name__ == "__main__":
    import sys

    if len(sys.argv) != 2:
        sys.exit("usage: python -m txapi.datasets.calendars FOLDER, for example domain/reference/calendars")
    sys.stdout.write(f"wrote {len(write_calendars(Path(sys.argv[1])))} calendars\n")
