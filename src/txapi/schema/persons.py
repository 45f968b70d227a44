"""Persons 自然人: whom tickets name as contacts. Their names and phones are opened here, for those who may read them, and nowhere else."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import persons as commands
from txapi.application.desk import Done
from txapi.domain.permissions import FieldClass, may_read
from txapi.domain.sealed import Sealed
from txapi.projections import persons
from txapi.projections.moment import Reader
from txapi.projections.persons import PersonRow
from txapi.record.sealing import opened
from txapi.schema.asking import Asking, loads, loads_many
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.connections import Connection
from txapi.schema.context import Context, checked_text
from txapi.schema.history import Event, events_at, history_of
from txapi.schema.ids import GlobalId, entity_of, stream_of
from txapi.schema.inputs import optional
from txapi.schema.nouns import Answer, Node, answers, since_position
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Hanging, plain
from txapi.schema.scalars import Position
from txapi.schema.units import alone, unit_behind


@answers(
    "自然人",
    "Somebody whom tickets name as their contact. Name and phone are kept sealed, and opened for those who may read them.",
)
class Person(PersonRow, Answer, Node):
    """A person at a moment. What was erased is erased at every moment."""

    NOUN = "person"

    @strawberry.field(
        description="The name; null where the viewer may not read it (`hidden`) or nobody can any more (`erased`). 姓名。"
    )
    def name(self, info: Info) -> str | None:
        """The name, opened."""
        return self._opened(info.context, "name", self.name_sealed)

    @strawberry.field(
        description="The phone number; null where none is known, where the viewer may not read it (`hidden`) or nobody can any"
        " more (`erased`). 电话。"
    )
    def phone(self, info: Info) -> str | None:
        """The phone, opened."""
        return self._opened(info.context, "phone", self.phone_sealed)

    @strawberry.field(
        description="Whether the personal data were erased by now: what was sealed is not to be read at any moment. 是否已删除。"
    )
    def erased(self, info: Info) -> bool:
        """Whether the key is gone, or is to go at once; for who has no keys at all, whether the record says so."""
        context = info.context
        return self._erased_by_now(context) or (context.person_keys.are_there and self._key(context) is None)

    @strawberry.field(
        description="Whether name and phone are not for this viewer: they are for the unit that keeps the person, the units that"
        " issue or handle a ticket naming the person, supervisors, auditors and administrators. 是否对查看者隐藏。"
    )
    def hidden(self, info: Info) -> bool:
        """Whether the viewer may not read what is personal."""
        return not self._readable(info.context)

    unit = unit_behind("unit_code", "The unit that keeps the person. 所属单位。")

    changed_at = since_position("Where it last changed, as seen from this moment. 最近变更位置。")

    @strawberry.field(
        description="Everything that was ever recorded of it, in order; what is sealed stays so. 履历。",
        metadata=plain(Hanging()),
    )
    def history(
        self,
        first: int | None = None,
        after: Position | None = None,
        last: int | None = None,
        before: Position | None = None,
    ) -> Connection[Event]:
        """Its events."""
        return history_of(self.reader, self.entity_id, first, after, last, before)

    @strawberry.field(description="Which commands the viewer may give on it now, and why not the others. 操作权限。")
    def may(self, info: Info) -> list[Permission]:
        """Why a button is grey."""
        return permissions_of(self, info, self.entity_id, commands.may)

    # -- opening -------------------------------------------------------------------------------------------------------

    def _opened(self, context: Context, field: str, value: Sealed | None) -> str | None:
        if value is None or not self._readable(context):
            return None
        key = self._key(context)
        if key is None:
            return None
        context.personal = True
        self.reader.note(self.NOUN, self.entity_id)
        return opened(key, self.entity_id, field, value)

    def _key(self, context: Context) -> bytes | None:
        """The key, unless it is to be destroyed: what the record erased is erased, whether or not that has been done."""
        if self._erased_by_now(context):
            return None
        context.person_keys.read(row.entity_id for row in self._siblings.members)
        return context.person_keys[self.entity_id]

    def _erased_by_now(self, context: Context) -> bool:
        erased_at = self.related(
            "erased now",
            self.entity_id,
            lambda row: row.entity_id,
            lambda _, ids: {row.entity_id: row.erased_at for row in persons.persons_of(context.present(), ids)},
        )
        return erased_at is not None

    def _readable(self, context: Context) -> bool:
        """Whether the viewer may read it: as things were at the moment, and as they are now."""
        for when, reader in (("then", self.reader), ("now", context.present())):
            units = self.related(
                f"units {when}",
                self.entity_id,
                lambda row: row.entity_id,
                lambda _, ids, reader=reader: persons.units_of(reader, ids),  # type: ignore[misc]
            )
            if not may_read(context.acting(reader), self.NOUN, FieldClass.PERSONAL, units or ()):
                return False
        return True


@loads("person")
def load_person(reader: Reader, pinned: GlobalId | None, key: str) -> Person | None:
    """The person with that entity id."""
    return alone(persons.person_of(reader, key, Person), reader, pinned)  # type: ignore[no-any-return]


@loads_many("person")
def load_persons(reader: Reader, keys: list[str]) -> list[Any]:
    """The persons with those entity ids."""
    return persons.persons_of(reader, keys, Person)


@strawberry.type
class PersonQuestions(Asking):
    """Questions about persons: nobody lists, searches or sorts them."""

    @strawberry.field(description="The person with that entityId. 自然人。")
    def person(
        self, entity_id: Annotated[ID, strawberry.argument(description="The entityId or id. 实体标识。")]
    ) -> Person | None:
        """A person."""
        found: Person | None = load_person(self.reader, self.pinned, stream_of(entity_id))
        return found


# -- commands --------------------------------------------------------------------------------------------------------


@strawberry.type(description="What a command on a person came to. 自然人回执。")
class PersonReceipt:
    """The person after the command, and what was recorded."""

    person: Person = strawberry.field(description="The person, as it is now. 自然人。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


PersonResult = Annotated[
    PersonReceipt | Refusal, strawberry.union("PersonResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> PersonReceipt:
    return PersonReceipt(
        person=alone(persons.person_of(reader, done.id, Person), reader, None),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


_LONGEST_NAME, _LONGEST_PHONE = 100, 40


@strawberry.input(description="A command on a person. 自然人指令。")
class PersonCommandInput(CommandInput):
    """Which person."""

    person: ID = strawberry.field(description="The entityId, or an id of the present. 自然人。")

    @property
    def entity(self) -> str:
        """The entity id of the person. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.person, "person")


@strawberry.input(
    description="Enter a person. Give the values as variables: what stands in the text of an operation is kept with that. 登记自然人。"
)
class RegisterPersonInput(CommandInput):
    """Who it is."""

    name: str = strawberry.field(description="The name; it is sealed before anything is recorded. 姓名。")
    phone: str | None = strawberry.field(default=None, description="The phone number, sealed as well. 电话。")
    unit: str | None = strawberry.field(
        default=None,
        description="The code of the unit that keeps the person; whoever acts for a unit names it. 单位代码。",
    )


@strawberry.input(description="Seal name or phone anew; what is left out stays. 修改自然人信息。")
class AmendPersonInput(PersonCommandInput):
    """What to change."""

    name: str | None = strawberry.field(default=None, description="The name. 姓名。")
    phone: str | None = strawberry.field(default=None, description="The phone number. 电话。")


@strawberry.input(
    description="Erase the personal data of a person for good; a reason is needed, which must not repeat them. 删除个人信息。"
)
class ErasePersonInput(PersonCommandInput):
    """On what legal basis."""

    legal_basis: str = strawberry.field(
        description="The provision that asks for it: 《个人信息保护法》第四十七条. 法律依据。"
    )


@strawberry.type
class PersonMutations:
    """Commands on persons."""

    @strawberry.mutation(description="Enter a person, whose name and phone are sealed. 登记自然人。")
    def register_person(self, info: Info, input: RegisterPersonInput) -> PersonResult:
        """Register a person."""
        return carry_out(info, input, lambda desk, order: commands.register_person(
            desk, order, name=checked_text(input.name, "name", _LONGEST_NAME),
            phone=optional(input.phone, "phone", _LONGEST_PHONE), unit=optional(input.unit, "unit", 64),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Seal the name or phone of a person anew. 修改自然人信息。")
    def amend_person(self, info: Info, input: AmendPersonInput) -> PersonResult:
        """Amend a person."""
        return carry_out(info, input, lambda desk, order: commands.amend_person(
            desk, order, person=input.entity, name=optional(input.name, "name", _LONGEST_NAME),
            phone=optional(input.phone, "phone", _LONGEST_PHONE),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(
        description="Erase the personal data of a person: the key is destroyed, and nobody can read them any more, at no moment."
        " 删除个人信息。"
    )
    def erase_person(self, info: Info, input: ErasePersonInput) -> PersonResult:
        """Erase a person."""
        return carry_out(info, input, lambda desk, order: commands.erase_person(
            desk, order, person=input.entity, legal_basis=checked_text(input.legal_basis, "legalBasis", 500),
        ), _receipt)  # fmt: skip
