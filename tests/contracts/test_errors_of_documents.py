"""What the executor says of a document is Chinese for who prefers it: nothing English stays but names and what the client wrote."""

from __future__ import annotations

import re

import pytest

from tests.contracts.refused_documents import BREAKS_A_RULE, refusals
from txapi.schema.documents import RULES
from txapi.schema.error_table import OTHERWISE, said_in

CHINESE = re.compile(r"[\u4e00-\u9fff]")
WORD = re.compile(r"[A-Za-z_]\w*")
QUOTED = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`""")
OF_GRAPHQL = {"locations", "mutation", "query", "defer", "stream", "label", "if", "skip", "include", "true", "false"}
OF_GRAPHQL |= {"Unicode", "U"}
"""Words of GraphQL, that are written the same in every language."""


def test_every_rule_is_walked() -> None:
    assert {rule.__name__ for rule in RULES} == BREAKS_A_RULE.keys()
    assert [name for name, documents in BREAKS_A_RULE.items() if not documents] == ["MaybeNullValidationRule"]


@pytest.mark.parametrize(
    "rule", ["parse", "execute", *(name for name, documents in BREAKS_A_RULE.items() if documents)]
)
def test_nothing_english_stays_but_names_and_what_the_client_wrote(rule: str) -> None:
    walked = [each for each in refusals() if each.rule == rule]

    assert walked
    for each in walked:
        said = said_in("zh", "BAD_REQUEST", each.message)
        written = {*WORD.findall(each.document), *WORD.findall(" ".join(QUOTED.findall(each.message)))} | OF_GRAPHQL
        assert CHINESE.search(said), said
        assert not said.startswith(OTHERWISE.partition("{")[0]), said
        assert {word for word in WORD.findall(said) if word not in written} == set(), (said, each.message)
        for name in re.findall(r"'[$@]?(\w+)'", each.message)[:1]:
            assert name in said


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "Cannot query field 'nam' on type 'Project'. Did you mean 'name' or 'line'?",
            "类型 Project 没有字段 nam。是否想写 'name' 或 'line'？",
        ),
        (
            "Cannot query field 'nam' on type 'Project'. Did you mean 'name', 'line', or 'id'?",
            "类型 Project 没有字段 nam。是否想写 'name'、'line' 或 'id'？",
        ),
        ("Syntax Error: Expected Name, found <EOF>.", "语法错误，位置见 locations：此处应为名称，而不是文档结尾"),
        ("Syntax Error: Unexpected Name 'or'.", "语法错误，位置见 locations：此处不应有名称 'or'"),
        (
            (
                "Fields 'project' conflict because subfields 'x' conflict because they have differing arguments and subfields 'y'"
                " conflict because 'name' and 'line' are different fields. Use different aliases on the fields to fetch both if this"
                " was intentional."
            ),
            "字段 project 冲突：下级字段 x 冲突：参数不同；下级字段 y 冲突：name 和 line 是不同的字段。如果两者都要，请使用不同的别名。",
        ),
        ("Unknown directive '@nothing'.", "没有指令 @nothing。"),
        ("Directive '@skip' may not be used on query.", "指令 @skip 不能用于查询。"),
        (
            "Variable '$input' has invalid value at .kind: Enum 'Stage' cannot represent non-string value: 5.",
            "变量 $input 中 .kind 的值无效：枚举 Stage 的值应为字符串，而不是 5。",
        ),
        (
            "Variable '$input' has invalid value: Expected value of type 'Must' to include required field 'given', found: {}.",
            "变量 $input 的值无效：类型 Must 的值缺少必填字段 given，给出的是 {}。",
        ),
    ],
)
def test_the_words_of_a_sentence_are_chinese_and_its_names_stay(english: str, chinese: str) -> None:
    assert said_in("zh", "BAD_REQUEST", english) == chinese
    assert said_in("en", "BAD_REQUEST", english) == english
