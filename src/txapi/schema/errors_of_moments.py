"""The table of errors: what cannot be asked of a moment, a page or the ledger, or cannot be attested."""

from __future__ import annotations

from txapi.schema.error_code import Code

OF_MOMENTS = {
    "ANSWER_HAS_ERRORS": Code(
        "ask what can be answered wholly",
        "改问可以完整回答的问题",
        {"the question was not wholly answered: {said}": "问题没有完整回答：{said}"},
    ),
    "BAD_CURSOR": Code(
        "send a cursor back as it came, or begin at the first page",
        "原样送回游标，或从第一页开始",
        {"this is not a cursor of this service": "这不是本服务的游标"},
    ),
    "BAD_DAYS": Code(
        "ask for a number of days within the bounds",
        "请使用范围内的天数",
        {"within how many days: from 0 to {most}": "天数应为 0 至 {most}"},
    ),
    "BAD_PERIOD": Code(
        "exchange the ends of the period",
        "请交换起止日期",
        {"the period ends on {last}, before it begins on {first}": "时期止于 {last}，早于其开始的 {first}"},
    ),
    "BAD_RANGE": Code(
        "ask about fewer days, in order",
        "请按先后顺序，减少天数",
        {
            "a question looks at {most} days at most": "一次最多查询 {most} 天",
            "the last day lies before the first": "最后一天早于第一天",
        },
    ),
    "BAD_TREE_SIZE": Code(
        "ask with sizes that a checkpoint has reached",
        "使用检查点已经达到的树大小",
        {
            "a tree size is from 1 to {most}, not {size}": "树大小应为 1 至 {most}，而不是 {size}",
            "tree sizes are 0 < from <= to <= {most}, not {since} and {end}": (
                "树大小应满足 0 < from <= to <= {most}，而不是 {since} 和 {end}"
            ),
        },
    ),
    "COMPARED_BACKWARDS": Code(
        "exchange `before` and `after`",
        "交换 before 与 after",
        {
            "the record at `before` ({before}) is longer than at `after` ({after}); exchange the two": (
                "before 时的记录（{before}）比 after 时的（{after}）更长；请交换两者"
            )
        },
    ),
    "CURSOR_AHEAD": Code(
        "ask again, or begin at the first page",
        "请重试，或从第一页开始",
        {"this cursor is of position {position}, not reached here": "该游标属于位置 {position}，此处尚未到达"},
    ),
    "CURSOR_OF_ANOTHER_LIST": Code(
        "begin at the first page after changing a filter or an order",
        "更改筛选或排序后请从第一页开始",
        {"this cursor was made by another list, filter, order or viewer": "该游标来自另一个列表、筛选、排序或用户"},
    ),
    "CURSOR_OF_ANOTHER_MOMENT": Code(
        "page within one moment",
        "请在同一时点内翻页",
        {
            "this cursor belongs to another moment than the one asked for": "该游标属于另一个时点",
            "this cursor belongs to another validOn than the one asked for": "该游标属于另一个事实截止日（validOn）",
            "this cursor belongs to other moments than those asked for": "该游标属于另外两个时点",
        },
    ),
    "EVIDENCE_OF_A_COMMAND": Code(
        "send the command without asking for evidence",
        "发送指令时不要索取证据",
        {
            "evidence is given for questions; the receipt of a command is its position. Nothing was recorded": (
                "证据只对查询提供；指令的回执是它的位置。没有记录任何内容"
            )
        },
    ),
    "FIRST_AND_LAST": Code(
        "ask for one of them",
        "二者只取其一",
        {"ask for the first or for the last rows, not for both": "只能取最前或最后若干条，不能同时取"},
    ),
    "ID_OF_A_MOMENT": Code(
        "send the `entityId`",
        "请使用 entityId",
        {
            "this id belongs to a moment; commands take entityId, or an id of the present": (
                "该标识属于某一时点；指令应使用 entityId 或当前的标识"
            )
        },
    ),
    "MOMENT_AHEAD": Code(
        "ask for a position up to the head",
        "请查询不超过最新位置的时点",
        {"position {position} is not reached yet; the head is {head}": "位置 {position} 尚未到达；最新位置是 {head}"},
        400,
    ),
    "MOMENT_IN_THE_FUTURE": Code(
        "ask for a time that has come",
        "请查询已经过去的时间",
        {"that time has not come yet": "该时间尚未到来"},
        400,
    ),
    "MOMENT_NOT_SETTLED": Code(
        "ask again in a second",
        "请一秒后重试",
        {"events of that time may still become visible; ask again": "该时间的事件可能尚未全部可见；请重试"},
    ),
    "NEGATIVE_DAYS": Code(
        "ask for 0 days or more", "请使用不小于 0 的天数", {"within how many days: from 0 on": "天数应不小于 0"}
    ),
    "NOTHING_SIGNED": Code(
        "ask again when a checkpoint is signed",
        "待检查点签署后重试",
        {
            "no checkpoint of this record was signed, or co-signed by as many witnesses as must": (
                "本记录的检查点尚未签署，或见证人联签数不足"
            )
        },
        404,
    ),
    "NOT_A_RECEIPT": Code(
        "give a receipt as it was issued",
        "请提供原样的回执",
        {
            "a receipt begins with {format}, not with {given}": "回执以 {format} 开头，而不是 {given}",
            "a receipt has {count} lines after the first, each ended, and no others": "回执首行之后应有 {count} 行，各行完整，不多不少",
            "no receipt was issued: {why}": "没有出具回执：{why}",
            "the checkpoint attests fewer events than the answer was read from": "检查点证明的事件少于答复所依据的事件",
            "the format is {given}; this version reads {format}": "格式是 {given}；本版本读取 {format}",
            "this is neither a receipt nor a response that carries one (extensions.receipt)": (
                "这既不是回执，也不是附有回执的答复（extensions.receipt）"
            ),
            "this is no receipt: the member {name} is there twice": "这不是回执：成员 {name} 出现两次",
            "this is no receipt: {why}": "这不是回执：{why}",
            "{line} stands where {name} is expected": "应为 {name} 之处是 {line}",
        },
    ),
    "NOT_SIGNED_YET": Code(
        "ask again in a second",
        "请一秒后重试",
        {
            "event {position} lies behind the tree of {size} events; ask again": "事件 {position} 在 {size} 个事件的树之后；请重试"
        },
        404,
    ),
    "NO_SUCH_EVENT": Code(
        "ask for a position up to the head",
        "请查询不超过最新位置的事件",
        {"the record has no event {position}": "记录中没有事件 {position}"},
        404,
    ),
    "PAGE_SIZE": Code(
        "ask for a page of a size within the bounds",
        "请使用范围内的每页条数",
        {"{name} is from 0 to {most}, not {size}": "{name} 应为 0 至 {most}，而不是 {size}"},
    ),
    "TOO_MANY_GROUPS": Code(
        "count by fewer dimensions, or narrow the filter",
        "请减少分组维度，或缩小筛选范围",
        {"{count} groups are more than {most}": "共 {count} 组，超过 {most} 组"},
    ),
    "RECEIPT_NOT_COVERED": Code(
        "ask again in a second",
        "请一秒后重试",
        {"no checkpoint attests position {position} yet; ask again": "尚无检查点证明位置 {position}；请重试"},
    ),
    "RECEIPT_NOT_REPEATABLE": Code(
        "ask again",
        "请重试",
        {
            "an error in the answer tells of this server just now and not of the record: no one could get it again": (
                "答复中的错误只说明本服务器此刻的情况，与记录无关：他人无法重现"
            )
        },
    ),
    "RECEIPT_OF_NOTHING": Code(
        "ask a question that is answered",
        "请提出可以回答的问题",
        {"the operation was refused as such: there is no answer to attest": "操作本身未被受理：没有可以证明的答复"},
    ),
    "RECEIPT_OF_THE_LEDGER": Code(
        "keep the checkpoint or the proof itself",
        "请保存检查点或证明本身",
        {
            "the answer tells of checkpoints, proofs or deliveries, which do not follow from a position": (
                "答复涉及检查点、证明或推送进度，并不取决于某一位置"
            )
        },
    ),
    "RECEIPT_WITHOUT_KEY": Code(
        "ask the server that holds the key",
        "请向持有密钥的服务器索取",
        {
            "the key of {origin} is not here: only its holder issues receipts. A copy without it can check them": (
                "此处没有 {origin} 的密钥：只有持有者能出具回执；没有密钥的副本可以核验"
            )
        },
    ),
    "THEN_IS_LATER": Code(
        "let the report be earlier than the moment",
        "报告时间应早于时点",
        {"the report cannot have known more than is known at the moment": "报告所知不能多于该时点所知"},
    ),
    "UNKNOWN_EVIDENCE": Code(
        "ask for `receipt`",
        "请索取 receipt",
        {"the evidence that can be asked for is `receipt`": "可以索取的证据是 `receipt`"},
        400,
    ),
}
"""The codes of moments, pages, periods, proofs and receipts."""
