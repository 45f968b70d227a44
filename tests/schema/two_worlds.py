"""Two cities that differ only in what one viewer may not read: the same tickets at the same positions, and other words in them."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from tests.attaching import png
from tests.city import ADMINISTRATOR, LEADER, SECRETARY, SUPERVISOR, City, clerk
from txapi.application import attachments, companies, persons, projects, references, tickets, units
from txapi.application.desk import Order
from txapi.datasets.references import bundled_references
from txapi.domain.attachment import AttachedTo
from txapi.domain.editions import EditionKind, ProjectKind
from txapi.domain.event import Actor, Metadata, Role, Source
from txapi.domain.labels import Label
from txapi.domain.official import Official
from txapi.domain.sealed import Sealed
from txapi.domain.ticket.values import Escalation, SubjectKind, TicketCategory, TicketSubject
from txapi.domain.unit import Duty, UnitKind
from txapi.record.ids import SeededIds

VIEWER = clerk("dama")
OTHERS = ("chongfu", "land-bureau", "planning-bureau")
UNITS = ("dama", "old-town", *OTHERS)
FATES = ("secret", "shared", "joined", "left", "inherited")
TICKETS, TEXTS, MARKS, ATTEMPTS, PERSONS = "tickets", "texts", "marks", "attempts", "persons"
"""What is withheld: all tickets by a policy, the texts of all by another one, those tickets that are marked; who was refused what; or
what persons are called and how they are reached, while everything else is everybody's."""
WORDS = ("用地指标", "道路", "排污", "证照", "资金", "搬迁")
"""What is said in tickets: in each world in another order."""


class World(City):
    """One of two worlds: whatever chance gives both is the same, and `secret` is another in each."""

    def __init__(self, folder: Path, side: int, seed: int, withheld: str = TICKETS) -> None:
        super().__init__(folder, "2015-08-03T09:00", SeededIds(f"world {seed}"))
        self.withheld = withheld
        self._names = SeededIds(f"names {seed}")
        self.secret = random.Random(f"{seed} {side}")
        self.tickets: list[str] = []
        self.nouns: list[str] = []
        self.persons: list[str] = []

    def order(self, actor: Actor = ADMINISTRATOR, **meta: Any) -> Order:
        """As that of a city, with names of its own that are the same in both worlds."""
        told = {"correlation_id": self._names.uuid(), "decided_at": self.clock.now(), "clock": self.clock.basis, **meta}
        return Order(Metadata(actor=self.desk.acting(actor), **told))

    def later(self, minutes: int) -> None:
        """Some time passes."""
        self.clock.set(self.clock.now() + timedelta(minutes=minutes))

    def word(self) -> str:
        """What is said where the viewer does not hear it, at whatever length."""
        return "，".join(
            f"{self.secret.choice(WORDS)}{self.secret.randrange(1000)}" for _ in range(self.secret.randint(1, 4))
        )

    def perhaps(self) -> str | None:
        """The same, where nothing need be said."""
        return self.word() if self.secret.random() < 0.5 else None

    def called(self, text: str, unit: str) -> str:
        """What is sealed of a person: another in each world where that is what may not be read."""
        hidden = self.withheld == PERSONS and unit != "dama"
        return f"{text}{self.secret.randrange(10**9)}" if hidden else text

    @cached_property
    def sealed(self) -> list[str]:
        """Every ciphertext of the story, as answers write it: it is told to everybody, and follows from what is in it."""
        said = (msgspec.structs.asdict(one.event).values() for one in self.record.read_all())
        found = [value for values in said for value in values if isinstance(value, Sealed)]
        return [base64.b64encode(value.ciphertext).decode() for value in found]

    def tried(self, number: int) -> None:
        """Somebody is refused something: who it was and what, is another in each world."""
        chance = self.secret
        # Each is the first attempt of its subject: streams of attempts are named by lot, and the worlds draw the same lots.
        subject = f"{chance.choice(UNITS)}-{number}-{chance.randrange(1000)}"
        role, unit = chance.choice(
            [(Role.LEADER, None), (Role.CLERK, "chongfu"), (Role.READER, None), (Role.HANDLER, "dama")]
        )
        who = Actor(subject, role, unit)
        operation, given = chance.choice(
            [
                ("RenameUnit", {"unit": chance.choice(UNITS), "name": {"zh": "密", "en": "x"}}),
                ("CloseUnit", {"unit": chance.choice(UNITS)}),
                (
                    "AssignLeader",
                    {"project": self.nouns[chance.randrange(3)], "official": {"name": "密"}, "on": "2015-08-03"},
                ),
                ("AdoptEdition", {"kind": "THRESHOLDS", "edition": "x", "content": {}}),
            ]
        )
        if role is Role.LEADER and operation == "AssignLeader":
            operation, given = "CloseUnit", {"unit": "dama"}
        before = self.record.head.position
        self.execute(operation, {"input": given}, as_=who)
        assert self.record.head.position == before + 1, (who, operation)


def founded(world: World) -> None:
    """References, units, projects and the policy: the same in both."""
    desk = world.desk
    for kind, edition, content in bundled_references(lambda year: year == 2015):
        references.adopt_edition(desk, world.order(), kind=kind, edition=edition, content=content)
    for code in UNITS:
        bureau = code.endswith("bureau")
        units.register_unit(
            desk, world.order(), code=code, name=Label(zh=code, en=code),
            kind=UnitKind.DEPARTMENT if bureau else UnitKind.TOWN,
            duty=Duty.HANDLING_DEPARTMENT if bureau else Duty.IMPLEMENTING_BODY,
        )  # fmt: skip
    for code in ("P-1", "P-2", "P-3"):
        done = projects.introduce_project(
            desk, world.order(), code=code, name=code, kind=ProjectKind.NEW_BUILD, unit="chongfu"
        )
        world.nouns.append(done.id)
    world.nouns.append(companies.register_company(desk, world.order(), name="桐昆集团", unit="chongfu").id)
    with patch("os.urandom", random.Random(17).randbytes):
        # What is sealed is told, and differs with the key: it is the same in both. Whom a ticket names is what may differ, or
        # what its name and number are: of those whom the viewer's own unit does not keep.
        world.persons = [
            persons.register_person(
                desk, world.order(), name=world.called(name, unit), phone=world.called("138", unit), unit=unit
            ).id
            for name, unit in (("张三", "chongfu"), ("李四", "chongfu"), ("王五", "dama"))
        ]
    world.nouns += world.persons
    if world.withheld == ATTEMPTS:
        references.adopt_edition(
            desk, world.order(), kind=EditionKind.ATTEMPT_POLICY, edition="attempts", content={"basis": "inferred"}
        )  # fmt: skip
    content = {
        "internal": ["ticket"] if world.withheld == TICKETS else [],
        "texts": ["ticket"] if world.withheld == TEXTS else [],
    }
    if world.withheld in (TICKETS, TEXTS):
        references.adopt_edition(
            desk, world.order(), kind=EditionKind.READING_POLICY, edition="reading", content={"basis": "inferred", **content}
        )  # fmt: skip


class Paper:
    """One ticket of a world. `hidden` says that the viewer never reads it from here on: all of it, or what is said in it."""

    def __init__(self, world: World, fate: str, merged: bool, number: int) -> None:
        self.world, self.fate, self.number = world, fate, number
        self.texts = world.withheld == TEXTS
        bound = world.withheld in (TICKETS, TEXTS, MARKS)
        self.never = bound and (fate in ("secret", "left") or (fate == "inherited" and not merged))
        self.hidden = self.never and not self.texts
        """Whether the viewer learns nothing of it, rather than nothing of what is said in it."""
        secret = self.never or (bound and fate == "joined")
        self.issuer, self.handler = "chongfu", "land-bureau"
        # What is said before the mark is everybody's again when it is taken away.
        said = self._said(secret and not (fate == "joined" and world.withheld == MARKS))
        copies = {"shared": ["dama"], "left": ["dama"], "inherited": ["old-town"]}.get(fate, [])
        if self.hidden:
            self.handler = world.secret.choice(OTHERS)
            copies = [*copies, *world.secret.sample(OTHERS, world.secret.randint(0, 2))]
        self.id = self.does(
            tickets.draft_ticket, clerk("chongfu"), issuer="chongfu", handler=self.handler, copies=copies, **said
        )
        world.tickets.append(self.id)
        if world.withheld == MARKS and secret:
            self.marked(internal=True)
            self.does(tickets.amend_ticket_draft, clerk("chongfu"), ticket=self.id, **self._said(secret=True))

    def marked(self, *, internal: bool) -> None:
        """It is made internal, or public again."""
        self.does(tickets.mark_ticket_internal, clerk("chongfu"), reason=self.word(), ticket=self.id, internal=internal)

    def _said(self, secret: bool) -> dict[str, Any]:
        """What a draft says: nothing of what is secret is what is said openly, be it by chance.

        An event says what it changed. Whoever joins by it would learn of a part that it leaves out that it was the same before.
        """
        common, secretly = random.Random(self.number), self.world.secret
        chance = secretly if secret and not self.texts else common
        hides = secret and not self.texts
        secret_ones, open_ones = list(TicketCategory)[1:], list(TicketCategory)[:1]
        word = f"{chance.choice(WORDS)}{chance.randrange(1000)}{'密' if hides else ''}"
        return {
            "category": chance.choice(secret_ones if hides else open_ones),
            "subject": word,
            "body": f"请协调{self.world.word()}密" if secret else f"请协调{word}",
            "about": [TicketSubject(SubjectKind.PROJECT, self.world.nouns[chance.randrange(1, 3) if hides else 0])],
            "requested_by": date(2015, 11 if hides else 10, 1) + timedelta(days=chance.randrange(30)),
        }

    def does(
        self,
        command: Callable[..., Any],
        actor: Actor,
        /,
        reason: str | None = None,
        source: Source | None = None,
        **given: Any,
    ) -> str:
        """Give a command."""
        return str(command(self.world.desk, self.world.order(actor, reason=reason, source=source), **given).id)

    def word(self) -> str:
        """What is said of it: in each world something else where the viewer never hears it."""
        return self.world.word() if self.never else f"第{self.number}号"

    def perhaps(self) -> str | None:
        """The same, where nothing need be said."""
        return self.world.perhaps() if self.never else f"第{self.number}号"

    def ends_with_its_draft(self) -> None:
        """What the viewer's part is in it, is settled while it is a draft."""
        if self.fate == "joined":
            common = {**self._said(secret=False), **({"requested_by": date(2015, 12, 1)} if self.texts else {})}
            self.does(tickets.amend_ticket_draft, clerk("chongfu"), ticket=self.id, copies=["dama"], handler="land-bureau",
                      **common)  # fmt: skip
            self.handler = "land-bureau"
            if self.world.withheld == MARKS:
                self.marked(internal=False)
        if self.fate == "left":
            subject = f"第{self.number}号" if self.texts else self.word()
            self.does(tickets.amend_ticket_draft, clerk("chongfu"), ticket=self.id, copies=[], subject=subject)
        if self.never and self.texts:
            # The event is everybody's, and whether what it says was changed by it is not.
            also: dict[str, Any] = {"body": self.word()} if self.world.secret.random() < 0.5 else {}
            self.does(
                tickets.amend_ticket_draft, clerk("chongfu"), ticket=self.id, requested_by=date(2015, 12, 2), **also
            )

    def promised(self) -> date:
        """A day far enough away that nothing lapses before the story ends."""
        chance = self.world.secret if self.hidden else random.Random(self.number)
        return date(2015, 9, 20) + timedelta(days=chance.randrange(60))

    def goes_on(self, step: int) -> None:
        """The next thing that happens to it; the same in both worlds, but for what is said."""
        command, by, given = self._next()[step]
        if command is None:
            self._attached()
        else:
            actor = {"issuer": clerk(self.issuer), "handler": clerk(self.handler)}.get(by) or OFFICES[by]
            self.does(command, actor, ticket=self.id, **given)

    def _next(self) -> list[tuple[Callable[..., Any] | None, str, dict[str, Any]]]:
        word, day = self.word(), self.promised()
        name = word if self.hidden else f"第{self.number}号"
        shown = Source(word, self.word(), note=self.perhaps())
        return [
            (tickets.issue_ticket, "issuer", {"signed_off_by": Official(name, "局长")}),
            (tickets.name_ticket_contact, "issuer", {"person": self._contact()}),
            (tickets.receive_ticket, "handler", {"source": shown, "reason": self.perhaps()}),
            (tickets.accept_ticket, "handler", {"opinion": word, "promised_by": day}),
            (tickets.report_ticket_progress, "handler", {"note": word}),
            (tickets.remind_ticket, "issuer", {"note": word}),
            (tickets.ask_ticket_extension, "handler", {"to": day + timedelta(days=90), "reason": word}),
            (tickets.decide_ticket_extension, "issuer", {"granted": False, "opinion": word}),
            (
                tickets.escalate_ticket,
                "issuer",
                {"to": Escalation.LEADING_OFFICIAL, "leader": Official(name, "市长"), "reason": word},
            ),
            (tickets.record_ticket_attempt, "leader", {"outcome": word, "settled": False}),
            (tickets.escalate_ticket, "issuer", {"to": Escalation.MAYORS_OFFICE_MEETING, "reason": word}),
            (tickets.decide_ticket, "secretary", {"text": word, "responsible": self.handler, "deadline": day}),
            (None, "", {}),
            (tickets.carry_out_ticket_decision, "handler", {"decision": 1, "outcome": word}),
            (tickets.resolve_ticket, "handler", {"outcome": word}),
            (tickets.confirm_ticket, "issuer", {"opinion": self.perhaps(), "reason": self.perhaps()}),
        ]

    def _contact(self) -> str:
        """Who is to be called about it, which is no text: it is hidden with the ticket alone."""
        chance = self.world.secret if self.hidden else random.Random(self.number)
        return chance.choice(self.world.persons)

    def _attached(self) -> None:
        files = self.world.record.files
        grey = self.world.secret.randrange(256) if self.never else self.number
        with closing(files.receive()) as incoming:
            incoming.write(png(grey))
            stored = incoming.keep("clerk-chongfu")
        self.does(attachments.attach_file, clerk("chongfu"), to=AttachedTo("ticket", self.id), sha256=stored.sha256,
                  name="a.png", caption=self.word())  # fmt: skip


STEPS = 16
"""How many things happen to a ticket, at most."""
OFFICES = {"leader": LEADER, "secretary": SECRETARY}


def told(world: World, script: int) -> None:
    """The same story in both worlds, as chance has it: how many tickets, of which fate, and how far each goes."""
    chance = random.Random(script)
    founded(world)
    merged = chance.random() < 0.5
    papers = [
        Paper(world, fate, merged, number)
        for number, fate in enumerate(["secret", *chance.choices(FATES, k=chance.randint(3, 6))])
    ]
    for paper in papers:
        world.later(chance.randint(1, 60))
        paper.ends_with_its_draft()
    last = {paper.number: chance.randint(0, STEPS) for paper in papers}
    for step in range(STEPS):
        for paper in chance.sample(papers, len(papers)):
            world.later(chance.randint(0, 90))
            if step < last[paper.number]:
                paper.goes_on(step)
        if world.withheld == ATTEMPTS and step % 3 == 0:
            world.tried(step)
        if world.withheld == PERSONS and step % 5 == 1:
            with patch("os.urandom", random.Random(step).randbytes):
                person = chance.choice(world.persons[:2])
                given = (
                    {"phone": world.called("139", "chongfu")} if step % 2 else {"name": world.called("赵", "chongfu")}
                )
                persons.amend_person(world.desk, world.order(), person=person, **given)
        if step == 6:
            name = Label(zh="崇福", en="Chongfu")
            units.rename_unit(world.desk, world.order(SUPERVISOR, reason="改名"), unit="chongfu", name=name)
    if merged:
        units.merge_unit(world.desk, world.order(SUPERVISOR), unit="old-town", into="dama")
