"""A token is checked once, and once more as soon as what it was checked by has changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import jwt
import pytest

from txapi.domain.event import Role
from txapi.record.keys import write_key
from txapi.web import viewers as viewers_module
from txapi.web.answers import HttpError
from txapi.web.token_keys import rotate
from txapi.web.tokens import Tokens
from txapi.web.viewers import Asking, Viewers

pytestmark = pytest.mark.only_on("sqlite", because="keys are files beside every record")

Ask = Callable[[str], Asking]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "token-key.pem"
    write_key(path)
    return path


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that were checked."""
    seen: list[str] = []
    decode = jwt.decode

    def counting(token: str, *more: object, **given: object) -> object:
        seen.append(token)
        return decode(token, *more, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(jwt, "decode", counting)
    return seen


def asking(key: Path) -> Ask:
    viewers = Viewers(Tokens.from_file(key), anonymous_reads=True)

    def ask(token: str) -> Asking:
        async def asked() -> Asking:
            found: Awaitable[Asking] = viewers.asking([f"Bearer {token}"])
            return await found

        return anyio.run(asked)

    return ask


def issued(key: Path, ttl: timedelta = timedelta(hours=1)) -> str:
    return Tokens.from_file(key).issue("li.na", Role.LEADER, None, ttl)


def refusal(ask: Ask, token: str) -> str:
    with pytest.raises(HttpError) as refused:
        ask(token)
    return str(refused.value)


def test_who_comes_again_is_known(key: Path, checked: list[str]) -> None:
    ask, token = asking(key), issued(key)

    assert [ask(token).viewer.subject for _ in range(3)] == ["li.na"] * 3
    assert checked == [token]


def test_a_token_that_ends_is_refused_although_it_is_known(
    key: Path, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, token = asking(key), issued(key, timedelta(seconds=1))
    until = ask(token).until
    assert until is not None
    jwt_now = until + timedelta(milliseconds=1)

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return jwt_now

    monkeypatch.setattr(viewers_module, "datetime", Later)
    monkeypatch.setattr("jwt.api_jwt.datetime", Later)

    assert refusal(ask, token) == "the token has expired"
    assert len(checked) == 2


def test_after_a_rotation_every_known_token_is_checked_again(key: Path, checked: list[str]) -> None:
    ask, token = asking(key), issued(key)
    ask(token)
    rotate(key)

    assert [ask(token).viewer.subject for _ in range(2)] == ["li.na"] * 2
    assert checked == [token, token]


def test_after_a_theft_no_known_token_is_believed(key: Path) -> None:
    ask, token = asking(key), issued(key)
    ask(token)
    rotate(key, timedelta())

    assert refusal(ask, token) == "the token was not issued by this server"


def test_the_token_of_a_former_key_is_believed_as_long_as_that_key(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = issued(key)
    rotate(key, timedelta(minutes=1))
    ask = asking(key)
    assert ask(token).viewer.subject == "li.na"

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(minutes=2)

    monkeypatch.setattr("txapi.web.token_keys.datetime", Later)

    assert refusal(ask, token) == "the token was not issued by this server"


def test_what_was_refused_is_not_remembered_and_of_the_known_only_so_many_are(
    key: Path, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers_module, "MOST_KNOWN", 2)
    ask = asking(key)
    tokens = [issued(key, timedelta(hours=hours)) for hours in (1, 2, 3)]
    for token in (*tokens, tokens[0], tokens[0]):
        ask(token)
    forged = f"{tokens[0][:-4]}AAAA"

    assert checked == [*tokens, tokens[0]]
    assert {refusal(ask, forged) for _ in range(2)} == {"the token was not issued by this server"}
