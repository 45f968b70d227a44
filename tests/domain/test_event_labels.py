"""Every kind of event has a name for people."""

from __future__ import annotations

import importlib
import pkgutil

import txapi.domain
from txapi.domain.event import Event
from txapi.domain.event_labels import EVENT_LABELS, event_label


def topics() -> set[str]:
    """The topics of the whole domain; nouns made for tests have theirs in the same registry."""
    for module in pkgutil.walk_packages(txapi.domain.__path__, "txapi.domain."):
        importlib.import_module(module.name)
    return {topic for topic, event in Event.registry.items() if event.__module__.startswith("txapi.")}


def test_every_event_has_a_label_in_both_languages() -> None:
    assert topics() - set(EVENT_LABELS) == set()
    assert all(label.zh and label.en for label in EVENT_LABELS.values())


def test_no_label_is_of_an_event_that_does_not_exist() -> None:
    assert set(EVENT_LABELS) - topics() == set()


def test_a_label_reads_in_chinese_and_in_english() -> None:
    assert event_label("ticket.accepted").text("zh") == "受理"
    assert event_label("ticket.accepted").text("en") == "ticket accepted"
