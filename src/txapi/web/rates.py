"""Rates 限速: what each client has left of its points, and what an operation takes of them."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from txapi.budgets import ANONYMOUS, Budget, Budgets
from txapi.domain.errors import BadInput
from txapi.web.answers import HttpError

if TYPE_CHECKING:
    from txapi.web.viewers import Asking

WINDOW_SECONDS = 60
MOST_CLIENTS = 20_000
"""How many clients are remembered: whoever has not come for longest is forgotten, and has its whole budget again."""
OF_A_REFUSAL = 10
"""What a request costs that is no operation: it had to be read to know that."""
OF_A_TABLE = 20_000
"""What it costs to export a table, whatever of it is wanted: all of its rows are looked at."""
OF_A_FORM = 500
"""What it costs to print a form."""
LEAST = 1
"""What every answer costs at least."""

_NAME = '"points"'


class RateLimited(BadInput):
    """The client has not enough points left."""

    def __init__(self, points: int, left: int, seconds: int) -> None:
        super().__init__(
            "RATE_LIMITED",
            f"this takes {points} points and you have {left}; ask again in {seconds} s",
            facts={"remaining": left, "retryAfterSeconds": seconds},
        )
        self.seconds = seconds


@dataclass(slots=True)
class _Left:
    points: float
    at: float


class Rates:
    """The points of every client of one process: a bucket each, which fills evenly up to what there is for a minute.

    Other processes count for themselves, so a client of several has what several give.
    """

    def __init__(
        self,
        budgets: Budgets,
        *,
        introspection: bool = True,
        listed: Callable[[str], bool] = lambda _: True,
        now: Callable[[], float] = time.monotonic,
        most_clients: int = MOST_CLIENTS,
    ) -> None:
        """`introspection`: whether clients may ask for the schema. `listed` says which documents they may ask."""
        self._budgets = budgets
        self._introspection = introspection
        self._listed = listed
        self._now = now
        self._most_clients = most_clients
        self._left: OrderedDict[str, _Left] = OrderedDict()
        self._lock = threading.Lock()

    def admission(self, asking: Asking) -> Admitted:
        """What one client may ask, as its role says."""
        role = asking.viewer.role.value if asking.signed_in else ANONYMOUS
        return Admitted(self, asking.client, self._budgets[role], self._introspection, self._listed)

    def left(self, client: str, per_minute: int) -> int:
        """The points that a client has now."""
        with self._lock:
            return int(self._bucket(client, per_minute).points)

    def take(self, client: str, per_minute: int, points: int, *, at_least: bool = True) -> None:
        """Take points from a client. RateLimited where it has less, unless `at_least` is false: then what there is, is taken."""
        with self._lock:
            bucket = self._bucket(client, per_minute)
            if at_least and bucket.points < points:
                seconds = math.ceil((points - bucket.points) * WINDOW_SECONDS / per_minute)
                raise RateLimited(points, int(bucket.points), max(1, seconds))
            bucket.points = max(0.0, bucket.points - points)

    def pay(self, asking: Asking, points: int) -> None:
        """Take what something costs that is no operation. HttpError RATE_LIMITED."""
        admitted = self.admission(asking)
        if admitted.budget.per_minute is None:
            return
        try:
            self.take(asking.client, admitted.budget.per_minute, min(points, admitted.budget.per_minute))
        except RateLimited as error:
            raise HttpError(429, error.code, str(error), {"retry-after": str(error.seconds)}) from None

    def _bucket(self, client: str, per_minute: int) -> _Left:
        now = self._now()
        known = self._left.get(client)
        if known is None:
            known = self._left[client] = _Left(float(per_minute), now)
            while len(self._left) > self._most_clients:
                self._left.popitem(last=False)
        else:
            self._left.move_to_end(client)
            known.points = min(float(per_minute), known.points + (now - known.at) * per_minute / WINDOW_SECONDS)
            known.at = now
        return known


@dataclass(slots=True)
class Admitted:
    """What one client may ask with one request. See `txapi.schema.admitting.Admission`."""

    rates: Rates
    client: str
    budget: Budget
    introspection: bool = True
    is_listed: Callable[[str], bool] = lambda _: True
    requested: int | None = None
    """What the operation costs, where that is known."""
    paid: bool = False
    """Whether that is taken already, and it is carried out anew."""
    weighed: Callable[[int], None] = lambda _: None
    """Who is told what it costs, once it may be asked."""

    def begin(self) -> None:
        """Read a request only of who has something left. RateLimited."""
        if self.budget.per_minute is not None and self.rates.left(self.client, self.budget.per_minute) < LEAST:
            self._take(LEAST)

    def admit(self, cost: int) -> None:
        """Take the cost of an operation. BadInput TOO_COSTLY, RATE_LIMITED."""
        if self.paid:
            self.weighed(cost)
            return
        self.requested = cost
        most = self.budget.most
        if most is not None and cost > most:
            raise BadInput(
                "TOO_COSTLY",
                f"this costs up to {cost} points, and one operation may cost {most}",
                facts={"requested": cost, "most": most},
            )
        self._take(max(cost, LEAST))
        self.weighed(cost)

    def refused(self) -> None:
        """Take what it costs to find out that a request is none."""
        self._take(OF_A_REFUSAL, at_least=False)

    def unchanged(self) -> None:
        """Take what it costs to find out that the client has the answer already."""
        self._take(LEAST, at_least=False)

    def _take(self, points: int, *, at_least: bool = True) -> None:
        if self.budget.per_minute is not None:
            self.rates.take(self.client, self.budget.per_minute, points, at_least=at_least)

    def told(self, *, remaining: bool) -> dict[str, Any]:
        """What an answer says of its cost, in points; what is left, where the answer need not be the same again."""
        most, per_minute = self.budget
        said: dict[str, Any] = {} if self.requested is None else {"requested": self.requested}
        said |= {} if most is None else {"most": most}
        if per_minute is not None:
            said["budget"] = per_minute
            if remaining:
                left = self.rates.left(self.client, per_minute)
                said |= {"remaining": left, "resetsInSeconds": _until_full(left, per_minute)}
        return said

    def headers(self) -> dict[str, str]:
        """The same as headers of HTTP (draft-ietf-httpapi-ratelimit-headers)."""
        per_minute = self.budget.per_minute
        if per_minute is None:
            return {}
        left = self.rates.left(self.client, per_minute)
        return {
            "ratelimit-policy": f"{_NAME};q={per_minute};w={WINDOW_SECONDS}",
            "ratelimit": f"{_NAME};r={left};t={_until_full(left, per_minute)}",
        }


def _until_full(left: int, per_minute: int) -> int:
    return math.ceil((per_minute - left) * WINDOW_SECONDS / per_minute)


@lru_cache(maxsize=4096)
def peer_of(host: str | None) -> str:
    """Who counts as one client by address: an address of IPv4, the network (/64) of one of IPv6, which is one household's."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return "?"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
