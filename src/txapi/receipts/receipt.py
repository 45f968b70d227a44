"""The receipt 答复凭证: what a record's key says of one answer, as the text of a signed note, one fact a line."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self

import msgspec

from txapi.domain.errors import BadInput
from txapi.domain.event import Role, TimeBasis

FORMAT = "txapi.receipt/v1"
"""The first line: no checkpoint and no other statement of the record's key begins like this."""

_HASH = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_WORD = re.compile(r"[!-~\u00a1-\U0010ffff]+")
_CLOCK = "%Y-%m-%dT%H:%M:%S.%fZ"


class NotAReceipt(BadInput):
    """What is given is no receipt that this version can read; the message says what is wrong with it."""

    def __init__(self, message: str) -> None:
        super().__init__("NOT_A_RECEIPT", message)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a receipt. Hashes are SHA-256 in hexadecimal digits."""

    origin: str
    """The name of the ledger and of the key that signs."""
    record: str
    """The record's own identifier."""
    position: int
    """The snapshot that the answer was read from: the last event that it knows."""
    checkpoint_size: int
    """How many events the checkpoint attests: the position or more."""
    checkpoint_root: str
    """The root of the tree over them, in base64 as in the checkpoint."""
    operation: str
    """Hash of the document as the client sent it, in UTF-8."""
    operation_name: str | None
    """Which operation of the document, where the client said so."""
    variables: str
    """Hash of the canonical form of the variables; of `{}` where there were none."""
    schema: str
    """Hash of the schema, in the schema definition language as it is published."""
    code: str
    """The version of the package, and what names its source exactly."""
    graphql_core: str
    """The version of the library that executes operations."""
    msgspec: str
    """The version of the library that reads and writes JSON."""
    strawberry_graphql: str
    """The version of the library that the schema is made with."""
    clock: datetime
    """The clock of the operation, UTC: it judged deadlines and lights."""
    clock_basis: TimeBasis
    """Whose clock that was."""
    viewer: str
    """A commitment to the subject who asked: hash of a salt and the canonical form of the subject."""
    role: Role
    """The role of the viewer."""
    unit: str | None
    """The code of the unit that the viewer acts for."""
    signed_in: bool
    """Whether the request carried a valid token."""
    language: str
    """The language of messages: `zh` or `en`."""
    result: str
    """Hash of the canonical result: data and errors, with commitments in the place of sealed values."""

    def text(self) -> str:
        """The text that is signed: the format, and one line for each fact, a name and a value, in this order."""
        lines = [f"{_line_name(name)} {write(getattr(self, name))}" for name, (write, _) in _FORMS.items()]
        return "\n".join([FORMAT, *lines, ""])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a receipt. NotAReceipt where a line is missing, unknown, out of order or misformed."""
        first, *lines = text.split("\n")
        if first != FORMAT:
            raise NotAReceipt(f"a receipt begins with {FORMAT}, not with {first[:60]!r}")
        if len(lines) != len(_FORMS) + 1 or lines[-1]:
            raise NotAReceipt(f"a receipt has {len(_FORMS)} lines after the first, each ended, and no others")
        facts: dict[str, Any] = {}
        for (name, (write, read)), line in zip(_FORMS.items(), lines, strict=False):
            told, blank, value = line.partition(" ")
            try:
                if told != _line_name(name) or not blank:
                    raise ValueError(line)
                facts[name] = read(value)
                if write(facts[name]) != value:
                    raise ValueError(line)
            except (ValueError, msgspec.MsgspecError):
                raise NotAReceipt(f"{line[:80]!r} stands where {_line_name(name)} is expected") from None
        receipt = cls(**facts)
        if receipt.checkpoint_size < receipt.position:
            raise NotAReceipt("the checkpoint attests fewer events than the answer was read from")
        return receipt


def _line_name(name: str) -> str:
    return name.replace("_", "-")


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(value)
        return value

    return read


def _number(value: str) -> int:
    return int(_matching(_NUMBER)(value))


def _root(value: str) -> str:
    try:
        if len(base64.b64decode(value, validate=True)) != 32:
            raise ValueError(value)
    except binascii.Error:
        raise ValueError(value) from None
    return value


def _instant(value: str) -> datetime:
    return datetime.strptime(value, _CLOCK).replace(tzinfo=UTC)


def _write_instant(value: datetime) -> str:
    # `strftime` pads the year on some systems and not on others; the ISO form does on all.
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _quoted(value: str | bool | None) -> str:
    """Text that others chose, as JSON: so it cannot look like a line of its own, and `null` is nobody's name."""
    return msgspec.json.encode(value).decode()


_text_or_none = msgspec.json.Decoder(str | None).decode
_truth = msgspec.json.Decoder(bool).decode

_Form = tuple[Callable[[Any], str], Callable[[str], Any]]
_HEX: _Form = (str, _matching(_HASH))
_PLAIN: _Form = (str, _matching(_WORD))
_COUNT: _Form = (str, _number)
_QUOTED: _Form = (_quoted, _text_or_none)

_FORMS: dict[str, _Form] = {
    "origin": _PLAIN,
    "record": _PLAIN,
    "position": _COUNT,
    "checkpoint_size": _COUNT,
    "checkpoint_root": (str, _root),
    "operation": _HEX,
    "operation_name": _QUOTED,
    "variables": _HEX,
    "schema": _HEX,
    "code": _PLAIN,
    "graphql_core": _PLAIN,
    "msgspec": _PLAIN,
    "strawberry_graphql": _PLAIN,
    "clock": (_write_instant, _instant),
    "clock_basis": (lambda basis: basis.value, TimeBasis),
    "viewer": _HEX,
    "role": (lambda role: role.value, Role),
    "unit": _QUOTED,
    "signed_in": (_quoted, _truth),
    "language": _PLAIN,
    "result": _HEX,
}
