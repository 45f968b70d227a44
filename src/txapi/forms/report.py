"""The form of a unit's monthly report 月报: its targets, its starts and completions, its tickets and its projects by stage."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from txapi.domain.dates import FIRST_YEAR, LAST_YEAR, end_of, start_of
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.labels import label_of
from txapi.forms.blocks import Form, box, row, signs
from txapi.forms.report_lists import (
    indicators,
    line_of,
    outstanding,
    projects_by_stage,
    starts_and_completions,
    tickets,
    tickets_handled,
)
from txapi.forms.words import Words

if TYPE_CHECKING:
    from txapi.forms.pinned import Pinned

_A_MOMENT = timedelta(microseconds=1)
_REMARKS_MM = 16


def month_from(text: str) -> tuple[int, int]:
    """The year and the month of 2015-07. BadInput BAD_MONTH."""
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
    if found is None or not FIRST_YEAR < int(found[1]) <= LAST_YEAR:
        raise BadInput("BAD_MONTH", f"a month is written as 2015-07, not {text[:20]!r}", ("month",))
    return int(found[1]), int(found[2])


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """The report of one unit, by its code, of one month, as known at a moment. BadInput MONTH_NOT_BEGUN."""

    unit: str
    year: int
    month: int
    moment: Pinned

    operation: ClassVar[str] = "MonthlyReport"

    def __post_init__(self) -> None:
        if self.first_day > self.moment.day:
            raise BadInput(
                "MONTH_NOT_BEGUN",
                f"{self.year}-{self.month:02} has not begun on {self.moment.day.isoformat()}, the day of this moment",
                ("month",),
            )

    @property
    def first_day(self) -> date:
        """The month's first day."""
        return date(self.year, self.month, 1)

    @property
    def valid_on(self) -> date:
        """The last day that counts: the month's, or the moment's while the month is not over."""
        return min(date(self.year, self.month, calendar.monthrange(self.year, self.month)[1]), self.moment.day)

    def variables(self, words: Words) -> dict[str, Any]:
        """The variables of the operation.

        Facts of the world count up to a day, and as they are known now; what became of tickets is asked of the record as it stood
        when the month ended, and when it began.
        """
        over = end_of(self.valid_on) - _A_MOMENT
        ended = over < self.moment.clock
        return {
            **self.moment.variables,
            "unit": self.unit,
            "units": [self.unit],
            "year": self.year,
            "years": [self.year],
            "validOn": self.valid_on.isoformat(),
            "end": {"time": over.isoformat()} if ended else self.moment.at,
            "endClock": None if ended else self.moment.clock.isoformat(),
            "start": {"time": (start_of(self.first_day) - _A_MOMENT).isoformat()},
            "lang": words.lang.upper(),
        }

    def names(self, data: dict[str, Any]) -> tuple[str, str]:
        """What the file is called, in Chinese and plainly."""
        month = f"{self.year}-{self.month:02}"
        return f"月报-{data['moment']['unit']['name']['zh']}-{month}", f"report-{self.unit}-{month}"

    def last_change(self, data: dict[str, Any]) -> int | None:
        """A report tells of many events: none is its own."""
        return None

    def laid_out(self, data: dict[str, Any], words: Words) -> Form:
        """The form of the answer. BadInput NO_SUCH_UNIT."""
        known, end, start = data["moment"], data["atTheEnd"], data["atTheStart"]
        if known["unit"] is None:
            raise BadInput("NO_SUCH_UNIT", f"no unit {self.unit[:100]!r} is known at this moment", ("unit",))
        month = words.month(self.year, self.month)
        return {
            "from": words.unit(known["unit"]),
            "name": words("重大项目推进工作月报", "Monthly report on major projects"),
            "under": f"（{month}）" if words.lang == "zh" else month,
            "mark": "",
            "left": words("填报单位", "Unit") + words.colon + words.unit(known["unit"]),
            "right": words("截至", "Through") + words.colon + words.day(self.valid_on),
            "blocks": [
                indicators(known["targets"]["nodes"], self.valid_on, words),
                starts_and_completions(line_of(known["implementingBodies"], self.unit), words),
                outstanding(known["outstanding"], words),
                # In January the year begins with nothing.
                tickets_handled(
                    line_of(end["handlingUnits"], self.unit),
                    line_of(start["handlingUnits"], self.unit) if self.month > 1 else None,
                    words,
                ),
                tickets(end["inHand"], words("主办在办联系单", "Tickets in hand as lead"), words),
                tickets(end["issued"], words("发出未销号联系单", "Tickets issued and not confirmed"), words),
                projects_by_stage(known["projectsByStage"], words),
                box(
                    [
                        row(
                            (words("备注", "Remarks"), self._remarks(known["targets"]["nodes"], end, words)),
                            tall=_REMARKS_MM,
                        )
                    ],
                    words("五、备注", "5. Remarks"),
                ),
                signs(words("填报人", "Prepared by"), words("审核人", "Checked by"), words("签章", "Signature, seal")),
            ],
        }

    def _remarks(self, targets: list[Any], end: dict[str, Any], words: Words) -> str:
        """What a reader must know: goals that are inferred, figures that were corrected, and which record tells of tickets."""
        told = []
        for one in targets:
            name = words.label(one["indicator"]["label"])
            if one["goal"] and one["goal"]["basis"] != Basis.STATED.name:
                basis = label_of(Basis[one["goal"]["basis"]]).text(words.lang)
                told.append(words(f"{name}：目标依据为{basis}。", f"{name}: the goal is {basis}."))
            told += [
                words(
                    f"{name}：截至{words.day(each['through'])}原报{each['value']['text']}，已更正（记录位置{each['until']}）。",
                    f"{name}: {each['value']['text']} through {words.day(each['through'])} was corrected (position {each['until']}).",
                )
                for each in one["figuresBeforeCorrection"]
            ]
        told.append(
            words(
                f"联系单按记录位置{end['position']}（{words.when(end['clock'])}）统计。",
                f"Tickets are counted at position {end['position']} of the record ({words.when(end['clock'])}).",
            )
        )
        return "\n".join(told)


def _is(line: dict[str, Any], unit: str) -> bool:
    return line["unit"] is not None and line["unit"]["code"] == unit


def _handled(moment: dict[str, Any], unit: str) -> dict[str, Any] | None:
    return next((line for line in moment["handlingUnits"] if _is(line, unit)), None)
