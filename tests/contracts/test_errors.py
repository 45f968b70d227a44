"""The table of errors: what is raised anywhere, it holds in both languages; and nothing that is never raised."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.contracts.refused_documents import by_the_executor
from txapi.schema.error_code import Sentence
from txapi.schema.error_table import AROUND, TABLE, said_in

SOURCE = Path(__file__).resolve().parents[2] / "src" / "txapi"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
HOLE = re.compile(r"\{\w+\}")

OF_ONE_CODE = {"_bad": "BAD_DATE", "BadToken": "UNAUTHENTICATED", "NotAReceipt": "NOT_A_RECEIPT"}
"""What makes errors of one code, and takes the message alone."""

SAID_BY_OTHERS = {
    ("NOT_FOUND", "Not Found"): "Starlette's own words for a path that is none",
    ("METHOD_NOT_ALLOWED", "Method Not Allowed"): "Starlette's, for a route that takes other methods",
    ("BAD_REQUEST", 'Unknown operation named "{name}".'): "Strawberry's, before anything is executed",
}


class Raised(ast.NodeVisitor):
    """Finds every error for clients in one module: its code, and its message with … where a fact stands."""

    def __init__(self, tree: ast.Module) -> None:
        self.found: set[tuple[str, str | None]] = set()
        self._texts = [dict[str, ast.expr]()]
        self.visit(tree)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._texts.append({})
        self.generic_visit(node)
        self._texts.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.targets[0], ast.Name):
            self._texts[-1][node.targets[0].id] = node.value
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        arguments = node.args
        if name in OF_ONE_CODE:
            self._note(OF_ONE_CODE[name], arguments[0])
        elif name == "error_body":
            self._note(self._code(arguments[1]), arguments[0])
        elif name == "_same_place":
            assert isinstance(arguments[2], ast.Dict | ast.Name)
            for key, value in zip(*_items(arguments[2]), strict=True):
                if isinstance(key, ast.Constant) and key.value == "code":
                    self._note(self._code(value), arguments[1])
        elif (
            name == "HttpError"
            or (name == "__init__" and arguments and _is_status(arguments[0]))
            or (name == "one_of" and len(arguments) == 3)
        ):
            self._note(self._code(arguments[1]), arguments[2])
        elif name == "must_correct":
            self._note("DIFFERS_FROM_THE_RECORD", arguments[1])
        elif name in ("BadInput", "Wrong", "errors_of", "__init__") and len(arguments) >= 2:
            self._note(self._code(arguments[0]), arguments[1])
        elif name == "_known" and len(arguments) == 4:
            self._note(self._code(arguments[3]), None)

    def _code(self, node: ast.expr) -> str | None:
        found = node.value if isinstance(node, ast.Constant) else None
        return found if isinstance(found, str) and re.fullmatch(r"[A-Z][A-Z_0-9]+", found) else None

    def _note(self, code: str | None, message: ast.expr | None) -> None:
        if code is not None:
            self.found.add((code, None if message is None else self._text(message)))

    def _text(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.JoinedStr):
            parts = ("…" if isinstance(part, ast.FormattedValue) else str(part.value) for part in node.values)  # type: ignore[attr-defined]
            return "".join(parts)
        if isinstance(node, ast.Name):
            known = next((texts[node.id] for texts in reversed(self._texts) if node.id in texts), None)
            return None if known is None or isinstance(known, ast.Name) else self._text(known)
        return None


def _items(node: ast.Dict | ast.Name) -> tuple[list[ast.expr | None], list[ast.expr]]:
    return (node.keys, node.values) if isinstance(node, ast.Dict) else ([], [])


def _is_status(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


@pytest.fixture(scope="module")
def raised() -> set[tuple[str, str | None]]:
    found: set[tuple[str, str | None]] = set()
    for path in SOURCE.rglob("*.py"):
        found |= Raised(ast.parse(path.read_text(encoding="utf-8"))).found
    return found


def sentence_of(code: str, text: str) -> Sentence | None:
    """The sentence of the table that a message is taken for, without what stands around it."""
    around = next((facts for each in AROUND if (facts := each.facts_of(text)) is not None), None)
    if around is not None:
        return sentence_of(code, around["said"])
    return next((each for each in TABLE[code].sentences if each.facts_of(text) is not None), None)


def test_every_code_that_is_raised_is_in_the_table_and_none_that_is_not(raised: set[tuple[str, str | None]]) -> None:
    codes = {code for code, _ in raised}

    assert len(codes) > 100
    assert codes == set(TABLE)


def test_every_sentence_that_is_raised_is_in_the_table_and_none_that_is_not(
    raised: set[tuple[str, str | None]],
) -> None:
    said = {(code, text) for code, text in raised if text is not None} | set(SAID_BY_OTHERS)
    said |= {("BAD_REQUEST", message) for message in by_the_executor()}
    # The codes of these are arguments of what raises them.
    said |= {(code, "… is not one of the … of this service") for code in ("UNKNOWN_EVENT_TYPE", "UNKNOWN_KIND")}

    meant = {(code, text): sentence_of(code, text) for code, text in said}

    assert sorted(each for each, sentence in meant.items() if sentence is None) == []
    table = {(code, sentence) for code, known in TABLE.items() for sentence in known.sentences}
    assert {
        (code, sentence.en) for code, sentence in table - {(code, meant[code, text]) for code, text in said}
    } == set()


def test_what_a_client_wrote_is_told_as_it_wrote_it() -> None:
    wrote = "'he said: found; it does not exist, found: 5.'"
    found = "{'opinion': ' to be an object, found: 5.'}"

    value = f"Boolean cannot represent a non boolean value: {wrote}"
    lacks = f"Expected value of type 'AcceptTicketInput' to include required field 'promised', found: {found}."

    for around, chinese in (("", ""), ("Variable '$input' has invalid value: ", "变量 $input 的值无效：")):
        assert said_in("zh", "BAD_REQUEST", around + value) == f"{chinese}应为 true 或 false，而不是 {wrote}"
        assert said_in("zh", "BAD_REQUEST", around + lacks) == (
            f"{chinese}类型 AcceptTicketInput 的值缺少必填字段 promised，给出的是 {found}。"
        )


def test_what_nobody_translated_keeps_its_details() -> None:
    assert said_in("zh", "BAD_REQUEST", "Something new about 'x'.") == "请求有误：Something new about 'x'."
    assert said_in("zh", "BAD_DATE", "something new") == "something new"


def test_both_languages_hold_the_same_facts_and_each_is_what_it_says() -> None:
    for code, known in TABLE.items():
        assert CHINESE.search(known.do_zh), code
        assert known.do_en.isascii(), code
        assert known.says, code
        for sentence in (*known.sentences, *AROUND):
            in_english, in_chinese = sentence.holes
            assert in_english == in_chinese, sentence
            assert sentence.en.isascii(), sentence
            worded = CHINESE.search(HOLE.sub("", sentence.zh)) or "：" in sentence.zh
            assert worded or sentence.en == "PersistedQueryNotFound", sentence


@pytest.mark.parametrize(
    ("code", "english", "chinese"),
    [
        ("PAGE_SIZE", "first is from 0 to 500, not 5000", "first 应为 0 至 500，而不是 5000"),
        ("POSITION_AHEAD", "position 400 does not exist; the head is 326", "位置 400 不存在；最新位置是 326"),
        (
            "WRONG_KIND",
            "this is the id of a project, where a ticket is expected",
            "这是项目的标识，此处应为工作联系单的标识",
        ),
        (
            "BAD_POSITION",
            "atLeast: '-1' is not a position: digits in a string, from 0",
            "atLeast：'-1' 不是位置：应为从 0 起的数字字符串",
        ),
        (
            "BAD_REQUEST",
            "Variable '$on' has invalid value at .x: Int cannot represent non-integer value: 'many'",
            "变量 $on 中 .x 的值无效：应为整数，而不是 'many'",
        ),
        (
            "UNKNOWN_SHEET",
            "what kind of sheet this is cannot be told by its header; there are figures, milestones, tickets",
            "从表头无法判断这是哪一类表；可导入的有 填报数（figures）、项目节点（milestones）、工作联系单（tickets）",
        ),
        (
            "UNKNOWN_SHEET",
            "what can be imported is figures, milestones, tickets, not 'projects'",
            "可导入的有 填报数（figures）、项目节点（milestones）、工作联系单（tickets），没有 'projects'",
        ),
        (
            "UNKNOWN_SHEET",
            "no worksheet has a header with the columns of tickets; missing: 事项 subject",
            "没有一个工作表的表头含有 工作联系单（tickets） 所需的列；缺 事项 subject",
        ),
    ],
)
def test_the_facts_of_a_message_stay_in_chinese(code: str, english: str, chinese: str) -> None:
    assert said_in("zh", code, english) == chinese
    assert said_in("en", code, english) == english
