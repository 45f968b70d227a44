"""Changes the code that evidence rests on in every small way, one at a time, and says which changes no test notices.

mutmut makes the changes and runs the tests (what, and with which tests: `[tool.mutmut]` in pyproject.toml). A change that no test notices
must stand in tests/mutants.toml with the reason why it may live, and what stands there must still be unnoticed. A change is known by its
function and by its lines, never by the number that mutmut gives it, which moves with every edit.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "mutants.toml"
PAGE = ROOT / "docs" / "mutants.md"
RESULTS = ROOT / "mutants"

KILLED = {1, 3}
"""How pytest ends when a test, or pytest itself, fails."""
ENDLESS = {-24, 24, 152, -9}
"""How a process ends that used up its time: SIGXCPU, and SIGKILL where that is not heard."""
LIVES = {0, 33}
"""All tests passed; no test runs the function."""


@dataclass(frozen=True, order=True)
class Mutant:
    """One small change of one function."""

    function: str
    """The dotted name, with the module and, for a method, the class."""
    was: str
    """The lines that it takes away, without their indentation."""
    becomes: str
    """The lines that it puts there, without their indentation."""

    def lines(self) -> Iterator[str]:
        """The change as lines of a diff."""
        yield from (f"-{line}" for line in self.was.splitlines())
        yield from (f"+{line}" for line in self.becomes.splitlines())


@dataclass(frozen=True)
class Reason:
    """Why some changes may live."""

    title: str
    why: str
    mutants: tuple[Mutant, ...]


@dataclass
class Found:
    """What became of the mutants of one module."""

    killed: int = 0
    endless: int = 0
    lives: list[Mutant] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    """mutmut's names of those that were not run, or ended in a way that says nothing."""

    @property
    def total(self) -> int:
        """All mutants of the module."""
        return self.killed + self.endless + len(self.lives) + len(self.unsettled)


def reasons_of(path: Path) -> list[Reason]:
    """The list of changes that may live.

    Raises:
        ValueError: A reason is empty, or a change stands there under two reasons.
    """
    reasons = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["reason"]:
        mutants = tuple(Mutant(each["in"], each["was"], each["becomes"]) for each in entry["changes"])
        if not (entry["title"].strip() and entry["why"].strip() and mutants):
            raise ValueError(f"{path}: a reason has a title, says why, and is of some change: {entry['title']!r}")
        reasons.append(Reason(entry["title"], entry["why"], mutants))
    places: dict[Mutant, str] = {}
    for reason in reasons:
        for mutant in reason.mutants:
            if places.setdefault(mutant, reason.title) != reason.title:
                raise ValueError(f"{path}: two reasons for one change in {mutant.function}: {mutant.becomes!r}")
    return reasons


def function_of(key: str) -> str:
    """The dotted name of the function behind mutmut's name of a mutant: `a.b.xǁCǁf__mutmut_1` is of `a.b.C.f`."""
    module, _, mangled = key.partition("__mutmut_")[0].rpartition(".")
    name = (
        mangled.removeprefix("x").replace("ǁ", ".").removeprefix(".") if "ǁ" in mangled else mangled.removeprefix("x_")
    )
    return f"{module}.{name}"


def change_of(key: str, diff: str) -> Mutant:
    """A mutant by its function and by the lines of its diff."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    was, becomes = (
        "\n".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in ("-", "+")
    )  # fmt: skip
    return Mutant(function_of(key), was, becomes)


def found_in(results: Path) -> dict[str, Found]:
    """What became of the mutants, by module, as mutmut left it in `results`."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    found: dict[str, Found] = {}
    for meta in sorted(results.rglob("*.meta")):
        codes: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        source = meta.relative_to(results).with_suffix("")
        of_module = found.setdefault(source.as_posix(), Found())
        for key, code in codes.items():
            if code in KILLED:
                of_module.killed += 1
            elif code in ENDLESS:
                of_module.endless += 1
            elif code in LIVES:
                of_module.lives.append(change_of(key, get_diff_for_mutant(key, path=source)))
            else:
                of_module.unsettled.append(f"{key} ended with {code}")
    return {name: one for name, one in found.items() if one.total}


def complaints_of(found: Mapping[str, Found], reasons: Iterable[Reason]) -> list[str]:
    """Where the run and the list differ."""
    lives = Counter(mutant for one in found.values() for mutant in one.lives)
    listed = Counter(mutant for reason in reasons for mutant in reason.mutants)
    return [
        *(f"not settled: {each}" for one in found.values() for each in one.unsettled),
        *(f"lives without a reason:\n{entry_of(mutant)}" for mutant in sorted((lives - listed).elements())),
        *(
            f"is listed and is noticed, or is gone:\n{entry_of(mutant)}"
            for mutant in sorted((listed - lives).elements())
        ),
    ]


def entry_of(mutant: Mutant) -> str:
    """A mutant as it stands in the list."""
    was, becomes = (json.dumps(text, ensure_ascii=False) for text in (mutant.was, mutant.becomes))
    return f'    {{ in = "{mutant.function}", was = {was}, becomes = {becomes} }},'


def page_of(found: Mapping[str, Found], reasons: list[Reason]) -> str:
    """docs/mutants.md: the figures, and every mutant that lives with its reason."""
    rows = [
        (name.removeprefix("src/txapi/"), (one.total, one.killed, one.endless, len(one.lives)))
        for name, one in found.items()
    ]
    sums = [sum(column) for column in zip(*(numbers for _, numbers in rows), strict=True)]
    parts = [
        "# What no test notices",
        "",
        "[//]: # (written by `make mutants`)",
        "",
        "Evidence rests on the proof checker, the ledger and `compare`. `make mutants` changes each function of theirs in every small",
        "way, one at a time (a comparison, a number, a constant, an argument, a message), and runs the tests. A change that no test",
        "notices is listed here with the reason why it may live; `make mutants` fails when there is another, and when one of these is",
        "noticed after all. mutmut leaves alone what has a decorator (properties, context managers) or stands outside functions.",
        "",
        "| module | changes | a test fails | never ends | live |",
        "|---|---:|---:|---:|---:|",
        *(f"| `{name}` | {' | '.join(f'{number:,}' for number in numbers)} |" for name, numbers in rows),
        f"| together | {' | '.join(f'{number:,}' for number in sums)} |",
        "",
        "How long a change may take is bounded by a multiple of what its tests took before: what never ends is found too.",
        "",
        *(line for reason in reasons for line in section_of(reason)),
    ]
    return "\n".join(parts)


def section_of(reason: Reason) -> Iterator[str]:
    """A reason and its mutants, as a part of the page."""
    yield from (f"## {reason.title}", "", reason.why, "", "```diff")
    last = ""
    for mutant in sorted(reason.mutants):
        if mutant.function != last:
            yield f"# {mutant.function}"
        last = mutant.function
        yield from mutant.lines()
    yield from ("```", "")


def run(children: int) -> int:
    """Make every mutant anew and run its tests, some of them at a time. How mutmut ended."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    # mutmut says where it is on a terminal; a log would get a line a second.
    quiet: dict[str, Any] = {} if sys.stdout.isatty() else {"stdout": subprocess.DEVNULL}
    mutmut = Path(sys.executable).with_name("mutmut")
    return subprocess.run([mutmut, "run", "--max-children", str(children)], cwd=ROOT, check=False, **quiet).returncode


def main(arguments: list[str] | None = None) -> int:
    """Run, judge, and write the page; 1 when the run and the list differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="how many mutants run at a time")
    parser.add_argument("--judge", action="store_true", help="run nothing: judge what the last run left in mutants/")
    asked = parser.parse_args(arguments)
    os.chdir(ROOT)  # mutmut reads pyproject.toml and its own results from where it stands
    if not asked.judge and (ended := run(asked.children)) != 0:
        print(f"mutmut ended with {ended}: do the tests pass? `.venv/bin/mutmut run` says more", file=sys.stderr)
        return 1
    found, reasons = found_in(RESULTS), reasons_of(LIST)
    complaints = complaints_of(found, reasons)
    for each in complaints:
        print(each, file=sys.stderr)
    total, lives = sum(one.total for one in found.values()), sum(len(one.lives) for one in found.values())
    print(f"{total} changes, {total - lives} noticed by a test, {lives} live")
    if complaints or not total:
        return 1
    PAGE.write_text(page_of(found, reasons), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
