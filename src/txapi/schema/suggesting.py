"""Names that an error guesses at: graphql-core measures how far two words are apart, and forgets that İ has two small letters."""

from __future__ import annotations

import sys

from graphql.pyutils.suggestion_list import LexicalDistance


class Distance(LexicalDistance):
    """The same, with room for a word whose small letters are more than its letters: there was an IndexError."""

    def __init__(self, input_: str) -> None:
        super().__init__(input_)
        self._rows = [[0] * (len(self._input_list) + 1) for _ in self._rows]


def measure_with_room() -> None:
    """Have graphql-core measure so, wherever it guesses: it takes no other measure as an argument."""
    # By its name in the package one finds the function that is called as the module is.
    sys.modules[LexicalDistance.__module__].LexicalDistance = Distance  # type: ignore[attr-defined]
