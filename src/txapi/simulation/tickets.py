"""The life of a ticket: minutes on the desk, days until the reply, weeks of work, and what goes wrong on the way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from txapi.domain.dates import day_of
from txapi.domain.event import Actor
from txapi.domain.official import Official
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import (
    Escalation,
    SubjectKind,
    TicketCategory,
    TicketOrigin,
    TicketState,
    TicketSubject,
)
from txapi.simulation.places import City, pick
from txapi.simulation.world import LEADER, SECRETARY, Life, World, office_time

TROUBLES = (
    (TicketCategory.LAND_USE, "地块未能按期交付"),
    (TicketCategory.PROJECT_PROGRESS, "项目未能按期开工"),
    (TicketCategory.INVESTMENT_PROMOTION, "投资协议条款待协调"),
    (TicketCategory.APPROVAL_ASSISTANCE, "施工许可资料待补正"),
    (TicketCategory.INDUSTRIAL_WASTEWATER, "污水入网接口待确定"),
)


def ticket_life(world: World, city: City, project: str, body: str, number: int) -> Life:
    """A ticket about a project from draft to confirmation. Between acts the watch records what lapses."""
    chance = world.chance("ticket", project, number)
    ticket = Ticket(world.new_id())
    yield from _until_received(world, city, ticket, project, body, chance)
    if _is(ticket, TicketState.RECEIVED):
        yield from _until_accepted(world, city, ticket, chance)
    if _is(ticket, TicketState.ACCEPTED):
        yield from _until_confirmed(world, city, ticket, body, chance)


def _is(ticket: Ticket, state: TicketState) -> bool:
    return ticket.state is state


def _wait(world: World, ticket: Ticket, chance: random.Random, **span: float) -> Iterator[datetime]:
    """Wait for about that long, to an office hour; what lapses meanwhile is recorded at its instant."""
    until = office_time(world.now + timedelta(**span), chance)
    while (due := ticket.next_deadline()) is not None and due <= until:
        # The watch looks once a second: a lapse is recorded a moment after its instant.
        yield max(world.now, due + timedelta(seconds=1))
        before = ticket.next_deadline()
        world.lapse(ticket)
        if ticket.next_deadline() == before:
            break
    yield until


def _until_received(
    world: World, city: City, ticket: Ticket, project: str, body: str, chance: random.Random
) -> Iterator[datetime]:
    category, subject = chance.choice(TROUBLES)
    clerk, handler = world.clerk(body), pick(chance, city.departments, body)
    copies = [pick(chance, city.departments, handler)] if len(city.departments) > 1 and chance.random() < 0.3 else []
    world.act(
        ticket,
        "draft",
        clerk,
        origin=TicketOrigin.LIAISON_FORM,
        category=category,
        subject=subject,
        body=f"{subject}，请予支持。",
        issuer=body,
        handler=handler,
        about=[TicketSubject(SubjectKind.PROJECT, project)],
        copies=[copy for copy in copies if copy not in (handler, body)],
    )
    yield from _wait(world, ticket, chance, minutes=chance.randrange(3, 240))
    if not world.act(ticket, "issue", clerk, number=world.next_number(), references=world.references):
        return
    if chance.random() < 0.02:
        yield from _wait(world, ticket, chance, minutes=chance.randrange(5, 60))
        world.act(ticket, "withdraw", clerk, "误发")
        return
    slow = chance.random() < 0.06
    yield from _wait(
        world, ticket, chance, minutes=chance.randrange(4_000, 9_000) if slow else chance.randrange(2, 300)
    )
    if ticket.state is TicketState.ISSUED:
        world.act(ticket, "receive", world.clerk(handler), references=world.references)
    if ticket.has_provisional_deadline():
        world.provisional[ticket.id] = ticket


def _until_accepted(world: World, city: City, ticket: Ticket, chance: random.Random) -> Iterator[datetime]:
    for _ in range(3):
        handler = _handler(ticket)
        days = chance.uniform(7.5, 16) if chance.random() < 0.12 else chance.uniform(0.1, 6.5)
        yield from _wait(world, ticket, chance, days=days)
        fate = chance.random()
        if fate < 0.05 and len(city.departments) > 1:
            to = pick(chance, city.departments, handler)
            world.act(
                ticket,
                "reassign",
                world.clerk(ticket.issuer or ""),
                "非承办单位职责",
                to=to,
                references=world.references,
            )
            yield from _wait(world, ticket, chance, minutes=chance.randrange(10, 300))
            if ticket.state is TicketState.REASSIGNED:
                world.act(ticket, "receive", world.clerk(to), references=world.references)
            if ticket.state is not TicketState.RECEIVED:
                return
            continue
        if fate < 0.12:
            world.act(ticket, "return_", world.clerk(handler), opinion="资料不全，退回补正")
            return
        promised = day_of(world.now) + timedelta(days=chance.randrange(5, 60))
        world.act(ticket, "accept", world.clerk(handler), opinion="同意受理，按期办理", promised_by=promised)
        return


def _until_confirmed(world: World, city: City, ticket: Ticket, body: str, chance: random.Random) -> Iterator[datetime]:
    handler, clerk = _handler(ticket), world.clerk(body)
    for step in range(chance.choice((0, 1, 1, 2, 3))):
        yield from _wait(world, ticket, chance, days=chance.uniform(1, 9))
        world.act(ticket, "report_progress", world.clerk(handler), note=f"办理进展{step + 1}")
    if chance.random() < 0.18:
        to = day_of(world.now) + timedelta(days=chance.randrange(30, 90))
        if world.act(ticket, "ask_extension", world.clerk(handler), "外部条件未具备", to=to):
            yield from _wait(world, ticket, chance, days=chance.uniform(0.2, 3))
            granted = chance.random() < 0.75
            world.act(ticket, "decide_extension", clerk, granted=granted, opinion="经研究答复")
    if chance.random() < 0.2:
        yield from _wait(world, ticket, chance, days=chance.uniform(3, 20))
        world.act(ticket, "remind", clerk, note="请加快办理")
    if chance.random() < 0.07:
        yield from _escalated(world, ticket, handler, clerk, city, chance)
    yield from _wait(world, ticket, chance, days=chance.uniform(2, 45))
    if not world.act(ticket, "resolve", world.clerk(handler), outcome="已协调解决"):
        return
    yield from _wait(world, ticket, chance, minutes=chance.randrange(30, 6_000))
    if chance.random() < 0.04:
        world.act(ticket, "reopen", clerk, "问题未根本解决", due=day_of(world.now) + timedelta(days=20))
        yield from _wait(world, ticket, chance, days=chance.uniform(3, 25))
        world.act(ticket, "resolve", world.clerk(handler), outcome="再次协调解决")
        yield from _wait(world, ticket, chance, minutes=chance.randrange(30, 3_000))
    world.act(ticket, "confirm", clerk, opinion="同意销号")


def _escalated(
    world: World, ticket: Ticket, handler: str, clerk: Actor, city: City, chance: random.Random
) -> Iterator[datetime]:
    leader = Official(chance.choice(city.leaders), "副市长")
    world.act(ticket, "escalate", clerk, "部门意见不一", to=Escalation.LEADING_OFFICIAL, leader=leader)
    yield from _wait(world, ticket, chance, days=chance.uniform(1, 8))
    settled = chance.random() < 0.6
    world.act(ticket, "record_attempt", LEADER, outcome="召集协调", settled=settled)
    if settled:
        return
    yield from _wait(world, ticket, chance, days=chance.uniform(1, 6))
    world.act(ticket, "escalate", clerk, "需市长办公会议研究", to=Escalation.MAYORS_OFFICE_MEETING)
    yield from _wait(world, ticket, chance, days=chance.uniform(3, 14))
    deadline = day_of(world.now) + timedelta(days=chance.randrange(10, 40))
    world.act(ticket, "decide", SECRETARY, text="会议议定由承办单位限期办结", responsible=handler, deadline=deadline)


def _handler(ticket: Ticket) -> str:
    lead = ticket.lead
    return lead.unit if lead is not None else ticket.handler or ""
