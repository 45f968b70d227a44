"""The table of errors: what is wrong with a request as such, and what a server cannot do just now."""

from __future__ import annotations

from txapi.schema.error_code import Code
from txapi.schema.errors_of_documents import OF_DOCUMENTS

OF_REQUESTS = {
    "BAD_ENCODING": Code(
        "send UTF-8",
        "请使用 UTF-8 编码",
        {
            "the address is not UTF-8, percent-encoded": "网址不是百分号编码的 UTF-8",
            "{what} is not UTF-8: byte {byte} begins no character": "{what} 不是 UTF-8：第 {byte} 字节处不是字符",
        },
        400,
    ),
    "BAD_ID": Code(
        "send an id as it came",
        "原样送回标识",
        {
            "a moment's id carries its position": "时点的标识应带有位置",
            "there is no noun of the kind {kind}": "没有 {kind} 这一类对象",
            "{given} is not an id of this service": "{given} 不是本服务的标识",
        },
        400,
    ),
    "BAD_JSON": Code(
        "send JSON as RFC 8259 has it",
        "请发送符合 RFC 8259 的 JSON",
        {
            "{what} is not JSON: {why}": "{what} 不是 JSON（{why}）",
        },
        400,
    ),
    "BAD_POSITION": Code(
        "send a position as it came, as a string",
        "以字符串原样送回位置",
        {
            "a position is a number from 0 on": "位置应为从 0 起的数字",
            "{given} is not a position: digits in a string, from 0": "{given} 不是位置：应为从 0 起的数字字符串",
        },
        400,
    ),
    "BAD_REQUEST": Code(
        "mend the document or its variables; a typed client finds this before it asks",
        "修改查询文档或变量；类型化客户端可以事先发现",
        {
            "mutations are not allowed when using GET": "不能用 GET 发送指令（mutation）",
            "operationName is a string": "operationName 应为字符串",
            "the document holds several operations: say which in operationName": "查询文档含有多个操作，请用 operationName 指明",
            "persistedQuery is an object with version 1 and sha256Hash": "persistedQuery 应为含有 version 1 和 sha256Hash 的对象",
            "the body is a JSON object with a query": "请求正文应为带有 query 的 JSON 对象",
            "there is no query in the request": "请求中没有 query",
            "{name} is an object": "{name} 应为对象",
            **OF_DOCUMENTS,
        },
        400,
    ),
    "BATCHES_ARE_REFUSED": Code(
        "send one operation per request",
        "每次请求只发送一个操作",
        {
            "send one operation per request; several make one document": "每次请求只发送一个操作；多个操作可写在一个文档中"
        },
        400,
    ),
    "BODY_TOO_LARGE": Code(
        "send less at once",
        "减少一次发送的内容",
        {"a request body has at most {most} bytes": "请求正文最多 {most} 字节"},
        413,
    ),
    "FORBIDDEN": Code(
        "sign in with a role that may",
        "请以有权限的角色登录",
        {
            "the role {role} does not read refused attempts": "角色 {role} 不能查看越权尝试",
            "the role {role} does not read the table {table}": "角色 {role} 不能查看表 {table}",
            "the role {role} has to do with the log only; /log needs no token": "角色 {role} 只与日志有关；/log 不需要令牌",
            "the role {role} has nothing to do with how webhooks are told": "角色 {role} 与推送无关",
            "the role {role} reads and changes nothing": "角色 {role} 只能查看，不能更改",
            "what happened here is not yours to read any more": "此处发生的事项您已无权查看",
        },
    ),
    "FORBIDDEN_ORIGIN": Code(
        "have the page's origin added to TXAPI_ALLOWED_ORIGINS",
        "请将该页面的来源加入 TXAPI_ALLOWED_ORIGINS",
        {"pages of that origin may not command or connect here": "该来源的页面不能在此发出指令或建立连接"},
        403,
    ),
    "INTERNAL": Code(
        "tell the operator the `errorId`; send a command again with the same `commandId`",
        "请将 errorId 告知运维人员；指令可用同一 commandId 重发",
        {"unexpected error {error}": "意外错误 {error}"},
        500,
    ),
    "METHOD_NOT_ALLOWED": Code(
        "use a method that `Allow` names",
        "请使用 Allow 所列方法",
        {"operations come by GET or POST": "操作只能用 GET 或 POST 发送", "Method Not Allowed": "不支持该方法"},
        405,
    ),
    "NEEDS_A_STREAM": Code(
        "subscribe over a WebSocket or an event stream",
        "请通过 WebSocket 或事件流订阅",
        {
            "a subscription comes over graphql-transport-ws, or to those who accept text/event-stream": (
                "订阅须通过 graphql-transport-ws，或接受 text/event-stream"
            )
        },
    ),
    "NOT_FOUND": Code(
        "look at the address",
        "请检查网址",
        {
            "Not Found": "未找到",
            "no file of that hash is attached to anything": "没有附件的哈希与此相符",
            "no record is that long": "没有如此长的记录",
            "nothing of the kind {kind} was stated beside a checkpoint of {size} events": (
                "{size} 个事件的检查点旁没有 {kind} 类声明"
            ),
            "the record's key was handed over {count} times": "记录密钥共更换过 {count} 次",
            "the tree of the last checkpoint has no such tile": "最新检查点的树没有该分块",
            "there are templates of {kinds}": "模板有 {kinds}",
            "there are, as .csv and .xlsx: {tables}": "可导出为 .csv 和 .xlsx 的有：{tables}",
            "there is no such file in this build of the console": "本次构建的控制台没有该文件",
            "this is no path of a tile: tile/<L>/<N>[.p/<W>]": "这不是分块路径：tile/<L>/<N>[.p/<W>]",
        },
        404,
    ),
    "NOT_LIVE": Code(
        "subscribe at a server",
        "请向服务器订阅",
        {"nothing is told here as it happens: a server does that": "此处不作实时推送：请向服务器订阅"},
    ),
    "NOT_YET_VISIBLE": Code(
        "ask again; send a command again with the same `commandId`",
        "请重试；指令可用同一 commandId 重发",
        {
            "position {position} is not visible yet; the rows stand at {visible}": (
                "位置 {position} 尚不可见；读模型目前到 {visible}"
            ),
            "this was recorded at position {position} and cannot be shown yet; ask again with the same commandId, or read with"
            " atLeast": "已记录于位置 {position}，暂时不能显示；请用同一 commandId 重发，或带 atLeast 读取",
        },
    ),
    "NO_SUCH_WEBHOOK": Code(
        "use the entityId of a webhook that is not closed",
        "请使用未停用的推送端点的 entityId",
        {
            "nobody tells a webhook {id}: it was never registered, or is closed": (
                "没有向推送端点 {id} 推送：它从未登记，或已停用"
            )
        },
    ),
    "ONE_OF_TWO": Code(
        "say one of them",
        "二者只取其一",
        {
            "ask by entityId or by code, and by one of them only": "请用 entityId 或 code 之一查询，不能两者都用",
            "ask by entityId or by number, and by one of them only": "请用 entityId 或 number 之一查询，不能两者都用",
            "say which project: ask by entityId or by code": "请用 entityId 或 code 指明项目",
            "say which ticket: ask by entityId or by number": "请用 entityId 或 number 指明工作联系单",
            "say the milestones or the rule, and one of them only": "请指定里程碑或计数规则之一，不能两者都指定",
        },
    ),
    "PERSISTED_QUERY_MISMATCH": Code(
        "hash the document exactly as it is sent",
        "请按原样发送的文档计算哈希",
        {"the query has another hash than sha256Hash says": "查询文档的哈希与 sha256Hash 不符"},
        400,
    ),
    "PERSISTED_QUERY_NOT_FOUND": Code(
        "send the document too; schema/operations.json names the hashes that are known",
        "请一并发送文档；已知哈希见 schema/operations.json",
        # Clients know it by this very word, whatever language they prefer.
        {"PersistedQueryNotFound": "PersistedQueryNotFound"},
        400,
    ),
    "POSITION_AHEAD": Code(
        "demand a position that a receipt or an answer has named",
        "请要求回执或答复中给出过的位置",
        {"position {position} does not exist; the head is {head}": "位置 {position} 不存在；最新位置是 {head}"},
    ),
    "READ_ONLY": Code(
        "give commands to a server of the record",
        "请向该记录的服务器发送指令",
        {
            "this record can be read only; nothing is changed here": "此记录只供查阅；这里不作更改",
            "without a server a record can be read only; nothing is changed here": "没有服务器时记录只供查阅；这里不作更改",
        },
    ),
    "TOO_DEEP": Code(
        "nest less deeply",
        "请减少嵌套层数",
        {
            "an operation has at most {most} levels": "一个操作最多 {most} 层",
            "the query is nested too deeply": "查询嵌套过深",
            "{what} is nested too deeply": "{what} 嵌套过深",
        },
        400,
    ),
    "TOO_MANY_IDS": Code(
        "ask several times",
        "请分几次查询",
        {"at most {most} ids at once, not {count}": "一次最多 {most} 个标识，而不是 {count} 个"},
    ),
    "TOO_MANY_VALUES": Code(
        "filter by fewer values",
        "请减少筛选值",
        {"at most {most} values, not {count}": "最多 {most} 个值，而不是 {count} 个"},
    ),
    "TOO_OLD": Code(
        "ask for the present, then subscribe from its position",
        "请先查询当前状态，再从其位置订阅",
        {
            "subscriptions go on behind position {oldest} at the earliest, not {after}: ask for the present first": (
                "订阅最早可从位置 {oldest} 之后继续，而不是 {after}：请先查询当前状态"
            )
        },
    ),
    "TOO_SLOW": Code(
        "subscribe again after the last position that you know",
        "请从已知的最后位置重新订阅",
        {
            "more came than may wait for you: subscribe again after the last position that you know": (
                "等待接收的内容过多：请从已知的最后位置重新订阅"
            )
        },
    ),
    "UNAUTHENTICATED": Code(
        "send a token that is good; txapi token issue makes one",
        "请发送有效的令牌；可用 txapi token issue 签发",
        {
            "connection_init comes first": "请先发送 connection_init",
            "authorization is `Bearer` and a token": "authorization 应为 `Bearer` 加令牌",
            "send a token: `Authorization: Bearer ...`": "请发送令牌：`Authorization: Bearer ...`",
            "the Authorization header is `Bearer` and a token": "Authorization 请求头应为 `Bearer` 加令牌",
            "the token has expired": "令牌已过期",
            "the token names nobody": "令牌没有写明是谁",
            "the token was issued to another client": "令牌是发给其他客户端的",
            "the token was not issued by this server": "令牌不是本服务器签发的",
            "the token names no role or unit that this server knows": "令牌中的角色或单位不为本服务器所知",
            "the token names no unit, and whoever has its role acts for one": "令牌没有写明单位，而该角色须代表单位",
            "this request carries no valid token; only signed-in people change anything": (
                "请求没有有效令牌；只有登录用户才能更改"
            ),
        },
        401,
    ),
    "STORE_DAMAGED": Code(
        "tell whoever runs the server: `txapi verify` says what is damaged, and `txapi rebuild --replace` makes read models anew",
        "请告知运维人员：txapi verify 可查明何处损坏，txapi rebuild --replace 可重建读模型",
        {
            "a file that this server reads is damaged; its operator is to look, and nothing was recorded": (
                "本服务器读取的文件已损坏，须由运维人员检查；没有记录任何内容"
            )
        },
        503,
    ),
    "UNAVAILABLE": Code(
        "try again; send a command again with the same `commandId`",
        "请重试；指令可用同一 commandId 重发",
        {
            "the record cannot be reached or written just now; nothing was recorded": (
                "记录暂时无法读取或写入；没有记录任何内容"
            ),
            "the keys of the OpenID provider cannot be had just now": "暂时取不到身份提供方的公钥",
        },
        503,
    ),
    "UNCERTAIN": Code(
        "send the command again with the same `commandId`",
        "请用同一 commandId 重发指令",
        {
            "whether this was recorded is not known; ask again with the same commandId": (
                "尚不清楚是否已经记录；请用同一 commandId 重发"
            ),
            "whether this was recorded is not known; send the file again: what was recorded is not recorded twice": (
                "尚不清楚是否已经记录；请重新发送文件，已记录的不会重复记录"
            ),
        },
    ),
    "UNKNOWN_EVENT_TYPE": Code(
        "use a type that domain/glossary.md lists",
        "请使用 domain/glossary.md 所列的事件类型",
        {"{given} is not one of the {name} of this service": "{given} 不是本服务的 {name} 之一"},
    ),
    "UNKNOWN_HOST": Code(
        "ask for the server by its own name, or have this one added to TXAPI_ALLOWED_HOSTS",
        "请用本服务的名称访问，或将该名称加入 TXAPI_ALLOWED_HOSTS",
        {"this server does not go by that name": "本服务不使用该名称"},
        421,
    ),
    "UNKNOWN_KIND": Code(
        "use a kind that the schema lists",
        "请使用 schema 所列的类别",
        {"{given} is not one of the {name} of this service": "{given} 不是本服务的 {name} 之一"},
    ),
    "UNSUPPORTED_MEDIA_TYPE": Code(
        "send an operation with `Content-Type: application/json`, and a file as itself, with its own content-type",
        "发送操作请使用 Content-Type: application/json；发送文件请直接以文件为请求体，并注明其类型",
        {
            "send the operation as application/json": "请以 application/json 发送操作",
            "send the file itself as the body, with its own content-type; a form is no file": (
                "请直接以文件为请求体，并注明其类型；表单不是文件"
            ),
            "send the sheet itself as the body, as {CSV} or {XLSX}; a form is no sheet": (
                "请直接以表格文件为请求体，类型为 {CSV} 或 {XLSX}；表单不是表格"
            ),
        },
        415,
    ),
    "WRONG_KIND": Code(
        "send the id of a noun of the kind that is asked for",
        "请使用所要求类别对象的标识",
        {
            "there is no noun of the kind {kind}": "没有 {kind} 这一类对象",
            "this is the id of a {noun}, where a {wanted} is expected": "这是{noun}的标识，此处应为{wanted}的标识",
        },
    ),
}
"""The codes of requests, of ids, of who asks, of subscriptions and of the server."""
