"""Input that makes no sense gets a code, never a 500, and nothing is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, AUDITOR, READER, City
from txapi.application import projects, references, units
from txapi.datasets.references import bundled_references
from txapi.domain.editions import ProjectKind
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind

INTRODUCE = "mutation($input: IntroduceProjectInput!) { introduceProject(input: $input) { __typename ... on Refusal { code } } }"
REACH = (
    "mutation($input: ReachMilestoneInput!) { reachMilestone(input: $input) { __typename ... on Refusal { code } } }"
)
PROJECTS = """
query($filter: ProjectFilter, $first: Int, $last: Int, $after: String) {
  projects(filter: $filter, first: $first, last: $last, after: $after) { totalCount }
}"""
MOMENT = "query($validOn: Date, $clock: DateTime) { moment(validOn: $validOn, clock: $clock) { validOn staleAt } }"
NODE = "query($id: ID!) { node(id: $id) { id } }"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[City]:
    """A city with a unit and a project."""
    city = City(tmp_path_factory.mktemp("city"))
    for given in bundled_references(lambda year: year == 2015):
        references.adopt_edition(city.desk, city.order(), kind=given.kind, edition=given.edition, content=given.content)
    units.register_unit(
        city.desk, city.order(), code="wutong", name=Label(zh="梧桐街道", en="Wutong"), kind=UnitKind.SUBDISTRICT,
        duty=Duty.IMPLEMENTING_BODY,
    )  # fmt: skip
    projects.introduce_project(
        city.desk, city.order(), code="P-1", name="项目", kind=ProjectKind.NEW_BUILD, unit="wutong",
        id="11111111-1111-4111-8111-111111111111",
    )  # fmt: skip
    yield city
    city.close()


def project(**given: Any) -> dict[str, Any]:
    """The input of a project with something wrong about it."""
    return {"input": {"code": "P-2", "name": "项目二", "kind": "NEW_BUILD", "unit": "wutong", **given}}


def milestone(**given: Any) -> dict[str, Any]:
    """The input of a milestone with something wrong about it."""
    told = {"project": "11111111-1111-4111-8111-111111111111", "kind": "SIGNED", "on": {"text": "2015-05"}}
    return {"input": {**told, **given}}


BAD = [
    (NODE, {"id": "%%%"}, "BAD_ID"),
    (NODE, {"id": "bm9ub3VuOjE"}, "BAD_ID"),
    (NODE, {"id": ""}, "BAD_ID"),
    (NODE, {"id": "é" * 10}, "BAD_ID"),
    (PROJECTS, {"first": -1}, "PAGE_SIZE"),
    (PROJECTS, {"first": 100_000}, "PAGE_SIZE"),
    (PROJECTS, {"first": 1, "last": 1}, "FIRST_AND_LAST"),
    (PROJECTS, {"first": 2**40}, "BAD_REQUEST"),
    (PROJECTS, {"after": "x"}, "BAD_CURSOR"),
    (PROJECTS, {"filter": {"kinds": ["NEW_BULID"]}}, "BAD_REQUEST"),
    (PROJECTS, {"filter": {"kinds": [None]}}, "BAD_REQUEST"),
    (PROJECTS, {"filter": {"no": 1}}, "BAD_REQUEST"),
    (MOMENT, {"validOn": "9999-12-31"}, "BAD_DATE"),
    (MOMENT, {"validOn": "1899-12-31"}, "BAD_DATE"),
    (MOMENT, {"clock": "9999-12-31T23:59:59Z"}, "BAD_DATE_TIME"),
    (MOMENT, {"clock": "0001-01-01T00:00:00+14:00"}, "BAD_DATE_TIME"),
    (INTRODUCE, project(investment={"amount": "-1", "unit": "YI_YUAN"}), "NEGATIVE_AMOUNT"),
    (INTRODUCE, project(investment={"amount": "1" * 40, "unit": "YI_YUAN"}), "AMOUNT_TOO_LARGE"),
    (INTRODUCE, project(investment={"amount": "1e5", "unit": "YI_YUAN"}), "BAD_DECIMAL"),
    (INTRODUCE, project(investment={"amount": "NaN", "unit": "YI_YUAN"}), "BAD_DECIMAL"),
    (INTRODUCE, project(investment={"amount": 1.5, "unit": "YI_YUAN"}), "BAD_DECIMAL"),
    (INTRODUCE, project(investment={"amount": "1", "unit": "SHEKEL"}), "BAD_REQUEST"),
    (INTRODUCE, project(name=None), "BAD_REQUEST"),
    (INTRODUCE, project(name="   "), "EMPTY_TEXT"),
    (INTRODUCE, project(name="\ud800"), "BAD_TEXT"),
    (INTRODUCE, project(name="a\x00b"), "BAD_TEXT"),
    (INTRODUCE, project(name="名" * 10_000), "TEXT_TOO_LONG"),
    (REACH, milestone(on={"text": "2015-02-30"}), "BAD_DATE"),
    (REACH, milestone(on={"text": "yesterday"}), "BAD_DATE"),
    (REACH, milestone(project="not-an-id"), "BAD_ID"),
    (REACH, milestone(kind=None), "BAD_REQUEST"),
]
"""What is asked, with what, and the code that it gets."""

REFUSED = [
    (INTRODUCE, project(unit="nowhere"), "DoesNotExist"),
    (INTRODUCE, project(code="P-1"), "AlreadyTaken"),
    (REACH, milestone(project="22222222-2222-4222-8222-222222222222"), "DoesNotExist"),
    (REACH, milestone(on={"text": "2019-01"}), "FactLiesAhead"),
]
"""What makes sense and is against the rules."""


@pytest.mark.parametrize(("document", "variables", "code"), BAD)
def test_bad_input_gets_its_code_and_records_nothing(
    city: City, document: str, variables: dict[str, Any], code: str
) -> None:
    head = city.record.head

    result = city.execute(document, variables, as_=ADMINISTRATOR)

    assert result.errors
    assert result.errors[0].extensions["code"] == code, result.errors
    assert city.record.head == head


@pytest.mark.parametrize(
    ("question", "variables"),
    [
        ("query($code: String!) { unit(code: $code) { code } }", {"code": "a\0b"}),
        ("query($codes: [String!]!) { projects(filter: {units: $codes}) { totalCount } }", {"codes": ["wutong", "\0"]}),
        ('{ unit(code: "\\u0000") { code } }', {}),
    ],
)
def test_a_text_with_nul_is_looked_for_in_no_store(city: City, question: str, variables: dict[str, Any]) -> None:
    answered = city.execute(question, variables, READER)

    assert [error.extensions["code"] for error in answered.errors] == ["BAD_TEXT"]


@pytest.mark.parametrize(("document", "variables", "code"), REFUSED)
def test_what_the_rules_refuse_is_data_and_records_nothing(
    city: City, document: str, variables: dict[str, Any], code: str
) -> None:
    head = city.record.head

    answer = next(iter(city.ask(document, variables, as_=ADMINISTRATOR).values()))

    assert answer == {"__typename": "Refusal", "code": code}
    assert city.record.head == head


def test_nobody_who_is_not_signed_in_and_no_reader_or_auditor_changes_anything(city: City) -> None:
    head = city.record.head

    codes = [
        city.execute(INTRODUCE, project(), as_=actor).errors[0].extensions["code"] for actor in (None, READER, AUDITOR)
    ]

    assert codes == ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN"]
    assert city.record.head == head
