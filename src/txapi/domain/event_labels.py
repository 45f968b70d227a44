"""What people read for each kind of event, in Chinese and in English."""

from __future__ import annotations

from txapi.domain.labels import Label


def event_label(topic: str) -> Label:
    """The label of a kind of event; KeyError where nobody gave it one."""
    return EVENT_LABELS[topic]


def _labels(**labels: tuple[str, str]) -> dict[str, Label]:
    return {topic.replace("__", "."): Label(zh=zh, en=en) for topic, (zh, en) in labels.items()}


EVENT_LABELS: dict[str, Label] = _labels()
