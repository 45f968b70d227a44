"""A label 标签: what people read for an English identifier, in Chinese and in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from txapi.domain.event import Basis, TimeBasis

if TYPE_CHECKING:
    import enum


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """The same thing said in Chinese (`zh`) and in English (`en`)."""

    zh: str
    en: str

    def text(self, lang: str = "en") -> str:
        """The label in `zh`, or in English for any other language."""
        return self.zh if lang == "zh" else self.en


LABELS: dict[enum.Enum, Label] = {}
"""The label of every enum member that a person may see; modules add their own beside the enum."""


def labelled(labels: dict[enum.Enum, tuple[str, str]]) -> None:
    """Register (Chinese, English) labels for enum members."""
    for member, (zh, en) in labels.items():
        if member in LABELS:
            raise ValueError(f"{member} is labelled already")
        LABELS[member] = Label(zh=zh, en=en)


def label_of(member: enum.Enum) -> Label:
    """The label of an enum member; KeyError where nobody gave it one."""
    return LABELS[member]


labelled(
    {
        Basis.STATED: ("原文所载", "stated"),
        Basis.INFERRED: ("推断", "inferred"),
        Basis.COMPUTED: ("计算", "computed"),
        Basis.ILLUSTRATED: ("示例", "illustrated"),
        TimeBasis.SYSTEM: ("系统时钟", "system clock"),
        TimeBasis.DATASET: ("数据集时钟", "dataset clock"),
        TimeBasis.OFFSET: ("演示时钟", "demonstration clock"),
        TimeBasis.SIMULATED: ("模拟时钟", "simulated clock"),
    }
)
