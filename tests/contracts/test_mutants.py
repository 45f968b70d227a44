"""The list of changes that no test notices: each is of a line that is there, has one reason, and is on the page."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from tools import mutants

LISTED = mutants.reasons_of(mutants.LIST)


def sources(folder: Path, package: str) -> dict[str, str]:
    """The text of every function and method below a folder, by its dotted name."""
    found = {}
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        lines = text.split("\n")
        module = ".".join((package, *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__")
        for node in ast.parse(text).body:
            inner = node.body if isinstance(node, ast.ClassDef) else [node]
            name = f"{module}.{node.name}" if isinstance(node, ast.ClassDef) else module
            for each in inner:
                if isinstance(each, ast.FunctionDef):
                    found[f"{name}.{each.name}"] = "\n".join(lines[each.lineno - 1 : each.end_lineno])
    return found


def test_every_change_that_may_live_is_of_lines_that_stand_in_its_function() -> None:
    functions = sources(mutants.ROOT / "src" / "txapi", "txapi")

    for reason in LISTED:
        for mutant in reason.mutants:
            there = [line.strip() for line in functions[mutant.function].splitlines()]
            assert [line for line in mutant.was.splitlines() if line not in there] == [], mutant
            assert mutant.was != mutant.becomes, mutant


def test_every_change_that_may_live_is_on_the_page_with_its_reason() -> None:
    page = mutants.PAGE.read_text(encoding="utf-8")

    for reason in LISTED:
        assert "\n".join(mutants.section_of(reason)) in page


def found(*lives: mutants.Mutant, unsettled: tuple[str, ...] = ()) -> dict[str, mutants.Found]:
    return {"src/txapi/a.py": mutants.Found(killed=2, endless=1, lives=list(lives), unsettled=list(unsettled))}


ONE = mutants.Mutant("txapi.a.C.f", "x = 1", "x = 2")
OTHER = mutants.Mutant("txapi.a.g", 'raise E("no")', 'raise E("XXnoXX")')
REASON = mutants.Reason("Nobody can tell", "x is not read.", (ONE,))


def test_a_change_that_lives_without_a_reason_is_told_as_it_would_be_listed() -> None:
    [complaint] = mutants.complaints_of(found(ONE, OTHER), [REASON])

    assert "lives without a reason" in complaint
    assert r'{ in = "txapi.a.g", was = "raise E(\"no\")", becomes = "raise E(\"XXnoXX\")" },' in complaint


def test_a_listed_change_that_is_noticed_after_all_is_told() -> None:
    [complaint] = mutants.complaints_of(found(), [REASON])

    assert "is noticed, or is gone" in complaint
    assert "txapi.a.C.f" in complaint


def test_a_change_counts_as_often_as_it_is_made() -> None:
    assert mutants.complaints_of(found(ONE, ONE), [mutants.Reason("t", "w", (ONE, ONE))]) == []
    assert len(mutants.complaints_of(found(ONE, ONE), [REASON])) == 1


def test_what_was_not_settled_is_told() -> None:
    assert mutants.complaints_of(found(ONE, unsettled=("txapi.a.x_g__mutmut_1 ended with None",)), [REASON]) == [
        "not settled: txapi.a.x_g__mutmut_1 ended with None"
    ]


def test_a_change_is_known_by_its_function_and_its_lines() -> None:
    diff = "--- a.py\n+++ a.py\n@@ -1,3 +1,3 @@\n def f(self):\n-    x = 1\n+    x = 2\n     return x"

    assert mutants.change_of("txapi.a.xǁCǁf__mutmut_7", diff) == ONE
    assert mutants.function_of("txapi.a.x_g__mutmut_12") == "txapi.a.g"
    assert mutants.function_of("txapi.a.x__private__mutmut_1") == "txapi.a._private"


def test_the_page_counts_what_became_of_the_changes() -> None:
    page = mutants.page_of(found(ONE), [REASON])

    assert "| `a.py` | 4 | 2 | 1 | 1 |" in page
    assert "| together | 4 | 2 | 1 | 1 |" in page
    assert "## Nobody can tell\n\nx is not read.\n\n```diff\n# txapi.a.C.f\n-x = 1\n+x = 2\n```\n" in page


@pytest.mark.parametrize(
    "listed",
    [
        '[[reason]]\ntitle = "t"\nwhy = " "\nchanges = [{ in = "f", was = "a", becomes = "b" }]',
        '[[reason]]\ntitle = "t"\nwhy = "w"\nchanges = []',
        inspect.cleandoc("""
            [[reason]]
            title = "one"
            why = "w"
            changes = [{ in = "f", was = "a", becomes = "b" }]
            [[reason]]
            title = "two"
            why = "w"
            changes = [{ in = "f", was = "a", becomes = "b" }]
        """),
    ],
)
def test_a_reason_without_words_or_changes_and_a_change_with_two_reasons_are_refused(
    tmp_path: Path, listed: str
) -> None:
    path = tmp_path / "mutants.toml"
    path.write_text(listed, encoding="utf-8")

    with pytest.raises(ValueError, match=r"reason"):
        mutants.reasons_of(path)
