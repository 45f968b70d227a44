"""The table of errors: what is said in a command and makes no sense."""

from __future__ import annotations

from txapi.schema.error_code import Code

OF_INPUT = {
    "AMOUNT_TOO_LARGE": Code(
        "check the unit of the amount",
        "请检查金额的单位",
        {
            "at most {most} digits may stand before the point": "小数点前最多 {most} 位",
            "the amount is larger than can be counted": "金额超出可计范围",
            "the ratio is larger than can be counted": "比率超出可计范围",
        },
    ),
    "BAD_AREA": Code(
        "state the area in square metres",
        "请以平方米填写面积",
        {"an area in square metres is more than 0": "面积（平方米）应大于 0"},
    ),
    "BAD_CODE": Code(
        "choose a code of these characters",
        "请用这些字符组成代码",
        {
            "a code has letters, digits, hyphens, points and slashes, at most 64": "代码由字母、数字、连字符、点和斜线组成，最多 64 个",
            "a unit's code has lower-case letters, digits and hyphens": "单位代码由小写字母、数字和连字符组成",
        },
    ),
    "BAD_CORRECTION": Code(
        "send the fields as the event has them",
        "请按事件的字段填写",
        {
            "the fields of a correction are an object, or null to retract": "更正的字段应为对象；撤销用 null",
            "these are not the event's fields: {why}": "这不是该事件的字段：{why}",
        },
    ),
    "BAD_COUNT": Code(
        "check the count",
        "请核对数目",
        {
            "a count is from 0 to 1000000": "数目应为 0 至 1000000",
            "a count is from 1 to {most}": "数目应为 1 至 {most}",
            "a part is counted of a whole": "部分应属于整体",
            "{done} of {listed} is no rate": "{listed} 之中的 {done} 不成比率",
            "{part} is no part of {whole}": "{part} 不是 {whole} 的一部分",
        },
    ),
    "BAD_CREDIT_CODE": Code(
        "copy it from the business licence",
        "请按营业执照填写",
        {"a unified social credit code has 18 characters": "统一社会信用代码为 18 位"},
    ),
    "BAD_DATE": Code(
        "write the date in one of these forms",
        "请按所列形式填写日期",
        {
            "a date cannot end before it begins": "日期不能先止后起",
            "a date is written as 2015-05-28, 2015-05, 2015-Q2, 2015-H1 or 2015": (
                "日期写作 2015-05-28、2015-05、2015-Q2、2015-H1 或 2015"
            ),
            "a date of precision {precision} has both ends": "精度为 {precision} 的日期应有起止两端",
            "a date that says BY has a latest day and no earliest": "“不迟于”的日期只有最晚日，没有最早日",
            "a day is written as 2015-08-06": "日期写作 2015-08-06",
            "a month has three times ten days: 1, 2 and 3": "一个月有三旬：1、2、3",
            "a range needs at least one end": "时间段至少应有一端",
            "a year has four quarters": "一年有四个季度",
            "a year has two halves": "一年有两个半年",
            "there is no day {day}": "没有 {day} 这一天",
            "years from {first} to {last} are known here": "此处只有 {first} 至 {last} 年",
            "{earliest} to {latest} is not within one period of precision {precision}": (
                "{earliest} 至 {latest} 不在精度 {precision} 的同一时期内"
            ),
            "{given} is not a date: YYYY-MM-DD, of a day that exists": "{given} 不是日期：应为存在的日子，YYYY-MM-DD",
        },
        400,
    ),
    "BAD_DATE_TIME": Code(
        "write an instant with its offset",
        "请写明时刻及其时区",
        {
            "years from {first} to {last} are known here": "此处只有 {first} 至 {last} 年",
            "{given} is not an instant: RFC 3339 with an offset, 2015-08-11T08:00:00+08:00": (
                "{given} 不是时刻：应按 RFC 3339 带时区，如 2015-08-11T08:00:00+08:00"
            ),
        },
    ),
    "BAD_DECIMAL": Code(
        "write the number in a string, with digits and a point",
        "请用字符串书写数字，只含数字和小数点",
        {
            "a decimal is written in a string, for a float loses digits": "小数应写成字符串，浮点数会丢失位数",
            "a decimal is written with digits and at most one point, such as 4.85": "小数由数字和至多一个小数点组成，如 4.85",
            "a decimal must be a number, neither NaN nor infinite": "小数应为数字，不能是 NaN 或无穷",
            "at most {most} digits may stand after the point": "小数点后最多 {most} 位",
            "no exponent and at most {most} digits after the point": "不用指数，小数点后最多 {most} 位",
        },
    ),
    "BAD_GOAL": Code(
        "check the goal",
        "请核对目标值",
        {
            "a goal is more than 0, and its low end is not above its high end": "目标值应大于 0，且下限不高于上限",
            "a goal is one value, or an interval with both ends": "目标是一个值，或有上下限的区间",
        },
    ),
    "BAD_HOURS": Code(
        "check the hours",
        "请核对时间",
        {
            "a meeting that begins at {begins} cannot end at {ends}": "{begins} 开始的会议不能在 {ends} 结束",
            "hours are written HH:MM, from 00:00 to 24:00": "时间写作 HH:MM，00:00 至 24:00",
        },
    ),
    "BAD_NAME": Code(
        "shorten the name, or state one",
        "请缩短或填写名称",
        {
            "a name has 1 to {most} characters": "名称为 1 至 {most} 个字符",
            "an official has a name of at most {most} characters": "领导姓名最多 {most} 个字符",
        },
    ),
    "BAD_RATIO": Code(
        "check the denominator",
        "请核对分母",
        {"the denominator of a ratio must be positive": "比率的分母应大于 0"},
    ),
    "BAD_TERM": Code(
        "check the dates of the term",
        "请核对任期",
        {
            "a duty cannot be due before the project is entered": "任务期限不能早于项目列入之时",
            "a term cannot end before it begins": "任期不能先止后起",
        },
    ),
    "BAD_TEXT": Code(
        "remove what is no character",
        "请删去不是字符的内容",
        {
            "text has no NUL and no lone surrogates": "文字不能含 NUL 或残缺字符",
            "the input contains half a surrogate pair": "输入含有残缺字符",
            "the query contains what is no character": "查询文档含有不是字符的内容",
            "this must be text": "此处应为文字",
            "what was printed has 1 to {most} characters": "印出的内容为 1 至 {most} 个字符",
            "{name} contains a control character": "{name} 含有控制字符",
            "{name} contains half a surrogate pair": "{name} 含有残缺字符",
        },
    ),
    "BAD_TIME": Code(
        "write the offset too",
        "请写明时区",
        {"a time must carry its time zone": "时间应带有时区"},
    ),
    "BAD_UNIT": Code(
        "use a unit of an adopted edition",
        "请使用已采用版本中的计量单位",
        {
            "a unit of measure is named by its code": "计量单位应写代码",
            "no money is counted in {unit}": "金额不以 {unit} 计",
        },
    ),
    "BAD_URL": Code(
        "give an https address, and no secret in it",
        "请填写 https 网址，其中不含密钥",
        {
            "a webhook's URL is https://host/path, at most {most} characters, without a user": (
                "推送端点的网址写作 https://主机/路径，最多 {most} 个字符，不带用户名"
            )
        },
    ),
    "BAD_YEAR": Code(
        "ask for a year of the record",
        "请使用记录中的年份",
        {
            "years from {first} to {last} are known here": "此处只有 {first} 至 {last} 年",
            "{year} is no year of this record": "本记录没有 {year} 年",
        },
    ),
    "CURRENCIES_DIFFER": Code(
        "state both amounts in one currency",
        "请使用同一币种",
        {"amounts of different currencies are never added or compared": "不同币种的金额不相加，也不比较"},
    ),
    "DATE_IN_THE_FUTURE": Code(
        "state what has happened, or forecast it",
        "请填写已经发生的事实，或改为预计",
        {"{date} lies after {day}, so it is no fact yet": "{date} 晚于 {day}，尚不是事实"},
    ),
    "EMPTY_SCOPE": Code(
        "name a milestone",
        "请写明里程碑",
        {"an agent is assigned for at least one milestone": "代办员至少负责一个里程碑"},
    ),
    "EMPTY_TEXT": Code(
        "state it, or leave the field out",
        "请填写，或省略该字段",
        {
            "a description must not be empty": "说明不能为空",
            "this must not be empty": "此处不能为空",
            "{name} must not be empty": "{name} 不能为空",
        },
    ),
    "INEXACT_AMOUNT": Code(
        "state the amount in a larger unit, or round it",
        "请换用更大的单位，或取整",
        {"the amount is finer than the smallest unit that is counted": "金额比最小计量单位更细"},
    ),
    "MUST_BE_SAID": Code(
        "state it",
        "请填写",
        {
            "state the total investment or the registered capital": "请填写总投资或注册资本",
            "{name} cannot be cleared": "{name} 不能清空",
        },
    ),
    "NAMED_TWICE": Code("name each once", "各写一次", {"the same is named twice": "同一项重复"}),
    "NEGATIVE_AMOUNT": Code(
        "state an amount of 0 or more", "请填写不小于 0 的金额", {"the amount must not be negative": "金额不能为负"}
    ),
    "NOT_CLEARABLE": Code(
        "leave the field out, or change it",
        "请省略该字段，或填写新值",
        {"{name} can be changed but not cleared": "{name} 可以更改，不能清空"},
    ),
    "ONE_VALUE": Code(
        "state one of them",
        "二者只填其一",
        {
            "a figure is an amount of money or another quantity": "数字是金额，或其他数量",
            "what was printed is an amount of money or another figure, not both": "印出的是金额或其他数字，不能两者都是",
        },
    ),
    "TEXT_TOO_LONG": Code(
        "shorten the text",
        "请缩短文字",
        {
            "at most {most} characters": "最多 {most} 个字符",
            "{name} may have at most {most} characters": "{name} 最多 {most} 个字符",
            "{name} has {count} characters; at most {most} are kept": "{name} 有 {count} 个字符；最多保存 {most} 个",
        },
    ),
    "TOO_MANY": Code(
        "send fewer at once",
        "请分几次发送",
        {
            "a meeting names at most {most} attendees": "会议最多 {most} 名出席者",
            "{name} takes at most {most} entries, not {count}": "{name} 最多 {most} 项，而不是 {count} 项",
        },
    ),
    "UNITS_DIFFER": Code(
        "state both in one unit",
        "请使用同一单位",
        {
            "both ends of a goal are counted in the same": "目标上下限应使用同一单位",
            "figures in different units are never compared": "单位不同的数字不作比较",
        },
    ),
    "UNKNOWN_ACTION": Code(
        "use an action that the ticket names",
        "请使用联系单所列的办理事项",
        {"a ticket knows no action {action}": "工作联系单没有 {action} 这一办理事项"},
    ),
    "UNKNOWN_FIELD": Code(
        "use a field of the event or the noun",
        "请使用已有的字段",
        {
            "a project has no field {field} to amend": "项目没有可修改的字段 {field}",
            "{topic} has no field {field}": "{topic} 没有字段 {field}",
        },
    ),
    "UNKNOWN_LIST": Code(
        "name a list of the moment",
        "请使用该时点已有的清单",
        {"the moment knows no such supervision list": "该时点没有这个督查清单"},
    ),
    "UNKNOWN_RULE": Code(
        "name a counting rule that was adopted",
        "请使用已采用的计数规则",
        {"no counting rule {name} was adopted by the moment": "该时点尚未采用计数规则 {name}"},
    ),
    "UNKNOWN_UNIT": Code(
        "name a unit of measure that was adopted",
        "请使用已采用的计量单位",
        {"no adopted unit of measure is called {unit}": "没有名为 {unit} 的已采用计量单位"},
    ),
}
"""The codes of dates, amounts, texts, names and references."""
