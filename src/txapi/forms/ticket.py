"""The form of a ticket 工作联系单: whom it is from and to, what is asked, and what each unit did with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from txapi.domain.errors import BadInput
from txapi.domain.ticket.values import HandlingRole, TicketOrigin, TicketState
from txapi.forms.blocks import Form, box, row
from txapi.forms.handling import OPINION_MM, handling
from txapi.forms.on_the_way import on_the_way
from txapi.forms.words import NOTHING, Words

if TYPE_CHECKING:
    from txapi.forms.pinned import Pinned

_NUMBER = re.compile(r"[0-9]{4}-[0-9]{1,12}")
_DIGITS = 16
"""How many digits of a file's hash are printed: 64 bits."""
_BODY_MM = 36
"""How much room the text has at least."""


@dataclass(frozen=True, slots=True)
class TicketForm:
    """The form of one ticket. `key` is its number, its entityId or its id."""

    key: str
    moment: Pinned

    operation: ClassVar[str] = "TicketForm"

    def variables(self, words: Words) -> dict[str, Any]:
        """The variables of the operation. All its labels come in both languages."""
        named = "number" if _NUMBER.fullmatch(self.key) else "entityId"
        return {named: self.key, **self.moment.variables}

    def names(self, data: dict[str, Any]) -> tuple[str, str]:
        """What the file is called, in Chinese and plainly."""
        number = data["moment"]["ticket"]["number"] or "draft"
        return f"工作联系单-{number}", f"ticket-{number}"

    def last_change(self, data: dict[str, Any]) -> int | None:
        """The position of the ticket's last event."""
        return int(data["moment"]["ticket"]["changedAt"])

    def laid_out(self, data: dict[str, Any], words: Words) -> Form:
        """The form of the answer. BadInput NO_SUCH_TICKET."""
        ticket = data["moment"]["ticket"]
        if ticket is None:
            raise BadInput("NO_SUCH_TICKET", f"no ticket {self.key[:100]!r} is known at this moment", ("ticket",))
        on_site = ticket["origin"] == TicketOrigin.ON_SITE_MEETING.name
        state = "" if ticket["state"] in _ORDINARY else words.label(ticket["stateLabel"])
        return {
            "from": words.unit(ticket["issuer"]) if ticket["issuer"] else words("桐乡市", "Tongxiang"),
            "name": words("工作联系单", "Liaison form"),
            "under": words("（现场办公事项）", "(item of an on-site meeting)") if on_site else "",
            "mark": state,
            "left": words("编号", "No.") + words.colon + (ticket["number"] or words("未编号", "none yet")),
            "right": words("签发人", "Signed off by") + words.colon + _signer(ticket, words),
            "blocks": [
                box(
                    _head(ticket, words)
                    + _text(ticket, words)
                    + [row((words("附件", "Attachments"), _files(ticket, words)))]
                ),
                *(handling(one, words) for one in ticket["handlings"]),
                *on_the_way(ticket, words),
                box(_end(ticket, words), words("办结与销号", "Resolution and confirmation")),
            ],
        }


_ORDINARY = frozenset(
    {TicketState.ISSUED.name, TicketState.RECEIVED.name, TicketState.ACCEPTED.name, TicketState.IN_PROGRESS.name}
)
"""The states that need no mark on the head: the form is under way."""


def _signer(ticket: dict[str, Any], words: Words) -> str:
    return words.official(ticket["signedOffBy"]) if ticket["signedOffBy"] else words.unfilled


def _head(ticket: dict[str, Any], words: Words) -> list[Form]:
    """From whom to whom, about what, by when."""
    current = [one for one in ticket["handlings"] if one["closedAt"] is None] or ticket["handlings"]
    supporting = [one["unit"] for one in current if one["role"] == HandlingRole.SUPPORT.name]
    return [
        row((words("主送", "To"), _addressed(ticket, words))),
        row(
            (words("协办", "In support"), _units(supporting, words)),
            (words("抄送", "Copies"), _units(ticket["copies"], words)),
        ),
        row((words("事由", "Subject"), ticket["subject"])),
        row(
            (words("类别", "Category"), words.label(ticket["categoryLabel"])),
            (words("来源", "Origin"), words.member(TicketOrigin, ticket["origin"])),
        ),
        row(
            (words("签发日期", "Issued on"), words.day_of(ticket["issuedAt"])),
            (
                words("要求时限", "Wanted by"),
                words.day(ticket["requestedBy"]) if ticket["requestedBy"] else words.unfilled,
            ),
        ),
        row((words("涉及对象", "About"), _about(ticket["about"], words))),
        *([row((words("会议", "Meeting"), ticket["meeting"]["title"]))] if ticket["meeting"] else []),
    ]


def _addressed(ticket: dict[str, Any], words: Words) -> str:
    if ticket["handler"]:
        return words.unit(ticket["handler"])
    # An item that was resolved on the spot was sent to nobody.
    return words.unfilled if ticket["state"] == TicketState.DRAFT.name else NOTHING


def _text(ticket: dict[str, Any], words: Words) -> list[Form]:
    stamp = (words("发出单位（盖章）", "Issuing unit (seal)"), words.day_of(ticket["issuedAt"]))
    return [row((words("正文", "Text"), ticket["body"] or words.unfilled), tall=_BODY_MM, seal=stamp)]


def _files(ticket: dict[str, Any], words: Words) -> str:
    """The files that hang on it and on its replies, one a line, each with the beginning of its hash: whoever holds one can tell it."""
    told = []
    for number, one in enumerate(ticket["attachments"], 1):
        digits = one["sha256"][:_DIGITS]
        of = words(f"办理（{one['handling']}）", f"handling {one['handling']}") if one["handling"] else ""
        notes = words.aside(one["caption"] or "", of, words.size(one["size"]), f"SHA-256 {digits}…")
        told.append(f"{number}. {one['name']}{notes}")
    return "\n".join(told) or NOTHING


def _units(units: list[Any], words: Words) -> str:
    return words.comma.join(dict.fromkeys(words.unit(one) for one in units)) or NOTHING


def _about(subjects: list[Any], words: Words) -> str:
    """The projects, parcels and companies, one a line."""
    told = []
    for one in subjects:
        match one["__typename"]:
            case "Project":
                told.append(words("项目", "Project") + words.colon + one["name"] + words.aside(one["code"]))
            case "Parcel":
                told.append(words("地块", "Parcel") + words.colon + (one["location"] or words.unfilled))
            case _:
                told.append(words("企业", "Company") + words.colon + (one["companyName"] or words.unfilled))
    return "\n".join(told) or NOTHING


# -- the end ------------------------------------------------------------------------------------------------------------


def _end(ticket: dict[str, Any], words: Words) -> list[Form]:
    # A turn names a unit by its code where a unit took it, and a person otherwise.
    units = [ticket["issuer"], *ticket["copies"], *(one["unit"] for one in ticket["handlings"])]
    names = {unit["code"]: words.unit(unit) for unit in units if unit}
    turns = [
        f"{words.when(one['at'])} {words.member(TicketState, one['state'])}"
        + words.aside(names.get(one["by"], one["by"]))
        + (words.stop + one["reason"] if one["reason"] else "")
        for one in ticket["turns"]
    ]
    confirmed = ticket["state"] == TicketState.CONFIRMED.name
    return [
        row((words("处理结果", "Outcome"), ticket["outcome"] or NOTHING), tall=OPINION_MM),
        row(
            (words("办结时间", "Resolved"), words.when(ticket["resolvedAt"])),
            (
                words("销号", "Confirmed"),
                words.when(ticket["closedAt"]) if confirmed else words("未销号", "not confirmed"),
            ),
        ),
        *([row((words("办理经过", "Turns"), "\n".join(turns)))] if turns else []),
        row(
            (words("销号意见", "Confirmation"), ""),
            tall=OPINION_MM,
            seal=(
                words("发出单位（签章）", "Issuing unit (signature, seal)"),
                words.day_of(ticket["closedAt"]) if confirmed else words("　年　月　日", "date"),
            ),
        ),
    ]
