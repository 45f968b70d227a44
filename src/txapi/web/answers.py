"""Answers that HTTP itself gives: errors with a code, before or instead of any operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from txapi.schema.error_table import errors_in

JSON = "application/json; charset=utf-8"


class HttpError(Exception):
    """What is wrong with a request as such; `code` is published, `status` is the HTTP status."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})

    def response(self, language: str = "en", media_type: str = JSON) -> Response:
        """The error as a client sees it: the form that errors of operations have, in the language that it prefers."""
        content = {"errors": errors_in(language, error_body(str(self), self.code)["errors"])}
        headers = {"content-language": language, **self.headers}
        return json_response(content, self.status, headers, media_type)


def error_body(message: str, code: str, **facts: Any) -> dict[str, Any]:
    """A GraphQL response that holds one error and no data."""
    return {"errors": [{"message": message, "extensions": {"code": code, **facts}}]}


def json_response(
    content: Any, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = JSON
) -> Response:
    """A response in JSON that nobody in between keeps; bytes are JSON already."""
    return Response(
        content if isinstance(content, bytes) else msgspec.json.encode(content),
        status,
        {"cache-control": "no-store", **(headers or {})},
        media_type=media_type,
    )
