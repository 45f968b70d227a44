"""The table of errors 错误代码: every code, what it says in Chinese and in English, and what to do about it.

Where an error is raised, its message is written in English, with the facts in it. The table has the same sentence in Chinese: what
a client is told is chosen here, by the language that it prefers, as late as possible. A test finds what is raised in the source,
and fails where the table lacks it, or holds what nothing raises.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from txapi.domain.errors import NOUNS
from txapi.imports.importing import KINDS
from txapi.imports.wrong import CELLS
from txapi.schema.error_code import Code, Sentence
from txapi.schema.errors_of_attachments import OF_ATTACHMENTS
from txapi.schema.errors_of_documents import WORDS
from txapi.schema.errors_of_files import OF_FILES
from txapi.schema.errors_of_forms import OF_FORMS
from txapi.schema.errors_of_input import OF_INPUT
from txapi.schema.errors_of_limits import OF_LIMITS
from txapi.schema.errors_of_moments import OF_MOMENTS
from txapi.schema.errors_of_persons import OF_PERSONS
from txapi.schema.errors_of_requests import OF_REQUESTS
from txapi.schema.errors_of_sheets import OF_SHEETS
from txapi.schema.errors_of_sockets import OF_SOCKETS

OF_CELLS = {code: Code(*complaint) for code, complaint in CELLS.items()}
"""The codes of cells and rows, as whoever reads them words them."""

TABLE: dict[str, Code] = dict(
    sorted(
        {
            **OF_REQUESTS,
            **OF_LIMITS,
            **OF_MOMENTS,
            **OF_INPUT,
            **OF_FILES,
            **OF_FORMS,
            **OF_SHEETS,
            **OF_CELLS,
            **OF_SOCKETS,
            **OF_ATTACHMENTS,
            **OF_PERSONS,
        }.items()
    )
)
"""Every code of an error, in alphabetical order."""

_EVERY_SENTENCE = sorted(
    # A sentence of placeholders alone would be found in whatever a client wrote.
    (sentence for code in TABLE.values() for sentence in code.sentences if len(sentence.letters) > 8),
    key=lambda one: -len(one.letters),
)

AROUND = (
    Sentence("Syntax Error: {said}", "语法错误，位置见 locations：{said}"),
    Sentence(
        "Variable '{variable}' has invalid value at {place}: {said}", "变量 {variable} 中 {place} 的值无效：{said}"
    ),
    Sentence("Variable '{variable}' has invalid value: {said}", "变量 {variable} 的值无效：{said}"),
    Sentence(
        "Argument '{argument}' has invalid value at {place}: {said}", "参数 {argument} 中 {place} 的值无效：{said}"
    ),
    Sentence("Argument '{argument}' has invalid value: {said}", "参数 {argument} 的值无效：{said}"),
    Sentence(
        "Expected value of type '{type}', but encountered error '{said}'; found: {given}.",
        "应为 {type} 类型的值，而不是 {given}：{said}。",
    ),
    Sentence("atLeast: {said}", "atLeast：{said}"),
    Sentence("Last-Event-ID: {said}", "Last-Event-ID：{said}"),
)
"""What is said around the sentence of any code: where in the request it is wrong."""

OTHERWISE = "请求有误：{said}"
"""Around what the executor says of a document in its own words, which are English."""


def said_in(language: str, code: str, message: str) -> str:
    """What an error of that code says in a language (`zh` or `en`), whose message in English is known."""
    if language != "zh":
        return message
    found = _in_chinese(code, message)
    if found is None and code == "BAD_REQUEST" and message.isascii():
        return OTHERWISE.format(said=message)
    return message if found is None else found


def _in_chinese(code: str, message: str) -> str | None:
    known = TABLE.get(code)
    return _said(code, message, (*AROUND, *(known.sentences if known else ())))


def _said(code: str, message: str, sentences: Iterable[Sentence]) -> str | None:
    for sentence in sentences:
        facts = sentence.facts_of(message)
        if facts is not None:
            return sentence.zh.format(**{name: _fact(name, fact, code) for name, fact in facts.items()})
    return None


_PARTS = {"the body": "请求正文"}
"""The parts of a request that have no name of their own in JSON."""


def _fact(name: str, fact: str, code: str) -> str:
    if name == "said":
        # The executor quotes what a scalar said, under a code of its own.
        return _in_chinese(code, fact) or _said(code, fact, _EVERY_SENTENCE) or fact
    if code == "BAD_REQUEST" and name in WORDS:
        return WORDS[name](fact)
    if code == "UNKNOWN_SHEET" and name in ("kind", "kinds"):
        return "、".join(f"{KINDS[each].label.zh}（{each}）" if each in KINDS else each for each in fact.split(", "))
    if name == "what":
        return _PARTS.get(fact, fact)
    return NOUNS[fact][0] if name in ("noun", "wanted") and fact in NOUNS else fact


def errors_in(language: str, errors: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Errors as they are published, in a language."""
    return [
        {**error, "message": said_in(language, error.get("extensions", {}).get("code", ""), error["message"])}
        for error in errors
    ]
