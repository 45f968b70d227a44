"""The table of errors: what the executor says of a document and of the values of its variables, and the words in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

OF_DOCUMENTS: Mapping[str, str] = {
    # What is no document.
    "Expected {token}, found {found}.": "此处应为{token}，而不是{found}",
    "Expected '{keyword}', found {found}.": "此处应为 '{keyword}'，而不是{found}",
    "Unexpected {token}.": "此处不应有{token}",
    "Unexpected variable '{variable}' in constant value.": "常量中不能使用变量 {variable}",
    "Unexpected description, descriptions are not supported on shorthand queries.": "省略了 query 的查询不能带说明",
    "Unexpected description, only GraphQL definitions support descriptions.": "只有定义可以带说明",
    "{token} is reserved and cannot be used for an enum value.": "{token}是保留字，不能作枚举值",
    "Unterminated string.": "字符串没有结束",
    "Invalid Unicode escape sequence: '{given}'.": "Unicode 转义序列无效：'{given}'",
    "Invalid character escape sequence: '{given}'.": "转义序列无效：'{given}'",
    "Invalid number, expected digit but got: {character}.": "数字无效：应为数位，而不是 {character}",
    "Invalid number, unexpected digit after 0: {character}.": "数字无效：0 之后不应有 {character}",
    "Invalid number, expected digit before '.', did you mean '{number}'?": "数字无效：小数点前应有数位。是否想写 '{number}'？",
    "Unexpected '..', did you mean '...'?": "此处不应有 '..'。是否想写 '...'？",
    "Unexpected single quote character ('), did you mean to use a double quote (\")?": "不应使用单引号 (')。是否想写双引号 (\")？",
    "Unexpected character: {character}.": "此处不应有字符 {character}",
    # Operations and fragments.
    "The {definition} definition is not executable.": "查询文档中不能有 {definition} 的定义。",
    "The {operation} operation is not supported by the schema.": "本服务没有 {operation} 操作。",
    "There can be only one operation named '{name}'.": "只能有一个名为 {name} 的操作。",
    "This anonymous operation must be the only defined operation.": "没有名称的操作只能单独出现在查询文档中。",
    "Unknown operation named '{name}'.": "没有名为 {name} 的操作。",
    'Unknown operation named "{name}".': "没有名为 {name} 的操作。",
    "Anonymous Subscription must select only one top level field.": "一个订阅只能选择一个顶层字段。",
    "Anonymous Subscription must not select an introspection top level field.": "订阅不能选择内省字段作为顶层字段。",
    "Anonymous Subscription must not use `@skip` or `@include` directives in the top level selection.": (
        "订阅的顶层字段不能使用指令 @skip 或 @include。"
    ),
    "Subscription '{name}' must select only one top level field.": "订阅 {name} 只能选择一个顶层字段。",
    "Subscription '{name}' must not select an introspection top level field.": "订阅 {name} 不能选择内省字段作为顶层字段。",
    "Subscription '{name}' must not use `@skip` or `@include` directives in the top level selection.": (
        "订阅 {name} 的顶层字段不能使用指令 @skip 或 @include。"
    ),
    "There can be only one fragment named '{name}'.": "只能有一个名为 {name} 的片段。",
    "Unknown fragment '{name}'.": "没有片段 {name}。",
    "Fragment '{name}' is never used.": "片段 {name} 没有使用。",
    "Fragment cannot condition on non composite type '{type}'.": "片段的类型 {type} 没有下级字段。",
    "Fragment '{name}' cannot condition on non composite type '{type}'.": "片段 {name} 的类型 {type} 没有下级字段。",
    "Fragment cannot be spread here as objects of type '{type}' can never be of type '{other}'.": (
        "此处不能使用类型为 {other} 的片段：{type} 类型的对象不会是 {other}。"
    ),
    "Fragment '{name}' cannot be spread here as objects of type '{type}' can never be of type '{other}'.": (
        "此处不能使用片段 {name}：{type} 类型的对象不会是 {other}。"
    ),
    "Cannot spread fragment '{name}' within itself.": "片段 {name} 不能包含自身。",
    "Cannot spread fragment '{name}' within itself via {names}.": "片段 {name} 不能通过 {names} 包含自身。",
    "Maximum introspection depth exceeded": "内省查询嵌套过深",
    # Fields, types and arguments.
    "Cannot query field '{field}' on type '{type}'.": "类型 {type} 没有字段 {field}。",
    "Cannot query field '{field}' on type '{type}'. Did you mean {names}?": "类型 {type} 没有字段 {field}。是否想写 {names}？",
    "Cannot query field '{field}' on type '{type}'. Did you mean to use an inline fragment on {names}?": (
        "类型 {type} 没有字段 {field}。是否想用 {names} 类型的内联片段？"
    ),
    "Field '{field}' must not have a selection since type '{type}' has no subfields.": (
        "类型为 {type} 的字段 {field} 没有下级字段可选。"
    ),
    "Field '{field}' of type '{type}' must have a selection of subfields.": "类型为 {type} 的字段 {field} 必须选择下级字段。",
    "Field '{field}' of type '{type}' must have a selection of subfields. Did you mean {names}?": (
        "类型为 {type} 的字段 {field} 必须选择下级字段。是否想写 {names}？"
    ),
    "Fields '{field}' conflict because {conflict}. Use different aliases on the fields to fetch both if this was intentional.": (
        "字段 {field} 冲突：{conflict}。如果两者都要，请使用不同的别名。"
    ),
    "Unknown type '{type}'.": "没有类型 {type}。",
    "Unknown type '{type}'. Did you mean {names}?": "没有类型 {type}。是否想写 {names}？",
    "Unknown argument '{argument}' on field '{field}'.": "字段 {field} 没有参数 {argument}。",
    "Unknown argument '{argument}' on field '{field}'. Did you mean {names}?": "字段 {field} 没有参数 {argument}。是否想写 {names}？",
    "Unknown argument '{argument}' on directive '{directive}'.": "指令 {directive} 没有参数 {argument}。",
    "Unknown argument '{argument}' on directive '{directive}'. Did you mean {names}?": (
        "指令 {directive} 没有参数 {argument}。是否想写 {names}？"
    ),
    "There can be only one argument named '{argument}'.": "参数 {argument} 只能写一次。",
    "Argument '{argument}' of type '{type}' is required, but it was not provided.": "缺少必填参数 {argument}（类型 {type}）。",
    # Directives.
    "Unknown directive '{directive}'.": "没有指令 {directive}。",
    "Directive '{directive}' may not be used on {location}.": "指令 {directive} 不能用于{location}。",
    "The directive '{directive}' can only be used once at this location.": "指令 {directive} 在此处只能用一次。",
    "Defer directive cannot be used on root {operation} type '{type}'.": "指令 @defer 不能用于 {operation} 的根类型 {type}。",
    "Stream directive cannot be used on root {operation} type '{type}'.": "指令 @stream 不能用于 {operation} 的根类型 {type}。",
    "Defer directive not supported on subscription operations. Disable `@defer` by setting the `if` argument to `false`.": (
        "订阅不能使用指令 @defer；可将其参数 if 设为 false。"
    ),
    "Stream directive not supported on subscription operations. Disable `@stream` by setting the `if` argument to `false`.": (
        "订阅不能使用指令 @stream；可将其参数 if 设为 false。"
    ),
    "Defer directive label argument must be a static string.": "指令 @defer 的参数 label 应为写明的字符串。",
    "Stream directive label argument must be a static string.": "指令 @stream 的参数 label 应为写明的字符串。",
    "Defer/Stream directive label argument must be unique.": "指令 @defer 和 @stream 的参数 label 不能重复。",
    "Stream directive cannot be used on non-list field '{field}' on type '{type}'.": (
        "指令 @stream 不能用于类型 {type} 的字段 {field}：它不是列表。"
    ),
    # Variables.
    "There can be only one variable named '{variable}'.": "变量 {variable} 只能声明一次。",
    "Variable '{variable}' cannot be non-input type '{type}'.": "变量 {variable} 不能是 {type} 类型：它不是输入类型。",
    "Variable '{name}' is not defined by operation '{operation}'.": "操作 {operation} 没有声明变量 {name}。",
    "Variable '{name}' is never used in operation '{operation}'.": "操作 {operation} 没有使用变量 {name}。",
    "Variable '{name}' is not defined.": "没有声明变量 {name}。",
    "Variable '{name}' is never used.": "变量 {name} 没有使用。",
    "Variable '{name}' of type '{type}' used in position expecting type '{needed}'.": (
        "变量 {name} 的类型是 {type}，所在位置需要 {needed}。"
    ),
    "Variable '{name}' is of type '{type}' but must be non-nullable to be used for OneOf Input Object '{input}'.": (
        "变量 {name} 的类型是 {type}，用于 {input} 时必须非空。"
    ),
    # Values.
    "OneOf Input Object '{type}' must specify exactly one key.": "{type} 应恰好给出一个字段。",
    "Within OneOf Input Object type '{type}', exactly one field must be specified, and the value for that field must be non-null.": (
        "{type} 应恰好给出一个字段，且其值不能为空。"
    ),
    "There can be only one input field named '{field}'.": "输入字段 {field} 只能写一次。",
    "Expected a value of non-null type '{type}' to be provided.": "应给出非空的 {type} 值。",
    "Expected value of non-null type '{type}' not to be None.": "{type} 类型的值不能为空。",
    "Expected variable '{variable}' provided to non-null type '{type}' not to be None.": "变量 {variable} 用于 {type}，其值不能为空。",
    "Expected value of type '{type}' to be an object, found: {given}.": "类型 {type} 的值应为对象，而不是 {given}。",
    "Expected value of type '{type}' to include required field '{field}', found: {given}.": (
        "类型 {type} 的值缺少必填字段 {field}，给出的是 {given}。"
    ),
    "Expected value of type '{type}' not to include unknown field '{field}'. Did you mean {names}? Found: {given}.": (
        "类型 {type} 没有字段 {field}。是否想写 {names}？给出的是 {given}。"
    ),
    "Expected value of type '{type}' not to include unknown field '{field}', found: {given}.": (
        "类型 {type} 没有字段 {field}，给出的是 {given}。"
    ),
    "Int cannot represent non-integer value: {given}": "应为整数，而不是 {given}",
    "Int cannot represent non 32-bit signed integer value: {given}": "应为 32 位有符号整数，而不是 {given}",
    "Float cannot represent non numeric value: {given}": "应为数字，而不是 {given}",
    "String cannot represent a non string value: {given}": "应为字符串，而不是 {given}",
    "Boolean cannot represent a non boolean value: {given}": "应为 true 或 false，而不是 {given}",
    "ID cannot represent value: {given}": "应为标识，而不是 {given}",
    "ID cannot represent a non-string and non-integer value: {given}": "标识应为字符串或整数，而不是 {given}",
    "Value '{given}' does not exist in '{type}' enum.": "枚举 {type} 没有值 {given}。",
    "Value '{given}' does not exist in '{type}' enum. Did you mean the enum value {names}?": (
        "枚举 {type} 没有值 {given}。是否想写 {names}？"
    ),
    "Enum '{type}' cannot represent non-string value: {given}.": "枚举 {type} 的值应为字符串，而不是 {given}。",
    "Enum '{type}' cannot represent non-string value: {given}. Did you mean the enum value {names}?": (
        "枚举 {type} 的值应为字符串，而不是 {given}。是否想写 {names}？"
    ),
    "Enum '{type}' cannot represent non-enum value: {given}.": "应为枚举 {type} 的值，不加引号，而不是 {given}。",
    "Enum '{type}' cannot represent non-enum value: {given}. Did you mean the enum value {names}?": (
        "应为枚举 {type} 的值，不加引号，而不是 {given}。是否想写 {names}？"
    ),
}
"""Sentences of `BAD_REQUEST`. What needs parts of GraphQL that are switched off here is not among them."""

_LOCATIONS = {
    "query": "查询",
    "mutation": "指令操作（mutation）",
    "subscription": "订阅",
    "field": "字段",
    "fragment definition": "片段定义",
    "fragment spread": "片段引用",
    "inline fragment": "内联片段",
    "variable definition": "变量声明",
}
_TOKENS = {
    "<EOF>": "文档结尾",
    "Name": "名称",
    "Int": "整数",
    "Float": "小数",
    "String": "字符串",
    "BlockString": "块字符串",
}
_REASONS = (
    (re.compile(r" and subfields '([^']*)' conflict because "), r"；下级字段 \1 冲突："),
    (re.compile(r"subfields '([^']*)' conflict because "), r"下级字段 \1 冲突："),
    (re.compile(r"'([^']*)' and '([^']*)' are different fields"), r"\1 和 \2 是不同的字段"),
    (re.compile(r"they return conflicting types '([^']*)' and '([^']*)'"), r"类型 \1 和 \2 不同"),
    (re.compile(r"they have differing arguments"), "参数不同"),
    (re.compile(r"they have overlapping stream directives(?:\. See \S+)?"), "指令 @stream 重叠"),
)


def _token(said: str) -> str:
    kind, blank, value = said.partition(" ")
    named = _TOKENS.get(kind)
    return f" {said}" if named is None else f"{named}{blank}{value}"


def _names(said: str) -> str:
    return re.sub(r"', or '|' or '", "' 或 '", said).replace("', '", "'、'")


def _conflict(said: str) -> str:
    for pattern, chinese in _REASONS:
        said = pattern.sub(chinese, said)
    return said


WORDS: Mapping[str, Callable[[str], str]] = {
    "conflict": _conflict,
    "found": _token,
    "location": lambda said: _LOCATIONS.get(said, f" {said}"),
    "names": _names,
    "token": _token,
}
"""Facts that are words and not names, by what they are called in the sentences: how each is said in Chinese."""
