"""What answers a question follows from the operation's context: the desk, which knows the head, is for commands alone."""

from __future__ import annotations

import ast
from pathlib import Path

SCHEMA = Path(__file__).resolve().parents[2] / "src" / "txapi" / "schema"
FOR_COMMANDS = {
    # Carries commands out.
    "commands.py",
    # Offers the desk to them.
    "context.py",
    # Reads stored bytes for proofs of the ledger, which are evidence themselves and have no receipt.
    "proofs.py",
}


def test_no_question_reads_the_desk_of_its_context() -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path in sorted(SCHEMA.glob("*.py"))
        if path.name not in FOR_COMMANDS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "desk"
    ]

    # `context.record`, `context.now`, `context.acting(reader)` say the same as of the snapshot.
    assert found == []


def test_no_question_asks_the_machine_for_the_time_or_for_chance() -> None:
    asked = {"now", "today", "utcnow", "time", "monotonic", "uuid4", "token_bytes", "urandom", "getrandbits"}
    allowed = {("context.py", "now"), ("context.py", "token_bytes"), ("context.py", "monotonic")}
    found = {
        (path.name, node.func.attr)
        for path in sorted(SCHEMA.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in asked
    }

    # The context reads the clock once for each operation; chance names a command's correlation; and how long it is waited
    # for a position decides whether there is an answer, never which.
    assert found == allowed
