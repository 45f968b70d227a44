"""Refused attempts 越权尝试: remembered beside the refusal, where an adopted policy says so."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime

from txapi.application.desk import Desk, Done, Order
from txapi.application.numbering import AlreadyTaken
from txapi.domain.attempt import OF_A_DAY, AttemptPolicy, Attempts, day_of_subject
from txapi.domain.event import Actor, Metadata
from txapi.domain.reference import NothingAdopted

log = logging.getLogger(__name__)


def policy_of(desk: Desk) -> AttemptPolicy | None:
    """The policy in force; None where none was adopted, and nothing is remembered."""
    try:
        return desk.references.attempt_policy()
    except NothingAdopted:
        return None


def remember_refused(
    desk: Desk, actor: Actor, at: datetime, *, action: str, code: str, noun: tuple[str, str] | None = None
) -> Done | None:
    """Remember that somebody was refused a command; None where the policy does not want it, or no more of it on this day.

    `noun` is the kind and the id of what it was about: it is kept only if the record holds such a noun, for whatever else a client
    says is its own. Where nothing can be recorded just now, that is logged, and the refusal stands as it is.
    """
    try:
        return _remembered(desk, actor, at, action, code, noun)
    except Exception:
        log.exception("a refused attempt could not be remembered action=%s code=%s", action, code)
        return None


def _remembered(
    desk: Desk, actor: Actor, at: datetime, action: str, code: str, noun: tuple[str, str] | None
) -> Done | None:
    policy = policy_of(desk)
    if policy is None or code not in policy.codes:
        return None
    about = noun if noun is not None and desk.record.kind_of(noun[1]) == noun[0] else None
    order = Order(Metadata(decided_at=at, actor=actor, correlation_id=str(uuid.uuid4()), clock=desk.record.clock.basis))

    def decide(attempts: Attempts) -> None:
        attempts.remember(order.meta, action=action, code=code, policy=policy, noun=about)

    stream = _stream_of(desk, actor, at)
    if stream is None:
        try:
            return desk.create(Attempts, desk.record.ids.uuid(), order, decide)
        except AlreadyTaken:
            # The same subject was refused something else at this moment, and that began the stream.
            stream = _stream_of(desk, actor, at)
            assert stream is not None, "somebody has taken the key"
    if desk.record.load(Attempts, stream).remembered >= policy.most_a_day:
        return None
    return desk.change(Attempts, stream, order, decide)


def _stream_of(desk: Desk, actor: Actor, at: datetime) -> str | None:
    """The stream of the subject's attempts on that day; None where there were none yet."""
    return desk.record.owner_of_key(OF_A_DAY, day_of_subject(actor.subject, at))
