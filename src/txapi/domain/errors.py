"""What the rules say when they say no, and what input says when it makes no sense.

Exception
├── Refusal        a rule of the business said no: data for the client, nothing is recorded
└── BadInput       the input is not what its type says: an error with a code, before any rule
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from txapi.domain.labels import Label

NOUNS: dict[str, tuple[str, str]] = {
    "project": ("项目", "project"),
    "ticket": ("工作联系单", "ticket"),
    "target": ("目标", "target"),
    "unit": ("单位", "unit"),
    "company": ("企业", "company"),
    "parcel": ("地块", "parcel"),
    "group": ("项目组", "group"),
    "meeting": ("会议", "meeting"),
    "publication": ("发布文件", "publication"),
    "attachment": ("附件", "attachment"),
    "supervision_list": ("督查清单", "supervision list"),
    "reference": ("参照版本", "edition"),
    "webhook": ("推送端点", "webhook"),
    "attempt": ("越权尝试", "refused attempt"),
    "person": ("自然人", "person"),
}
"""What people call each kind of noun, in Chinese and in English: the `{kind}` of a message."""


class Refusal(Exception):
    """A rule of the business said no.

    A subclass is named for the fact (`AcceptanceNeedsAPromise`); its name is the published code. `en` and `zh`
    are the message, with the facts as `{placeholders}`; every keyword argument is a fact that the client receives.
    `units` are those facts that are codes of units: people read names in their place.
    """

    en: ClassVar[str]
    zh: ClassVar[str]
    units: ClassVar[tuple[str, ...]] = ("unit",)
    registry: ClassVar[dict[str, type[Refusal]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__name__ in Refusal.registry:
            raise TypeError(f"two refusals are called {cls.__name__}")
        Refusal.registry[cls.__name__] = cls

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.message("en"))

    @property
    def code(self) -> str:
        """The published name of this refusal."""
        return type(self).__name__

    def message(self, lang: str = "en", names: Mapping[str, Label] | None = None) -> str:
        """The sentence for people, in `en` or `zh`, with the facts filled in.

        `names` are those of units by code, which whoever speaks to people looks up; a unit without one is told by its code.
        """
        said = self.said(lang)
        named = {fact: names[said[fact]].text(lang) for fact in self.units if names and said.get(fact) in names}
        return (self.zh if lang == "zh" else self.en).format(**{**said, **named})

    def said(self, lang: str) -> dict[str, Any]:
        """The facts as people read them; units stay codes."""
        kind = self.facts.get("kind")
        return {**self.facts, "kind": NOUNS[kind][0 if lang == "zh" else 1]} if kind in NOUNS else dict(self.facts)

    @property
    def unit_codes(self) -> frozenset[str]:
        """The codes of the units that the message names."""
        return frozenset(code for fact in self.units if isinstance(code := self.facts.get(fact), str))


class BadInput(ValueError):
    """The input is not what its type says it is: a date that does not exist, an amount of forty digits.

    `code` is published (upper snake case); `path` says where in the input, from the outside in; `facts` are what a program
    needs of the message, by published name.
    """

    def __init__(
        self, code: str, message: str, path: tuple[str, ...] = (), facts: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.path = path
        self.facts = facts or {}

    def at(self, *path: str) -> BadInput:
        """The same complaint, said of a place further in."""
        return BadInput(self.code, str(self), (*path, *self.path), self.facts)
