"""What a project is: code, name, kind, unit, place, owner and investors, industries, content and phase."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from txapi.domain.dates import day_of
from txapi.domain.editions import ProjectKind
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Event
from txapi.domain.labels import labelled
from txapi.domain.money import Money
from txapi.domain.permissions import must_be_permitted
from txapi.domain.project.base import ProjectBase, checked_name, optional_text
from txapi.domain.project.investment import Investment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from txapi.domain.event import Metadata

CODE_KEY = "project_code"
NATIONAL_CODE_KEY = "national_project_code"

_CODE = re.compile(r"[\w][\w./()（）-]{0,63}")


class CapitalSource(enum.Enum):
    """Where the capital of a project comes from."""

    UNSTATED = "unstated"
    FOREIGN = "foreign"
    DOMESTIC = "domestic"
    OUTSIDE_CITY = "outside_city"
    GOVERNMENT = "government"
    MIXED = "mixed"


labelled(
    {
        CapitalSource.UNSTATED: ("未说明", "not stated"),
        CapitalSource.FOREIGN: ("外资", "foreign capital"),
        CapitalSource.DOMESTIC: ("内资", "domestic capital"),
        CapitalSource.OUTSIDE_CITY: ("市外内资", "domestic capital from outside the city"),
        CapitalSource.GOVERNMENT: ("政府投资", "government investment"),
        CapitalSource.MIXED: ("混合", "mixed"),
    }
)


class AmendmentNeedsAReason(Refusal):
    """Whoever changes how a project is described says why."""

    en = "To amend a project needs a reason."
    zh = "变更项目信息须说明理由。"


class NothingIsAmended(Refusal):
    """An amendment changes something."""

    en = "The amendment changes nothing."
    zh = "未作任何变更。"


class Description(ProjectBase):
    """The commands that introduce a project and amend its description."""

    def _blank(self) -> None:
        super()._blank()
        self.code = ""
        self.national_code: str | None = None
        self.name = ""
        self.aliases: tuple[str, ...] = ()
        self.location: str | None = None
        self.owner: str | None = None
        """The entity id of the company that builds 建设单位."""
        self.investors: tuple[str, ...] = ()
        self.industries: tuple[str, ...] = ()
        self.content: str | None = None
        self.phase: str | None = None
        self.capital = CapitalSource.UNSTATED

    class Introduced(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A project came into the record, with what was known of it then."""

        TOPIC = "project.introduced"

        code: str
        name: str
        kind: ProjectKind
        unit: str | None = None
        location: str | None = None
        owner: str | None = None
        investors: tuple[str, ...] = ()
        industries: tuple[str, ...] = ()
        content: str | None = None
        phase: str | None = None
        capital: CapitalSource = CapitalSource.UNSTATED
        national_code: str | None = None
        investment: Money | None = None
        registered_capital: Money | None = None
        aliases: tuple[str, ...] = ()

        def apply(self, project: Any) -> None:
            for name in _DESCRIBED:
                setattr(project, name, getattr(self, name))
            project.code = self.code
            project.introduced_on = day_of(self.meta.decided_at)
            project._invest(Investment(self.investment, self.registered_capital), self)

        def claims(self) -> Iterable[tuple[str, str]]:
            yield CODE_KEY, self.code
            if self.national_code:
                yield NATIONAL_CODE_KEY, self.national_code

    class Amended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The description was changed: fields that are present replace what was said; a former name stays as alias."""

        TOPIC = "project.amended"

        name: str | UnsetType = UNSET
        kind: ProjectKind | UnsetType = UNSET
        unit: str | UnsetType | None = UNSET
        location: str | UnsetType | None = UNSET
        owner: str | UnsetType | None = UNSET
        investors: tuple[str, ...] | UnsetType = UNSET
        industries: tuple[str, ...] | UnsetType = UNSET
        content: str | UnsetType | None = UNSET
        phase: str | UnsetType | None = UNSET
        capital: CapitalSource | UnsetType = UNSET
        national_code: str | UnsetType | None = UNSET
        aliases: tuple[str, ...] | UnsetType = UNSET
        former_national_code: str | None = None

        def apply(self, project: Any) -> None:
            former_name = project.name
            for name in _DESCRIBED:
                value = getattr(self, name)
                if value is not UNSET:
                    setattr(project, name, value)
            if project.name != former_name and former_name not in project.aliases:
                project.aliases = (*project.aliases, former_name)

        def claims(self) -> Iterable[tuple[str, str]]:
            if isinstance(self.national_code, str):
                yield NATIONAL_CODE_KEY, self.national_code

        def releases(self) -> Iterable[tuple[str, str]]:
            if self.former_national_code:
                yield NATIONAL_CODE_KEY, self.former_national_code

    # -- commands ------------------------------------------------------------------------------------------------

    def introduce(
        self,
        meta: Metadata,
        *,
        code: str,
        name: str,
        kind: ProjectKind,
        unit: str | None = None,
        location: str | None = None,
        owner: str | None = None,
        investors: Sequence[str] = (),
        industries: Sequence[str] = (),
        content: str | None = None,
        phase: str | None = None,
        capital: CapitalSource = CapitalSource.UNSTATED,
        national_code: str | None = None,
        investment: Money | None = None,
        registered_capital: Money | None = None,
        aliases: Sequence[str] = (),
    ) -> None:
        """Bring a project into the record. `unit` is a unit's code; `owner` and `investors` are ids of companies.

        The code and the national code 国家代码 are each one project's own.
        """
        self._may_introduce(meta, unit)
        investment_stated = Investment(investment, registered_capital)
        investment_stated.must_hold()
        self._record(
            self.Introduced,
            meta,
            code=_checked_code(code, "code"),
            kind=kind,
            unit=unit,
            investment=investment,
            registered_capital=registered_capital,
            capital=capital,
            **_checked(
                name=name,
                location=location,
                owner=owner,
                investors=investors,
                industries=industries,
                content=content,
                phase=phase,
                national_code=national_code,
                aliases=aliases,
            ),
        )

    def _may_introduce(self, meta: Metadata, unit: str | None) -> None:
        self._must_be_new()
        must_be_permitted(meta, "introduce_project", unit)

    def amend(self, meta: Metadata, **changes: Any) -> None:
        """Change what is said of the project; the reason is needed. A field that is not given stays; None clears it.

        Fields: name, kind, unit, location, owner, investors, industries, content, phase, capital, national_code and
        aliases. Only a supervisor changes the unit or the kind.
        """
        self._may_amend(meta)
        unknown = sorted(set(changes) - set(_DESCRIBED))
        if unknown:
            raise BadInput("UNKNOWN_FIELD", f"a project has no field {unknown[0]} to amend", (unknown[0],))
        changed = {name: value for name, value in _checked(**changes).items() if value != getattr(self, name)}
        if not changed:
            raise NothingIsAmended
        if {"unit", "kind"} & set(changed):
            must_be_permitted(meta, "amend_project.unit_or_kind")
        if not meta.reason:
            raise AmendmentNeedsAReason
        former = self.national_code if "national_code" in changed else None
        self._record(self.Amended, meta, former_national_code=former, **changed)

    def _may_amend(self, meta: Metadata) -> None:
        self._may(meta, "amend_project")


_DESCRIBED = tuple(
    name
    for name in Description.Amended.__struct_fields__
    if name not in {*Event.__struct_fields__, "former_national_code"}
)
_LISTS = ("investors", "industries", "aliases")
_MUST_BE_SAID = ("name", "kind", "capital", *_LISTS)


def _checked(**fields: Any) -> dict[str, Any]:
    """The fields as they are recorded: texts without blank ends, lists as tuples without repetition."""
    checked: dict[str, Any] = {}
    for field, value in fields.items():
        if value is None and field in _MUST_BE_SAID:
            raise BadInput("MUST_BE_SAID", f"{field} cannot be cleared", (field,))
        if field == "name":
            checked[field] = checked_name(value, field)
        elif field == "national_code":
            checked[field] = _checked_code(value, field) if value is not None else None
        elif field in _LISTS:
            checked[field] = tuple(dict.fromkeys(checked_name(one, field) for one in value))
        elif isinstance(value, str):
            checked[field] = optional_text(value, field)
        else:
            checked[field] = value
    return checked


def _checked_code(code: str, field: str) -> str:
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise BadInput("BAD_CODE", "a code has letters, digits, hyphens, points and slashes, at most 64", (field,))
    return code
