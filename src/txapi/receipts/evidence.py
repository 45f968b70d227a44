"""The file of a receipt, read: the receipt alone, or a whole response that carries one."""

from __future__ import annotations

import json
from typing import Any, Self

import msgspec

from txapi.receipts.receipt import FORMAT, NotAReceipt
from txapi.receipts.sealed import Sealed, put
from txapi.schema.admitting import Operation


class Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who asked, and the salt of the commitment to it in the receipt."""

    subject: str
    salt: str


class Carried(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a receipt's object holds: the signed note, and all that is needed to carry the operation out again.

    A holder may have left out the viewer's subject, and what opens sealed values.
    """

    format: str
    note: str
    checkpoint: str
    operation: str
    operation_name: str | None = None
    variables: dict[str, Any] = {}
    viewer: Subject | None = None
    sealed: tuple[Sealed, ...] = ()


class Response(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer that a receipt came with. Of its extensions the receipt says nothing but the position."""

    data: Any
    errors: list[dict[str, Any]] = []
    extensions: dict[str, Any] = {}


class Evidence(msgspec.Struct, frozen=True):
    """A receipt with the answer that it came with, where that is at hand."""

    carried: Carried
    response: Response | None

    @property
    def operation(self) -> Operation:
        """The operation that was answered."""
        return Operation(self.carried.operation, dict(self.carried.variables), self.carried.operation_name)

    @classmethod
    def read(cls, content: bytes | dict[str, Any]) -> Self:
        """Read a file, or an object. NotAReceipt where it holds none, with the server's reason where that gave one.

        Nothing may lie in it that would be passed over: no member that is unknown here, and none twice.
        """
        try:
            given = _decoded(content) if isinstance(content, bytes) else content
            response, found = None, given
            if "format" not in given:
                extensions = msgspec.convert(given.get("extensions") or {}, dict[str, Any])
                if "receipt" not in extensions:
                    raise _why_not(extensions.get("receiptRefused"))
                response, found = msgspec.convert(given, Response), extensions["receipt"]
            carried = msgspec.convert(found, Carried)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise NotAReceipt(f"this is no receipt: {error}") from None
        if carried.format != FORMAT:
            raise NotAReceipt(f"the format is {carried.format[:60]!r}; this version reads {FORMAT}")
        return cls(carried, response)


def handed_on(response: dict[str, Any]) -> dict[str, Any]:
    """A response with a receipt as the viewer may give it to others: who asked is left out, and what opens sealed values.

    In the data, the commitments stand for these values. NotAReceipt where the response carries none.
    """
    carried = Evidence.read(response).carried
    receipt = {name: part for name, part in response["extensions"]["receipt"].items() if name != "viewer"}
    receipt["sealed"] = [{"path": list(one.path), "commitment": one.commitment} for one in carried.sealed]
    extensions = {**response["extensions"], "receipt": receipt}
    return {**response, "data": put(response["data"], carried.sealed), "extensions": extensions}


def _decoded(content: bytes) -> dict[str, Any]:
    given = msgspec.json.decode(content, type=dict[str, Any])
    # Of two members of one name, readers take the one or the other: what is checked may not be what is then read.
    json.loads(content, object_pairs_hook=_told_once, parse_int=str, parse_float=str)
    return given


def _told_once(members: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            raise NotAReceipt(f"this is no receipt: the member {name[:60]!r} is there twice")
        seen.add(name)


def _why_not(refused: Any) -> NotAReceipt:
    if isinstance(refused, dict) and "message" in refused:
        return NotAReceipt(f"no receipt was issued: {refused['message']}")
    return NotAReceipt("this is neither a receipt nor a response that carries one (extensions.receipt)")
