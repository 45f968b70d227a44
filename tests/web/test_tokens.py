"""Who asks is in the token, and only a token of this server's key, in its time, is believed."""

from __future__ import annotations

import base64
import json
import stat
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.web.serving import REGISTER, UNITS, Served, unit
from txapi.domain.event import Actor, Role
from txapi.record.keys import BadKey, read_key, write_key
from txapi.web.tokens import BadToken, CannotIssue, Tokens

KEY = Ed25519PrivateKey.generate()
TOKENS = Tokens(KEY)
HOUR = timedelta(hours=1)


def claims(**other: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    usual = {"iss": "txapi", "aud": "txapi", "sub": "a", "role": "leader", "iat": now, "exp": now + HOUR}
    return {name: value for name, value in {**usual, **other}.items() if value is not None}


def signed(key: Any = KEY, algorithm: str = "EdDSA", **other: Any) -> str:
    return jwt.encode(claims(**other), key, algorithm=algorithm)


def unsigned() -> str:
    plain = claims()
    plain = {name: int(value.timestamp()) if isinstance(value, datetime) else value for name, value in plain.items()}
    parts = ({"alg": "none", "typ": "JWT"}, plain)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def with_the_public_key_as_secret() -> str:
    # The classic confusion: a symmetric signature made with what everybody knows.
    public = KEY.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return jwt.encode(claims(), public, algorithm="HS256")


def tampered() -> str:
    head, _, signature = signed().split(".")
    body = base64.urlsafe_b64encode(json.dumps({"sub": "a", "role": "administrator"}).encode()).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


NOW = datetime.now(UTC)
BAD = {
    "expired": signed(exp=NOW - timedelta(seconds=1), iat=NOW - HOUR),
    "issued in the future": signed(iat=NOW + HOUR, exp=NOW + 2 * HOUR),
    "without an end": signed(exp=None),
    "without a beginning": signed(iat=None),
    "of another issuer": signed(iss="somebody"),
    "without an issuer": signed(iss=None),
    "for another audience": signed(aud="somebody"),
    "without a subject": signed(sub=None),
    "of another key": signed(Ed25519PrivateKey.generate()),
    "of another algorithm": signed(ec.generate_private_key(ec.SECP256R1()), "ES256"),
    "unsigned": unsigned(),
    "signed with the public key as a secret": with_the_public_key_as_secret(),
    "tampered with": tampered(),
    "without a role": signed(role=None),
    "of an unknown role": signed(role="emperor"),
    "of the system's role": signed(role="system"),
    "of a role that is no text": signed(role=["leader"]),
    "in the name of a provider's subject": signed(sub="https://login.example#u-17"),
    "of a clerk without a unit": signed(role="clerk"),
    "of a handler without a unit": signed(role="handler"),
    "of a unit that is no text": signed(unit=7),
    "no token": "nonsense",
    "two dots": "..",
    "not ascii": "é.é.é",
    "empty": "",
}


@pytest.mark.parametrize("token", BAD.values(), ids=BAD.keys())
def test_a_bad_token_is_not_believed(token: str) -> None:
    with pytest.raises(BadToken):
        TOKENS.read(token)


def test_a_token_says_who_acts_in_what_capacity_and_for_which_unit() -> None:
    token = TOKENS.issue("li.na", Role.CLERK, "wutong", HOUR)

    assert TOKENS.read(token) == Actor("li.na", Role.CLERK, "wutong")


@pytest.mark.parametrize(
    ("subject", "role", "unit_code", "ttl"),
    [
        ("a", Role.SYSTEM, None, HOUR),
        ("a", Role.CLERK, None, HOUR),
        (" ", Role.LEADER, None, HOUR),
        ("HTTPS://login.example#u-17", Role.LEADER, None, HOUR),
        ("a" * 201, Role.LEADER, None, HOUR),
        ("a", Role.LEADER, None, timedelta()),
        ("a", Role.LEADER, None, timedelta(days=367)),
    ],
)
def test_a_token_that_nobody_may_have_is_not_issued(
    subject: str, role: Role, unit_code: str | None, ttl: timedelta
) -> None:
    with pytest.raises(CannotIssue):
        TOKENS.issue(subject, role, unit_code, ttl)


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "key.pem"

    token = Tokens.from_file(path).issue("a", Role.LEADER, None, HOUR)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Tokens.from_file(path).read(token).subject == "a"
    with pytest.raises(BadKey, match="not replaced"):
        write_key(path)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_is_no_key_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)

    with pytest.raises(BadKey, match=r"key\.pem"):
        Tokens.from_file(path)


def test_nothing_of_a_damaged_key_stands_in_what_is_said_of_it(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    write_key(path)
    whole = path.read_bytes()
    secret = whole.splitlines()[1].decode()
    # What every key of this kind begins with is no secret.
    parts = [secret[at : at + 6] for at in range(22, len(secret) - 6)]
    told, refused = [], 0
    for at in range(len(whole)):
        for changed in (
            *(whole[:at] + bytes([other]) + whole[at + 1 :] for other in (whole[at] ^ 1, 0, 10, 45, 255)),
            whole[:at] + whole[at + 1 :], whole[:at] + whole[at + 5 :], whole[:at] + b"\n" + whole[at:], whole[at:],
        ):  # fmt: skip
            path.write_bytes(changed)
            try:
                read_key(path)
            except BadKey as error:
                refused += 1
                said = "".join(traceback.format_exception(error))
                told += [said for part in parts if part in said]

    assert refused > 500
    assert told == []


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    other = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(
        other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )

    with pytest.raises(BadKey, match="Ed25519"):
        Tokens.from_file(path)


# -- over HTTP -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        f"Bearer {signed()}",
        f"Bearer {unsigned()}",
        f"Bearer {BAD['expired']}",
        "Bearer nonsense",
        "Bearer",
        "Basic YTpi",
        "",
    ],
)
def test_a_bad_token_gets_401_although_without_one_a_request_might_read(served: Served, header: str) -> None:
    response = served.client.post("/graphql", json={"query": UNITS}, headers={"authorization": header})

    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_without_a_token_a_request_reads_and_changes_nothing(served: Served) -> None:
    before = served.client.get("/readyz").json()["head"]

    read = served.post(UNITS)
    changed = served.post(REGISTER, unit("nobody"))

    assert "errors" not in read.json()
    assert changed.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert served.client.get("/readyz").json()["head"] == before


@pytest.mark.parametrize("role", [Role.READER, Role.AUDITOR])
def test_whoever_only_reads_changes_nothing(served: Served, role: Role) -> None:
    response = served.post(REGISTER, unit("reader"), served.token(role))

    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_a_clerk_is_refused_what_is_not_the_clerks_to_do(served: Served) -> None:
    response = served.post(REGISTER, unit("mine"), served.token(Role.CLERK, "wutong"))

    assert response.json()["data"]["registerUnit"]["code"] == "NotYourRole"
