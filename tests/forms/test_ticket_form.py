"""A ticket as a paper form: what the record says stands on it, as of the moment asked for, and what is missing is said."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest

from tests.attaching import pdf, png, uploaded
from tests.forms.conftest import Summer
from tests.printed import joined, pages, words
from tests.projections.ticket_city import ISSUER, LAND, furnished
from txapi.application.tickets import amend_ticket_draft
from txapi.audit.verifying.tree import root_over
from txapi.domain.errors import BadInput


def test_an_accepted_ticket_says_who_asked_whom_for_what_and_what_was_promised(summer: Summer) -> None:
    text = words(summer.ticket(summer.number("late")))

    for said in (
        f"编号：{summer.number('late')}",
        "主送land-bureau",
        "事由用地指标",
        "类别节约集约利用土地",
        "签发日期2015年8月3日",
        "正文请协调落实。",
        "签收2015年8月4日",
        "受理时限2015年8月11日（逾期）",
        "答复时间2015年8月12日09:00",
        "承诺时限2015年9月15日（承诺）",
        "发出单位（盖章）",
        "主办单位（盖章）",
        "催办land-bureau请尽快受理",
    ):
        assert said in text, said


def test_what_nobody_filled_in_is_said_to_be_missing_and_nothing_prints_as_none(summer: Summer) -> None:
    text = words(summer.ticket(summer.tickets["draft"]))

    assert "编号：未编号" in text
    assert "签发人：未填" in text
    assert "要求时限未填" in text
    assert "签发日期—" in text
    assert "None" not in text


def test_a_return_and_the_unit_that_it_was_sent_on_to_stand_under_each_other(summer: Summer) -> None:
    text = words(summer.ticket(summer.number("returned")))

    first, second = text.index("办理（1）主办单位"), text.index("办理（2）主办单位")
    assert "不属本局职责" in text[first:second]
    assert "planning-bureau" in text[second:]
    assert "已转办（chongfu）；改由规划局办理" in text


def test_a_silent_unit_is_said_to_have_received_by_law_and_to_have_let_the_deadline_lapse(summer: Summer) -> None:
    text = words(summer.ticket(summer.number("silent")))

    assert "（视同签收）" in text
    assert "逾期记录" in text
    assert "答复未答复" in text


def test_decisions_steps_up_and_extensions_stand_where_there_were_any(summer: Summer) -> None:
    escalated, supported = (words(summer.ticket(summer.number(name))) for name in ("escalated", "supported"))

    assert "领衔领导盛勇军（市长）久拖未决" in escalated
    decided = escalated[escalated.index("市长办公会议决定") :]
    assert all(said in decided for said in ("由规划局牵头落实", "2015年8月25日（逾期）"))
    assert "申请延至2015年9月10日：等待省里批复；2015年8月19日批准延至2015年9月10日" in supported
    assert "协办planning-bureau" in supported
    assert "提级协调" not in supported


def test_an_item_of_a_meeting_says_that_it_is_one_and_by_when_it_was_assigned(summer: Summer) -> None:
    text = words(summer.ticket(summer.number("item")))

    assert "（现场办公事项）" in text
    assert "承诺时限2015年8月28日（限期，逾期）" in text


def test_a_confirmed_ticket_says_when_and_bears_its_state(summer: Summer) -> None:
    text = words(summer.ticket(summer.number("resolved")))

    assert "处理结果已落实20亩" in text
    assert "销号2015年8月22日09:00" in text
    assert text.startswith("已确认") or "已确认" in text[:200]


def test_the_form_of_an_earlier_moment_knows_nothing_of_what_came_later(summer: Summer) -> None:
    number = summer.number("resolved")

    then = words(summer.ticket(number, at="2015-08-05T12:00"))

    assert "答复受理" in then
    assert "处理结果—" in then
    assert "未销号" in then
    assert "已落实20亩" not in then


def test_before_a_ticket_was_drafted_there_is_none_to_print(summer: Summer) -> None:
    with pytest.raises(BadInput) as refused:
        summer.ticket(summer.tickets["item"], at="2015-08-05T12:00")

    assert refused.value.code == "NO_SUCH_TICKET"


def test_in_english_the_form_is_english_and_what_people_wrote_stays_as_written(summer: Summer) -> None:
    text = words(summer.ticket(summer.number("late"), lang="en"))

    assert joined("Reply due 11 August 2015 (late)") in text
    assert "用地指标" in text
    assert "受理时限" not in text


def test_the_same_moment_and_language_give_the_same_bytes_signed_or_not_and_later_too(summer: Summer) -> None:
    number, position = summer.number("late"), summer.city.record.head.position - 1

    first = summer.ticket(number, at=position)

    assert summer.ticket(number, at=position) == first
    # The root follows from the events, so that a form does not change when a checkpoint is signed.
    assert summer.ticket(number, at=position, signed=False) == first
    assert summer.ticket(number, at=position, lang="en") != first


def test_any_instant_of_a_day_behind_the_last_event_prints_the_same(summer: Summer) -> None:
    number = summer.number("late")

    assert summer.ticket(number, at="2015-08-14T09:00") == summer.ticket(number, at="2015-08-14T23:59")
    assert summer.ticket(number, at="2015-08-14T09:00") != summer.ticket(number, at="2015-08-15T00:00")


def test_the_foot_leads_back_to_the_record_by_its_root_and_the_tickets_last_event(summer: Summer) -> None:
    city, position = summer.city, 40
    # The root as the independent checker makes it, from the stored events alone.
    stored: Any = city.record.store.read
    root = root_over(stored, position)
    assert root is not None

    text = words(summer.ticket(summer.tickets["draft"], at=position))

    assert city.record.record_id in text
    assert f"据记录位置{position}" in text
    assert base64.b64encode(root).decode() in text


def test_a_text_of_several_pages_is_printed_whole_and_lists_repeat_their_heads(summer: Summer) -> None:
    city = summer.city
    long = "\n".join(f"第{number}段：" + "关于地块盘活利用的有关问题，请予研究答复。" * 9 for number in range(1, 13))
    amend_ticket_draft(city.desk, city.order(), ticket=summer.tickets["draft"], body=long)

    printed = summer.ticket(summer.tickets["draft"])

    text = pages(printed)
    assert len(text) > 2
    assert all(f"第{number}段" in "".join(text) for number in range(1, 13))
    assert all(f"第{at}页共{len(text)}页" in page for at, page in enumerate(text, 1))


def test_what_people_write_never_becomes_markup(summer: Summer) -> None:
    city = summer.city
    written = '#panic("x") *bold* $x^2$ <label> @ref // comment'
    amend_ticket_draft(city.desk, city.order(), ticket=summer.tickets["draft"], subject=written)

    assert joined(written) in words(summer.ticket(summer.tickets["draft"]))


def test_the_file_is_dated_by_the_record_and_not_by_the_printer(summer: Summer) -> None:
    read = pypdf.PdfReader(io.BytesIO(summer.ticket(summer.number("late"), at="2015-08-14T09:00")))

    assert read.metadata is not None
    assert str(read.metadata.creation_date).startswith("2015-08-13")


@pytest.fixture
def attached(tmp_path: Path) -> Iterator[tuple[Summer, str]]:
    """A summer, with a scan on a ticket and a photograph on the reply to it; the ticket's number."""
    city = furnished(tmp_path)
    summer = Summer(city)
    ticket = summer.tickets["late"]
    for sort, who, given in (
        (pdf(3_000), ISSUER, {"name": "红头文件扫描件.pdf", "caption": "盖章"}),
        (png(), LAND, {"name": "现场.png", "handling": 1}),
    ):
        sha256 = uploaded(city.record.files, sort, who)
        said = {"input": {"ticket": ticket, "sha256": sha256, **given}}
        answer = city.ask("AttachFile", said, as_=who)["attachFile"]
        assert answer["__typename"] == "AttachmentReceipt", answer
    yield summer, summer.number("late")
    city.close()


def test_files_stand_on_the_form_with_name_size_and_the_beginning_of_their_hash(attached: tuple[Summer, str]) -> None:
    summer, number = attached
    scan, photograph = (hashlib.sha256(content).hexdigest() for content in (pdf(3_000), png()))

    text, english = (words(summer.ticket(number, lang=lang)) for lang in ("zh", "en"))

    assert f"附件1.红头文件扫描件.pdf（盖章，2.9KB，SHA-256{scan[:16]}…）" in text
    assert f"2.现场.png（办理（1），{len(png())}B，SHA-256{photograph[:16]}…）" in text
    assert scan[:17] not in text
    assert joined(f"1. 红头文件扫描件.pdf (盖章, 2.9 KB, SHA-256 {scan[:16]}…)") in english


def test_the_form_of_a_moment_before_its_files_knows_none_of_them(attached: tuple[Summer, str]) -> None:
    summer, number = attached
    before = summer.city.record.head.position - 2

    assert "附件—" in words(summer.ticket(number, at=before))
    assert summer.ticket(number) == summer.ticket(number)
