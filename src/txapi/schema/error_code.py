"""What the table of errors holds of one code: where it stands in HTTP, what it says in both languages, and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Code:
    """A code of errors. `says` gives each English sentence, as the code of this service says it, in Chinese.

    A hole `{fact}` stands in both for the same fact. `{said}` is a sentence itself. `status` is the HTTP status where the
    request as such was turned away with this code; None where it is found in answers to operations only.
    """

    do_en: str
    do_zh: str
    says: Mapping[str, str]
    status: int | None = None

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences, the most exact first."""
        return tuple(sorted((Sentence(en, zh) for en, zh in self.says.items()), key=lambda one: -len(one.letters)))


@dataclass(frozen=True)
class Sentence:
    """One thing that errors say."""

    en: str
    zh: str

    @property
    def letters(self) -> str:
        """The English sentence without its holes."""
        return _HOLE.sub("", self.en)

    @property
    def holes(self) -> tuple[frozenset[str], frozenset[str]]:
        """The facts of the English and of the Chinese sentence."""
        return frozenset(_HOLE.findall(self.en)), frozenset(_HOLE.findall(self.zh))

    def facts_of(self, message: str) -> dict[str, str] | None:
        """The facts of a message that says this in English; None where it says something else."""
        found = _pattern(self.en).fullmatch(message)
        return None if found is None else found.groupdict()


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _HOLE.split(template)
    written = [f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)]
    return re.compile("".join(written), re.DOTALL)
