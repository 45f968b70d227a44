"""The table of errors: why a WebSocket is closed. A closing frame has room for 123 bytes: code, colon, sentence."""

from __future__ import annotations

from txapi.schema.error_code import Code

OF_SOCKETS = {
    "BAD_MESSAGE": Code(
        "send messages of graphql-transport-ws (closed with 4400)",
        "请发送 graphql-transport-ws 的消息（关闭代码 4400）",
        {"a message is text": "消息应为文本", "Invalid message: {why}": "消息无效：{why}"},
    ),
    "EVIDENCE_OF_A_SUBSCRIPTION": Code(
        "subscribe without asking for evidence, and ask a question at the position of an item for its receipt",
        "订阅时不要索取证据；如需凭证，请按消息的位置查询",
        {
            "evidence is given for questions; a subscription tells positions, at which they are asked": (
                "证据只对查询提供；订阅给出位置，可按位置查询"
            )
        },
    ),
    "INIT_TIMEOUT": Code(
        "send connection_init as soon as the socket is open (closed with 4408)",
        "连接建立后请立即发送 connection_init（关闭代码 4408）",
        {"Connection initialisation timeout": "等待 connection_init 超时"},
    ),
    "NO_PROTOCOL": Code(
        "connect with that subprotocol (closed with 4406)",
        "请以该子协议连接（关闭代码 4406）",
        {"the subprotocol is graphql-transport-ws": "子协议应为 graphql-transport-ws"},
    ),
    "RESTARTING": Code(
        "connect again (closed with 1012)",
        "请重新连接（关闭代码 1012）",
        {
            "the server restarts: subscribe again after the last position that you know": (
                "服务器正在重启：请从已知的最后位置重新订阅"
            )
        },
    ),
    "SUBSCRIBER_EXISTS": Code(
        "give every operation of a socket an id of its own (closed with 4409)",
        "同一连接上的每个操作应使用不同的 id（关闭代码 4409）",
        {"Subscriber for {id} already exists": "id {id} 已有订阅"},
    ),
    "TOO_MANY_INITS": Code(
        "send connection_init once (closed with 4429)",
        "connection_init 只发送一次（关闭代码 4429）",
        {"Too many initialisation requests": "connection_init 重复发送"},
    ),
}
"""The codes of sockets and of subscriptions on them."""
