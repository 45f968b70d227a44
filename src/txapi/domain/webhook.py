"""A webhook 推送端点: another system that is told events as they are recorded — where it listens, and what it wants to hear.

The secret that signs what is sent to it is no part of the record.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from txapi.domain.aggregate import Correction
from txapi.domain.errors import BadInput
from txapi.domain.event import Event
from txapi.domain.event_labels import EVENT_LABELS
from txapi.domain.permissions import must_be_permitted
from txapi.domain.register import Actions, Register, must_be_a_name

if TYPE_CHECKING:
    from txapi.domain.event import Metadata

URL_LENGTH_MAX = 2000
_URL = re.compile(r"https?://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?(/[!-~]*)?")
_LARGEST_POSITION = 2**63 - 1

TOLD_KINDS = frozenset(topic.partition(".")[0] for topic in EVENT_LABELS) - {"webhook", "attempt"}
"""The kinds of noun whose events are told: where others listen, and who was refused what, is nobody's business there."""


class Webhook(Register):
    """One system that listens at a URL; the administrator keeps it.

    `units` are the codes of the units whose nouns it hears of, `types` the events (`ticket.issued`) or all events of a kind of
    noun (`ticket`); none of them means all. It hears what was recorded behind the position `after`, or, without one,
    behind its own registration.
    """

    KIND = "webhook"
    AMENDABLE = ("name", "url", "units", "types", "note")

    class Registered(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The webhook was entered 登记: what is recorded from then on is sent to it."""

        TOPIC = "webhook.registered"
        name: str
        url: str
        units: tuple[str, ...] = ()
        types: tuple[str, ...] = ()
        after: int | None = None
        note: str | None = None

        def apply(self, webhook: Webhook) -> None:
            webhook.name, webhook.url, webhook.after = self.name, self.url, self.after
            webhook.units, webhook.types, webhook.note = self.units, self.types, self.note
            webhook.basis = self.meta.basis

    class Amended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """Where it listens, or what it hears of, was changed 修改; fields that are None stay as they were."""

        TOPIC = "webhook.amended"
        name: str | None = None
        url: str | None = None
        units: tuple[str, ...] | None = None
        types: tuple[str, ...] | None = None
        note: str | None = None

        def apply(self, webhook: Webhook) -> None:
            webhook._take_amendment(self)

    class Closed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """Nothing more is sent to it 停用."""

        TOPIC = "webhook.closed"

        def apply(self, webhook: Webhook) -> None:
            webhook.closed, webhook.closed_because = True, self.meta.reason

    class FactCorrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """A fact of this webhook was retracted or replaced 更正."""

        TOPIC = "webhook.fact_corrected"

    CORRECTION = FactCorrected
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = (Amended, Closed)

    def _blank(self) -> None:
        super()._blank()
        self.name = ""
        self.url = ""
        self.units: tuple[str, ...] = ()
        self.types: tuple[str, ...] = ()
        self.after: int | None = None
        self.note: str | None = None

    def _may_change(self, meta: Metadata, action: str) -> None:
        self._must_be_open()
        must_be_permitted(meta, action)

    def _may_correct(self, meta: Metadata, action: str) -> None:
        self._must_exist()
        must_be_permitted(meta, action)

    ACTIONS: ClassVar[Actions] = {
        "amend_webhook": _may_change,
        "close_webhook": _may_change,
        "correct_webhook": _may_correct,
        # Nothing is recorded of it: it is asked here, so that it is open exactly where the other commands are.
        "replay_webhook": _may_change,
    }

    def register(
        self,
        meta: Metadata,
        *,
        name: str,
        url: str,
        units: tuple[str, ...] = (),
        types: tuple[str, ...] = (),
        after: int | None = None,
        note: str | None = None,
    ) -> None:
        """Enter a webhook. BadInput BAD_NAME, BAD_URL, UNKNOWN_EVENT_TYPE, BAD_POSITION."""
        must_be_permitted(meta, "register_webhook")
        self._must_be_new()
        must_be_a_name(name)
        _must_be_an_address(url)
        _must_be_told(types)
        if after is not None and not 0 <= after <= _LARGEST_POSITION:
            raise BadInput("BAD_POSITION", "a position is a number from 0 on", ("after",))
        self._record(self.Registered, meta, name=name, url=url, units=units, types=types, after=after, note=note)

    def amend(self, meta: Metadata, **given: Any) -> None:
        """Change any of AMENDABLE; None leaves a field as it is, no units or types at all mean all of them."""
        self._may_change(meta, "amend_webhook")
        _must_be_well_said(given.get("name"), given.get("url"), given.get("types"))
        self._record(self.Amended, meta, **self._amendments(given))

    def close(self, meta: Metadata) -> None:
        """Send nothing more to it, with a reason."""
        self._may_change(meta, "close_webhook")
        self._must_say_why(meta)
        self._record(self.Closed, meta)

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        if isinstance(replacement, Webhook.Amended):
            _must_be_well_said(replacement.name, replacement.url, replacement.types)


def _must_be_well_said(name: str | None, url: str | None, types: tuple[str, ...] | None) -> None:
    if name is not None:
        must_be_a_name(name)
    if url is not None:
        _must_be_an_address(url)
    _must_be_told(types or ())


def _must_be_an_address(url: str) -> None:
    """A URL without user or password: whoever reads the record would read these."""
    if len(url) > URL_LENGTH_MAX or not _URL.fullmatch(url) or "#" in url:
        raise BadInput(
            "BAD_URL",
            f"a webhook's URL is https://host/path, at most {URL_LENGTH_MAX} characters, without a user",
            ("url",),
        )


def _must_be_told(types: tuple[str, ...]) -> None:
    for each in types:
        kind = each.partition(".")[0]
        if kind not in TOLD_KINDS or (each != kind and each not in EVENT_LABELS):
            raise BadInput("UNKNOWN_EVENT_TYPE", f"{each[:60]!r} is not one of the types of this service", ("types",))
