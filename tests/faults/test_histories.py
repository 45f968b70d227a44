"""The checker of histories: what is right passes, and every kind of wrong is caught by its name."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.faults.guarantees import Broken, violations
from tests.faults.histories import Effect, History, Outcome, Read, Write, merged
from tests.faults.linearizable import Call, search

if TYPE_CHECKING:
    from pathlib import Path

START = {"a": Effect(1, "a", 1, "start a", 0), "b": Effect(2, "b", 1, "start b", 0)}


def write(client: str, value: int, at: tuple[int, int], told: tuple[int, int] | None, **more) -> Write:
    """A write of the noun a, in that time; `told` are the position and the version of its receipt."""
    given = {"noun": "a", "command": f"c{value}", "expected": None, **more}
    given.setdefault("outcome", Outcome.ACKNOWLEDGED if told else Outcome.UNKNOWN)
    position, version = told or (None, None)
    return Write(
        client=client, value=value, invoked=at[0], completed=at[1], position=position, version=version, **given
    )


def stale(client: str, value: int, at: tuple[int, int], expected: int, version: int) -> Write:
    """A write that was refused."""
    return replace(write(client, value, at, None, expected=expected, outcome=Outcome.STALE), version=version)


def read(client: str, at: tuple[int, int], position: int, told: tuple[int, int], at_least: int | None = None) -> Read:
    """A read of the noun a; `told` are the version and the value."""
    version, value = told
    return Read(client, "a", at_least, *at, Outcome.ACKNOWLEDGED, position, version, value)


def broken(*operations: Write | Read, recorded: list[Effect] | None = None) -> set[Broken]:
    history = History(list(operations), START)
    return {one.broken for one in violations(history, recorded)}


# -- what is right -----------------------------------------------------------------------------------------------------------


def test_a_run_without_faults_breaks_nothing():
    operations = (
        write("x", 10, (0, 30), (4, 3), expected=2),
        write("y", 11, (5, 20), (3, 2), expected=1),
        stale("z", 12, (10, 40), 1, 3),
        read("y", (25, 28), 3, (2, 11)),
        read("y", (35, 38), 4, (3, 10), at_least=4),
        write("y", 13, (45, 50), (5, 4)),
        read("z", (60, 61), 3, (2, 11)),
    )
    recorded = [
        *START.values(),
        Effect(3, "a", 2, "c11", 11),
        Effect(4, "a", 3, "c10", 10),
        Effect(5, "a", 4, "c13", 13),
    ]

    assert broken(*operations) == set()
    assert broken(*operations, recorded=recorded) == set()


@pytest.mark.parametrize("took_effect", [True, False])
def test_a_write_that_nobody_answered_may_have_been_done_or_not(took_effect):
    lost = write("x", 10, (0, 1), None)
    after = (4, 3) if took_effect else (3, 2)

    assert broken(lost, write("y", 11, (50, 60), after)) == set()


def test_a_write_that_nobody_answered_may_be_done_much_later():
    lost = write("x", 10, (0, 1), None, expected=2)

    assert (
        broken(lost, write("y", 11, (5, 6), (3, 2)), read("y", (7, 8), 3, (2, 11)), read("y", (90, 99), 4, (3, 10)))
        == set()
    )


def test_a_command_that_was_sent_again_has_its_first_receipt():
    lost = write("x", 10, (0, 1), None, command="k")
    between = write("y", 11, (2, 3), (4, 3))
    again = write("x", 10, (5, 6), (3, 2), command="k", replayed=True)

    assert broken(lost, between, again) == set()


def test_a_client_without_a_session_may_see_older_states_but_none_that_never_was():
    seen = (write("x", 10, (0, 1), (3, 2)), read("x", (2, 3), 3, (2, 10)), read("x", (4, 5), 2, (1, 0)))

    assert {one.broken for one in violations(History(list(seen), START, frozenset("x")))} == set()
    assert broken(*seen) == {Broken.READ_YOUR_WRITES}


# -- what is wrong -----------------------------------------------------------------------------------------------------------


def test_a_lost_update_is_caught():
    found = broken(write("x", 10, (0, 9), (3, 2), expected=1), write("y", 11, (5, 12), (4, 2), expected=1))

    assert found == {Broken.LOST_UPDATE, Broken.NOT_LINEARIZABLE}


def test_a_stale_read_after_a_write_is_caught():
    assert broken(write("x", 10, (0, 1), (3, 2)), read("x", (2, 3), 2, (1, 0))) == {Broken.READ_YOUR_WRITES}


def test_a_double_effect_of_a_retry_is_caught_by_its_receipts():
    lost = write("x", 10, (0, 1), (3, 2), command="k")
    again = write("x", 10, (5, 6), (4, 3), command="k")

    assert broken(lost, again) == {Broken.DOUBLED, Broken.NOT_LINEARIZABLE}


def test_a_double_effect_of_a_retry_is_caught_where_only_the_version_shows_it():
    lost = write("x", 10, (0, 1), None, command="k", expected=1)
    again = write("x", 10, (5, 6), (3, 2), command="k", expected=1, replayed=True)

    assert broken(lost, again, write("y", 11, (9, 10), (4, 3))) == set()
    assert broken(lost, again, write("y", 11, (9, 10), (5, 4))) == {Broken.NOT_LINEARIZABLE}


def test_a_double_effect_of_a_retry_is_caught_in_the_record():
    lost = write("x", 10, (0, 1), None, command="k")
    twice = [*START.values(), Effect(3, "a", 2, "k", 10), Effect(4, "a", 3, "k", 10)]

    assert broken(lost, recorded=twice) == {Broken.DOUBLED}


def test_a_position_that_was_given_twice_is_caught():
    found = broken(write("x", 10, (0, 1), (3, 2)), write("y", 20, (0, 1), (3, 2), noun="b"))

    assert found == {Broken.POSITION_REUSED}


def test_an_answer_from_before_the_position_that_was_asked_for_is_caught():
    done = write("x", 10, (0, 1), (3, 2))

    assert broken(done, read("y", (2, 3), 2, (1, 0), at_least=3)) == {Broken.AT_LEAST}


def test_a_read_that_skips_backwards_is_caught():
    done = write("x", 10, (0, 1), (3, 2))

    assert broken(done, read("y", (2, 3), 3, (2, 10)), read("y", (4, 5), 2, (1, 0))) == {Broken.MONOTONIC_READS}


def test_a_write_that_comes_before_what_its_session_wrote_or_read_is_caught():
    first, second = write("x", 10, (0, 1), (4, 2)), write("x", 20, (2, 3), (3, 2), noun="b")
    seen, late = read("y", (5, 6), 4, (2, 10)), write("y", 21, (7, 8), (3, 2), noun="b")

    assert broken(first, second) == {Broken.MONOTONIC_WRITES, Broken.OUT_OF_TIME}
    assert broken(first, seen, late) == {Broken.WRITES_FOLLOW_READS, Broken.OUT_OF_TIME, Broken.FROM_THE_FUTURE}


def test_positions_against_time_are_caught_across_nouns():
    assert broken(write("x", 10, (0, 1), (4, 2)), write("y", 20, (2, 3), (3, 2), noun="b")) == {Broken.OUT_OF_TIME}


def test_a_read_from_the_future_is_caught():
    assert broken(read("y", (0, 1), 3, (2, 10)), write("x", 10, (2, 3), (3, 2))) == {Broken.FROM_THE_FUTURE}
    assert broken(read("y", (0, 1), 3, (1, 0)), write("x", 10, (2, 3), (3, 2))) == {Broken.FROM_THE_FUTURE}


@pytest.mark.parametrize("told", [(1, 0), (2, 99), (3, 10)])
def test_a_state_that_never_was_is_caught(told):
    assert broken(write("x", 10, (0, 1), (3, 2)), read("y", (2, 3), 3, told)) == {Broken.NEVER_SO}


def test_a_refusal_that_was_not_due_is_caught():
    assert broken(stale("x", 10, (0, 1), 1, 1)) == {Broken.NOT_LINEARIZABLE}
    assert broken(write("x", 10, (0, 1), (3, 2)), stale("y", 11, (5, 6), 3, 1)) == {Broken.NOT_LINEARIZABLE}


def test_an_acknowledged_write_that_the_record_lacks_is_caught():
    assert broken(write("x", 10, (0, 1), (3, 2)), recorded=list(START.values())) == {Broken.LOST_WRITE}


def test_an_acknowledged_write_that_another_overwrote_at_its_position_is_caught():
    recorded = [*START.values(), Effect(3, "a", 2, "c11", 11)]
    found = broken(write("x", 10, (0, 1), (3, 2)), write("y", 11, (5, 6), None), recorded=recorded)

    assert found == {Broken.LOST_WRITE}


def test_an_effect_of_a_refused_command_is_caught():
    refused = stale("x", 10, (0, 1), 7, 1)

    assert broken(refused, recorded=[*START.values(), Effect(3, "a", 2, "c10", 10)]) == {Broken.UNASKED}


def test_a_hole_in_the_record_and_a_position_that_it_holds_twice_are_caught():
    one, two = write("x", 10, (0, 1), None), write("y", 11, (0, 1), None)
    first = Effect(3, "a", 2, "c10", 10)

    assert broken(one, two, recorded=[*START.values(), first, Effect(5, "a", 3, "c11", 11)]) == {
        Broken.POSITION_SKIPPED
    }
    assert broken(one, two, recorded=[*START.values(), first, Effect(3, "a", 3, "c11", 11)]) == {Broken.POSITION_REUSED}


# -- the search itself -------------------------------------------------------------------------------------------------------


class Counter:
    """A counter that tells what it was before: (seen,) of the one that raises it."""

    def initial(self) -> int:
        return 0

    def step(self, state: int, operation: int) -> int | None:
        return state + 1 if operation == state else None


def orders_by_hand(calls: list[Call[int]]) -> bool:
    """Whether there is an order, by trying every one of every choice of the unanswered."""
    answered = [call for call in calls if call.completed is not None]
    open_ones = [call for call in calls if call.completed is None]
    for more in itertools.chain.from_iterable(itertools.combinations(open_ones, n) for n in range(len(open_ones) + 1)):
        for order in itertools.permutations([*answered, *more]):
            in_time = all(
                later.completed is None or later.completed >= earlier.invoked
                for place, earlier in enumerate(order)
                for later in order[place + 1 :]
            )
            if in_time and all(call.operation == place for place, call in enumerate(order)):
                return True
    return False


def test_the_search_agrees_with_trying_every_order():
    chance = random.Random(4)
    verdicts = []
    for _ in range(400):
        calls = []
        for _ in range(chance.randint(1, 5)):
            invoked = chance.randrange(8)
            completed = None if chance.random() < 0.25 else invoked + chance.randrange(5)
            calls.append(Call(chance.randrange(4), invoked, completed))
        found = search(Counter(), calls)
        verdicts.append(found.linearizable)
        assert found.linearizable == orders_by_hand(calls)
        if found.linearizable:
            assert [calls[number].operation for number in found.order] == list(range(len(found.order)))
    assert 50 < sum(verdicts) < 350


def test_what_the_search_could_not_place_is_told():
    found = search(Counter(), [Call(0, 0, 1), Call(2, 2, 3), Call(1, 4, 5)])

    assert found.order == (0,)
    assert found.stuck == (1,)


def test_many_overlapping_writes_on_one_noun_are_ordered_quickly():
    chance = random.Random(86129)
    operations, position = [], 2
    for count in range(600):
        position += 1
        instant = count * 10
        operations.append(
            write(
                f"x{count}",
                100 + count,
                (instant - chance.randrange(300), instant + chance.randrange(300)),
                (position, count + 2),
            )
        )

    assert broken(*operations) == set()


# -- keeping them ------------------------------------------------------------------------------------------------------------


def test_a_history_that_was_kept_is_the_same_again(tmp_path: Path):
    history = History(
        [write("x", 10, (0, 1), (3, 2)), read("y", (2, 3), 3, (2, 10)), write("x", 11, (4, 5), None)],
        START,
        frozenset("y"),
    )

    history.save(tmp_path / "history.jsonl")

    again = History.load(tmp_path / "history.jsonl")
    assert again == history
    assert merged([again, History()]) == history
