"""The form of the sheet: every word on it, in the order of the page, for the page on a screen and the page on paper."""

from __future__ import annotations

import hashlib
from typing import Any

from txapi.audit.finding.blocks import Block, Grid, Items, Pairs, Part
from txapi.audit.finding.qr import code_of
from txapi.audit.finding.sheet import Finding, local
from txapi.domain.labels import Label

TITLE = Label(zh="审计取证单", en="Audit evidence sheet")

LINE = 96
"""How many characters of a signed text stand on one printed line; a longer line goes on in the next, after ↪."""


def _said(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _pair(zh: str, en: str, value: str) -> dict[str, Any]:
    return {"label": _said(zh, en), "value": value}


def form_of(finding: Finding) -> dict[str, Any]:
    """The whole form as plain values: texts, lists and dicts."""
    case, evidence = finding.case, finding.evidence
    code = code_of(evidence.note)
    digest = hashlib.sha256(evidence.file).hexdigest()
    return {
        "title": _said(TITLE.zh, TITLE.en),
        "head": [
            _pair("索引号", "Index", case.number),
            _pair("项目名称", "Audit", case.project),
            _pair("被审计单位", "Audited unit", case.unit),
            _pair("审计事项", "Matter", case.matter or finding.question.zh),
        ],
        "summary": {
            "title": _said("审计事项摘要", "Summary of the matter"),
            "asked": _said(finding.question.zh, finding.question.en),
            "moment": [
                _pair("记录时点", "Position", str(finding.position)),
                _pair("该时点记录时间", "Recorded at", local(finding.recorded_at)),
                _pair("判定时钟", "Clock", _judged(finding)),
                _pair(
                    "事实截止日",
                    "Valid on",
                    finding.valid_on.isoformat() if finding.valid_on else "不限 every known fact",
                ),
                _pair("查询", "Operation", finding.operation),
                *(_pair(name, "", value) for name, value in finding.variables),
            ],
            "told": [_said(one.zh, one.en) for one in finding.told],
            "blocks": [_block(block) for block in finding.answer],
        },
        "evidence": {
            "title": _said("证据", "Evidence"),
            "pairs": [
                _pair("记录", "Record", evidence.record_id),
                _pair("答复所据位置", "Answered from", str(evidence.position)),
                _pair("检查点", "Checkpoint", f"{evidence.checkpoint_size} 个事件 events"),
                _pair("验证公钥", "Verifier key", evidence.verifier_key),
                _pair("程序版本", "Code", evidence.code),
                _pair("答复摘要", "SHA-256 of the answer", evidence.result),
                _pair("随附文件摘要", "SHA-256 of receipt.json", digest),
            ],
            "qr": {
                "svg": code.svg,
                "says": _said("二维码载有附件一凭证全文", "The code holds the whole receipt of annex 1")
                if code.whole
                else _said("二维码载有附件一凭证的摘要", "The code holds the digest of the receipt of annex 1"),
            },
        },
        "signing": {
            "auditor": _pair("审计人员", "Auditors", case.auditor),
            "prepared": _pair("编制日期", "Prepared on", case.prepared_on.isoformat() if case.prepared_on else ""),
            "opinion": _said("证据提供单位（被审计单位）意见", "Opinion of the audited unit"),
            "hint": _said("（填写不下的，可另附说明）", "(a further page may be attached)"),
            "head": _said("单位负责人（签名）", "Head of the unit (signature)"),
            "seal": _said("单位（盖章）", "Unit (seal)"),
            "date": _said("日期：　　　年　　　月　　　日", "Date"),
        },
        "annexes": [
            _annex("附件一　答复凭证", "Annex 1: receipt", evidence.note),
            _annex("附件二　检查点", "Annex 2: checkpoint", evidence.checkpoint),
            {
                "title": _said("附件三　核验方法", "Annex 3: how to check this sheet"),
                "steps": [_said(zh, en) for zh, en in _STEPS],
            },
        ],
    }


def _judged(finding: Finding) -> str:
    """The clock that judges; where it lies ahead of when the sheet was issued, the sheet says that it is an assumption."""
    clock = finding.clock
    if clock is None or clock <= finding.issued_at:
        return local(clock)
    return f"{local(clock)}（晚于答复时间，为假设判定 later than the answer: judged on an assumption）"


_STEPS = (
    (
        "本单所附 receipt.json（PDF 的附件，亦单独保存）载有完整答复与凭证，其 SHA-256 应与“证据”栏所列一致。",
        (
            "The file receipt.json (attached to the PDF, and kept beside it) holds the whole answer and the receipt; its"
            " SHA-256 is the one listed under Evidence."
        ),
    ),
    (
        (
            "向记录保管单位索取证据包（txapi export 所得 out.zip），在任何一台电脑上离线运行："
            "txapi verify receipt.json --bundle out.zip --vkey 验证公钥。无须信任本系统及其运行单位。"
        ),
        (
            "Ask the keeper of the record for a bundle (out.zip, written by txapi export), and run on any machine, offline:"
            " txapi verify receipt.json --bundle out.zip --vkey KEY. It trusts neither this system nor its operator."
        ),
    ),
    (
        "该命令核对凭证与检查点的签名、记录未被改动，并以凭证所列程序版本重新执行查询，须得出逐字节相同的答复。",
        (
            "The command checks the signatures of receipt and checkpoint and that the record is unchanged, and asks the"
            " operation again with the code that the receipt names: the answer must be the same, byte by byte."
        ),
    ),
    (
        "二维码由任何扫码工具读出；所得文字应与附件一一致（或为其 SHA-256）。凭证为 Ed25519 签名文书（C2SP signed-note）。",
        (
            "Any reader of QR codes reads the code; its text is annex 1 (or its SHA-256). The receipt is an Ed25519 signed"
            " note (C2SP signed-note)."
        ),
    ),
    (
        "验证公钥须从第二渠道取得，与“证据”栏所列比对；检查点可与见证单位（txapi witness）所存者比对。",
        (
            "Get the verifier key from a second source and compare; compare the checkpoint with the one that a witness"
            " (txapi witness) keeps."
        ),
    ),
)


def _annex(zh: str, en: str, text: str) -> dict[str, Any]:
    return {"title": _said(zh, en), "lines": wrapped(text)}


def wrapped(text: str) -> list[str]:
    """A signed text in lines that fit the page."""
    lines: list[str] = []
    for line in text.rstrip("\n").split("\n"):
        parts = [line[at : at + LINE] for at in range(0, len(line), LINE)] or [""]
        lines += [parts[0], *(f"↪ {part}" for part in parts[1:])]
    return lines


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Pairs(pairs):
            return {"kind": "pairs", "pairs": [_pair(label.zh, label.en, value) for label, value in pairs]}
        case Grid(title, heads, rows):
            told = [_said(head.zh, head.en) for head in heads]
            return {"kind": "grid", "title": _title(title), "heads": told, "rows": [list(row) for row in rows]}
        case Items(title, items):
            listed = [[_block(part) for part in item] for item in items]
            return {"kind": "items", "title": _title(title), "items": listed}
        case Part(title, parts):
            return {"kind": "part", "title": _title(title), "blocks": [_block(part) for part in parts]}


def _title(label: Label | None) -> dict[str, str] | None:
    return None if label is None else _said(label.zh, label.en)
