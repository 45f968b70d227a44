"""The fenced blocks of a tutorial: what is asked, as whom, and what the text says is answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
REST = "…"
"""In an answer that is shown: anything. Alone in a list or on a line: any number of items or lines."""


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, what stands behind it, its text and where it begins."""

    language: str
    told: str
    text: str
    line: int


def blocks_of(path: Path) -> list[Block]:
    """The fenced blocks of a file, in order."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(found[1], found[2].strip(), found[3], text.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(text)
    ]


def commands_of(block: Block) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines that it is said to print. A backslash goes on below."""
    found: list[tuple[str, list[str]]] = []
    goes_on = False
    for line in block.text.splitlines():
        if goes_on:
            command, said = found[-1]
            found[-1] = f"{command}\n{line}", said
        elif line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        else:
            assert found, f"line {block.line}: a console block begins with a command"
            found[-1][1].append(line)
            continue
        goes_on = line.endswith("\\")
    return found


def fits(said: Any, answered: Any) -> bool:
    """Whether an answer is as the text says."""
    if isinstance(said, str):
        return said == REST or (isinstance(answered, str) and text_fits(said, answered))
    if isinstance(said, list) and isinstance(answered, list):
        return _items_fit(said, answered)
    if isinstance(said, dict) and isinstance(answered, dict):
        return said.keys() == answered.keys() and all(fits(said[key], answered[key]) for key in said)
    return type(said) is type(answered) and bool(said == answered)


def text_fits(said: str, answered: str) -> bool:
    """Whether a text is as the text says."""
    pattern = ".*".join(re.escape(part) for part in said.split(REST))
    return re.fullmatch(pattern, answered, re.DOTALL) is not None


def _items_fit(said: list[Any], answered: list[Any]) -> bool:
    if not said:
        return not answered
    if said[0] == REST:
        return any(_items_fit(said[1:], answered[start:]) for start in range(len(answered) + 1))
    return bool(answered) and fits(said[0], answered[0]) and _items_fit(said[1:], answered[1:])


def lines_fit(said: list[str], answered: list[str]) -> bool:
    """Whether printed lines are as the text says."""
    return _items_fit([REST if line.strip() == REST else line for line in said], list(answered))
