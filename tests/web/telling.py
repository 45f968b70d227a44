"""A city that tells webhooks, in this process: the real deliverer beside the record, with pauses of hundredths of a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.city import City, clerk
from tests.web.receiving import PATIENCE_SECONDS
from txapi.application import projects, units, webhooks
from txapi.domain.editions import ProjectKind
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.record.deliveries import Delivery
from txapi.web.webhooks.deliverer import Deliverer, Telling
from txapi.web.webhooks.schedule import Schedule
from txapi.web.webhooks.signing import new_secret

QUICK = Schedule(first=0.02, most=0.1, dead_after=3_600.0)


class TellingCity(City):
    """The towns of Chongfu and Dama, and whoever listens."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "2015-08-11T09:00")
        for code in ("chongfu", "dama"):
            units.register_unit(
                self.desk, self.order(), code=code, name=Label(zh=code, en=code), kind=UnitKind.TOWN,
                duty=Duty.IMPLEMENTING_BODY,
            )  # fmt: skip

    def webhook(self, url: str, secret: str | None = None, **said: Any) -> str:
        """A webhook with a secret; its id."""
        id = webhooks.register_webhook(self.desk, self.order(), **{"name": "协同办公系统", "url": url, **said}).id
        self.deliveries.add_secret(id, secret or new_secret())
        return str(id)

    def project(self, code: str, unit: str = "chongfu") -> str:
        """A project is introduced; its id."""
        return str(
            projects.introduce_project(
                self.desk, self.order(clerk(unit)), code=code, name=code, kind=ProjectKind.NEW_BUILD, unit=unit
            ).id
        )

    def describe(self, project: str, *names: str) -> None:
        """Several more events of a project."""
        for name in names:
            projects.amend_project(
                self.desk, self.order(clerk("chongfu"), reason="renamed"), project=project, name=name
            )

    @contextmanager
    def telling(self, schedule: Schedule = QUICK, timeout_seconds: float = 30.0) -> Iterator[Deliverer]:
        """The deliverer works while the block lasts, and is woken by what the follower makes visible."""
        deliverer = Deliverer(self.record, self.views, self.deliveries, Telling(None, True, timeout_seconds, schedule))
        deliverer.start()
        deaf = self.record.writer.listen(lambda _: deliverer.wake())
        try:
            yield deliverer
        finally:
            deaf()
            deliverer.stop()

    def kept(self, webhook: str, true: Callable[[Delivery], bool]) -> Delivery:
        """The delivery of a webhook, once that is true of it."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = self.deliveries.all().get(webhook)
            if found is not None and true(found):
                return found
            assert time.monotonic() < until, found
            time.sleep(0.01)
