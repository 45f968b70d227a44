"""What holds for every register through the published operations: ids, permissions, senseless input, the same again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import READER, SUPERVISOR, City, clerk
from tests.schema.registering import do, refused
from txapi.application import projects
from txapi.application.units import register_unit
from txapi.domain.dates import PartialDate
from txapi.domain.editions import ProjectKind
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind

CLERK, STRANGER = clerk("chongfu"), clerk("dama")
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = City(tmp_path, "2015-08-11T09:00")
    for code in ("chongfu", "dama"):
        name = Label(zh=code, en=code)
        register_unit(city.desk, city.order(), code=code, name=name, kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY)
    yield city
    city.close()


def done(city: City, operation: str, as_: Any = SUPERVISOR, /, **input: Any) -> Any:
    """A command that must be carried out: the noun of its receipt."""
    receipt = do(city, operation, as_, **input)
    assert receipt["__typename"].endswith("Receipt"), receipt
    assert int(receipt["position"]) == city.record.head.position
    assert not receipt["replayed"]
    return next(value for name, value in receipt.items() if name in ("company", "parcel", "group", "meeting"))


def fails(city: City, code: str, operation: str, as_: Any = SUPERVISOR, /, **input: Any) -> None:
    """Input that makes no sense: an error with this code, and nothing recorded."""
    before = city.record.head.position
    result = city.execute(operation, {"input": input}, as_=as_)
    assert result.errors is not None
    assert result.errors[0].extensions["code"] == code
    assert city.record.head.position == before


def shown(city: City, noun: str, id: str, as_: Any = None, **moment: Any) -> Any:
    """The noun on its screen."""
    return city.ask(noun, {"entityId": id, **moment}, as_=as_)["moment"][noun.lower()]


def listed(city: City, nouns: str, **asked: Any) -> Any:
    return city.ask(nouns, asked)["moment"][nouns.lower()]


def allowed(noun: Any) -> dict[str, bool]:
    return {one["action"]: one["allowed"] for one in noun["may"]}


def test_what_a_company_allows_is_told_by_the_names_of_mutations(city: City) -> None:
    id = done(city, "RegisterCompany", name="甲", unit="chongfu")["entityId"]
    actions = ["amendCompany", "stateCompanyCapital", "increaseCompanyCapital", "closeCompany", "correctCompany"]

    own, other = shown(city, "Company", id, as_=CLERK), shown(city, "Company", id, as_=STRANGER)
    past = shown(city, "Company", id, as_=CLERK, at={"position": str(city.record.head.position - 1)})

    assert past is None
    assert allowed(own) == dict.fromkeys(actions, True)
    assert allowed(other) == dict.fromkeys(actions, False)
    assert {one["because"]["code"] for one in other["may"]} == {"NotYourUnit"}
    done(city, "AmendCompany", company=id, name="乙")
    past = shown(city, "Company", id, as_=CLERK, at={"position": str(city.record.head.position - 1)})
    assert {one["because"]["code"] for one in past["may"]} == {"MomentIsPast"}


def test_a_corrected_credit_code_is_taken_as_well(city: City) -> None:
    id = done(city, "RegisterCompany", name="甲")["entityId"]
    done(city, "AmendCompany", company=id, creditCode="91330483MA28A0XX1T")
    right = "91330483MA28A0XX1U"
    done(city, "CorrectCompany", company=id, corrects=2, fields={"credit_code": right}, reason="a typo")

    refused(city, "AlreadyTaken", "RegisterCompany", name="乙", creditCode=right)
    assert listed(city, "Companies", filter={"text": right})["totalCount"] == 1


def test_input_on_companies_that_makes_no_sense_fails_with_a_code(city: City) -> None:
    id = done(city, "RegisterCompany", name="甲")["entityId"]
    pinned = shown(city, "Company", id, at={"position": str(city.record.head.position)})["id"]

    fails(city, "UNAUTHENTICATED", "RegisterCompany", None, name="乙")
    fails(city, "FORBIDDEN", "RegisterCompany", READER, name="乙")
    fails(city, "BAD_NAME", "RegisterCompany")
    fails(city, "EMPTY_TEXT", "RegisterCompany", name=" ")
    fails(city, "TEXT_TOO_LONG", "RegisterCompany", name="企" * 201)
    fails(city, "BAD_TEXT", "RegisterCompany", name="\ud800")
    fails(city, "BAD_CREDIT_CODE", "RegisterCompany", name="乙", creditCode="1")
    fails(city, "BAD_DATE", "RegisterCompany", name="乙", settled={"text": "2015-02-30"})
    fails(city, "BAD_ID", "AmendCompany", company="nonsense", name="乙")
    fails(city, "ID_OF_A_MOMENT", "AmendCompany", company=pinned, name="乙")
    fails(city, "MUST_BE_SAID", "StateCompanyCapital", company=id)
    fails(city, "NEGATIVE_AMOUNT", "StateCompanyCapital", company=id, total={"amount": "-1", "unit": "WAN_YUAN"})
    fails(city, "BAD_CORRECTION", "CorrectCompany", company=id, corrects=1, fields=["x"], reason="a slip")


def test_the_same_command_again_answers_with_the_first_receipt(city: City) -> None:
    first = do(city, "RegisterCompany", name="甲", commandId="one")
    again = do(city, "RegisterCompany", name="甲", commandId="one")

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["company"]["entityId"] == first["company"]["entityId"]
    refused(city, "CommandIdReused", "RegisterCompany", name="乙", commandId="one")


def test_a_parcel_names_its_projects_and_a_project_its_parcels(city: City) -> None:
    id = done(city, "RegisterParcel", location="崇福", unit="chongfu")["entityId"]
    owner = done(city, "RegisterCompany", name="业主")["entityId"]
    order = city.order(SUPERVISOR)
    project = projects.introduce_project(
        city.desk, order, code="A1", name="A1", kind=ProjectKind.NEW_BUILD, owner=owner, investors=[owner]
    ).id
    day = PartialDate.from_text("2015-05-01")
    projects.attach_parcel(city.desk, city.order(SUPERVISOR), project=project, parcel=id, on=day)

    parcel = shown(city, "Parcel", id)
    asked = "query($id: ID!) { project(entityId: $id) { owner { name } investors { name } parcels { parcel { location } } } }"
    answered = city.ask(asked, {"id": project})["project"]

    assert [one["project"]["code"] for one in parcel["projects"]] == ["A1"]
    assert shown(city, "Parcel", id, validOn="2015-04-30")["projects"] == []
    assert answered == {
        "owner": {"name": "业主"},
        "investors": [{"name": "业主"}],
        "parcels": [{"parcel": {"location": "崇福"}}],
    }


def test_every_register_is_found_again_by_its_global_id(city: City) -> None:
    ids = {
        "Company": done(city, "RegisterCompany", name="甲")["entityId"],
        "Parcel": done(city, "RegisterParcel", location="崇福")["entityId"],
        "Group": done(city, "RegisterGroup", kind="PARK", name="园")["entityId"],
        "Meeting": done(city, "RegisterMeeting", kind="OTHER", title="会")["entityId"],
    }
    head = city.record.head.position
    done(city, "AmendGroup", group=ids["Group"], name="新园")

    for noun, id in ids.items():
        pinned = shown(city, noun, id, at={"position": str(head)})["id"]
        found = city.ask("query($id: ID!) { node(id: $id) { __typename id } }", {"id": pinned})["node"]
        assert found == {"__typename": noun, "id": pinned}
    pinned = shown(city, "Group", ids["Group"], at={"position": str(head)})["id"]
    asked = "query($id: ID!) { node(id: $id) { ... on Group { name } } }"
    assert city.ask(asked, {"id": pinned})["node"] == {"name": "园"}
    assert city.ask(asked.replace("name", "entityId"), {"id": pinned})["node"] == {"entityId": ids["Group"]}


def test_what_was_never_registered_is_null(city: City) -> None:
    for noun in ("Company", "Parcel", "Group", "Meeting"):
        assert shown(city, noun, NOBODY) is None
