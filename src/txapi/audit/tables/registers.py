"""The tables of the registers: companies, parcels, groups, meetings, units, publications and adopted editions."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

import txapi.audit.tables.values  # noqa: F401 - says what the values inside these rows mean
from txapi.audit.tables.columns import Kind, Line, Sheet, arranged, enum_columns, more, row_columns, told, value_columns
from txapi.audit.tables.extract import SEPARATOR, Extract, by_noun, together
from txapi.domain.company import CompanyIncrease
from txapi.domain.labels import Label
from txapi.domain.official import Official
from txapi.domain.parcel import LandUse
from txapi.domain.quantity import Ratio
from txapi.projections import (
    attachments,
    companies,
    groups,
    meetings,
    parcels,
    publications,
    references,
    units,
    webhooks,
)
from txapi.projections.attachments import ATTACHMENTS, AttachmentRow
from txapi.projections.companies import COMPANIES, CompanyRow
from txapi.projections.groups import GROUPS, GroupRow
from txapi.projections.meetings import MEETINGS, MeetingRow
from txapi.projections.parcels import PARCELS, ParcelRow, ParcelStepRow
from txapi.projections.persons import PERSONS, PersonRow
from txapi.projections.publications import PUBLICATIONS, PUBLISHED, PublicationRow, PublishedRow
from txapi.projections.references import EDITIONS, EditionRow
from txapi.projections.select import Order, Select
from txapi.projections.units import UNITS, UnitRow
from txapi.projections.webhooks import WEBHOOKS, WebhookRow

_CHANGED = told(
    "changed_at",
    Kind.INTEGER,
    "最近变更位置",
    "The position of the event since which this row reads so.",
    lambda line: line.row._since,
)
_UNIT_NAME = told(
    "unit_name",
    Kind.TEXT,
    "单位名称",
    "The name of the unit.",
    lambda line: line.extract.name("unit", line.row.unit_code),
)

COMPANY = Sheet(
    "companies",
    Label(zh="企业", en="companies"),
    Label(zh="一行一个企业。", en="One row for each company."),
    arranged((
        *row_columns(CompanyRow, "companies", omit=("increase_facts",)),
        _UNIT_NAME,
        told(
            "parent_name", Kind.TEXT, "母公司名称", "The name of the parent company.",
            lambda line: line.extract.name("company", line.row.parent_id),
        ),
        _CHANGED,
    ), "name"),
)  # fmt: skip

COMPANY_INCREASE = Sheet(
    "company_increases",
    Label(zh="企业增资", en="company increases"),
    Label(zh="一行一次企业增资。", en="One row for each increase of a company's capital."),
    (
        more("company_name", Kind.TEXT, "企业名称", "The name of the company."),
        more("company_id", Kind.TEXT, "企业实体标识", "The entity id of the company."),
        *row_columns(
            CompanyIncrease,
            "companies.increase_facts",
            meanings={
                "version": ("事件版次", "The number of the event that states it, in the company's stream."),
                "added": ("增加额", "What was added."),
                "before": ("增资前", "What there was before."),
                "after": ("增资后", "What there is afterwards."),
                "on": ("增资日期", "When it happened."),
                "basis": ("依据", "On what it rests."),
            },
        ),
    ),
)

PARCEL = Sheet(
    "parcels",
    Label(zh="地块", en="parcels"),
    Label(zh="一行一宗地块。", en="One row for each parcel."),
    arranged((
        *row_columns(ParcelRow, "parcels", omit=("use_known",)),
        *enum_columns(
            "land_use", LandUse, "用地状态", "How it is used, by the valid day.", "computed", lambda line: line.more["use"]
        ),
        _UNIT_NAME,
        told(
            "former_user_name", Kind.TEXT, "原用地单位名称", "The name of the former user.",
            lambda line: line.extract.name("company", line.row.former_user_id),
        ),
        told(
            "winner_name", Kind.TEXT, "竞得人名称", "The name of the winner.",
            lambda line: line.extract.name("company", line.row.winner_id),
        ),
        _CHANGED,
    ), "location"),
)  # fmt: skip

PARCEL_STEP = Sheet(
    "parcel_steps",
    Label(zh="地块环节", en="parcel steps"),
    Label(zh="一行一个地块的一个环节。", en="One row for each thing that happened to a parcel."),
    (
        more("parcel_location", Kind.TEXT, "地块坐落", "Where the parcel is."),
        *row_columns(
            ParcelStepRow,
            "parcel_steps",
            omit=("latest",),
            meanings={"parcel_id": ("地块实体标识", "The entity id of the parcel.")},
        ),
    ),
)

GROUP = Sheet(
    "groups",
    Label(zh="项目组", en="groups"),
    Label(
        zh="一行一个项目组：集中开工、园区、储备等。", en="One row for each group: joint start, park, pipeline, batch."
    ),
    arranged((*row_columns(GroupRow, "project_groups"), _UNIT_NAME, _CHANGED), "name"),
)

MEETING = Sheet(
    "meetings",
    Label(zh="会议", en="meetings"),
    Label(zh="一行一次会议。", en="One row for each meeting."),
    arranged((
        *row_columns(MeetingRow, "meetings", omit=("attending",)),
        told(
            "host_names", Kind.TEXT, "主办单位名称", "The names of the hosts.",
            lambda line: line.extract.names("unit", line.row.host_codes),
        ),
        told(
            "attendees", Kind.TEXT, "参会人员", "The attendees with their posts.",
            lambda line: SEPARATOR.join(map(Official.text, line.row.attending)) or None, source="meetings.attending",
        ),
        told(
            "attending_names", Kind.TEXT, "参会单位名称", "The names of the attending units.",
            lambda line: line.extract.names("unit", line.row.attending_codes),
        ),
        _CHANGED,
    ), "title"),
)  # fmt: skip

UNIT = Sheet(
    "units",
    Label(zh="单位", en="units"),
    Label(zh="一行一个单位。", en="One row for each unit."),
    arranged((
        *row_columns(UnitRow, "units"),
        told(
            "parent_name", Kind.TEXT, "上级单位名称", "The name of the parent unit.",
            lambda line: line.extract.name("unit", line.row.parent_code),
        ),
        told(
            "successor_name", Kind.TEXT, "并入单位名称", "The name of the unit that it was merged into.",
            lambda line: line.extract.name("unit", line.row.successor_code),
        ),
        _CHANGED,
    ), "code", "name_label_zh"),
)  # fmt: skip

PUBLICATION = Sheet(
    "publications",
    Label(zh="发布文件", en="publications"),
    Label(zh="一行一份发布文件。", en="One row for each published document."),
    arranged((*row_columns(PublicationRow, "publications"), _CHANGED), "title_label_zh"),
)

PUBLISHED_ITEM = Sheet(
    "published",
    Label(zh="刊载内容", en="published"),
    Label(zh="一行一项刊载，与计算所得并列。", en="One row for each thing printed, beside what is computed."),
    arranged((
        told(
            "publication_title", Kind.TEXT, "文件标题", "The title of the document.",
            lambda line: line.extract.name("publication", line.row.publication_id),
        ),
        *row_columns(
            PublishedRow, "published", meanings={"publication_id": ("文件实体标识", "The entity id of the document.")}
        ),
        told(
            "about_name", Kind.TEXT, "涉及对象名称", "What people call the noun that it is about.",
            lambda line: line.row.about_kind and line.extract.noun_name(line.row.about_kind, line.row.about_id),
        ),
        *value_columns(
            "computed", Ratio, "计算所得", "What the printed counts come to.", "computed", lambda line: line.more["computed"]
        ),
        _CHANGED,
    ), "publication_title", "printed"),
)  # fmt: skip

ATTACHMENT = Sheet(
    "attachments",
    Label(zh="附件", en="attachments"),
    Label(zh="一行一个附件。", en="One row for each file that was attached."),
    arranged((
        told(
            "about_name", Kind.TEXT, "所附对象名称", "What people call the noun that it hangs on.",
            lambda line: line.extract.noun_name(line.row.about_kind, line.row.about_id),
        ),
        *row_columns(AttachmentRow, "attachments"),
        _UNIT_NAME,
        _CHANGED,
    ), "about_name", "number"),
)  # fmt: skip

EDITION = Sheet(
    "editions",
    Label(zh="采用版本", en="editions"),
    Label(zh="一行一个采用的版本：日历、时限规则、阈值等。", en="One row for each adopted edition of what decides."),
    arranged((
        *row_columns(EditionRow, "editions", omit=("body",)),
        told(
            "content", Kind.TEXT, "内容", "What was adopted, as canonical JSON.",
            lambda line: msgspec.json.encode(line.row.body, order="deterministic").decode(), source="editions.body",
        ),
        _CHANGED,
    ), "kind_zh", "edition"),
)  # fmt: skip

WEBHOOK = Sheet(
    "webhooks",
    Label(zh="推送端点", en="webhooks"),
    Label(zh="一行一个推送端点：接收事件的外部系统。", en="One row for each system that is told events."),
    arranged((*row_columns(WebhookRow, "webhooks"), _CHANGED), "name"),
)

PERSON = Sheet(
    "persons",
    Label(zh="自然人", en="persons"),
    Label(
        zh="一行一个自然人：何时、依据什么删除了个人信息；不含姓名和电话。",
        en="One row for each person: whether, when and on what basis the data were erased; no name and no phone.",
    ),
    arranged((*row_columns(PersonRow, "persons", omit=("name_sealed", "phone_sealed")), _CHANGED), "entity_id"),
)  # fmt: skip

SHEETS = (
    *(COMPANY, COMPANY_INCREASE, PARCEL, PARCEL_STEP, GROUP, MEETING, UNIT),
    *(PUBLICATION, PUBLISHED_ITEM, ATTACHMENT, EDITION, WEBHOOK, PERSON),
)


def lines(extract: Extract) -> Iterator[tuple[Sheet, Line]]:
    """Every register, in the order in which its lists are usually read."""
    reader = extract.reader
    for company in Select(COMPANIES, reader).each(companies.BY_NAME):
        yield COMPANY, Line(company, extract)
        of = {"company_name": extract.name("company", company.entity_id), "company_id": company.entity_id}
        for increase in company.increase_facts:
            yield COMPANY_INCREASE, Line(increase, extract, of)
    yield from _parcels(extract)
    for group in Select(GROUPS, reader).each(groups.BY_NAME):
        yield GROUP, Line(group, extract)
    for meeting in Select(MEETINGS, reader).each(meetings.LATEST_FIRST):
        yield MEETING, Line(meeting, extract)
    for unit in Select(UNITS, reader).each(units.OFFICIAL_ORDER):
        yield UNIT, Line(unit, extract)
    for publication in Select(PUBLICATIONS, reader).each(publications.LATEST_FIRST):
        yield PUBLICATION, Line(publication, extract)
    for printed in Select(PUBLISHED, reader).each(publications.AS_PRINTED):
        yield PUBLISHED_ITEM, Line(printed, extract, {"computed": publications.computed(printed)})
    for attachment in Select(ATTACHMENTS, reader).each(attachments.BY_NOUN):
        yield ATTACHMENT, Line(attachment, extract)
    for edition in Select(EDITIONS, reader).each(references.BY_NAME):
        yield EDITION, Line(edition, extract)
    for webhook in Select(WEBHOOKS, reader).each(webhooks.BY_NAME):
        yield WEBHOOK, Line(webhook, extract)
    for person in Select(PERSONS, reader).each([Order("t.entity_id")]):
        yield PERSON, Line(person, extract)


def _parcels(extract: Extract) -> Iterator[tuple[Sheet, Line]]:
    reader = extract.reader
    for rows in together(Select(PARCELS, reader).each(parcels.BY_LOCATION)):
        steps = by_noun(parcels.steps_of(reader, [row.entity_id for row in rows]), "parcel_id")
        for row in rows:
            taken = steps.get(row.entity_id, [])
            yield PARCEL, Line(row, extract, {"use": parcels.use_of(reader, row, taken)})
            for step in taken:
                yield PARCEL_STEP, Line(step, extract, {"parcel_location": row.location})
