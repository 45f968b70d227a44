"""What may be wrong with a cell or a row 单元格错误: every code with what it says in both languages, and what to do about it.

The table of errors publishes it, and `Wrong` says it: there is no other place where a cell's complaint is worded.
"""

from __future__ import annotations

from typing import NamedTuple

from txapi.domain.labels import Label


class Complaint(NamedTuple):
    """What a code says, each English sentence with the same in Chinese, its holes for the facts; and what to do about it."""

    do_en: str
    do_zh: str
    says: dict[str, str]


CELLS = {
    "BAD_FIGURE": Complaint(
        "mend the figure, or its unit",
        "请修改数据或计量单位",
        {"this cumulative figure is of no use: {why}": "累计数不可用：{why}"},
    ),
    "CELL_HOLDS_AN_ERROR": Complaint(
        "mend the formula in Excel",
        "请在 Excel 中修改公式",
        {"Excel says {held} here": "单元格为Excel错误{held}"},
    ),
    "CELL_IS_EMPTY": Complaint("fill the cell in", "请填写该单元格", {"{name} must be filled in": "“{name}”必须填写"}),
    "CELL_TOO_LONG": Complaint(
        "shorten the text", "请缩短文字", {"a cell has at most {most} characters": "文字超过{most}字"}
    ),
    "COLUMN_IS_NOT_READ": Complaint(
        "nothing, or call the column as the template does",
        "无需处理；或使用模板中的列名",
        {"the column {header} is not read": "列{header}未读取"},
    ),
    "COLUMN_TWICE": Complaint(
        "take one of the columns away", "请删去其中一列", {"the column {header} is here twice": "列{header}出现两次"}
    ),
    "DIFFERS_FROM_THE_RECORD": Complaint(
        "leave the row out, or import with --correct and --reason (correct=true&reason=...)",
        "请删去该行；或选择“更正”并说明理由（--correct、--reason，或 correct=true&reason=…）",
        {
            (
                "{before} was reported through {last}, and this row says {here};"
                " to correct it, import with --correct and --reason"
            ): "截至{last}已填报{before}，与本行的{here}不同；如需更正，请选择“更正”并说明理由",
            (
                "this milestone was reached on {before}, and this row says {here};"
                " to correct it, import with --correct and --reason"
            ): "该节点已记为{before}完成，与本行的{here}不同；如需更正，请选择“更正”并说明理由",
            (
                "this is another than what the ticket with this number says;"
                " to correct it, import with --correct and --reason"
            ): "与已记录的联系单不同；如需更正，请选择“更正”并说明理由",
        },
    ),
    "FORMULA_WITHOUT_A_RESULT": Complaint(
        "open and save the file in Excel, or write the value",
        "请用 Excel 打开并保存，或直接填写数值",
        {
            "this formula was saved without its result: open and save the file in Excel, or write the value": (
                "公式没有保存计算结果；请用Excel打开并保存，或直接填写数值"
            )
        },
    ),
    "MONTHS_DO_NOT_ADD_UP": Complaint(
        "mend one of the figures",
        "请核对当月数和累计数",
        {
            "the month before and this month come to {sum}, and this cell says {here}": (
                "累计数应为{sum}（上月累计数加当月数），实为{here}"
            )
        },
    ),
    "MONTH_IS_AMBIGUOUS": Complaint(
        "write the month with two digits",
        "请将月份写成两位",
        {
            "{written} could be January or October of {year}: write {january} or {october}": (
                "{written}既可能是{year}年的1月，也可能是10月；请写作 {january} 或 {october}"
            )
        },
    ),
    "MONTH_IS_NOT_CHECKED": Complaint(
        "nothing, or add the row of the month before",
        "无需处理；或补上上月的行",
        {
            "there is no cumulative figure of {month}, so this month's is not checked": (
                "没有{month}的累计数，当月数未核对"
            )
        },
    ),
    "NOT_A_DATE": Complaint(
        "write a date as one of these",
        "请按所列写法填写日期",
        {
            "{written} is no date; write it as 2015-05-28, 2015-05, 2015-Q2 or 2015, or as offices do": (
                "{written}不是日期；可写作 2015-05-28、2015-05、2015年5月上旬、2015年5月底、2015年底前、2015年第二季度"
            )
        },
    ),
    "NOT_A_DAY": Complaint(
        "write one day",
        "请填到日",
        {
            "write one day, such as 2015-10-08": "请填到日，如 2015-10-08",
            "a day belongs here, and this is a time, or no day at all": "此处应为日期，而单元格是时间或越界的日期",
        },
    ),
    "NOT_A_MONTH": Complaint("write a month", "请填月份", {"write a month, such as 2015-07": "请填月份，如 2015-07"}),
    "NOT_A_NUMBER": Complaint(
        "write a number",
        "请填数",
        {
            "a number belongs here, and this is a date": "此处应为数，而单元格是日期",
            "{written} is no number of use: at most 18 digits before the point and 6 after it": (
                "{written}不是可用的数：整数部分至多18位，小数至多6位"
            ),
            "this is no number: {written}": "不是数：{written}",
        },
    ),
    "NOT_YES_OR_NO": Complaint(
        "write one of the two", "请填其中之一", {"write yes or no, in either language": "请填“是”或“否”"}
    ),
    "NO_DATE": Complaint(
        "fill one of the two in",
        "请填写其中之一",
        {"give the date when it was reached, or is expected": "请填完成时间或预计时间"},
    ),
    "NUMBER_IS_NOT_EXACT": Complaint(
        "round the number, or write it as text",
        "请四舍五入，或以文本填写",
        {
            "{written} is no exact decimal: round it to the digits that are meant (ROUND), or write it as text": (
                "单元格中的数{written}不是精确的十进制数；请四舍五入到实际位数（如用ROUND），或以文本填写"
            )
        },
    ),
    "ROW_TWICE": Complaint(
        "take one of the rows away",
        "请删去其中一行",
        {
            "this month of this target stands in {first} already": "与{first}重复",
            "this number of this issuer stands in a row above": "同一发单单位的来文编号重复",
        },
    ),
    "TOTAL_DIFFERS": Complaint(
        "mend the total, or the rows above it",
        "请核对合计与以上各行",
        {"the rows above come to {sum}, and this total says {here}": "合计应为{sum}，实为{here}"},
    ),
    "TOTAL_IS_NOT_CHECKED": Complaint(
        "nothing, or set a total apart for each unit of measure",
        "无需处理；或按计量单位分别合计",
        {"what is added is counted in different units: this total is not checked": "各行计量单位不同，合计未核对"},
    ),
    "UNKNOWN_CATEGORY": Complaint(
        "take a category of the template", "请使用模板中的类别", {"there is no category {given}": "没有类别{given}"}
    ),
    "UNKNOWN_INDICATOR": Complaint(
        "take an indicator of the template",
        "请使用模板中的指标",
        {"there is no indicator {given}": "没有指标{given}"},
    ),
    "UNKNOWN_MILESTONE": Complaint(
        "take a milestone of the template", "请使用模板中的节点", {"there is no milestone {given}": "没有节点{given}"}
    ),
    "UNKNOWN_PROJECT": Complaint(
        "take the code of a project", "请使用已有的项目代码", {"there is no project {given}": "没有项目{given}"}
    ),
    "UNKNOWN_TARGET": Complaint(
        "set the target first",
        "请先设立目标",
        {"{unit} has no target by {indicator} in {year}": "单位{unit}在{year}年没有指标{indicator}的目标"},
    ),
}
"""The codes of cells and rows, in alphabetical order."""


class Wrong(Exception):
    """What is wrong with a cell or a row. `code` and the sentence are of `CELLS`, whose holes the facts fill.

    `zh` and `en` say it to people; `column` is where, if not all over.
    """

    def __init__(self, code: str, sentence: str, column: str | None = None, **facts: str | Label) -> None:
        self.code = code
        self.column = column
        self.en = sentence.format(**_in("en", facts))
        self.zh = CELLS[code].says[sentence].format(**_in("zh", facts))
        super().__init__(self.en)


def _in(lang: str, facts: dict[str, str | Label]) -> dict[str, str]:
    return {name: fact.text(lang) if isinstance(fact, Label) else fact for name, fact in facts.items()}
