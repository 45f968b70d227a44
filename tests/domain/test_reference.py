"""References: editions are adopted by event, checked, never changed, and read by every rule from the fold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from txapi.datasets.references import bundled_references, edition_from, read_edition, reference_folder
from txapi.domain.authority import NotYourRole
from txapi.domain.deadlines import Counting, reply_deadline
from txapi.domain.editions import (
    Duty,
    EditionKind,
    Measure,
    MilestoneKind,
    MilestoneTemplate,
    ProjectKind,
    typed_content,
)
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Basis, Event, Metadata, Role
from txapi.domain.labels import LABELS, label_of
from txapi.domain.reference import (
    EditionAlreadyAdopted,
    EditionHasOtherContent,
    EditionIsNotInForce,
    NothingAdopted,
    Reference,
    References,
    WithdrawalOfAnEditionNeedsAReason,
    reference_id,
)

POLICY: dict[str, Any] = {
    "label": {"zh": "五日", "en": "five days"},
    "days": 5,
    "counting": "calendar",
    "rolls": False,
    "deemed_receipt_working_days": None,
    "basis": "stated",
}


def meta(role: Role = Role.ADMINISTRATOR, reason: str | None = None) -> Metadata:
    return Metadata(
        decided_at=datetime(2015, 8, 6, tzinfo=UTC),
        actor=Actor(subject="someone", role=role),
        correlation_id="c",
        reason=reason,
    )


def adopted(kind: EditionKind, edition: str, content: dict[str, Any], **more: Any) -> Reference:
    reference = Reference(reference_id(kind, edition))
    reference.adopt(meta(), kind=kind, edition=edition, content=content, **more)
    return reference


def bundled_events() -> list[Event]:
    return [event for edition in bundled_references() for event in adopted(*edition).pending]


@pytest.fixture(scope="module")
def references() -> References:
    return References.fold(bundled_events())


def test_an_adopted_edition_carries_its_content_and_the_hash_of_it() -> None:
    reference = adopted(EditionKind.DEADLINE_POLICY, "reply-5", POLICY)

    (event,) = reference.pending
    assert isinstance(event, Reference.Adopted)
    assert event.content == POLICY
    assert len(event.hash) == 64
    assert reference.edition == "reply-5"
    assert not reference.withdrawn


def test_the_hash_does_not_depend_on_the_order_of_the_fields() -> None:
    one = adopted(EditionKind.DEADLINE_POLICY, "reply-5", POLICY)
    other = adopted(EditionKind.DEADLINE_POLICY, "reply-5", dict(reversed(POLICY.items())))

    assert one.hash == other.hash
    assert one.hash != adopted(EditionKind.DEADLINE_POLICY, "reply-5", {**POLICY, "days": 6}).hash


@pytest.mark.parametrize("role", [Role.CLERK, Role.LEADER, Role.SUPERVISOR, Role.AUDITOR, Role.READER])
def test_only_administrator_and_system_adopt(role: Role) -> None:
    reference = Reference(reference_id(EditionKind.DEADLINE_POLICY, "reply-5"))

    with pytest.raises(NotYourRole):
        reference.adopt(meta(role), kind=EditionKind.DEADLINE_POLICY, edition="reply-5", content=POLICY)

    assert reference.pending == []
    reference.adopt(meta(Role.SYSTEM), kind=EditionKind.DEADLINE_POLICY, edition="reply-5", content=POLICY)
    assert len(reference.pending) == 1


def test_an_edition_never_changes() -> None:
    reference = adopted(EditionKind.DEADLINE_POLICY, "reply-5", POLICY)

    with pytest.raises(EditionHasOtherContent):
        reference.adopt(meta(), kind=EditionKind.DEADLINE_POLICY, edition="reply-5", content={**POLICY, "days": 6})
    with pytest.raises(EditionAlreadyAdopted):
        reference.adopt(meta(), kind=EditionKind.DEADLINE_POLICY, edition="reply-5", content=POLICY)

    assert len(reference.pending) == 1


def test_a_withdrawn_edition_is_chosen_no_more_but_stays_readable(references: References) -> None:
    reference = adopted(EditionKind.DEADLINE_POLICY, "reply-5", POLICY)
    with_five = references.with_adopted(reference.pending[0])  # type: ignore[arg-type]
    assert with_five.deadline_policy().days == 5

    with pytest.raises(WithdrawalOfAnEditionNeedsAReason):
        reference.withdraw(meta())
    reference.withdraw(meta(reason="adopted by mistake"))
    after = with_five.with_event(reference.pending[1])

    assert after.deadline_policy().edition == "reply-7-calendar-days"
    assert after.deadline_policy("reply-5").days == 5
    with pytest.raises(EditionIsNotInForce):
        reference.withdraw(meta(reason="again"))
    reference.adopt(meta(), kind=EditionKind.DEADLINE_POLICY, edition="reply-5", content=POLICY)
    assert after.with_event(reference.pending[2]).deadline_policy().days == 5


def test_a_withdrawn_calendar_gives_way_to_the_one_before(references: References) -> None:
    content = {"year": 2015, "notice": "a mistake", "holidays": [], "workdays": []}
    mistake = adopted(EditionKind.CALENDAR, "cn-2015-mistake", content)
    with_mistake = references.with_event(mistake.pending[0])
    mistake.withdraw(meta(reason="wrong file"))

    after = with_mistake.with_event(mistake.pending[1])

    assert with_mistake.calendars.is_working_day(date(2015, 9, 3))
    assert not after.calendars.is_working_day(date(2015, 9, 3))
    assert after.calendars.edition_of(date(2015, 9, 3)) == "cn-workdays-2015"


@pytest.mark.parametrize("edition", ["", "Reply", "reply 5", "-x", "x" * 81, "回复", "../x"])
def test_an_edition_has_a_plain_name(edition: str) -> None:
    reference = Reference(reference_id(EditionKind.DEADLINE_POLICY, edition))

    with pytest.raises(BadInput):
        reference.adopt(meta(), kind=EditionKind.DEADLINE_POLICY, edition=edition, content=POLICY)

    assert reference.pending == []


def test_an_edition_belongs_into_its_own_stream() -> None:
    reference = Reference(reference_id(EditionKind.DEADLINE_POLICY, "reply-6"))

    with pytest.raises(BadInput):
        reference.adopt(meta(), kind=EditionKind.DEADLINE_POLICY, edition="reply-5", content=POLICY)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"days": "seven"}, ("days",)),
        ({"days": 0}, ("days",)),
        ({"colour": "red"}, ()),
        ({"counting": "lunar"}, ("counting",)),
        ({"label": {"zh": "只有中文"}}, ("label",)),
        ({"label": {"zh": 1, "en": "x"}}, ("label", "zh")),
        ({"source": "\ud800"}, ("content",)),
        ({"source": object()}, ("content",)),
    ],
)
def test_content_of_another_shape_is_bad_input_that_says_where(change: dict[str, Any], path: tuple[str, ...]) -> None:
    reference = Reference(reference_id(EditionKind.DEADLINE_POLICY, "reply-5"))

    with pytest.raises(BadInput) as refused:
        reference.adopt(meta(), kind=EditionKind.DEADLINE_POLICY, edition="reply-5", content={**POLICY, **change})

    assert (refused.value.code, refused.value.path) == ("BAD_EDITION", path)
    assert reference.pending == []


def test_adoptions_survive_being_stored(references: References) -> None:
    events = bundled_events()

    stored = [msgspec.json.decode(msgspec.json.encode(event), type=type(event)) for event in events]

    assert stored == events
    again = References.fold(stored)
    assert again.editions == references.editions


def test_every_rule_finds_what_comes_with_the_product(references: References) -> None:
    assert references.calendars.years == list(range(2004, 2027))
    assert references.deadline_policy().edition == "reply-7-calendar-days"
    assert references.deadline_policy("reply-7-working-days").counting is Counting.WORKING
    assert references.indicators["FDI_CONTRACTED"].measure is Measure.MONEY
    assert references.thresholds.due_soon_days.value == 2
    assert references.counting_rule(Duty.COMMENCEMENT).milestones == (MilestoneKind.STARTED,)
    assert references.counting_rule(Duty.COMPLETION).edition == "completion-completed"
    assert {template.kind for template in references.milestones.templates} == set(ProjectKind)
    label = references.unit_label("wan_kwh")
    assert label is not None
    assert label.zh == "万千瓦时"
    assert references.unit_label("bushel") is None


def test_what_the_article_does_not_say_is_marked_as_inferred(references: References) -> None:
    thresholds = references.thresholds

    assert references.deadline_policy().basis is Basis.INFERRED
    assert thresholds.slip_days_red.basis is Basis.INFERRED
    assert thresholds.half_year_attainment_percent.basis is Basis.STATED
    assert all(template.basis is Basis.INFERRED for template in references.milestones.templates)


def test_the_adopted_policy_and_calendar_give_the_deadlines_of_the_design(references: References) -> None:
    for received, due, by_working_days in (
        ("2015-08-06", "2015-08-13", "2015-08-17"),
        ("2015-08-28", "2015-09-06", "2015-09-09"),
        ("2015-09-25", "2015-10-08", "2015-10-12"),
    ):
        day = date.fromisoformat(received)
        working = references.deadline_policy("reply-7-working-days")
        assert reply_deadline(day, references.deadline_policy(), references.calendars).last_day.isoformat() == due
        assert reply_deadline(day, working, references.calendars).last_day.isoformat() == by_working_days


def test_an_edition_of_tomorrow_does_not_decide_today(references: References) -> None:
    reference = adopted(EditionKind.DEADLINE_POLICY, "reply-5", POLICY, in_force_from=date(2016, 1, 1))
    later = references.with_event(reference.pending[0])

    assert later.deadline_policy(on=date(2015, 12, 31)).days == 7
    assert later.deadline_policy(on=date(2016, 1, 1)).days == 5
    assert later.thresholds_on(date(2015, 1, 1)) == later.thresholds


def test_where_nothing_was_adopted_the_rule_says_so() -> None:
    with pytest.raises(NothingAdopted) as refused:
        References().deadline_policy()

    assert refused.value.message() == "No deadline policy was adopted yet."
    assert refused.value.message("zh") == "尚未采用任何时限规则。"
    with pytest.raises(NothingAdopted):
        References().deadline_policy("reply-5")
    with pytest.raises(NothingAdopted):
        _ = References().thresholds
    assert References().indicators == {}
    assert References().units == {}


def test_events_of_other_nouns_are_passed_over(references: References) -> None:
    class Nothing(Event, frozen=True, kw_only=True):
        pass

    event = Nothing(originator_id="x", originator_version=1, meta=meta())

    assert references.with_event(event) is references
    assert References.fold([event]).editions == ()


def test_the_template_orders_the_milestones_partially(references: References) -> None:
    template = references.template_of(ProjectKind.NEW_BUILD)

    assert MilestoneKind.LAND_LISTED in template.before(MilestoneKind.STARTED)
    assert MilestoneKind.PILING not in template.before(MilestoneKind.STARTED)
    assert MilestoneKind.STARTED not in template.before(MilestoneKind.PILING)
    assert template.before(MilestoneKind.LEAD) == frozenset()


def test_the_stage_is_the_furthest_milestone_of_the_kind(references: References) -> None:
    new_build = references.template_of(ProjectKind.NEW_BUILD)
    tenancy = references.template_of(ProjectKind.TENANCY)

    assert new_build.furthest([]) is None
    assert new_build.furthest([MilestoneKind.LAND_AWARDED, MilestoneKind.SIGNED]) is MilestoneKind.LAND_AWARDED
    assert tenancy.furthest([MilestoneKind.SIGNED, MilestoneKind.PILING]) is MilestoneKind.SIGNED
    assert tenancy.furthest([MilestoneKind.PILING]) is MilestoneKind.PILING


def test_a_template_whose_order_runs_backwards_is_bad_input() -> None:
    lead, signed, piling = MilestoneKind.LEAD, MilestoneKind.SIGNED, MilestoneKind.PILING

    for order in (((signed, lead),), ((lead, piling),)):
        with pytest.raises(BadInput):
            MilestoneTemplate(kind=ProjectKind.TENANCY, milestones=(lead, signed), order=order, basis=Basis.INFERRED)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (
            "indicators",
            {"indicators": [{"code": "X", "label": {"zh": "", "en": ""}, "measure": "money", "unit": "吨"}]},
        ),
        (
            "indicators",
            {"indicators": [{"code": "X", "label": {"zh": "", "en": ""}, "measure": "percentage", "unit": "mu"}]},
        ),
        (
            "indicators",
            {
                "indicators": [
                    {"code": "X", "label": {"zh": "", "en": ""}, "measure": "count", "unit": "item", "currency": "CNY"}
                ]
            },
        ),
        ("units_of_measure", {"units": [{"code": "x", "label": {"zh": "", "en": ""}, "base": "y"}]}),
        ("units_of_measure", {"units": [{"code": "x", "label": {"zh": "", "en": ""}, "base": "x", "factor": "0"}]}),
        ("units_of_measure", {"units": [{"code": "x", "label": {"zh": "", "en": ""}, "base": "x"}] * 2}),
        ("milestone_templates", {"templates": []}),
        (
            "counting_rule",
            {"label": {"zh": "", "en": ""}, "duty": "completion", "milestones": [], "basis": "inferred"},
        ),
    ],
)
def test_editions_that_contradict_themselves_are_bad_input(kind: str, content: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        typed_content(EditionKind(kind), "x", content)

    assert refused.value.code == "BAD_EDITION"


def test_thresholds_rise_from_yellow_to_red() -> None:
    _, _, content = read_edition(reference_folder() / "thresholds.yaml")
    limit = {"basis": "inferred", "note": {"zh": "", "en": ""}}

    for name, value in (("slip_days_yellow", 31), ("quiet_days_yellow", -1), ("idle_days_red", 10**6)):
        with pytest.raises(BadInput):
            typed_content(EditionKind.THRESHOLDS, "x", {**content, name: {"value": value, **limit}})


@pytest.mark.parametrize(
    "text",
    ["", "- 1", "kind: dreams\nedition: x\ncontent: {}", "kind: calendar\nedition: x", "kind: [", "\ud800kind"],
)
def test_a_file_that_is_no_edition_is_bad_input(tmp_path: Path, text: str) -> None:
    path = tmp_path / "edition.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    with pytest.raises(BadInput) as refused:
        read_edition(path)

    assert refused.value.code == "BAD_EDITION"
    assert "edition.yaml" in str(refused.value)


def test_a_file_with_unknown_fields_or_of_absurd_size_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "edition.yaml"
    path.write_bytes(b"#" * 1_000_001)

    with pytest.raises(BadInput):
        read_edition(path)
    with pytest.raises(BadInput):
        edition_from({"kind": "calendar", "edition": "x", "content": {}, "extra": 1})


def test_json_files_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(msgspec.json.encode({"kind": "deadline_policy", "edition": "reply-5", "content": POLICY}))

    assert read_edition(path) == (EditionKind.DEADLINE_POLICY, "reply-5", POLICY)


def test_calendars_can_be_left_out_that_were_not_published_yet() -> None:
    editions = [edition for _, edition, _ in bundled_references(lambda year: year <= 2015)]

    assert "cn-workdays-2015" in editions
    assert "cn-workdays-2016" not in editions


def test_every_published_edition_file_can_be_read() -> None:
    # The table of permissions is published beside them, and decided in the code.
    paths = [path for path in sorted(reference_folder().rglob("*.yaml")) if path.name != "permissions.yaml"]

    assert len({read_edition(path).edition for path in paths}) == len(paths)


def test_everything_that_people_see_has_a_label() -> None:
    kinds = (EditionKind, MilestoneKind, ProjectKind, Measure, Duty, Counting, Basis)

    assert [member for kind in kinds for member in kind if member not in LABELS] == []
    assert label_of(MilestoneKind.PILING).zh == "桩基动工"
