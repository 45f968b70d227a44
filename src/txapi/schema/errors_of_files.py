"""The table of errors: what is wrong with the file of an edition, a data set, or a setting."""

from __future__ import annotations

from txapi.schema.error_code import Code

OF_FILES = {
    "BAD_ARGUMENT": Code(
        "mend the entry of the data set",
        "请修改数据集中的条目",
        {
            "{name}: a figure is written in quotes, for a float is not exact": "{name}：数字应加引号，浮点数不精确",
            "{command} makes no noun that a script may name": "{command} 不产生可以命名的对象",
            "{command} takes no {name}": "{command} 没有参数 {name}",
            "{name}: {said}": "{name}：{said}",
        },
    ),
    "BAD_CLOCK": Code(
        "set TXAPI_CLOCK to one of these",
        "请将 TXAPI_CLOCK 设为其中之一",
        {
            "a clock is `system`, a date or a moment (2015-08-11, 2015-08-11T09:00+08:00), not {given}": (
                "时钟应为 system、日期或时刻（2015-08-11、2015-08-11T09:00+08:00），而不是 {given}"
            )
        },
    ),
    "BAD_EDITION": Code(
        "mend the file of the edition",
        "请修改该版本的文件",
        {
            "a counting rule names at least one milestone": "计数规则至少应有一个里程碑",
            "a file of an edition has kind, edition and content": "版本文件应有 kind、edition 和 content",
            "a file of an edition has no {name}": "版本文件没有 {name}",
            "a file of an edition says its kind": "版本文件应写明 kind",
            "a threshold lies between 0 and 100000": "阈值应在 0 与 100000 之间",
            "an edition is named in a-z, 0-9, point and hyphen": "版本名由 a-z、0-9、点和连字符组成",
            "days must be from 1 to {most}": "天数应为 1 至 {most}",
            "from 1 to {most} attempts a day are remembered": "每日留痕次数应为 1 至 {most}",
            "the content of an edition is an object": "版本内容应为对象",
            "there is no template for {kind}": "没有 {kind} 的模板",
            "this stream belongs to another edition": "该事件流属于另一个版本",
            "{library} knows {first} to {last}, not {year}": "{library} 只有 {first} 至 {last} 年，没有 {year} 年",
            "{day} is no day that a notice for {year} arranges": "{day} 不在 {year} 年的放假安排之内",
            "{day} is no weekend day, so it is worked anyway": "{day} 不是周末，本来就上班",
            "{code} is none of {codes}": "{code} 不在 {codes} 之列",
            "{edition} is not plain data: {why}": "{edition} 不是普通数据：{why}",
            "{low} must not be above {high}": "{low} 不能高于 {high}",
            "{day} is both a holiday and a working day": "{day} 既是假日又是工作日",
            "{name} is no kind of edition; the kinds are {kinds}": "没有 {name} 这一类版本；类别有 {kinds}",
            "{name} names a day twice": "{name} 中有重复的日子",
            "{one} and {other} must both be listed": "{one} 与 {other} 都应列出",
            "{one} is not listed before {other}": "{one} 没有列在 {other} 之前",
            "{file} cannot be read: {why}": "{file} 无法读取：{why}",
            "{file} is larger than {most} bytes": "{file} 大于 {most} 字节",
            "{code} counts no money, so it has no currency": "{code} 不计金额，因此没有币种",
            "{code} is a percentage, so its unit is {unit}": "{code} 是百分比，单位应为 {unit}",
            "{code}: {unit} is no unit of {currency}": "{code}：{unit} 不是 {currency} 的单位",
            "{name} is named twice": "{name} 重复",
            "{unit} is no positive multiple of a unit named here": "{unit} 不是此处某个单位的正倍数",
            "{place}: {said}": "{place}：{said}",
        },
    ),
    "BAD_NOTICE": Code(
        "mend the notice of holidays",
        "请修改放假通知",
        {
            "a holiday lasts from 1 to 31 days": "假期为 1 至 31 天",
            "a notice has no {name}": "通知没有 {name}",
            "a notice needs its {name}": "通知缺少 {name}",
            "an arrangement needs name, from and to": "安排应有 name、from 和 to",
            "{given} is no day": "{given} 不是日期",
        },
    ),
    "BAD_SCRIPT": Code(
        "mend the data set",
        "请修改数据集",
        {
            "name one data set or several, each once": "请写一个或几个数据集，各一次",
            "one of the data sets says which references it reads, and one only": "应有且只有一个数据集写明所用的参照",
            "two data sets name a noun {name}": "两个数据集都有名为 {name} 的对象",
            "{place} ({command}): {said}": "{place}（{command}）：{said}",
            "{place}: {said}": "{place}：{said}",
        },
    ),
    "DATASET_NEEDS_ANOTHER": Code(
        "name both data sets",
        "请同时写出两个数据集",
        {"{dataset} needs {other} beside it": "{dataset} 须与 {other} 一起载入"},
    ),
    "UNKNOWN_COMMAND": Code(
        "use a command that docs/reference names",
        "请使用已有的指令",
        {"there is no command {name}": "没有指令 {name}"},
    ),
    "UNKNOWN_DATASET": Code(
        "name a data set that the product has",
        "请使用产品自带的数据集",
        {"there is no data set {name}; the product comes with {known}": "没有数据集 {name}；产品自带 {known}"},
    ),
    "UNKNOWN_NOUN": Code(
        "make the noun before naming it",
        "请先产生该对象",
        {"no entry makes a noun called {name}": "没有条目产生名为 {name} 的对象"},
    ),
}
"""The codes of editions, of data sets and of what the command line needs."""
