"""The table of errors: why a paper form is not printed."""

from __future__ import annotations

from txapi.schema.error_code import Code

OF_FORMS = {
    "BAD_MONTH": Code(
        "write the year and the month",
        "请写明年份和月份",
        {"a month is written as 2015-07, not {given}": "月份应写作 2015-07，而不是 {given}"},
        400,
    ),
    "MONTH_NOT_BEGUN": Code(
        "ask for a month that has begun, or of a later moment",
        "请选择已经开始的月份，或更晚的时点",
        {
            "{month} has not begun on {day}, the day of this moment": "{month} 在该时点的判定日 {day} 尚未开始",
        },
        400,
    ),
    "NO_PAPER": Code(
        "install the extra",
        "请安装该附加组件",
        {
            "printing needs a typesetter and a Chinese font: pip install 'tongxiang-record[paper]'": (
                "打印需要排版程序和中文字体：pip install 'tongxiang-record[paper]'"
            )
        },
        501,
    ),
    "NO_SUCH_TICKET": Code(
        "take the number or the entityId of a ticket, or a later moment",
        "请使用工作联系单的编号或 entityId，或更晚的时点",
        {"no ticket {ticket} is known at this moment": "该时点没有工作联系单 {ticket}"},
        404,
    ),
    "NO_SUCH_UNIT": Code(
        "take the code of a unit, or a later moment",
        "请使用单位代码，或更晚的时点",
        {"no unit {unit} is known at this moment": "该时点没有单位 {unit}"},
        404,
    ),
}
"""The codes of paper forms."""
