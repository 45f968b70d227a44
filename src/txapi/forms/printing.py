"""The printing of forms: the published operation is asked, its answer is laid out, and the typesetter sets it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from txapi.domain.errors import BadInput
from txapi.forms.words import Words
from txapi.paper.typesetting import typeset
from txapi.schema.admitting import Operation
from txapi.schema.executing import execute
from txapi.schema.schema import the_schema

if TYPE_CHECKING:
    from txapi.forms.blocks import Form
    from txapi.forms.evidence import Evidence
    from txapi.forms.pinned import Pinned
    from txapi.schema.context import Context

TEMPLATE = Path(__file__).with_name("form.typ")

QUESTIONS_ONLY = BadInput("READ_ONLY", "this record can be read only; nothing is changed here")


class Printable(Protocol):
    """A form that can be printed."""

    @property
    def moment(self) -> Pinned:
        """The moment that it is asked of."""

    @property
    def operation(self) -> str:
        """The published operation whose answer it tells."""

    def variables(self, words: Words) -> dict[str, Any]:
        """The operation's variables."""

    def laid_out(self, data: dict[str, Any], words: Words) -> Form:
        """The form of the answer; BadInput where there is no such noun."""

    def last_change(self, data: dict[str, Any]) -> int | None:
        """The position of the last event of the noun that it is about, if it is about one."""

    def names(self, data: dict[str, Any]) -> tuple[str, str]:
        """What its file is called, in Chinese and in ASCII, without an ending."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A form as PDF. `names` are those of its file, in Chinese and in ASCII."""

    content: bytes
    names: tuple[str, str]


def asked(form: Printable, document: str, lang: str) -> Operation:
    """The operation that a form asks; `document` is the published one."""
    return Operation(document, form.variables(Words(lang)), form.operation)


def print_form(form: Printable, document: str, context: Context, evidence: Evidence, lang: str) -> Printed:
    """The form in a language, `zh` or `en`. The same record, moment and language give the same bytes.

    BadInput as the operation says, NO_SUCH_TICKET, NO_SUCH_UNIT, NoPaper.
    """
    words = Words(lang)
    answered = execute(the_schema(), context, asked(form, document, lang), questions_only=QUESTIONS_ONLY)
    for error in answered.errors:
        raise BadInput(error["extensions"]["code"], error["message"])
    laid_out = form.laid_out(answered.data, words)
    names = form.names(answered.data)
    laid_out |= {
        "lang": lang,
        "title": f"{laid_out['from']} {laid_out['name']} {names[1]}",
        **_foot(form, answered.data, evidence, words),
    }
    return Printed(typeset(TEMPLATE, laid_out, form.moment.recorded_at), names)


def _foot(form: Printable, data: dict[str, Any], evidence: Evidence, words: Words) -> Form:
    """What leads back to the record: a line on every page, and a table at the end."""
    moment = form.moment
    recorded = words.when(moment.recorded_at.isoformat())
    at = moment.position
    judged = words(f"判定日{words.day(moment.day)}", f"judged on {words.day(moment.day)}")
    pairs = [
        (words("记录", "Record"), evidence.record_id),
        (
            words("记录位置", "Position"),
            str(at) + words.aside(words(f"{recorded}记录", f"recorded {recorded}"), judged),
        ),
        (
            words("树根", "Tree root"),
            evidence.root(at) + words.aside(words(f"{at}个事件", f"{at} events"), "RFC 6962"),
        ),
    ]
    last = form.last_change(data)
    if last is not None:
        where = words(f"位置{last}，叶哈希", f"position {last}, leaf hash")
        pairs.append((words("最近事件", "Last event"), f"{where} {evidence.leaf(last)}"))
    check = words(
        f"此后任一检查点均为上列树根的延伸：一致性证明自{at}起，txapi verify 离线核验。",
        f"Every later checkpoint extends this root: a consistency proof from {at} shows it; txapi verify checks offline.",
    )
    pairs.append((words("核验", "To check"), check))
    return {
        "foot": words(f"据记录位置{at}，{recorded}", f"From position {at} of the record, {recorded}"),
        "evidence": {
            "title": words("存证", "Evidence"),
            "pairs": [{"label": one, "value": value} for one, value in pairs],
        },
        "pages": words("第{at}页　共{of}页", "Page {at} of {of}"),
    }
