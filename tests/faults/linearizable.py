"""Is there an order: the search for one in which operations that overlapped could have happened one after the other.

The search is that of Wing and Gong, with Lowe's memory of what was tried already, as Porcupine and Knossos have it. Give it one
object at a time: a history is linearizable where that of each of its objects is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

O = TypeVar("O")  # noqa: E741 - an operation; what it looks like, only the model knows
O_contra = TypeVar("O_contra", contravariant=True)
S = TypeVar("S", bound="Hashable")


@dataclass(frozen=True, slots=True)
class Call(Generic[O]):
    """An operation, when it was invoked and when it was answered; None where nobody knows what became of it.

    Times are of one clock, in any unit. An operation without an answer may take effect at any time after it was invoked, or never.
    """

    operation: O
    invoked: int
    completed: int | None


class Model(Protocol[S, O_contra]):
    """How one object behaves that does one thing at a time."""

    def initial(self) -> S:
        """Its state before the first operation."""
        ...

    def step(self, state: S, operation: O_contra) -> S | None:
        """The state after the operation, given as it was answered; None where it could not have been answered so."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What the search came to. Numbers are places in the calls that it was given.

    `order` is an order of all answered calls, with those unanswered ones that must have taken effect; where there is none, it is
    the longest beginning of one, and `stuck` are the answered calls of which one would have had to come next.
    """

    linearizable: bool
    order: tuple[int, ...]
    stuck: tuple[int, ...] = ()


class _Node:
    """An invocation or an answer in the list of what is not ordered yet, by time."""

    __slots__ = ("after", "answer", "before", "number")

    def __init__(self, number: int, answer: _Node | None) -> None:
        self.number = number
        self.answer = answer
        self.before: _Node = self
        self.after: _Node | None = None

    def leave(self) -> None:
        self.before.after = self.after
        if self.after is not None:
            self.after.before = self.before

    def come_back(self) -> None:
        self.before.after = self
        if self.after is not None:
            self.after.before = self


def search(model: Model[S, O], calls: Sequence[Call[O]]) -> Found:
    """Look for an order that the model allows and in which nothing comes before what had been answered when it was invoked."""
    head, invocations = _listed(calls)
    answered = sum(call.completed is not None for call in calls)
    state = model.initial()
    ordered = 0  # A bit for each call that has its place already.
    tried: set[tuple[int, S]] = set()
    path: list[tuple[_Node, S]] = []
    longest: tuple[int, ...] = ()
    stuck: tuple[int, ...] = ()
    at = head.after
    while answered:
        if at is not None and at in invocations:
            after = model.step(state, calls[at.number].operation)
            if after is not None and (key := (ordered | 1 << at.number, after)) not in tried:
                tried.add(key)
                path.append((at, state))
                state, ordered = after, key[0]
                at.leave()
                if at.answer is not None:
                    at.answer.leave()
                    answered -= 1
                at = head.after
            else:
                at = at.after
            continue
        # An answer: what it answers must come before whatever was invoked later, and nothing before it fits.
        if not stuck or len(path) > len(longest):
            longest = tuple(node.number for node, _ in path)
            stuck = _waiting(head, invocations)
        if not path:
            return Found(False, longest, stuck)
        at, state = path.pop()
        ordered &= ~(1 << at.number)
        if at.answer is not None:
            at.answer.come_back()
            answered += 1
        at.come_back()
        at = at.after
    return Found(True, tuple(node.number for node, _ in path))


def _listed(calls: Sequence[Call[O]]) -> tuple[_Node, frozenset[_Node]]:
    """The head of the list of invocations and answers by time, and which of its nodes are invocations.

    Of one moment, invocations come first: what touches, overlaps.
    """
    invocations = []
    nodes: list[tuple[int, int, _Node]] = []
    for number, call in enumerate(calls):
        answer = None
        if call.completed is not None:
            answer = _Node(number, None)
            nodes.append((call.completed, 1, answer))
        invocation = _Node(number, answer)
        invocations.append(invocation)
        nodes.append((call.invoked, 0, invocation))
    head = last = _Node(-1, None)
    for _, _, node in sorted(nodes, key=lambda entry: entry[:2]):
        node.before, last.after = last, node
        last = node
    return head, frozenset(invocations)


def _waiting(head: _Node, invocations: frozenset[_Node]) -> tuple[int, ...]:
    """The answered calls that were invoked before the first answer in the list."""
    waiting = []
    node = head.after
    while node is not None and node in invocations:
        if node.answer is not None:
            waiting.append(node.number)
        node = node.after
    return tuple(waiting)
