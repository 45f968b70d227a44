"""Requests as bytes: of every route, with odd headers, and changed byte by byte until they are none."""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.fuzz.documents import Documents, Drawn
from tests.fuzz.places import Places
from tests.fuzz.values import odd
from tests.web.serving import REGISTER, unit

Headers = list[tuple[str, str | bytes]]

METHODS = (
    "GET",
    "GET",
    "GET",
    "POST",
    "HEAD",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "A" * 40,
)
ACCEPTS = (
    "*/*", "application/json", "application/graphql-response+json", "application/graphql-response+json;q=0.5, application/json",
    "text/html", "", ",", ";q=", "application/json;q=NaN", "a" * 500, "multipart/mixed;deferSpec=20220824", "text/event-stream, */*",
)  # fmt: skip
LANGUAGES = ("zh", "en", "zh-CN,zh;q=0.9,en;q=0.8", "*", "", "en;q=x", "-", "zh;q=1e400", ",,,,", "de, " * 200)


def _parts(*parts: bytes) -> str:
    """A token made of these parts, of which nobody signed any."""
    return "Bearer " + ".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts)


BAD_TOKENS = (
    "Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", "bearer\tx", "Token x", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer \xff.\xfe.\xfd",
    "Bearer " + "a" * 9000, _parts(b"[]", b"{}", b"x"), _parts(b'{"alg":"EdDSA","kid":[1]}', b'{"iss":{"a":1}}', b"x"),
    _parts(b"[" * 3000, b"{}", b"x"),
)  # fmt: skip
TRACES = (
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-0-0-0", "", "é",
    f"ff-{'0' * 32}-{'0' * 16}-ff", f"00-{'g' * 32}-{'0' * 16}-01",
)  # fmt: skip
RANGES = ("bytes=0-1", "bytes=-5", "bytes=5-2", "bytes=0-0," * 300, "lines=1", f"bytes={'9' * 30}-")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, and what has to be known to read its answer. `sort` is what it is counted under."""

    sort: str
    content: bytes
    head: bool = False
    then_end: bool = False
    """Whether the connection is ended after it: whoever waits for more of it must not wait for long."""
    streams: bool = False
    whole: bool = True
    """Whether it is one request of HTTP, so that there must be an answer."""


class Requests:
    """Draws requests to one server. `tokens` are of people of every role, `administrator` is that of one who may register."""

    def __init__(self, documents: Documents, tokens: Sequence[str], administrator: str, host: str) -> None:
        self._documents = documents
        self._administrator = administrator
        self._tokens = tokens
        self._host = host
        self._places = Places(documents.values.known)
        self._sorts: list[tuple[float, Callable[[random.Random], Sent]]] = [
            (0.34, self.question),
            (0.18, self.changed_document),
            (0.12, self.command),
            (0.02, self.registration),
            (0.03, self.by_get),
            (0.04, self.changed_json),
            (0.15, self.route),
            (0.02, self.stream),
            (0.07, self.changed_bytes),
            (0.03, self.framed_badly),
        ]

    def draw(self, chance: random.Random) -> Sent:
        """Any request."""
        [draw] = chance.choices([draw for _, draw in self._sorts], [weight for weight, _ in self._sorts])
        return draw(chance)

    # -- operations --------------------------------------------------------------------------------------------------

    def question(self, chance: random.Random) -> Sent:
        """A document that fits the schema."""
        return self._posted("document", chance, self._documents.any(chance), self._oddness(chance))

    def changed_document(self, chance: random.Random) -> Sent:
        """A document that does not."""
        return self._posted("changed document", chance, self._documents.changed(chance), self._oddness(chance))

    def command(self, chance: random.Random) -> Sent:
        """A published command by somebody who is signed in."""
        drawn = self._documents.command(chance)
        headers: Headers = [("authorization", f"Bearer {chance.choice(self._tokens)}")]
        return self._posted("command", chance, drawn, headers)

    def registration(self, chance: random.Random) -> Sent:
        """A command that is carried out: the record grows."""
        variables = unit(f"fuzz-{chance.randrange(1 << 40)}")
        return self._posted(
            "command", chance, Drawn(REGISTER, variables), [("authorization", f"Bearer {self._administrator}")]
        )

    def by_get(self, chance: random.Random) -> Sent:
        """An operation in an address."""
        drawn = self._documents.any(chance)
        given = {
            "query": drawn.query,
            "variables": json.dumps(drawn.variables),
            "operationName": drawn.name or "",
            "extensions": json.dumps(odd(chance)),
        }
        kept = [(name, value) for name, value in given.items() if chance.random() < 0.85]
        query = urlencode(kept)
        if chance.random() < 0.2:
            query = _flipped(chance, query.encode()).translate(None, b" \r\n\x00").decode("latin-1")
        return self._sent("by GET", "GET", f"/graphql?{query}", self._oddness(chance))

    def changed_json(self, chance: random.Random) -> Sent:
        """A body of JSON with some bytes changed, or cut off."""
        body = _flipped(chance, self._json(chance, self._documents.any(chance)))
        if chance.random() < 0.3:
            body = body[: chance.randrange(len(body) + 1)]
        return self._sent(
            "changed JSON", "POST", "/graphql", [("content-type", "application/json"), *self._oddness(chance)], body
        )

    def stream(self, chance: random.Random) -> Sent:
        """An operation whose answer is to be an event stream."""
        drawn = self._documents.subscription(chance) if chance.random() < 0.7 else self._documents.any(chance)
        headers: Headers = [("accept", "text/event-stream"), *self._oddness(chance, accept=False)]
        if chance.random() < 0.3:
            headers.append(("last-event-id", chance.choice(("1", "300", "-1", "x", "9" * 30))))
        return self._posted("event stream", chance, drawn, headers, streams=True)

    def _json(self, chance: random.Random, drawn: Drawn) -> bytes:
        body: dict[str, Any] = {"query": drawn.query, "variables": drawn.variables}
        if drawn.name is not None:
            body["operationName"] = drawn.name
        if chance.random() < 0.15:
            body["extensions"] = chance.choice(
                (
                    {"atLeast": str(chance.randint(0, 330))},
                    {"evidence": "receipt"},
                    {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}},
                    odd(chance),
                )
            )
        # Halves of characters are written as they are escaped: that is how they come.
        return json.dumps(body, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")

    def _posted(
        self, sort: str, chance: random.Random, drawn: Drawn, headers: Headers, *, streams: bool = False
    ) -> Sent:
        body = self._json(chance, drawn)
        kind = (
            "application/json"
            if chance.random() < 0.97
            else chance.choice(
                (
                    "text/plain",
                    "application/json; charset=utf-16",
                    "application/x-www-form-urlencoded",
                    "multipart/form-data; boundary=x",
                    "",
                )
            )
        )
        # What asks for a stream among the odd headers is answered with one, too.
        streams = streams or any(name == "accept" and "event-stream" in str(value) for name, value in headers)
        return self._sent(sort, "POST", "/graphql", [("content-type", kind), *headers], body, streams=streams)

    # -- headers -----------------------------------------------------------------------------------------------------

    def _oddness(self, chance: random.Random, *, accept: bool = True) -> Headers:
        """Some headers, of which most are as they should be."""
        headers: Headers = []
        turn = chance.random()
        if turn < 0.75:
            headers.append(("authorization", f"Bearer {chance.choice(self._tokens)}"))
        elif turn < 0.8:
            headers.append(("authorization", chance.choice(BAD_TOKENS)))
        elif turn < 0.81:
            headers += [("authorization", f"Bearer {self._tokens[0]}"), ("Authorization", f"Bearer {self._tokens[-1]}")]
        possible: list[tuple[str, Callable[[], str | bytes]]] = [
            ("accept-language", lambda: chance.choice(LANGUAGES)),
            ("if-none-match", lambda: chance.choice(("*", '"x"', 'W/"y"', ",", '"' * 99, f'"{"a" * 40}"'))),
            ("if-modified-since", lambda: "Tue, 11 Aug 2015 00:00:00 GMT"),
            ("range", lambda: chance.choice(RANGES)),
            ("traceparent", lambda: chance.choice(TRACES)),
            ("tracestate", lambda: chance.choice(("a=b", "=", "é=ü", ",".join(f"k{n}=v" for n in range(60))))),
            ("x-txapi-at-least", lambda: chance.choice(("1", "0", "-1", "325", "x", "9" * 18, "1,2"))),
            ("x-txapi-evidence", lambda: chance.choice(("receipt", "", "all"))),
            ("x-request-id", lambda: chance.choice(("a", "a" * 300, "a\tb", b"\xff\xfe", "${x}"))),
            ("origin", lambda: chance.choice((f"http://{self._host}", "null", "http://evil.example", "", "://", "http://[::1"))),
            ("host", lambda: chance.choice(("evil.example", "[::1", "", "localhost:99999", "a b", "localhost/x", b"\xc3\xa9"))),
            ("content-encoding", lambda: chance.choice(("gzip", "br", "identity", "x"))),
            ("x-forwarded-for", lambda: chance.choice(("1.2.3.4", "::1, 127.0.0.1", "x"))),
            ("cookie", lambda: "a=b; " * chance.choice((1, 300))),
            ("x-http-method-override", lambda: "DELETE"),
            ("upgrade", lambda: chance.choice(("h2c", "websocket", "TLS/1.0"))),
            ("expect", lambda: chance.choice(("100-continue", "x"))),
            ("te", lambda: "trailers"),
            ("content-disposition", lambda: chance.choice(("attachment; filename*=UTF-8''%FF", "filename*=UTF-8''" + "a" * 400, "x"))),
        ]  # fmt: skip
        if accept and chance.random() < 0.5:
            headers.append(("accept", chance.choice(ACCEPTS)))
        while chance.random() < 0.25:
            name, draw = chance.choice(possible)
            headers.append((name, draw()))
        return headers

    # -- other routes ------------------------------------------------------------------------------------------------

    def route(self, chance: random.Random) -> Sent:
        """Any other place, with any method."""
        place = self._places.draw(chance)
        method = chance.choice(METHODS) if chance.random() < 0.12 else place.method
        return self._sent("other route", method, place.path, self._oddness(chance), place.body)

    # -- bytes -------------------------------------------------------------------------------------------------------

    def changed_bytes(self, chance: random.Random) -> Sent:
        """A request in which bytes are flipped, missing or doubled, and after which nothing comes."""
        sent = chance.choice((self.question, self.route, self.command, self.by_get))(chance)
        content = _flipped(chance, sent.content)
        if chance.random() < 0.3:
            content = content[: chance.randrange(len(content) + 1)]
        return Sent("changed bytes", content, then_end=True, streams=True, whole=False)

    def framed_badly(self, chance: random.Random) -> Sent:
        """A request that lies about its length or its parts, or two in one."""
        body = self._json(chance, self._documents.any(chance))
        start = b"POST /graphql HTTP/1.1\r\nhost: " + self._host.encode() + b"\r\ncontent-type: application/json\r\n"
        size = len(body)
        chunk = b"%x\r\n%b\r\n" % (size, body)
        framed = chance.choice(
            (
                b"content-length: %d\r\n\r\n%b" % (size + chance.randrange(1, 99), body),
                b"content-length: %d\r\n\r\n%b" % (chance.randrange(size), body),
                b"content-length: -1\r\n\r\n" + body,
                b"content-length: %b\r\n\r\n%b" % (b"9" * chance.choice((19, 20, 30, 5000)), body),
                b"content-length: %d\r\ncontent-length: %d\r\n\r\n%b" % (size, size + 1, body),
                b"content-length: 0x%x\r\n\r\n%b" % (size, body),
                b"content-length: %d\r\ntransfer-encoding: chunked\r\n\r\n%b0\r\n\r\n" % (size, chunk),
                b"transfer-encoding: chunked\r\n\r\n" + chunk + b"0\r\n\r\n",
                b"transfer-encoding: chunked\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % each for each in body) + b"0\r\n\r\n",
                b"transfer-encoding: chunked\r\n\r\n" + chunk,
                b"transfer-encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\n" + body,
                b"transfer-encoding: chunked\r\n\r\nzz\r\n" + body,
                b"transfer-encoding: chunked\r\n\r\n" + chunk + b"0\r\nx: y\r\n\r\n",
                b"transfer-encoding: gzip, chunked\r\n\r\n" + chunk + b"0\r\n\r\n",
                b"Transfer-Encoding : chunked\r\n\r\n" + chunk + b"0\r\n\r\n",
                b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n%b" % (len(gzip.compress(body)), gzip.compress(body)),
                b"x: " + b"a" * chance.choice((100, 70_000)) + b"\r\ncontent-length: %d\r\n\r\n%b" % (size, body),
                b"".join(b"x%d: y\r\n" % n for n in range(500)) + b"content-length: %d\r\n\r\n%b" % (size, body),
                b"x\r\n\r\n" + body,
                b" folded: y\r\ncontent-length: %d\r\n\r\n%b" % (size, body),
                b"a\x00b: y\r\ncontent-length: %d\r\n\r\n%b" % (size, body),
                b"content-length: %d\r\n\r\n%b" % (size, body) * 2,
            )
        )  # fmt: skip
        return Sent("framed badly", start + framed, then_end=True, streams=True, whole=False)

    def _sent(
        self, sort: str, method: str, place: str, headers: Headers, body: bytes = b"", *, streams: bool = False
    ) -> Sent:
        named = {name for name, _ in headers}
        lines = [f"{method} {place} HTTP/1.1".encode("latin-1", "replace")]
        if "host" not in named:
            lines.append(b"host: " + self._host.encode())
        for name, value in headers:
            lines.append(
                name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("latin-1", "replace"))
            )
        if body or method in ("POST", "PUT", "PATCH"):
            lines.append(b"content-length: %d" % len(body))
        content = b"\r\n".join(lines) + b"\r\n\r\n" + body
        strange = (
            method not in ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")
            or "upgrade" in named
            or "expect" in named
        )
        streams = streams or any(name == "accept" and "event-stream" in str(value) for name, value in headers)
        return Sent(sort, content, head=method == "HEAD", then_end=strange, streams=streams, whole=not strange)


def _flipped(chance: random.Random, content: bytes) -> bytes:
    """The same with a few bytes changed, missing or more."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        if not changed:
            break
        at = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                changed[at] = chance.randrange(256)
            case 2:
                del changed[at : at + chance.choice((1, 1, 2, 10))]
            case _:
                changed[at:at] = chance.randbytes(chance.choice((1, 2, 8)))
    return bytes(changed)
