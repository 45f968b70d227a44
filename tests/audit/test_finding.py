"""The evidence sheet 取证单: the question, the answer as people read it, and a real receipt that can be checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from tests.audit.finding_made import CASE, made
from tests.receipts.notary import Notary
from txapi.audit.finding.blocks import NOTHING, Grid, Items, Pairs, Part, Term, Terms, blocks_of, texts_of
from txapi.audit.finding.form import form_of, wrapped
from txapi.audit.finding.qr import VERSION_MAX, code_of
from txapi.audit.finding.screen import screen
from txapi.audit.finding.sheet import Case
from txapi.domain.errors import BadInput
from txapi.domain.labels import Label
from txapi.receipts.check import check_receipt
from txapi.receipts.findings import question_of
from txapi.schema.terms import terms_of


@pytest.fixture(scope="module")
def notary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notary]:
    notary = Notary(tmp_path_factory.mktemp("notary"))
    yield notary
    notary.close()


class Text(HTMLParser):
    """The text of a page, and the tags it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags = "", set[str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


# -- the evidence ------------------------------------------------------------------------------------------------------


def test_the_receipt_that_goes_with_a_sheet_holds_in_every_part(notary):
    finding = made(notary)

    verdict = check_receipt(finding.evidence.file, [notary.ledger.vkey], notary.city.record, root_of=notary.ledger.root)

    assert (verdict.holds, verdict.same_code, verdict.same_answer) == (True, True, True)


def test_receipt_and_checkpoint_stand_on_the_sheet_as_they_were_signed(notary):
    finding = made(notary)

    receipt = json.loads(finding.evidence.file)["extensions"]["receipt"]
    first, second, _ = form_of(finding)["annexes"]
    assert "\n".join(first["lines"]).replace("\n↪ ", "") + "\n" == receipt["note"]
    assert "\n".join(second["lines"]).replace("\n↪ ", "") + "\n" == receipt["checkpoint"]
    latest = notary.ledger.latest()
    assert latest is not None
    assert receipt["checkpoint"] == latest.note


def test_the_sheet_names_the_digest_of_the_file_that_goes_with_it(notary):
    finding = made(notary)

    told = {pair["label"]["zh"]: pair["value"] for pair in form_of(finding)["evidence"]["pairs"]}

    assert told["随附文件摘要"] == hashlib.sha256(finding.evidence.file).hexdigest()
    assert told["验证公钥"] == notary.ledger.vkey
    assert told["记录"] == notary.city.record.record_id


def test_without_the_records_key_there_is_no_sheet(tmp_path):
    notary = Notary(tmp_path)
    notary.ledger.key = None

    with pytest.raises(BadInput, match="only its holder issues receipts"):
        made(notary)

    notary.close()


def test_before_a_checkpoint_covers_the_answer_there_is_no_sheet(tmp_path):
    notary = Notary(tmp_path)
    notary.city.at("2015-12-01T09:00").watch()
    signed = notary.ledger.latest()
    assert signed is not None
    assert signed.size < notary.city.record.head.position

    with pytest.raises(BadInput, match="no checkpoint attests position"):
        made(notary)

    notary.close()


def test_a_question_that_was_answered_with_an_error_makes_no_sheet(notary):
    with pytest.raises(BadInput, match="not wholly answered"):
        made(notary, first=-1)


# -- the QR code -------------------------------------------------------------------------------------------------------


def test_the_code_holds_the_whole_note_of_a_receipt(notary):
    note = made(notary).evidence.note

    code = code_of(note)

    assert code.whole
    assert code.content == note


def test_a_note_too_long_for_paper_is_told_by_its_digest():
    # Version 30 holds 1732 bytes at level L (ISO/IEC 18004, table 7).
    note = "txapi.receipt/v1\n" + "x" * 1732

    code = code_of(note)

    assert VERSION_MAX == 30
    assert not code.whole
    assert code.content == f"txapi.receipt/v1 sha256:{hashlib.sha256(note.encode()).hexdigest()}"


def test_a_long_line_of_a_signed_text_goes_on_after_a_mark():
    assert wrapped("short\n\n" + "x" * 100 + "\n") == ["short", "", "x" * 96, "↪ xxxx"]


# -- the answer --------------------------------------------------------------------------------------------------------

PLAIN: Terms = {("state",): Term(Label(zh="状态", en="state"), {"DRAFT": Label(zh="草稿", en="draft")})}


def test_an_enum_a_truth_and_an_instant_are_told_in_words():
    [pairs] = blocks_of({"state": "DRAFT", "late": True, "at": "2015-08-06T16:00:00+00:00", "none": None}, PLAIN)

    assert isinstance(pairs, Pairs)
    assert [value for _, value in pairs.pairs] == ["草稿 draft", "是 yes", "2015-08-07 00:00:00", NOTHING]
    assert pairs.pairs[0][0] == Label(zh="状态", en="state")


def test_a_list_of_small_things_is_a_table_and_one_of_large_things_is_numbered():
    small = [{"number": f"2015-000{n}", "subject": "事由"} for n in range(5)]
    large = [{f"field{n}": str(n) for n in range(8)}]

    table, items = blocks_of({"small": small, "large": large}, {})

    assert isinstance(table, Grid)
    assert table.rows == tuple((f"2015-000{n}", "事由") for n in range(5))
    assert isinstance(items, Items)
    assert len(items.items) == 1


def test_of_a_connection_the_count_and_the_nodes_are_told_and_the_means_of_paging_are_not():
    data = {
        "moment": {
            "position": "5",
            "tickets": {"totalCount": 9, "pageInfo": {"endCursor": "x"}, "nodes": [{"id": "y", "no": "1"}]},
        }
    }

    pairs, table = blocks_of(data, {})

    assert isinstance(pairs, Pairs)
    assert [value for _, value in pairs.pairs] == ["9"]
    assert isinstance(table, Grid)
    assert table.rows == (("1",),)
    assert {"x", "y", "5"}.isdisjoint(texts_of((pairs, table)))


def test_a_large_object_is_a_part_under_its_own_title():
    [part] = blocks_of({"handling": {"opinion": "长" * 200, "events": [{"a": 1}]}}, {})

    assert isinstance(part, Part)
    assert part.title.en == "handling"
    assert "长" * 200 in set(texts_of(part.blocks))


def test_every_field_of_a_question_has_a_chinese_term():
    document = """query Q { moment { tickets { totalCount nodes { number handler { code name { zh } } state light { colour } } } } }"""

    terms = terms_of(document)

    assert terms["moment", "tickets", "totalCount"].label == Label(zh="总数", en="total count")
    assert terms["moment", "tickets", "nodes", "number"].label.zh == "编号"
    states = terms["moment", "tickets", "nodes", "state"].values
    assert states is not None
    assert states["DRAFT"] == Label(zh="草稿", en="draft")


def test_a_term_is_found_behind_fragments_and_under_an_alias():
    document = "query Q { moment { late: tickets { nodes { ...Short ... on Ticket { subject } } } } } fragment Short on Ticket { number }"

    terms = terms_of(document)

    assert terms["moment", "late", "nodes", "number"].label.zh == "编号"
    assert terms["moment", "late", "nodes", "subject"].label.zh == "事由"
    assert terms["moment", "late"].label.en == "late"


def test_a_question_is_told_in_both_languages_from_its_comments():
    document = (
        "# Question 3: Why is 58.2 printed?\n# 刊载：为何刊载58.2。`first`: how many.\nquery Q { viewer { subject } }"
    )

    assert question_of(document) == Label(zh="刊载：为何刊载58.2。", en="Why is 58.2 printed?")


def test_a_question_without_chinese_is_told_in_english():
    assert question_of("# What stands where.\nquery Q { a }") == Label(zh="What stands where.", en="What stands where.")


# -- the page on a screen ----------------------------------------------------------------------------------------------


def test_the_page_has_what_such_a_form_has_and_what_was_asked_and_answered(notary):
    page = Text(screen(made(notary, "Tickets", first=3)))

    for word in ("审计取证单", "索引号", "项目名称", "被审计单位", "审计事项", "审计事项摘要", "审计人员", "编制日期"):
        assert word in page.text
    for word in ("证据提供单位（被审计单位）意见", "单位负责人（签名）", "单位（盖章）", "日期"):
        assert word in page.text
    for word in (CASE.number, CASE.project, CASE.unit, CASE.auditor, "2015-10-08"):
        assert word in page.text
    [ticket] = notary.city.ask("Tickets", {"first": 1})["moment"]["tickets"]["nodes"]
    assert ticket["number"] in page.text
    assert ticket["subject"] in page.text


def test_a_page_that_tells_the_first_page_of_an_answer_says_that_there_is_more(notary):
    more = "本单只列出第一页"

    assert more in screen(made(notary, "Tickets", first=1))
    assert more not in screen(made(notary, "Tickets", first=100))


def test_nothing_that_is_said_becomes_markup(notary):
    page = screen(made(notary, case=Case(unit="<script>alert(1)</script>", matter='"><img src=x onerror=y>')))

    assert Text(page).tags.isdisjoint({"script", "img", "link", "iframe"})
    assert "<script>alert(1)</script>" in Text(page).text


def test_a_page_loads_nothing_from_elsewhere(notary):
    page = screen(made(notary))

    assert "src=" not in page
    assert "href=" not in page
    assert "url(" not in page
    assert "http" not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_the_same_evidence_makes_the_same_page(notary):
    finding = made(notary)

    assert screen(finding) == screen(finding)
