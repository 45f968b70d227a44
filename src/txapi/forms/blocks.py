"""What a form is made of: a head, boxes of terms and values, and lists; plain data that the template sets."""

from __future__ import annotations

from typing import Any

Form = dict[str, Any]
"""A whole form, or a part of one: texts, lists and dicts."""


def row(*cells: tuple[str, str], tall: float = 0, seal: tuple[str, str] | None = None) -> Form:
    """A row of a box: one pair of a term and its value, or two.

    `tall` is its least height in millimetres, for what is written in by hand. `seal` leaves room for a stamp below the value:
    whose, and the date.
    """
    return {
        "cells": [{"label": label, "value": value} for label, value in cells],
        "tall": tall,
        "seal": None if seal is None else {"whose": seal[0], "date": seal[1]},
    }


def box(rows: list[Form], title: str = "") -> Form:
    """A table of rows within one frame."""
    return {"kind": "box", "title": title, "rows": rows}


def listing(title: str, columns: list[tuple[str, float]], rows: list[list[str]], empty: str = "") -> Form:
    """A table whose head comes again on every page that it goes on to.

    `columns` are heads with their shares of the width; `empty` is said where there is no row.
    """
    heads, wide = [head for head, _ in columns], [share for _, share in columns]
    return {"kind": "list", "title": title, "heads": heads, "rows": rows, "empty": empty, "wide": wide}


def signs(*terms: str) -> Form:
    """A line to be signed, with room behind each term."""
    return {"kind": "signs", "terms": list(terms)}
