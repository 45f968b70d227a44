"""What a bundle tells a human about itself 说明: what is inside, and how to check it without the program that wrote it."""

from __future__ import annotations

SCRIPT = """\
import base64, hashlib, json, struct, zipfile, sys

sha256 = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
bundle = zipfile.ZipFile(sys.argv[1])
manifest = json.loads(bundle.read("manifest.json"))
origin, size, root = bundle.read("checkpoint").decode().split("\\n")[:3]

def leaf(line):                                  # the entry of an event, hashed as a leaf of RFC 6962
    head, _, event = line[:-1].partition(b',"event":')
    told = json.loads(head + b"}")
    stream, topic = told["stream"].encode(), told["topic"].encode()
    fixed = struct.pack(">BQQI", 1, told["position"], told["recordedAtMicros"], told["version"])
    return sha256(b"\\0", fixed, bytes([len(stream)]), stream, bytes([len(topic)]), topic, sha256(event))

def tile_0(index):                               # the leaf hashes that the ledger has at 256 positions
    name = "/".join(["tile/0"] + [("x" if at else "") + f"{index // 1000**at % 1000:03}"
                    for at in reversed(range(1 + (index >= 1000) + (index >= 10**6)))])
    width = min(256, int(size) - 256 * index)
    return bundle.read(name if width == 256 else f"{name}.p/{width}")

subtrees, kept = [], b""                         # the roots of full subtrees, the largest first
for position, line in enumerate(bundle.open("events.ndjson"), manifest["from"]):
    at = (position - 1) % 256
    if at == 0 or not kept:
        kept = tile_0((position - 1) // 256)
    node, level = leaf(line.rstrip(b"\\n")), 0
    if node != kept[32 * at : 32 * at + 32]:
        sys.exit(f"position {position} is not what was entered in the ledger")
    while subtrees and subtrees[-1][0] == level:
        node, level = sha256(b"\\1", subtrees.pop()[1], node), level + 1
    subtrees.append((level, node))
print("every event is the one that was entered in the ledger")
if manifest["from"] == 1 and manifest["to"] == int(size):
    node = subtrees.pop()[1]
    while subtrees:
        node = sha256(b"\\1", subtrees.pop()[1], node)
    if base64.b64encode(node).decode() != root:
        sys.exit("together they are not what the checkpoint attests")
    print("together they are what the checkpoint attests")
"""
"""Checks a bundle with Python's standard library alone."""

_TEXT = """\
# A record, taken away

| | |
|---|---|
| record | `{record_id}` |
| ledger (origin) | `{origin}` |
| events | positions {first} through {last}, recorded up to {recorded_at} |
| attested by | the checkpoint of {size} events, in `checkpoint` |

This file holds events of a record of major projects (重大项目), tickets (工作联系单) and targets (目标), exactly as they are stored, and
what it takes to check that none of them was changed, left out, put in or moved since a checkpoint was signed. It can be
checked offline, by someone who trusts neither the server nor its operator.

## What is inside

| | |
|---|---|
| `events.ndjson` | one event a line, in order. Each line ends with `"event":` and the stored bytes of the event, verbatim |
| `facts.ndjson` | what the record says of itself, its identifier among it; every statement of bookkeeping holds the SHA-256 of this file |
| `schemas/` | the JSON Schema of every kind and version of event that occurs |
| `checkpoints/` | signed notes (C2SP tlog-checkpoint): how many events, the root of the Merkle tree over them, cosignatures |
| `checkpoint` | the last of them again |
| `tile/` | the hashes of that tree (RFC 6962, SHA-256) in the layout of C2SP tlog-tiles |
| `statements/` | what was signed beside checkpoints: what the read models added up to, and the bookkeeping of commands |
| `vkey` | the public key of the record; **compare it with one that you have from elsewhere**: by itself it proves nothing |
| `handovers/` | if present: how the record's key was changed for another, in order; each note is signed by the former key and by the next |
| `policy` | if present: which witnesses the operator asks to co-sign, and how many must |
| `manifest.json` | positions, code version, and the SHA-256 of every member |

Nothing that is signed vouches for this text, the schemas and the manifest; they are here to help.

## How to check it

With the program: `txapi verify BUNDLE.zip --vkey "$(cat vkey-from-elsewhere)"`. If you kept an older checkpoint, add
`--checkpoint FILE`: it proves that the record was only added to since.

By hand, any member: `unzip -p BUNDLE.zip events.ndjson | sha256sum`, and compare with `manifest.json`.

By hand, the signature of the checkpoint (the 32 bytes of the key are the end of the last part of `vkey`):

```sh
unzip BUNDLE.zip vkey checkpoint
printf '302a300506032b6570032100' | xxd -r -p > key.der
sed 's/^.*+//' vkey | base64 -d | tail -c 32 >> key.der
sed '/^$/,$d' checkpoint > text
grep -F "— {origin} " checkpoint | sed 's/^.* //' | base64 -d | tail -c 64 > signature
openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature
```

By hand, the events, with nothing but Python: save the following as `check.py` and run `python3 check.py BUNDLE.zip`.

```python
{script}```

# 证据包说明

| | |
|---|---|
| 记录 | `{record_id}` |
| 账本（origin） | `{origin}` |
| 事件 | 第{first}号至第{last}号，记录时间截至{recorded_at} |
| 佐证 | 覆盖{size}条事件的检查点，见 `checkpoint` |

本文件原样收录重大项目、工作联系单、目标等记录的事件，以及核验所需的全部材料：自检查点签署之后，任何一条事件有无被修改、删除、插入或
调换，均可离线查明，无须信任服务器或其运维单位。

## 内容

| | |
|---|---|
| `events.ndjson` | 每行一条事件，依次排列；行末 `"event":` 之后为该事件存储的原始字节，一字不改 |
| `facts.ndjson` | 记录自述，含其标识；每份指令登记声明均载有本文件的 SHA-256 |
| `schemas/` | 所涉各类、各版本事件的 JSON Schema |
| `checkpoints/` | 签署的检查点（C2SP tlog-checkpoint）：事件总数与默克尔树根，附各见证单位的会签 |
| `checkpoint` | 其中最新一份 |
| `tile/` | 默克尔树（RFC 6962，SHA-256）的散列，按 C2SP tlog-tiles 排列 |
| `statements/` | 与检查点同时签署的声明：读模型的摘要、指令登记的摘要 |
| `vkey` | 记录的公钥。**请与另行取得的公钥核对**：随证据附来的公钥本身不能证明什么 |
| `handovers/` | 如有：记录公钥的历次更换，依次排列；每份由原密钥与新密钥共同签署 |
| `policy` | 如有：请哪些见证单位会签，须有几家 |
| `manifest.json` | 起止位置、程序版本、各文件的 SHA-256 |

本说明、`schemas/` 与 `manifest.json` 未经签署，仅供参考。

## 如何核验

用本程序：`txapi verify 证据包.zip --vkey "另行取得的公钥"`。如留有更早的检查点，加 `--checkpoint 文件`，可证明此后只有新增。

手工核验：见上文英文部分的三种方法——比对 `manifest.json` 中的 SHA-256；用 openssl 核验检查点签名；用仅依赖 Python 标准库的脚本逐条核对
事件与账本，并算出树根与检查点比对。
"""


def readme_text(record_id: str, origin: str, first: int, last: int, recorded_at: str, size: int) -> str:
    """The text, for a bundle of these positions, attested by a checkpoint of `size` events."""
    return _TEXT.format(
        record_id=record_id, origin=origin, first=first, last=last, recorded_at=recorded_at, size=size, script=SCRIPT
    )
