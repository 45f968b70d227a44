"""No secret is told: keys, the password of the database, the secret of a webhook and tokens are looked for in all that leaves.

OWASP ASVS 5.0 V13.3 and V16.2; OWASP Logging and Secrets Management Cheat Sheets.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests import stores
from tests.city import published
from tests.web.receiving import Receiver
from tests.web.serving import REGISTER, UNITS, Served, environment, unit
from txapi.domain.event import Role
from txapi.record.keys import read_key
from txapi.record.person_keys import MASTER_FILE, open_person_keys
from txapi.record.place import Place

pytestmark = pytest.mark.slow

PASSWORD = "canary-pAssw0rd-of-the-database"
TIMEOUT_SECONDS = 120


class Told(NamedTuple):
    """What left a server, by where it was found, and the secrets that should be in none of it, by what they are."""

    texts: dict[str, str]
    secrets: dict[str, str]


def command(folder: Path, *told: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "txapi", *told],
        env=environment(folder, **settings), capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip


def command_lines() -> str:
    """What anybody on this machine sees of the processes that run."""
    lines = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(process.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(lines)


def forms_of(name: str, key: Ed25519PrivateKey) -> dict[str, str]:
    """A private key as it could be told: as text, in hex, as Python prints bytes."""
    raw = key.private_bytes_raw()
    encoded = base64.b64encode(raw).decode().rstrip("=")
    return {
        f"{name} in base64": encoded[:40],
        f"{name} in base64url": encoded.replace("+", "-").replace("/", "_")[:40],
        f"{name} in hex": raw.hex(),
        f"{name} as Python prints it": repr(raw)[2:-1],
    }


def someone(name: str, phone: str) -> dict[str, Any]:
    """The variables of a command that registers a person."""
    return {"input": {"name": name, "phone": phone}}


def masters(folder: Path) -> list[Path]:
    """The master keys of persons that lie there: the one in use, and the one before."""
    found = sorted(folder.glob(f"{MASTER_FILE}*"))
    assert len(found) == 2
    return found


def rotated(folder: Path, settings: dict[str, str]) -> str:
    """What the commands say that replace keys, with and without `--json`, and those that fail at it."""
    texts = []
    for told in (["rotate", "--prepare"], ["rotate"], ["show"], ["handover"], ["rewrap", "--prepare"], ["rewrap"]):
        done = command(folder, "key", *told, *([] if told == ["handover"] else ["--json"]), **settings)
        assert done.returncode == 0, done.stderr
        texts.append(done.stdout + done.stderr)
    for name, told in (("record-key.pem", ["rotate"]), (MASTER_FILE, ["rewrap"])):
        (folder / name).chmod(0o644)
        failed = command(folder, "key", *told, **settings)
        (folder / name).chmod(0o600)
        assert failed.returncode == 2
        texts.append(failed.stdout + failed.stderr)
    return "\n".join(texts)


@pytest.fixture(scope="module")
def told(store: str, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("canary") / "data"
    settings = {"TXAPI_LOG_LEVEL": "debug", "TXAPI_WEBHOOK_HTTP": "private", "TXAPI_WEBHOOK_RETRY_SECONDS": "1"}
    if store == stores.POSTGRESQL:
        settings["TXAPI_DATABASE"] = f"{stores.lasting_database()} password={PASSWORD}"
    texts, secrets = {}, {"the password of the database": PASSWORD}
    with Receiver() as receiver, Served(folder, **settings) as served:
        token, forged = served.token(), "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJ0eGFwaSJ9.canary-of-a-forged-token"
        hook = {"input": {"name": "oa", "url": receiver.url, "types": ["unit.registered"]}}
        made = served.post(published("RegisterWebhook"), hook, token).json()["data"]["registerWebhook"]["webhook"]
        secret = command(folder, "webhook", "secret", made["entityId"], **settings).stdout.strip()
        served.post(REGISTER, unit("wutong"), token)
        assert served.post(published("RegisterPerson"), someone("张三", "13800000001"), token).json()["data"]
        receiver.wait(lambda: bool(receiver.got))
        sent = {"authorization": f"Bearer {token}"}
        errors = [
            served.post(UNITS, token=forged),
            served.client.post("/graphql", json={"query": UNITS}, headers={"authorization": f"Basic {forged}"}),
            served.client.post("/graphql", json={"query": "{", "variables": {"token": token}}, headers=sent),
            served.post("query($a: Int) { units(first: $a) { totalCount } }", {"a": "x"}, token),
            served.post(REGISTER, unit("wutong"), token),
            served.client.get("/nothing", headers=sent),
            served.client.post("/import?record=true&kind=figures", content=b"nonsense", headers=sent),
            served.client.post("/files?name=a.exe", content=b"MZ", headers=sent),
            served.post(UNITS, token=served.token(Role.WITNESS)),
        ]
        assert all(answer.status_code < 500 for answer in errors)
        secrets |= {"a token": token.rpartition(".")[2], "a forged token": forged, "the secret of a webhook": secret}
        secrets |= forms_of("the key of tokens", read_key(folder / "token-key.pem"))
        secrets |= forms_of("the key of the record", read_key(folder / "record-key.pem"))
        texts["what rotating says"] = rotated(folder, settings)
        secrets |= forms_of("the next key of the record", read_key(folder / "record-key.pem"))
        secrets |= {f"a master key of persons, {path.name}": path.read_text().strip() for path in masters(folder)}
        with closing(open_person_keys(Place(folder, settings.get("TXAPI_DATABASE")))) as keys:
            [key] = keys.get(keys.persons()).values()
        secrets |= {"the key of a person": key.hex(), "the key of a person as Python prints it": repr(key)[2:-1]}
        served.post(REGISTER, unit("later"), token)
        errors.append(served.post(published("RegisterPerson"), someone("王五", "13800000002"), token))
        errors.append(served.client.get("/log/handover/1"))
        errors.append(served.post(published("KeyHandovers"), {}, token))
        texts["answers"] = "\n".join(f"{answer.headers}\n{answer.text}" for answer in errors)
        texts["metrics"] = served.client.get("/metrics").text
        texts["health"] = served.client.get("/readyz").text
        texts["the read model of webhooks"] = served.post(published("Webhooks"), {}, token).text
        texts["command lines"] = command_lines()
        out = folder.parent / "out.zip"
        exported = command(folder, "export", str(out), **settings)
        assert exported.returncode == 0, exported.stderr
        texts["what the export says"] = exported.stdout + exported.stderr
        with zipfile.ZipFile(out) as bundle:
            texts["the bundle"] = "\n".join(bundle.read(name).decode("latin-1") for name in bundle.namelist())
    texts["what was said"] = served.said
    texts["the log"] = served.log.read_text(encoding="utf-8")
    assert "request method=POST path=/graphql" in texts["the log"]
    return Told(texts, secrets)


def test_nothing_that_leaves_a_server_holds_a_secret(told: Told) -> None:
    found = [
        f"{what} in {where}"
        for where, text in told.texts.items()
        for what, secret in told.secrets.items()
        if secret in text
    ]

    assert len(told.secrets) == 20
    assert all(len(secret) >= 16 for secret in told.secrets.values())
    assert all(told.texts.values())
    assert found == []


FAILING: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "a database that is not there": (
        ("export", "out.zip"),
        {"TXAPI_DATABASE": f"postgresql://txapi:{PASSWORD}@127.0.0.1:1/txapi?connect_timeout=1"},
    ),
    "an address that is none": (("serve",), {"TXAPI_DATABASE": f"postgresql://txapi:{PASSWORD}@[/txapi"}),
    "another kind of database": (("serve",), {"TXAPI_DATABASE": f"mysql://txapi:{PASSWORD}@127.0.0.1/txapi"}),
    "an option that does not exist": (
        ("serve",),
        {"TXAPI_DATABASE": f"postgresql://txapi@127.0.0.1/txapi?password={PASSWORD}&nonsense=1"},
    ),
    "a port that is none": (("serve",), {"TXAPI_DATABASE": f"user=txapi host=127.0.0.1 port=5432?password={PASSWORD}"}),
    "another setting that is wrong": (
        ("serve",),
        {"TXAPI_DATABASE": f"postgresql://txapi:{PASSWORD}@127.0.0.1:1/txapi", "TXAPI_PORT": "x"},
    ),
}


@pytest.mark.only_on("sqlite", because="no database is reached")
@pytest.mark.parametrize("failing", FAILING.values(), ids=FAILING.keys())
def test_a_process_that_fails_does_not_tell_the_password_of_its_database(
    tmp_path: Path, failing: tuple[tuple[str, ...], dict[str, str]]
) -> None:
    told, settings = failing

    ended = command(tmp_path / "data", *told, TXAPI_LOG_LEVEL="debug", **settings)

    assert ended.returncode not in (0, 1) or told == ("export", "out.zip")
    assert ended.returncode != 0
    assert ended.stderr
    assert PASSWORD not in ended.stdout + ended.stderr


@pytest.mark.only_on("sqlite", because="keys are files beside every record")
@pytest.mark.parametrize("name", ["token-key.pem", "record-key.pem"])
def test_a_server_whose_key_is_damaged_or_exposed_fails_and_does_not_tell_it(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "data"
    assert command(folder, "token", "issue", "--subject", "a", "--role", "leader").returncode == 0
    whole = (folder / "token-key.pem").read_text(encoding="utf-8")
    (folder / name).write_text(whole, encoding="utf-8")
    (folder / name).chmod(0o644)
    key = whole.splitlines()[1]

    ended = command(folder, "serve", TXAPI_LOG_LEVEL="debug")
    (folder / name).write_text(whole.replace("BEGIN PRIVATE", "BEGIN RSA PRIVATE"), encoding="utf-8")
    damaged = command(folder, "serve", TXAPI_LOG_LEVEL="debug")

    assert [one.returncode for one in (ended, damaged)] == [2, 2]
    assert "0644" in ended.stderr
    assert key not in ended.stdout + ended.stderr + damaged.stdout + damaged.stderr
