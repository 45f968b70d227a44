"""What arguments mean 参数: those that mean the same wherever they stand are described once, here, and the schema says it everywhere.

An argument that means something particular is described where it stands, and keeps that description.
"""

from __future__ import annotations

from graphql import GraphQLArgument, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, get_named_type

OF_ANY = {
    ("first", "Int"): "The first so many, from 0 to 500; 50 unless given. 前若干条（0 至 500，默认 50）。",
    ("last", "Int"): "The last so many, from 0 to 500, instead of the first. 后若干条（0 至 500）。",
    ("after", "String"): "A cursor of this list: what comes behind it. 在此游标之后。",
    ("before", "String"): "A cursor of this list: what comes before it. 在此游标之前。",
    ("after", "Position"): "A position: what comes behind it. 在此位置之后。",
    ("before", "Position"): "A position: what comes before it. 在此位置之前。",
    ("before", "MomentInput"): "The earlier moment. 先前时点。",
    ("after", "MomentInput"): "The later moment; now unless given. 其后时点。",
    ("at", "PointInput"): "A position or a time; now unless given. 时点。",
    ("clock", "DateTime"): "The clock that judges deadlines and lights; the moment's own time unless given. 判定时钟。",
    ("validOn", "Date"): "Facts of the world count up to this date; all that are known unless given. 事实截止日。",
    ("id", "ID"): "A global id, as an answer gave it. 标识。",
    ("ids", "ID"): "Global ids, as answers gave them; at most 100. 多个标识。",
    ("lang", "Lang"): "The language. 语言。",
    ("days", "Int"): "How many days, today included. 天数。",
    ("part", "InboxPart"): "Which part of what waits. 待办部分。",
    ("places", "Int"): "How many digits stand after the point. 小数位数。",
    ("kind", "EditionKind"): "The kind of edition. 参照类别。",
    ("edition", "String"): "The name of the edition. 版本。",
    ("position", "Position"): "The position of an event. 位置。",
    ("treeSize", "Position"): "The size of the tree, in events; that of the last checkpoint unless given. 树大小。",
    ("from", "Position"): "The size of the smaller tree, in events. 起始树大小。",
    (
        "to",
        "Position",
    ): "The size of the larger tree, in events; that of the last checkpoint unless given. 目标树大小。",
    ("by", "ProjectDimension"): "What to count by, in this order. 分组维度。",
    ("by", "TicketDimension"): "What to count by, in this order. 分组维度。",
}
"""By the name of an argument and of its type."""

ENDINGS = (
    ("filter", "Filter", "Only what all of these parts are true of. 筛选。"),
    ("orderBy", "Order", "The order of the list, the first part first. 排序。"),
    ("input", "Input", "What the command is about, and what it says. 指令内容。"),
)
"""By the name of an argument and what the name of its type ends with."""


def describe_arguments(schema: GraphQLSchema) -> None:
    """Give every argument its description that has none of its own."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__"):
            for field in kind.fields.values():
                for name, argument in field.args.items():
                    if not argument.description:
                        argument.description = description_of(name, argument)


def description_of(name: str, argument: GraphQLArgument) -> str | None:
    """What an argument of that name and type means everywhere; None where that is not known."""
    type_name = get_named_type(argument.type).name
    for known, ending, meaning in ENDINGS:
        if name == known and type_name.endswith(ending):
            return meaning
    return OF_ANY.get((name, type_name))
