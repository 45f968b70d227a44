"""What people read for a field in a history: the term of an answer, or a name for what stands behind a relation."""

from __future__ import annotations

import dataclasses
from typing import Any

from txapi.domain.labels import Label
from txapi.projections.table import Table


def label_of_field(table: Table[Any], name: str) -> Label:
    """The label of a column. An answer has its own term; a column that no client sees by itself is named here."""
    field = next(field for field in dataclasses.fields(table.row) if field.name == name)
    words = name.removesuffix("_id").replace("_", " ")
    if field.metadata.get("zh"):
        return Label(zh=field.metadata["zh"], en=words)
    return BEHIND_RELATIONS.get(name) or Label(zh=words, en=words)


BEHIND_RELATIONS: dict[str, Label] = {}
"""The labels of the columns that no client sees by themselves, by name."""
