"""The table of errors: what is wrong with a sheet that comes in as a whole, or with the question for a table that goes out."""

from __future__ import annotations

from txapi.schema.error_code import Code

OF_SHEETS = {
    "BAD_CSV": Code(
        "save the file as CSV UTF-8, or as .xlsx",
        "请将文件另存为 CSV UTF-8 或 .xlsx",
        {
            "this is neither UTF-8 nor GB 18030: save it as CSV UTF-8": "文件既不是 UTF-8 也不是 GB 18030：请另存为 CSV UTF-8",
            "this is no CSV: {why}": "文件不是 CSV：{why}",
        },
    ),
    "BAD_PARAMETER": Code(
        "mend the address",
        "请修改网址中的参数",
        {
            "/files takes name, not {name}": "/files 的参数是 name，没有 {name}",
            "/files/<sha256> takes attachment, not {name}": "/files/<sha256> 的参数是 attachment，没有 {name}",
            "/import takes {names}, not {name}": "/import 的参数有 {names}，没有 {name}",
            "/forms takes {names}, not {name}": "/forms 的参数有 {names}，没有 {name}",
            "lang is zh or en, not {given}": "lang 应为 zh 或 en，而不是 {given}",
            "{name} is true or false, not {given}": "{name} 应为 true 或 false，而不是 {given}",
            "{table} has no column {name}; it has {columns}": "表 {table} 没有列 {name}；有 {columns}",
            "{name} is one of {codes}, or empty, not {given}": "{name} 应为 {codes} 之一或为空，而不是 {given}",
            "{name} is said once": "{name} 只能出现一次",
            "{table} is kept as of now alone: it takes neither at nor validOn": "{table} 只有现时数据：不接受 at 和 validOn",
            "at is a position, a day or an instant: 325, 2015-08-11, 2015-08-11T18:00+08:00, not {given}": (
                "at 应为位置、日期或时刻：325、2015-08-11、2015-08-11T18:00+08:00，而不是 {given}"
            ),
            "events is a number up to {most}: how many to tell, the last ones": "events 为至多 {most} 的数：列出最后多少个事件",
        },
        400,
    ),
    "BAD_WORKBOOK": Code(
        "open the file in Excel, and save it as .xlsx",
        "请用 Excel 打开并另存为 .xlsx",
        {
            "this is no workbook in the format .xlsx: {why}": "文件不是 .xlsx 工作簿：{why}",
            "this is the format .xls of before 2007: save it as .xlsx": "文件是 2007 年以前的 .xls 格式：请另存为 .xlsx",
            "this archive holds no workbook: xl/workbook.xml is missing": "压缩包中没有工作簿：缺 xl/workbook.xml",
            "a part of this workbook declares a document type; no office program does": (
                "工作簿中有文档类型声明；办公软件不会写出"
            ),
            "a cell names a text that the workbook does not hold": "单元格指向工作簿中不存在的文字",
        },
    ),
    "EMPTY_BODY": Code(
        "send the file itself",
        "请发送文件本身",
        {"send the file as the body of the request": "请将文件作为请求正文发送"},
        400,
    ),
    "REASON_IS_MISSING": Code(
        "say why what is recorded is corrected",
        "请说明更正理由",
        {"to correct what is recorded takes a reason": "更正已记录的内容须说明理由"},
    ),
    "SHEET_TOO_LARGE": Code(
        "divide the file",
        "请将文件拆分",
        {"the file has more than {most} {what}": "文件过大，上限为 {most}（{what}）"},
    ),
    "TABLE_TOO_LARGE": Code(
        "have the whole table written by `txapi export --tables`",
        "请用 txapi export --tables 导出全表",
        {
            "this table has more than {most} rows: `txapi export --tables` writes all": (
                "该表超过 {most} 行：请用 `txapi export --tables` 导出全表"
            )
        },
        413,
    ),
    "UNKNOWN_SHEET": Code(
        "take the template, and leave its header as it is",
        "请使用模板，不要改动表头",
        {
            "no worksheet has a header with the columns of {kind}; missing: {names}": (
                "没有一个工作表的表头含有 {kind} 所需的列；缺 {names}"
            ),
            "what kind of sheet this is cannot be told by its header; there are {kinds}": (
                "从表头无法判断这是哪一类表；可导入的有 {kinds}"
            ),
            "what can be imported is {kinds}, not {given}": "可导入的有 {kinds}，没有 {given}",
        },
    ),
}
