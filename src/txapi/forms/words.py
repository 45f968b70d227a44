"""How forms speak: one language a sheet, dates as offices write them, and what is missing said as missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from txapi.domain.dates import SHANGHAI
from txapi.domain.labels import label_of

if TYPE_CHECKING:
    import enum

NOTHING = "—"
"""What has not come about, or does not apply."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language, `zh` or `en`."""

    lang: str

    def __call__(self, zh: str, en: str) -> str:
        """What is said in this language."""
        return zh if self.lang == "zh" else en

    @property
    def unfilled(self) -> str:
        """What somebody was to write and did not."""
        return self("未填", "not filled in")

    @property
    def colon(self) -> str:
        """What stands between a term and its value."""
        return self("：", ": ")

    @property
    def comma(self) -> str:
        """What stands between the members of a list."""
        return self("、", ", ")

    @property
    def stop(self) -> str:
        """What stands between statements in one cell."""
        return self("；", "; ")

    def aside(self, *notes: str) -> str:
        """Notes in brackets behind a value; nothing for none."""
        said = self("，", ", ").join(note for note in notes if note)
        return self(f"（{said}）", f" ({said})") if said else ""

    def label(self, given: Any) -> str:
        """A label of an answer, {zh, en}; — for none."""
        return self(given["zh"], given["en"]) if given else NOTHING

    def member(self, kind: type[enum.Enum], name: str) -> str:
        """The label of an enum's member, as answers name it."""
        return label_of(kind[name]).text(self.lang)

    def unit(self, given: Any) -> str:
        """The name of a unit of an answer; — for none."""
        return self.label(given["name"]) if given else NOTHING

    def official(self, given: Any) -> str:
        """An official with the post; — for none."""
        if not given:
            return NOTHING
        post = given.get("post")
        return str(given["name"]) + self.aside(post or "")

    def day(self, given: str | date | None) -> str:
        """A day: 2015年8月13日, 13 August 2015; — for none."""
        if given is None:
            return NOTHING
        day = date.fromisoformat(given) if isinstance(given, str) else given
        return self(f"{day.year}年{day.month}月{day.day}日", f"{day.day} {_MONTHS[day.month - 1]} {day.year}")

    def size(self, count: int) -> str:
        """So many bytes: 812 B, 1.5 KB, 25.0 MB; in steps of 1024, as the console says it."""
        unit, step = next((unit, step) for unit, step in _SIZES if count >= step or step == 1)
        return f"{count} B" if step == 1 else f"{(10 * count + step // 2) // step / 10:.1f} {unit}"

    def month(self, year: int, month: int) -> str:
        """A month: 2015年7月, July 2015."""
        return self(f"{year}年{month}月", f"{_MONTHS[month - 1]} {year}")

    def day_of(self, given: str | None) -> str:
        """The day in Beijing time of an instant; — for none."""
        return self.day(None if given is None else _local(given).date())

    def when(self, given: str | None) -> str:
        """An instant in Beijing time: 2015年8月13日 17:30; — for none."""
        if given is None:
            return NOTHING
        local = _local(given)
        return f"{self.day(local.date())} {local:%H:%M}"


def _local(given: str) -> datetime:
    return datetime.fromisoformat(given).astimezone(SHANGHAI)


_SIZES = (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024), ("B", 1))
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
