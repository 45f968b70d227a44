"""Bytes changed at random: of what kind the changes are, and what they are made from."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

OTHER_ROWS = ("sqlite_sequence", "sqlite_stat1")


def damaged(chance: random.Random, content: bytes) -> bytes:
    """The same with some bytes flipped, replaced, doubled, missing, exchanged or filled with zeroes; never the very same."""
    while True:
        changed = bytearray(content)
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            at = chance.randrange(len(changed)) if changed else 0
            size = chance.choice((1, 1, 1, 2, 4, 16, 100))
            match chance.randrange(7):
                case 0 if changed:
                    changed[at] ^= 1 << chance.randrange(8)
                case 1:
                    changed[at : at + size] = chance.randbytes(len(changed[at : at + size]))
                case 2:
                    del changed[at : at + size]
                case 3:
                    changed[at:at] = changed[at : at + size]
                case 4:
                    changed[at:at] = chance.randbytes(size)
                case 5:
                    changed[at : at + size] = bytes(len(changed[at : at + size]))
                case _:
                    other = chance.randrange(len(changed)) if changed else 0
                    changed[at : at + size], changed[other : other + size] = (
                        changed[other : other + size],
                        changed[at : at + size],
                    )
        if changed != content:
            return bytes(changed)


def damage_file(chance: random.Random, path: Path) -> None:
    """Change a file so; as often as not, it keeps its length, as on a disk that forgets."""
    content = path.read_bytes()
    if chance.random() < 0.6:
        changed = bytearray(content)
        for _ in range(chance.choice((1, 1, 2, 5))):
            at = chance.randrange(len(changed))
            changed[at] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(changed) if changed != content else bytes([content[0] ^ 1]) + content[1:])
    else:
        path.write_bytes(damaged(chance, content))


def damage_row(chance: random.Random, path: Path) -> str:
    """Change one value of one row of a database of SQLite; where it was, and what became of it."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name not in OTHER_ROWS and connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()
        ]
        table = chance.choice(tables)
        columns = [name for _, name, *_ in connection.execute(f'PRAGMA table_info("{table}")')]
        column = chance.choice(columns)
        rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
        row = chance.choice(rows)
        where = " AND ".join(f'"{name}" IS ?' for name in columns)
        if chance.random() < 0.1:
            connection.execute(f'DELETE FROM "{table}" WHERE {where}', row)
            connection.commit()
            return f"{table}: {row!r:.200} was deleted"
        before = row[columns.index(column)]
        after = other(chance, before)
        try:
            connection.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE {where}', (after, *row))
        except (sqlite3.IntegrityError, OverflowError):
            # The database itself would not have it: a trigger, a key, or a check.
            connection.rollback()
            return ""
        connection.commit()
        return f"{table}.{column}: {before!r:.200} became {after!r:.200}"


def other(chance: random.Random, value: Any) -> Any:
    """Another value in the place of one, most often of the same kind."""
    if chance.random() < 0.1:
        return chance.choice(
            [each for each in (None, 0, "", b"", -1, 1.5, 2**62) if each != value or type(each) is not type(value)]
        )
    match value:
        case None:
            return chance.choice((0, "", b"\x00", 1))
        case int():
            return value ^ (1 << chance.randrange(62)) if chance.random() < 0.7 else value + chance.choice((-1, 1))
        case float():
            return value + 1.0
        case str():
            return damaged(chance, value.encode()).decode(errors="replace") or "x"
        case _:
            return damaged(chance, bytes(value))
