"""Working out 作答: where an operation is carried out, how long that may take, and what is learnt of it for the next time.

In a thread, as a rule (`turns.py`). On the event loop, where the operation is known to be short (`shorts.py`) and nothing has to be waited
for: a file never lets anybody wait, and of a database the answers are there already (`beforehand.py`).
"""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from txapi.domain.errors import BadInput
from txapi.receipts.issue import ask, evidenced
from txapi.record.beforehand import Answered as AnsweredBeforehand
from txapi.record.beforehand import Noted
from txapi.record.deadlines import TimeIsUp
from txapi.record.instants import micros
from txapi.schema.executing import Answered, execute, refused
from txapi.web.beforehand import answer_from, note
from txapi.web.etags import may_be_tagged, standing_of
from txapi.web.exchange import Answer
from txapi.web.kept import Kept
from txapi.web.turns import PacedDeadline

if TYPE_CHECKING:
    import strawberry

    from txapi.schema.context import Context
    from txapi.web.beforehand import Beforehand
    from txapi.web.exchange import Exchange, Told
    from txapi.web.instance import Instance
    from txapi.web.kept import KeptAnswers
    from txapi.web.metrics import Metrics
    from txapi.web.rates import Admitted
    from txapi.web.shorts import Shorts
    from txapi.web.turns import Turn, Turns


class Working:
    """Works operations out. It belongs to the event loop; what it hands to a thread is marked below."""

    def __init__(
        self,
        schema: strawberry.Schema,
        instance: Instance,
        *,
        turns: Turns,
        seconds: float,
        kept: KeptAnswers,
        shorts: Shorts,
        metrics: Metrics | None,
        beforehand: Beforehand | None,
    ) -> None:
        """`seconds`: how long one operation may take. `beforehand` is there where a database would have to be waited for."""
        self._schema = schema
        self._instance = instance
        self._turns = turns
        self._seconds = seconds
        self._kept = kept
        self._metrics = metrics
        self._beforehand = beforehand
        self._shorts = shorts

    async def answer(self, exchange: Exchange, admitted: Admitted) -> Answer:
        """Carry an operation out."""
        if (
            exchange.asked.evidence
            or not self._shorts.holds(exchange.like)
            or (exchange.asked.at_least or 0) > self._instance.views.position
        ):
            return await self._in_a_thread(exchange, admitted)
        if self._beforehand is not None:
            return await self._with(self._beforehand, exchange, admitted)
        return await self._here(exchange, admitted) or await self._in_a_thread(exchange, admitted)

    async def _with(self, beforehand: Beforehand, exchange: Exchange, admitted: Admitted) -> Answer:
        """Carry a short one out on what was asked beforehand, where that is known; otherwise it is noted what it asks."""
        question = exchange.exactly
        answered = await beforehand.answered(question, exchange.asking.client)
        if answered is not None:
            answer = await self._here(exchange, admitted, answered)
            beforehand.guessed(question, right=answer is not None)
            if answer is not None:
                return answer
        noted = beforehand.noting(question, answered.missed if answered is not None else None)
        answer = await self._in_a_thread(exchange, admitted, noted)
        if noted is not None and exchange.told.outcome == "answered":
            beforehand.learn(question, noted)
        return answer

    async def _here(
        self, exchange: Exchange, admitted: Admitted, answered: AnsweredBeforehand | None = None
    ) -> Answer | None:
        """Carry one out on the event loop; None where it is to be done in a thread all the same."""
        work = partial(self._hurried, exchange, admitted, answered)
        answer = await self._turns.run_here(exchange.asking.client, work)
        if answer is None:
            # Its client pays once.
            admitted.paid = admitted.requested is not None
        return answer

    async def _in_a_thread(self, exchange: Exchange, admitted: Admitted, noted: Noted | None = None) -> Answer:
        work = partial(self._execute, exchange, admitted, noted)
        return await self._turns.run(exchange.asking.client, work, waits=self._shorts.waits(exchange.like))

    # -- in a worker thread, or at once --------------------------------------------------------------------------

    def _execute(self, exchange: Exchange, admitted: Admitted, noted: Noted | None, turn: Turn) -> Answer:
        """Carry out one operation, if its client has enough left for it."""
        admitted.weighed = turn.weigh
        began = time.thread_time()
        answer, context = self._carry_out(exchange, admitted, turn, self._seconds, noted)
        self._note(exchange, context, time.thread_time() - began)
        return settled(answer, exchange.told, admitted)

    def _hurried(
        self, exchange: Exchange, admitted: Admitted, answered: AnsweredBeforehand | None, turn: Turn
    ) -> Answer | None:
        """The same where all others wait for it; None where it was not over in time, or something else is wanted than what was
        asked beforehand. The client is told nothing of that."""
        began, used = time.perf_counter(), time.thread_time()
        try:
            answer, context = self._carry_out(
                exchange, admitted, turn, self._shorts.hurry_seconds, answered, at_once=True
            )
        except TimeIsUp:
            return None
        if (answered is not None and answered.has_missed) or (context is not None and context.waits):
            return None
        took = time.perf_counter() - began
        # Of what had to be waited for, the waiting counts, too; what other processes take of a busy machine is not its own.
        took = took if took >= self._shorts.hurry_seconds else time.thread_time() - used
        self._note(exchange, context, took)
        if took >= self._shorts.hurry_seconds and exchange.told.outcome in ("refused", "failed"):
            return None
        return settled(answer, exchange.told, admitted)

    def _note(self, exchange: Exchange, context: Context | None, seconds: float) -> None:
        """Remember how long an operation took, and that it is nothing to wait for if anything is written for it."""
        if context is None or exchange.asked.evidence:
            return
        brief = context.kind == "query" and not context.leaves_traces
        self._shorts.took(exchange.like, seconds if brief else math.inf)

    def _keep(self, exchange: Exchange, context: Context, answered: Answered, answer: Answer) -> None:
        """Give an answer its tag, if it may have one, and keep it, unless it is noted who reads it."""
        if not context.has_read or context.absent is not None:
            return
        standing = standing_of(context)
        self._kept.saw(standing)
        wanted, operation = exchange.wanted, exchange.asked.operation
        if not wanted.encoded or (wanted.anew and not wanted.by_get) or not may_be_tagged(context, answered):
            return
        tag = exchange.question(self._instance.record.record_id).tag(standing, context.now)
        if wanted.by_get:
            answer.tag = tag
        if not wanted.anew and not context.leaves_traces and context.cost is not None:
            answer.content = body = msgspec.json.encode(answer.content)
            kept = Kept(body, answer.status, standing, context.name, context.cost, context.told_the_clock)
            self._kept.keep(tag, operation.document, operation.name, kept)

    def _carry_out(
        self,
        exchange: Exchange,
        admitted: Admitted,
        turn: Turn,
        seconds: float,
        beforehand: AnsweredBeforehand | Noted | None = None,
        *,
        at_once: bool = False,
    ) -> tuple[Answer, Context | None]:
        """The answer, and on which context it was found; None where the operation was refused before there was one."""
        asked, asking, wanted, told = exchange.asked, exchange.asking, exchange.wanted, exchange.told
        told.outcome = "failed"
        try:
            admitted.begin()
            context = self._instance.context(
                asking.viewer, signed_in=asking.signed_in, at_least=asked.at_least, language=wanted.language
            )
        except BadInput as error:
            told.outcome = "refused"
            return wanted.answer(refused(error, wanted.language)), None
        if isinstance(beforehand, Noted):
            note(context, beforehand)
        elif beforehand is not None:
            answer_from(context, beforehand)
        context.admission = admitted
        # A command is carried out, whoever waits for it.
        deadline = PacedDeadline(seconds, turn, is_gone=lambda: context.kind == "query" and exchange.is_gone())
        context.deadline = deadline
        context.raw, context.at_once = wanted.encoded, at_once
        if self._metrics is not None:
            context.command_ended = self._metrics.command_ended
        try:
            if asked.evidence:
                attested = ask(self._schema, context, asked.operation)
                told.answered(context, attested.answered)
            else:
                answered = execute(self._schema, context, asked.operation, questions_only=wanted.questions_only)
                told.answered(context, answered)
                answer = wanted.answer(answered)
                self._keep(exchange, context, answered, answer)
                answer.clock = context.now
                if isinstance(beforehand, Noted):
                    beforehand.clock = micros(context.now)
                return answer, context
        finally:
            context.close()
            # It asks the context, which has it: each would hold the other until somebody searches for cycles.
            deadline.ask_nobody()
        # The snapshot is given back first: a checkpoint may have to be signed before there is a receipt.
        return Answer(evidenced(attested, self._instance.issuer), wanted.status(attested.answered)), context


def settled(answer: Answer, told: Told, admitted: Admitted) -> Answer:
    """The answer, once what it costs is taken from its client and said."""
    if answer.content is None:
        admitted.unchanged()
    elif told.outcome == "refused" and answer.status != 429:
        admitted.refused()
    return answer.priced(admitted)
