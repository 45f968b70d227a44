"""Webhooks: systems that are told events; where they listen, of what they hear, and who decides that."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.register_given import ADMINISTRATOR, AUDITOR, CLERK, SUPERVISOR, bad_input, meta, recorded, refused
from txapi.domain.aggregate import DoesNotExist
from txapi.domain.authority import NotYourRole
from txapi.domain.event_labels import EVENT_LABELS
from txapi.domain.register import ClosingNeedsAReason, IsClosed, NothingToAmend
from txapi.domain.webhook import TOLD_KINDS, Webhook

URL = "https://oa.tongxiang.example/txapi"


def webhook(**said: Any) -> Webhook:
    """The collaborative office system, which hears of tickets."""
    new = Webhook("w1")
    new.register(meta(ADMINISTRATOR), **{"name": "协同办公系统", "url": URL, "types": ("ticket.issued",), **said})
    new.pending.clear()
    return new


def test_a_webhook_is_entered_with_what_it_hears_of() -> None:
    new = Webhook("w1")

    new.register(
        meta(ADMINISTRATOR), name="协同办公系统", url=URL, units=("wutong",), types=("ticket", "unit.closed"), after=7
    )

    recorded(new, Webhook.Registered)
    assert (new.url, new.units, new.types, new.after) == (URL, ("wutong",), ("ticket", "unit.closed"), 7)


def test_what_it_hears_of_can_be_widened_to_everything() -> None:
    one = webhook(units=("wutong",))

    one.amend(meta(ADMINISTRATOR), units=(), types=())

    recorded(one, Webhook.Amended)
    assert (one.units, one.types, one.url) == ((), (), URL)


def test_closing_it_needs_a_reason_and_ends_it() -> None:
    one = webhook()
    with refused(one, ClosingNeedsAReason):
        one.close(meta(ADMINISTRATOR))

    one.close(meta(ADMINISTRATOR, reason="the system was switched off"))

    recorded(one, Webhook.Closed)
    with refused(one, IsClosed):
        one.amend(meta(ADMINISTRATOR), name="新系统")


def test_an_amendment_is_corrected() -> None:
    one = webhook()
    one.amend(meta(ADMINISTRATOR), types=("ticket",))
    one.pending.clear()

    one.correct(meta(ADMINISTRATOR, reason="too much"), corrects=2, fields=None)

    recorded(one, Webhook.FactCorrected)
    assert one.types == ("ticket.issued",)


@pytest.mark.parametrize("actor", [SUPERVISOR, CLERK, AUDITOR])
def test_only_the_administrator_decides_who_is_told(actor: Any) -> None:
    new, one = Webhook("w2"), webhook()

    with refused(new, NotYourRole):
        new.register(meta(actor), name="别处", url=URL)
    with refused(one, NotYourRole):
        one.amend(meta(actor), url="https://elsewhere.example")
    with refused(one, NotYourRole):
        one.close(meta(actor, reason="no"))
    with refused(one, NotYourRole):
        one.correct(meta(actor, reason="no"), corrects=1, fields=None)


@pytest.mark.parametrize(
    "url",
    [
        "", "oa.example", "ftp://oa.example/", "https://", "https://user:secret@oa.example/", "https://oa.example/#part",
        "https://oa.example/a b", "https://oa.example/\n", "https://协同.example/", "javascript:alert(1)", "https://[::1/",
        "https://oa.example/" + "a" * 2000,
    ],
)  # fmt: skip
def test_a_url_is_one_that_can_be_called_and_tells_no_secret(url: str) -> None:
    new, one = Webhook("w2"), webhook()

    with bad_input(new, "BAD_URL"):
        new.register(meta(ADMINISTRATOR), name="甲", url=url)
    with bad_input(one, "BAD_URL"):
        one.amend(meta(ADMINISTRATOR), url=url)


@pytest.mark.parametrize(
    "url",
    ["https://oa.example", "http://10.1.2.3:8080/in?from=txapi", "http://[::1]:9000/", "https://a-b.c_d.example/%E5"],
)
def test_a_url_may_name_a_port_a_path_and_a_question(url: str) -> None:
    assert webhook(url=url).url == url


@pytest.mark.parametrize(
    "types", [("ticket.invented",), ("ticket.",), ("*",), ("webhook",), ("webhook.registered",), ("",)]
)
def test_it_hears_of_types_that_there_are_and_never_where_others_listen(types: tuple[str, ...]) -> None:
    new, one = Webhook("w2"), webhook()

    with bad_input(new, "UNKNOWN_EVENT_TYPE"):
        new.register(meta(ADMINISTRATOR), name="甲", url=URL, types=types)
    with bad_input(one, "UNKNOWN_EVENT_TYPE"):
        one.amend(meta(ADMINISTRATOR), types=types)


def test_every_event_that_is_told_can_be_asked_for() -> None:
    told = tuple(topic for topic in EVENT_LABELS if topic.partition(".")[0] in TOLD_KINDS)

    assert webhook(types=told).types == told
    assert {"ticket", "reference"} <= TOLD_KINDS


@pytest.mark.parametrize("after", [-1, 2**63])
def test_it_begins_behind_a_position(after: int) -> None:
    new = Webhook("w2")

    with bad_input(new, "BAD_POSITION"):
        new.register(meta(ADMINISTRATOR), name="甲", url=URL, after=after)


def test_an_amendment_changes_something_of_a_webhook_that_there_is() -> None:
    with refused(webhook(), NothingToAmend):
        webhook().amend(meta(ADMINISTRATOR), name="协同办公系统")
    with refused(new := Webhook("w9"), DoesNotExist):
        new.amend(meta(ADMINISTRATOR), name="甲")
