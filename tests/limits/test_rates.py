"""Each client has so many points a minute, and nobody's are another's."""

from __future__ import annotations

import pytest

from txapi.budgets import DEFAULTS, Budget, Budgets, budgets
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Role
from txapi.web.rates import OF_A_REFUSAL, Admitted, RateLimited, Rates, peer_of
from txapi.web.tokens import ROLES
from txapi.web.viewers import Asking


class Time:
    """Seconds that go by when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def of(client: str, role: Role = Role.READER, *, signed_in: bool = False) -> Asking:
    return Asking(Actor(client, role), signed_in=signed_in, client=client)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def rates(time: Time) -> Rates:
    return Rates(budgets("anonymous=100/600 clerk=500/6000 administrator=off/off"), now=time)


def spend(rates: Rates, asking: Asking, *costs: int) -> Admitted:
    """Ask operations of these costs; what the last of them was admitted with."""
    admitted = rates.admission(asking)
    for points in costs:
        admitted.begin()
        admitted.admit(points)
    return admitted


def test_an_operation_that_costs_more_than_one_may_is_refused_and_takes_nothing(rates: Rates) -> None:
    with pytest.raises(BadInput, match="up to 101 points, and one operation may cost 100") as refused:
        spend(rates, of("a"), 101)

    assert (refused.value.code, refused.value.facts) == ("TOO_COSTLY", {"requested": 101, "most": 100})
    assert spend(rates, of("a"), 100).told(remaining=True)["remaining"] == 500


def test_who_has_too_little_left_is_told_when_there_is_enough_again(rates: Rates, time: Time) -> None:
    spend(rates, of("a"), 100, 100, 100, 100, 100, 90)

    with pytest.raises(RateLimited, match="takes 30 points and you have 10; ask again in 2 s") as refused:
        spend(rates, of("a"), 30)

    time.now += refused.value.seconds
    assert spend(rates, of("a"), 30).told(remaining=True)["remaining"] == 0


def test_nothing_is_read_of_who_has_nothing_left(rates: Rates, time: Time) -> None:
    spend(rates, of("a"), *[100] * 6)

    with pytest.raises(RateLimited):
        rates.admission(of("a")).begin()

    time.now += 1
    rates.admission(of("a")).begin()


def test_points_come_again_evenly_and_never_more_than_there_are_for_a_minute(rates: Rates, time: Time) -> None:
    spend(rates, of("a"), *[100] * 6)

    time.now += 30
    assert rates.left("a", 600) == 300
    time.now += 3_600
    assert rates.left("a", 600) == 600


def test_clients_do_not_take_from_each_other(rates: Rates) -> None:
    spend(rates, of("a"), *[100] * 6)

    assert spend(rates, of("b"), 100).told(remaining=True)["remaining"] == 500


def test_a_role_has_its_own_budget_and_some_have_none(rates: Rates) -> None:
    clerk = spend(rates, of("c", Role.CLERK, signed_in=True), 500)
    administrator = spend(rates, of("d", Role.ADMINISTRATOR, signed_in=True), 10**9)

    assert clerk.told(remaining=True) == {
        "requested": 500, "most": 500, "budget": 6000, "remaining": 5500, "resetsInSeconds": 5,
    }  # fmt: skip
    assert administrator.told(remaining=True) == {"requested": 10**9}
    assert administrator.headers() == {}


def test_the_headers_say_what_the_draft_standard_has_for_it(rates: Rates) -> None:
    assert spend(rates, of("a"), 100).headers() == {
        "ratelimit-policy": '"points";q=600;w=60',
        "ratelimit": '"points";r=500;t=10',
    }


def test_a_request_that_is_none_costs_something_and_is_never_refused_for_it(rates: Rates) -> None:
    for _ in range(600 // OF_A_REFUSAL + 1):
        rates.admission(of("a")).refused()

    assert rates.left("a", 600) == 0


def test_only_so_many_clients_are_remembered_those_who_came_last(time: Time) -> None:
    rates = Rates(budgets("anonymous=100/600"), now=time, most_clients=3)
    for name in "abcd":
        spend(rates, of(name), 100)

    assert {name: rates.left(name, 600) for name in "bcd"} == {"b": 500, "c": 500, "d": 500}
    assert rates.left("a", 600) == 600


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("testclient", "?"),
        (None, "?"),
    ],
)
def test_an_address_stands_for_a_client_and_of_ipv6_a_whole_network_does(host: str | None, client: str) -> None:
    assert peer_of(host) == client


def test_budgets_that_are_named_replace_the_defaults_and_a_star_all_of_them() -> None:
    assert budgets("") == DEFAULTS
    assert budgets("anonymous=5/50") == {**DEFAULTS, "anonymous": Budget(5, 50)}
    assert set(budgets("*=off/off, clerk=7/off").values()) == {Budget(None, None), Budget(7, None)}


def test_budgets_say_as_text_what_differs_from_the_defaults() -> None:
    assert str(budgets("")) == ""
    assert str(budgets("clerk=7/off anonymous=5/50")) == "anonymous=5/50 clerk=7/off"
    assert isinstance(budgets(str(budgets("clerk=7/off"))), Budgets)


@pytest.mark.parametrize(
    "text", ["clerk", "clerk=5", "king=5/50", "clerk=0/5", "clerk=x/5", "clerk=50/5", "clerk=5/-1"]
)
def test_budgets_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"role=most/perMinute|points are|cannot cost more"):
        budgets(text)


def test_every_role_that_somebody_may_have_has_a_budget() -> None:
    assert set(DEFAULTS) == {"anonymous", *(role.value for role in ROLES)}


def test_the_smallest_budget_is_that_of_who_carries_no_token() -> None:
    anonymous = DEFAULTS["anonymous"]

    for budget in DEFAULTS.values():
        assert anonymous.most is not None
        assert anonymous.per_minute is not None
        assert budget.most is not None
        assert budget.per_minute is not None
        assert (anonymous.most, anonymous.per_minute) <= (budget.most, budget.per_minute)
