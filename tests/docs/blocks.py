"""The fenced blocks of a tutorial: what is asked, as whom, and what the text says is answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


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


def fits(said: Any, answered: Any) -> bool:
    """Whether an answer is as the text says: `…` stands for anything, as the last of a list for the rest of it."""
    if isinstance(said, str):
        pattern = ".*".join(re.escape(part) for part in said.split("…"))
        return re.fullmatch(pattern, answered if isinstance(answered, str) else str(answered), re.DOTALL) is not None
    if isinstance(said, list) and isinstance(answered, list):
        if said and said[-1] == "…":
            said, answered = said[:-1], answered[: len(said) - 1]
        return len(said) == len(answered) and all(map(fits, said, answered))
    if isinstance(said, dict) and isinstance(answered, dict):
        return said.keys() == answered.keys() and all(fits(said[key], answered[key]) for key in said)
    return bool(said == answered)


def lines_fit(said: list[str], answered: list[str]) -> bool:
    """Whether printed lines are as the text says: a line `…` stands for any number of lines."""
    if not said:
        return not answered
    if said[0].strip() == "…":
        return any(lines_fit(said[1:], answered[start:]) for start in range(len(answered) + 1))
    return bool(answered) and fits(said[0], answered[0]) and lines_fit(said[1:], answered[1:])
