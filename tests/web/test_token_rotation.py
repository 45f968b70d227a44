"""The key of tokens can be replaced: what the old one signed stays good until it ends, or ends at once after a theft."""

from __future__ import annotations

import base64
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from click.testing import CliRunner, Result

from tests.web.serving import UNITS, Served
from txapi.cli.root import txapi
from txapi.domain.event import Role
from txapi.record.keys import BadKey, ExposedKey, read_key, write_key
from txapi.web.token_keys import kid_of, read_retired, rotate
from txapi.web.tokens import BadToken, Tokens

HOUR = timedelta(hours=1)

pytestmark = pytest.mark.only_on("sqlite", because="keys are files beside every record")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "token-key.pem"
    write_key(path)
    return path


def issued(tokens: Tokens) -> str:
    return tokens.issue("li.na", Role.LEADER, None, HOUR)


def command(*told: str) -> Result:
    return CliRunner().invoke(txapi, list(told))


def test_after_a_rotation_a_new_key_signs_and_the_tokens_of_the_old_one_are_good(key: Path) -> None:
    old = issued(Tokens.from_file(key))

    rotate(key)
    tokens = Tokens.from_file(key)
    new = issued(tokens)

    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
    assert jwt.get_unverified_header(new)["kid"] == kid_of(read_key(key).public_key())
    assert [tokens.read(token).subject for token in (old, new)] == ["li.na"] * 2


def test_a_token_without_the_name_of_a_key_is_checked_by_whichever_signed_it(key: Path) -> None:
    now = datetime.now(UTC)
    claims = {"iss": "txapi", "aud": "txapi", "sub": "a", "role": "leader", "iat": now, "exp": now + HOUR}
    unnamed = jwt.encode(claims, read_key(key), algorithm="EdDSA")

    rotate(key)

    assert Tokens.from_file(key).read(unnamed).subject == "a"


@pytest.mark.parametrize("kid", ["", "somebody else's"])
def test_a_token_that_names_another_key_is_not_believed_whoever_signed_it(key: Path, kid: str) -> None:
    now = datetime.now(UTC)
    claims = {"iss": "txapi", "aud": "txapi", "sub": "a", "role": "leader", "iat": now, "exp": now + HOUR}
    token = jwt.encode(claims, read_key(key), algorithm="EdDSA", headers={"kid": kid})

    with pytest.raises(BadToken):
        Tokens.from_file(key).read(token)


def test_several_rotations_keep_every_key_whose_tokens_have_not_ended(key: Path) -> None:
    first = issued(Tokens.from_file(key))
    rotate(key)
    second = issued(Tokens.from_file(key))
    rotate(key)

    tokens = Tokens.from_file(key)

    assert len(read_retired(key)) == 2
    assert [tokens.read(token).subject for token in (first, second, issued(tokens))] == ["li.na"] * 3


def test_a_key_that_is_believed_no_more_is_forgotten_at_the_next_rotation(key: Path) -> None:
    old = issued(Tokens.from_file(key))
    rotate(key, timedelta(microseconds=1))

    with pytest.raises(BadToken):
        Tokens.from_file(key).read(old)
    rotate(key)

    assert len(read_retired(key)) == 1


def test_after_a_theft_all_tokens_of_the_keys_before_end_at_once(key: Path) -> None:
    first = issued(Tokens.from_file(key))
    rotate(key)
    second = issued(Tokens.from_file(key))

    result = command("token", "rotate", "--keep-days", "0", "--data", str(key.parent))

    assert result.exit_code == 0
    assert read_retired(key) == []
    for token in (first, second):
        with pytest.raises(BadToken):
            Tokens.from_file(key).read(token)


def test_only_the_owner_reads_what_is_made(key: Path) -> None:
    rotate(key)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in key.parent.iterdir()}

    assert modes == {"token-key.pem": 0o600, "token-key.pem.retired": 0o600}
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


def test_the_list_of_former_keys_holds_no_private_half(key: Path) -> None:
    private = read_key(key).private_bytes_raw()

    rotate(key)
    (line,) = key.with_name("token-key.pem.retired").read_text().splitlines()

    assert base64.b64decode(line.split(" ")[0]) != private
    assert private not in key.read_bytes()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o666])
def test_a_key_that_others_may_use_is_refused_and_nothing_is_rotated(key: Path, mode: int) -> None:
    key.chmod(mode)
    before = key.read_bytes()

    with pytest.raises(ExposedKey, match=f"{mode:04o}"):
        Tokens.from_file(key)
    result = command("token", "rotate", "--data", str(key.parent))

    assert result.exit_code == 2
    assert "chmod 0600" in result.output
    assert key.read_bytes() == before


@pytest.mark.parametrize("line", ["nonsense", "AAAA 2030-01-01T00:00:00+00:00", "é", "AA== never"])
def test_a_list_of_former_keys_that_cannot_be_read_is_told_of(key: Path, line: str) -> None:
    key.with_name("token-key.pem.retired").write_text(f"{line}\n", encoding="utf-8")

    with pytest.raises(BadKey, match="retired"):
        Tokens.from_file(key)


def test_a_record_without_a_key_has_nothing_to_rotate(tmp_path: Path) -> None:
    result = command("token", "rotate", "--data", str(tmp_path))

    assert result.exit_code == 2
    assert "there is no key" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_change_that_is_no_key_leaves_the_former_one_in_use(key: Path, caplog: pytest.LogCaptureFixture) -> None:
    tokens = Tokens.from_file(key)
    token = issued(tokens)

    key.with_name("new").write_bytes(b"nonsense")
    key.with_name("new").replace(key)

    assert tokens.read(token).subject == "li.na"
    assert "stays in use" in caplog.text


def test_a_server_that_runs_notices_a_rotation(tmp_path: Path) -> None:
    with Served(tmp_path / "data", TXAPI_ANONYMOUS_ROLE="none") as served:
        old = served.token()
        told = command("token", "rotate", "--data", str(served.folder))
        new = served.token()
        good = [served.post(UNITS, token=token).status_code for token in (old, new)]
        command("token", "rotate", "--keep-days", "0", "--data", str(served.folder))
        ended = [served.post(UNITS, token=token).status_code for token in (old, new)]

    assert told.exit_code == 0
    assert (good, ended) == ([200, 200], [401, 401])
