"""The tutorials are true: every block runs against a real demonstration, and every answer shown is the one given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.docs.blocks import REST, Block, blocks_of, commands_of, fits, lines_fit
from tests.docs.demo import ROOT, Demo

pytestmark = pytest.mark.slow

TUTORIALS = ("auditors.md", "proving.md", "spreadsheets.md", "front-end.md", "webhooks.md")
VARIABLES = "variables"
EXTENSIONS = "extensions"
CURSOR = re.compile(r'"endCursor": "([^"]+)"')


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demonstration for all: auditors come first, for they change nothing."""
    served = Demo(tmp_path_factory.mktemp("demo"))
    yield served
    served.stop()


class Reading:
    """Somebody who reads a tutorial from the top and tries everything."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.document: Block | None = None
        self.sent: dict[str, Any] = {}
        self.answered = False
        self.cursor = ""
        self.installed: set[str] = set()

    def read(self, block: Block) -> None:
        """Try one block, or compare what it shows."""
        reader = getattr(self, f"_{block.language}", None)
        assert reader is not None, f"line {block.line}: nobody can try a block of {block.language}"
        reader(block)

    def close(self) -> None:
        """Nothing was asked whose answer is not shown."""
        assert self.document is None or self.answered, f"line {self.document.line}: no answer is shown"

    def _console(self, block: Block) -> None:
        for command, said in commands_of(block):
            printed = self.demo.said.splitlines() if command == "make run" else self.demo.run(command)
            assert lines_fit(said, printed), f"line {block.line}: {command}\n" + "\n".join(printed)

    def _graphql(self, block: Block) -> None:
        self.close()
        self.document, self.sent, self.answered = block, {}, False

    def _json(self, block: Block) -> None:
        assert self.document is not None, f"line {block.line}: nothing was asked"
        if block.told in (VARIABLES, EXTENSIONS):
            # The same document may be asked again with other variables; `…` is the cursor that was just given.
            self.sent[block.told] = json.loads(block.text.replace(f'"{REST}"', f'"{self.cursor}"'))
            self.answered = False
            return
        who = self.document.told.removeprefix("as=") or None
        answer = self.demo.ask(who, {"query": self.document.text, **self.sent})
        self.answered = True
        self.cursor = next(iter(CURSOR.findall(json.dumps(answer))), "")
        said = json.loads(block.text)
        shown = {part: answer.get(part) for part in said}
        told = json.dumps(answer, ensure_ascii=False, indent=2)
        assert fits(said, shown), f"line {block.line}:\n{told}"
        assert "errors" in said or "errors" not in answer, f"line {block.line}:\n{told}"

    def _python(self, block: Block) -> None:
        self.demo.keep(block.told, block.text)

    def _yaml(self, block: Block) -> None:
        """A generator's settings: what it reads is there, and no scalar of the schema is left without a type.

        Beside those that the schema declares there is one of GraphQL's own whose type is to be said: an ID is a string.
        """
        told = yaml.safe_load(block.text)
        # They stand in a folder within the checkout.
        schema, documents = (told[name].removeprefix("../") for name in ("schema", "documents"))
        scalars = re.findall(r"^scalar (\w+)", (ROOT / schema).read_text(encoding="utf-8"), re.MULTILINE)
        assert list(ROOT.glob(documents))
        plugins = {f"@graphql-codegen/{plugin}" for made in told["generates"].values() for plugin in made["plugins"]}
        assert plugins <= self.installed
        assert [sorted(made["config"]["scalars"]) for made in told["generates"].values()] == [sorted(["ID", *scalars])]

    def _sh(self, block: Block) -> None:
        """What a reader types in a folder of their own; what is installed there is known by its name afterwards."""
        assert "npm pkg set type=module" in block.text
        for line in re.findall(r"^npm install (.*)$", block.text, re.MULTILINE):
            self.installed |= {name for name in line.split() if not name.startswith("--")}

    def _ts(self, block: Block) -> None:
        """What a page takes from a generated client is generated from an operation of that name; all else was installed."""
        packages = {re.match(r"(@[^/]+/)?[^/]+", name)[0] for name in re.findall(r' from "([^."][^"]*)"', block.text)}  # type: ignore[index]
        assert packages <= self.installed, packages - self.installed
        for names in re.findall(r"import \{ (.+?) \} from \"./txapi\"", block.text):
            for name in re.findall(r"(\w+)(?:Document|Query)\b", names):
                assert list((ROOT / "schema" / "operations").rglob(f"{name}.graphql"))


@pytest.mark.parametrize("name", TUTORIALS)
def test_every_block_of_a_tutorial_runs_and_answers_as_shown(demo: Demo, name: str) -> None:
    blocks = blocks_of(ROOT / "docs" / name)
    reading = Reading(demo)

    for block in blocks:
        reading.read(block)
    reading.close()

    assert "console" in {block.language for block in blocks}


def test_the_first_question_that_a_demonstration_prints_is_answered(demo: Demo) -> None:
    printed = re.search(r"^The first question.*\n((?:.*\\\n)*.*)$", demo.said, re.MULTILINE)
    assert printed is not None

    answer = json.loads("\n".join(demo.run(printed[1].strip())))

    assert "errors" not in answer
    assert answer["data"]["moment"]


def test_what_varies_is_left_open_and_nothing_else() -> None:
    assert fits({"a": "2015-08-11T…Z", "b": ["x", "…"]}, {"a": "2015-08-11T06:00:00Z", "b": ["x", "y", "z"]})
    assert not fits({"a": "2015-08-11T…Z"}, {"a": "2015-08-12T06:00:00Z"})
    assert not fits({"a": 1}, {"a": True})
    assert not fits({"a": 1}, {"a": 1, "b": 2})
    assert not fits(["x"], ["x", "y"])
    assert lines_fit(["one", "…", "three …"], ["one", "two", "two more", "three 3"])
    assert not lines_fit(["one", "…", "three"], ["one", "two"])
