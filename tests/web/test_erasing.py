"""Personal data on a real server: nowhere at rest, gone for good after an erasure, and everything that was proved stays so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from tests.city import ADMINISTRATOR, published
from tests.schema.registering import do, towns
from tests.stores import place
from tests.web.serving import REGISTER, Served, environment, unit
from tests.web.several import until
from txapi.cli.root import txapi
from txapi.domain.event import Role
from txapi.domain.person import Person
from txapi.record.person_keys import MASTER_FILE, open_person_keys
from txapi.web.instance import Instance

pytestmark = pytest.mark.slow

NAME, PHONE = "卫佳音羽", "137-4242-0917"
BASIS, REASON = "《个人信息保护法》第四十七条", "本人要求"
ASKED = {"x-txapi-evidence": "receipt"}


MISTAKEN: tuple[tuple[str, Any], ...] = (
    (f'mutation {{ registerPerson(input: {{name: "{NAME}", phone: "{PHONE}"}}) {{ __typename }} }}', None),
    (f'mutation {{ registerPerson(input: {{name: "{NAME}", phone: "{PHONE}"', None),
    (published("RegisterPerson"), {"input": {"name": NAME, "phone": PHONE, "fax": PHONE}}),
    (published("RegisterPerson"), {"input": {"name": NAME, "phone": {"number": PHONE}}}),
    (published("RegisterPerson"), {"input": {"name": NAME, "phone": PHONE * 9}}),
)
"""What clients send that do not know better, and what no log may repeat."""


@dataclass
class Story:
    """What came of one person on one record: before the erasure, and after it."""

    folder: Path
    beside: Path
    person: str = ""
    key: bytes = b""
    stored_key: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    read: list[Any] = field(default_factory=list)
    texts_before: bytes = b""
    texts_after: bytes = b""
    receipts: list[Path] = field(default_factory=list)
    bundles: list[Path] = field(default_factory=list)


def command(folder: Path, *told: str) -> str:
    """What a `txapi` command prints, which must end well."""
    done = CliRunner().invoke(txapi, list(told), env={**environment(folder), **_unset(folder)})
    assert done.exit_code == 0, done.output
    return done.stdout


def _unset(folder: Path) -> dict[str, None]:
    """What another test may have left in the environment of this process."""
    return {name: None for name in os.environ if name.startswith("TXAPI_") and name not in environment(folder)}


def give(served: Served, operation: str, /, role: Role = Role.ADMINISTRATOR, **input: Any) -> Any:
    """The receipt of a published command."""
    answer = served.post(published(operation), {"input": input}, served.token(role)).json()
    receipt = answer["data"][operation[0].lower() + operation[1:]]
    assert receipt["__typename"].endswith("Receipt"), receipt
    return receipt


def registered(served: Served) -> str:
    """A unit and a person that it keeps, the contact of a ticket; the person."""
    assert served.post(REGISTER, unit("wutong"), served.token()).json()["data"]["registerUnit"]["position"]
    person = give(served, "RegisterPerson", name=NAME, phone=PHONE, unit="wutong", commandId="person-1")["person"]
    drafted = give(
        served, "DraftTicket", category="LAND_USE", subject="用地指标", body="请协调。", issuer="wutong"
    )["ticket"]["entityId"]  # fmt: skip
    give(served, "NameTicketContact", ticket=drafted, person=person["entityId"])
    id: str = person["entityId"]
    return id


def asked(served: Served, person: str, **headers: str) -> Any:
    """The response to the question who that is."""
    token = served.token(Role.SUPERVISOR)
    return served.client.get(
        "/graphql",
        params={"query": published("Person"), "variables": json.dumps({"entityId": person})},
        headers={"authorization": f"Bearer {token}", **headers},
    )


def everything(folder: Path, *beside: Path) -> bytes:
    """Every byte that lies in these places: files, what archives hold, and every row of every table of the database."""
    texts = []
    for root in (folder, *beside):
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            if path.is_file():
                texts.append(path.read_bytes())
                if zipfile.is_zipfile(path):
                    with zipfile.ZipFile(path) as archive:
                        texts += [archive.read(name) for name in archive.namelist()]
    database = place(folder).database
    if database is not None:
        with psycopg.connect(database) as connection:
            tables = connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT LIKE 'pg\\_%'"
                " AND schemaname <> 'information_schema'"
            ).fetchall()
            assert len(tables) > 10
            for (name,) in tables:
                with connection.cursor().copy(f"COPY {name} TO STDOUT") as copied:
                    # Bytes stand in a dump as digits.
                    for block in copied:
                        texts += [bytes(block), _undone(bytes(block))]
    return b"\n".join(texts)


def _undone(block: bytes) -> bytes:
    """What stands in a dump as digits, as bytes."""
    values = block.replace(b"\n", b"\t").split(b"\t")
    return b"\n".join(bytes.fromhex(value[3:].decode()) for value in values if value.startswith(b"\\\\x"))


def forms(text: str) -> list[bytes]:
    """How a text may stand somewhere."""
    return [text.encode(), json.dumps(text)[1:-1].encode(), text.encode("utf-16-le"), text.encode().hex().encode()]


@pytest.fixture(scope="module")
def story(store: str, tmp_path_factory: pytest.TempPathFactory) -> Story:
    beside = tmp_path_factory.mktemp("erasing")
    one = Story(beside / "data", beside)
    log = beside / "server.log"
    out = beside / "out"
    out.mkdir()
    with Served(one.folder, log=log) as served:
        one.person = registered(served)
        with closing(open_person_keys(place(one.folder))) as keys:
            one.key = keys.get([one.person])[one.person]
        response = asked(served, one.person)
        one.headers = dict(response.headers)
        one.read.append(response.json()["data"]["moment"]["person"])
        for text, variables in MISTAKEN:
            assert served.post(text, variables, served.token()).json()["errors"]
        _take_away(one, served, out, "before")
        one.texts_before = everything(one.folder, log, out)
        give(served, "ErasePerson", person=one.person, legalBasis=BASIS, reason=REASON)
        one.read.append(asked(served, one.person).json()["data"]["moment"]["person"])
        _take_away(one, served, out, "after")
    one.texts_after = everything(one.folder, log, out)
    return one


def _take_away(one: Story, served: Served, out: Path, when: str) -> None:
    receipt = beside_of(out, f"{when}.json")
    receipt.write_bytes(asked(served, one.person, **ASKED).content)
    one.receipts.append(receipt)
    bundle = out / f"{when}.zip"
    command(one.folder, "export", str(bundle))
    one.bundles.append(bundle)
    position = json.loads(receipt.read_bytes())["extensions"]["position"]
    command(one.folder, "export", str(out / f"tables-{when}"), "--tables", "--at", position, "--format", "csv,xlsx")
    command(one.folder, "backup", str(out / f"backup-{when}"), "--with-keys")


def beside_of(out: Path, name: str) -> Path:
    """A place for what the viewer was given, which holds the values in the open: not one of those that are searched."""
    folder = out.parent / "given to the viewer"
    folder.mkdir(exist_ok=True)
    return folder / name


def test_before_the_erasure_the_values_are_read_and_nobody_keeps_the_answer_on_the_way(story: Story) -> None:
    assert (story.read[0]["name"], story.read[0]["phone"]) == (NAME, PHONE)
    assert story.headers["cache-control"] == "no-store"
    assert "etag" not in story.headers


def test_the_values_are_nowhere_at_rest_before_and_after(story: Story) -> None:
    assert story.person.encode() in story.texts_before
    for text in (NAME, PHONE):
        for form in forms(text):
            assert form not in story.texts_before
            assert form not in story.texts_after


def test_after_the_erasure_nobody_reads_them_and_the_key_is_nowhere(story: Story) -> None:
    assert (story.read[1]["name"], story.read[1]["phone"], story.read[1]["erased"]) == (None, None, True)
    for form in (story.key, story.key.hex().encode()):
        assert form not in story.texts_before
        assert form not in story.texts_after
    with closing(open_person_keys(place(story.folder))) as keys:
        assert keys.persons() == frozenset()
        assert [each.person for each in keys.erasures()] == [story.person]


def test_the_master_key_is_in_nothing_that_was_taken_away(story: Story) -> None:
    master = (story.folder / MASTER_FILE).read_bytes().strip()

    taken = everything(story.beside / "out")

    assert master not in taken
    assert not list((story.beside / "out").rglob("*.key"))


@pytest.mark.parametrize("when", [0, 1])
def test_every_proof_holds_after_the_erasure(story: Story, when: int) -> None:
    bundle, receipt = story.bundles[when], story.receipts[when]

    verified = json.loads(command(story.folder, "verify", str(bundle), "--json"))
    checked = json.loads(command(story.folder, "verify", str(receipt), "--bundle", str(story.bundles[1]), "--json"))

    assert (verified["holds"], checked["holds"]) == (True, True), (verified, checked)
    assert {check["name"]: check["outcome"] for check in checked["checks"]}["answer"] == "holds"


def test_the_record_verifies_and_a_replay_comes_to_the_same_digests(story: Story) -> None:
    command(story.folder, "verify")
    command(story.folder, "replay")


KILLED = """
import os, signal
from txapi.application import persons
persons.destroy_what_was_erased = lambda desk, ids: os.kill(os.getpid(), signal.SIGKILL)
from txapi.__main__ import main
main()
"""
"""The command line, in a process that is killed once an erasure is recorded and before its key is destroyed."""


def test_a_key_that_is_left_because_the_process_was_killed_is_destroyed_by_the_next_one(tmp_path: Path) -> None:
    city = towns(tmp_path)
    person = do(city, "RegisterPerson", ADMINISTRATOR, name=NAME, phone=PHONE)["person"]["entityId"]
    city.close()

    told = ["erase", person, "--reason", REASON, "--legal-basis", BASIS]
    died = subprocess.run(
        [sys.executable, "-c", KILLED, *told], env=environment(tmp_path), capture_output=True, check=False
    )
    with closing(open_person_keys(place(tmp_path))) as keys:
        left = keys.persons()
        with Instance.open(place(tmp_path)) as instance:
            until(lambda: not keys.persons())
            erased = instance.desk.load(Person, person).erased_at
        remembered = keys.erasures()

    assert died.returncode == -signal.SIGKILL, died.stderr
    assert left == {person}
    assert erased is not None
    assert [(each.person, each.reason, each.legal_basis) for each in remembered] == [(person, REASON, BASIS)]
