"""What the rules say when they say no, and what input says when it makes no sense.

Exception
├── Refusal        a rule of the business said no: data for the client, nothing is recorded
└── BadInput       the input is not what its type says: an error with a code, before any rule
"""

from __future__ import annotations

from typing import Any, ClassVar

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
    "supervision_list": ("督查清单", "supervision list"),
    "reference": ("参照版本", "edition"),
}
"""What people call each kind of noun, in Chinese and in English: the `{kind}` of a message."""


class Refusal(Exception):
    """A rule of the business said no.

    A subclass is named for the fact (`AcceptanceNeedsAPromise`); its name is the published code. `en` and `zh`
    are the message, with the facts as `{placeholders}`; every keyword argument is a fact that the client receives.
    """

    en: ClassVar[str]
    zh: ClassVar[str]
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

    def message(self, lang: str = "en") -> str:
        """The sentence for people, in `en` or `zh`, with the facts filled in."""
        facts = self.facts
        if "kind" in facts and facts["kind"] in NOUNS:
            facts = {**facts, "kind": NOUNS[facts["kind"]][0 if lang == "zh" else 1]}
        return (self.zh if lang == "zh" else self.en).format(**facts)


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
