"""Items that several listeners want alike are executed once; what holds somebody's data is kept for nobody who comes later."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from types import SimpleNamespace
from typing import Any

import pytest

from txapi.domain.event import Actor, Role
from txapi.schema.live import Bookmark
from txapi.schema.scalars import Position
from txapi.web.live import EVENT, Live, Payload

pytestmark = pytest.mark.only_on("sqlite", because="no record is asked here")


class Executing(Live):
    """Counts what is executed."""

    def __init__(self, *, personal: bool) -> None:
        self.metrics = None
        self.executed = 0
        self._personal = personal
        self._shared: OrderedDict[Any, Any] = OrderedDict()

    async def _rendered(self, *_: Any) -> Payload:
        self.executed += 1
        return Payload("{}", 1, EVENT, self._personal)


@pytest.mark.parametrize(("personal", "executed"), [(False, 1), (True, 2)])
def test_an_item_is_shared_for_a_moment_unless_it_holds_what_was_sealed(personal: bool, executed: int) -> None:
    checked: Any = SimpleNamespace(shape="a subscription")
    asking: Any = SimpleNamespace(viewer=Actor("somebody", Role.SUPERVISOR), signed_in=True)
    live = Executing(personal=personal)

    async def ask_twice() -> None:
        for _ in range(2):
            await live.rendered(checked, asking, "zh", Bookmark(position=Position(1)))
            await asyncio.sleep(0)

    asyncio.run(ask_twice())

    assert live.executed == executed
    assert len(live._shared) == (0 if personal else 1)
