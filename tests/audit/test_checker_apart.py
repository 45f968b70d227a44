"""The checker stands on the standard library and `cryptography` alone, and neither opens nor sends anything."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import txapi.audit.checker

PACKAGE = "txapi.audit.checker"
OUTSIDE = {"asyncio", "http", "io", "os", "pathlib", "random", "socket", "sqlite3", "subprocess", "time", "urllib"}


def imports() -> Iterator[str]:
    """Every module that the checker's source imports, at its top or inside a function."""
    for path in Path(txapi.audit.checker.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (each.name for each in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                yield node.module or ""


def test_the_checker_imports_the_standard_library_cryptography_and_itself() -> None:
    foreign = {
        module
        for module in imports()
        if module.split(".")[0] not in sys.stdlib_module_names | {"cryptography", "__future__"}
        and module != PACKAGE
        and not module.startswith(f"{PACKAGE}.")
    }

    assert foreign == set()


def test_the_checker_opens_no_file_and_asks_no_clock() -> None:
    assert {module.split(".")[0] for module in imports()} & OUTSIDE == set()


def test_every_public_name_is_exported() -> None:
    assert all(hasattr(txapi.audit.checker, name) for name in txapi.audit.checker.__all__)
    assert list(txapi.audit.checker.__all__) == sorted(
        txapi.audit.checker.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )
