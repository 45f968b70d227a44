"""Other places than GraphQL: files, forms, exports, imports, the log and the rest, with paths and questions that are theirs, or nearly."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote, quote_from_bytes

from tests.fuzz.values import DAYS, TEXTS, odd

TABLES = (
    "tickets",
    "projects",
    "units",
    "targets",
    "events",
    "parcels",
    "companies",
    "groups",
    "milestones",
    "nothing",
)
MONTHS = ("2015-07", "2015-13", "0000-00", "9999-12")
FILES = (b"", b"a,b\n", b"%PDF-1.4\n%%EOF", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"<svg/>")
FIXED = (
    "/healthz", "/readyz", "/metrics", "/", "/graphql", "/demo/users", "/console", "/console/", "//", "/operations",
    "/events/ticket.issued.v1.json",
)  # fmt: skip
SHEETS = ("project,month,invested\n", "工程编号,月份,完成投资\n", "number,subject,unit\n", "")


class Place(NamedTuple):
    """Where something is asked, how, and what is sent along."""

    path: str
    method: str = "GET"
    body: bytes = b""


class Places:
    """Draws places of a server that knows such things."""

    def __init__(self, known: Mapping[str, Sequence[str]]) -> None:
        self._known = known
        self._sorts: tuple[Callable[[random.Random], Place], ...] = (
            self._file, self._upload, self._ticket, self._report, self._export, self._sheet, self._template, self._log, self._proof,
            self._tile, self._fixed, self._made_up,
        )  # fmt: skip

    def draw(self, chance: random.Random) -> Place:
        """Any of them."""
        return chance.choice(self._sorts)(chance)

    def _file(self, chance: random.Random) -> Place:
        name = chance.choice((*self._known["sha256"], _part(chance), "f" * 64))
        return Place(f"/files/{name}" + _asked(chance, "attachment", "x"))

    def _upload(self, chance: random.Random) -> Place:
        return Place(
            "/files" + _asked(chance, "name", "name", "x"), "POST", chance.choice((*FILES, chance.randbytes(200)))
        )

    def _ticket(self, chance: random.Random) -> Place:
        number = chance.choice((*self._known["number"], _part(chance)))
        return Place(f"/forms/ticket/{number}.pdf" + _asked(chance, "at", "lang", "x"))

    def _report(self, chance: random.Random) -> Place:
        unit, month = chance.choice((*self._known["unit"], _part(chance))), chance.choice((*MONTHS, _part(chance)))
        return Place(f"/forms/report/{unit}/{month}.pdf" + _asked(chance, "at", "lang"))

    def _export(self, chance: random.Random) -> Place:
        table, form = chance.choice((*TABLES, _part(chance))), chance.choice(("csv", "csv", "xlsx", "x", _part(chance)))
        return Place(f"/export/{table}.{form}" + _asked(chance, "at", "validOn", "events", "state", "unit", "number"))

    def _sheet(self, chance: random.Random) -> Place:
        return Place(
            "/import" + _asked(chance, "file", "kind", "record", "correct", "reason", "x"), "POST", sheet(chance)
        )

    def _template(self, chance: random.Random) -> Place:
        return Place(f"/import/{chance.choice(('figures', 'milestones', 'tickets', _part(chance)))}.xlsx")

    def _log(self, chance: random.Random) -> Place:
        return Place(f"/log/{chance.choice(('checkpoint', 'tile', 'proof', 'digest', 'bookkeeping', _part(chance)))}")

    def _proof(self, chance: random.Random) -> Place:
        position = chance.choice((str(chance.randrange(400)), "325", _part(chance)))
        return Place(f"/log/{chance.choice(('proof', 'digest', 'bookkeeping', 'handover'))}/{position}")

    def _tile(self, chance: random.Random) -> Place:
        level = chance.choice(("0", "1", "63", "64", "entries", _part(chance)))
        number = chance.choice(("000", "001", "x000/000", "x999/" * 40 + "999", _part(chance)))
        return Place(f"/log/tile/{level}/{number}{chance.choice(('', '.p/1', '.p/255', '.p/256', '.p/69'))}")

    def _fixed(self, chance: random.Random) -> Place:
        return Place(chance.choice((*FIXED, "/events/" + _part(chance))))

    def _made_up(self, chance: random.Random) -> Place:
        parts = "/".join(_part(chance) for _ in range(chance.choice((1, 2, 5))))
        return Place(chance.choice(("/console/", "/demo/", "/export/", "/")) + parts)


def _part(chance: random.Random) -> str:
    """A part of a path."""
    return chance.choice(
        (
            quote(chance.choice(TEXTS), safe=chance.choice(("", "/"))),
            quote_from_bytes(chance.randbytes(5)),
            "9" * chance.choice((1, 18, 30, 5000)),
            "%",
            ".",
            "..",
            "~",
        )
    )


def _asked(chance: random.Random, *names: str) -> str:
    """What stands behind the question mark, often nothing."""
    if chance.random() < 0.4:
        return ""
    values = (*DAYS, "325", "", "2015-08-11T18:00%2B08:00", "%ff", "true", "zh", "csv")
    pairs = [
        f"{chance.choice(names)}={chance.choice((quote(chance.choice(TEXTS)), chance.choice(values)))}"
        for _ in range(chance.choice((1, 1, 2, 3)))
    ]
    return "?" + "&".join(pairs)


def sheet(chance: random.Random) -> bytes:
    """A table to import, or what is none."""
    cells = [",".join(str(odd(chance)) for _ in range(chance.choice((1, 3, 6)))) for _ in range(3)]
    return chance.choice(
        (
            (chance.choice(SHEETS) + "\n".join(cells)).encode("utf-8", "replace"),
            b"PK\x03\x04" + chance.randbytes(120),
            chance.randbytes(120),
            b"\xff\xfe" + "a,b\n1,2\n".encode("utf-16-le"),
            b'"' * 50,
            b"," * 20_000,
        )
    )
