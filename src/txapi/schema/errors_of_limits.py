"""The table of errors: what is more than a client may ask."""

from __future__ import annotations

from txapi.schema.error_code import Code

OF_LIMITS = {
    "DOCUMENT_TOO_LARGE": Code(
        "ask for less at once, or one thing after the other; docs/limits.md tells what is most",
        "请减少一次查询的内容，或分几次查询；上限见 docs/limits.md",
        {
            "a document has at most {most} tokens": "文档最多 {most} 个词法单元",
            "a document has at most {most} comments": "文档最多 {most} 处注释",
            "a number has at most {most} digits": "一个数最多 {most} 位",
            "a document has at most {most} operations": "文档最多 {most} 个操作",
            "a document has at most {most} fragments": "文档最多 {most} 个片段",
            "a document uses fragments at {most} places at most": "文档最多在 {most} 处引用片段",
            "a document has at most {most} directives": "文档最多 {most} 个指令标记（directive）",
            "one place has at most {most} directives": "一处最多 {most} 个指令标记（directive）",
            "one selection has the same name at most {most} times": "同一选择集中同名字段最多出现 {most} 次",
            "an operation has at most {most} root fields": "一个操作最多 {most} 个根字段",
            "an operation has at most {most} aliases": "一个操作最多 {most} 个别名",
            "an operation has at most {most} fields": "一个操作最多 {most} 个字段",
            "an operation selects more than can be counted": "操作选择的内容多得无法计数",
        },
    ),
    "HEADERS_TOO_LARGE": Code(
        "send shorter headers, and long operations by POST",
        "请缩短请求头；较长的操作请用 POST 发送",
        {"a request has at most {most} bytes of headers": "请求头最多 {most} 字节"},
        431,
    ),
    "INTROSPECTION_IS_OFF": Code(
        "read the schema that the project publishes (schema/schema.graphql)",
        "请查阅项目公布的 schema（schema/schema.graphql）",
        {
            "this server does not describe its schema; the project publishes it": "本服务器不提供 schema 自省；schema 由项目公布"
        },
    ),
    "OPERATION_NOT_PUBLISHED": Code(
        "ask one of the published operations, exactly as it is published or by its hash",
        "请使用已发布的操作，按原文或按其哈希发送",
        {
            "this server carries out published operations only; schema/operations.json names them": (
                "本服务器只执行已发布的操作，见 schema/operations.json"
            )
        },
    ),
    "QUERY_TOO_LONG": Code(
        "send a shorter document, or several operations one after the other",
        "请缩短文档，或分几次发送",
        {"a query has at most {most} characters": "查询文档最多 {most} 个字符"},
        400,
    ),
    "QUERY_TOO_SLOW": Code(
        "ask for less at once, or later",
        "请减少一次查询的内容，或稍后再试",
        {
            "this took longer than {seconds} s and was stopped; nothing was recorded": (
                "此操作超过 {seconds} 秒，已被中止；没有记录任何内容"
            )
        },
        503,
    ),
    "RATE_LIMITED": Code(
        "wait as long as `Retry-After` says, or ask for less",
        "请按 Retry-After 等待后重试，或减少查询内容",
        {
            "this takes {points} points and you have {left}; ask again in {seconds} s": (
                "此操作需要 {points} 点，您剩余 {left} 点；请在 {seconds} 秒后重试"
            )
        },
        429,
    ),
    "REQUEST_TOO_SLOW": Code(
        "send a request as a whole",
        "请一次发送完整的请求",
        {"a request comes within {seconds} s": "请求须在 {seconds} 秒内发送完毕"},
        408,
    ),
    "TOO_COSTLY": Code(
        "ask for fewer rows (`first`), or for less of each",
        "请减少行数（first）或每行内容",
        {
            "this costs up to {cost} points, and one operation may cost {most}": (
                "此操作最多耗费 {cost} 点，单个操作上限为 {most} 点"
            )
        },
    ),
    "TOO_MANY_CONNECTIONS": Code(
        "try again later, or at another server",
        "请稍后重试，或连接其他服务器",
        {
            "as many as may are connected; try again later": "连接数已满；请稍后重试",
            "as many as may are connected from your address; try again later": "您所在地址的连接数已满；请稍后重试",
            "your address connects too often; keep connections, or try again later": (
                "您所在地址新建连接过于频繁；请保持连接，或稍后重试"
            ),
        },
        503,
    ),
    "TOO_MANY_MESSAGES": Code(
        "send less often (closed with 1008)",
        "请降低发送频率（关闭代码 1008）",
        {"a socket takes {most} messages a second": "每个连接每秒最多 {most} 条消息"},
    ),
    "TOO_MANY_SUBSCRIPTIONS": Code(
        "complete some, or use another connection",
        "请先结束部分订阅，或另建连接",
        {"a connection has at most {most} operations under way": "每个连接最多同时进行 {most} 个操作"},
    ),
    "VARIABLES_TOO_LARGE": Code(
        "send less at once",
        "减少一次发送的内容",
        {
            "variables have at most {most} levels": "变量最多 {most} 层",
            "variables hold at most {most} values": "变量最多 {most} 个值",
        },
    ),
}
"""The codes of limits: of documents, of points, of time, of connections."""
