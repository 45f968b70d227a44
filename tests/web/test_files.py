"""Files over HTTP: uploaded by signed-in people, given out to whoever may read what they hang on, whole or not at all."""

from __future__ import annotations

import hashlib
import signal
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

from tests.attaching import DOCX, archive, pdf, png
from tests.city import published
from tests.imports.sheets import NOW, county_of
from tests.record.test_files import damage
from tests.stores import SQLITE, place
from tests.web.asking import Client
from tests.web.serving import Served
from txapi.domain.event import Role
from txapi.record.record import Record
from txapi.record.sweeping import Sweeper
from txapi.web.instance import Instance

LIMIT = 1_000_000
SCAN = "签收回执（盖章）.pdf"


class Door:
    """A running instance on the county's record, asked in this process."""

    def __init__(self, instance: Instance, folder: Path) -> None:
        self.instance = instance
        self.client = Client(instance, folder, TXAPI_FILE_LIMIT=str(LIMIT))
        found = self.client.post("{ projects { nodes { entityId } } }").json()
        self.project: str = found["data"]["projects"]["nodes"][0]["entityId"]

    def token(self, role: Role = Role.ADMINISTRATOR) -> dict[str, str]:
        """The header of somebody who is signed in."""
        issued = self.client.tokens.issue(f"test.{role.value}", role, None, timedelta(hours=1))
        return {"authorization": f"Bearer {issued}"}

    def upload(self, content: Any, name: str = "现场.png", **headers: str) -> httpx.Response:
        """The response to a file."""
        return self.client.ask(
            "POST", f"/files?name={quote(name)}", content=content, headers={**self.token(), **headers}
        )

    def command(self, operation: str, **input: Any) -> Any:
        """What a published command came to."""
        answer = self.client.post(published(operation), {"input": input}, self.client.token()).json()
        return next(iter(answer["data"].values()))

    def attached(self, content: bytes, name: str = "现场.png") -> Any:
        """A file that was uploaded and attached to the project."""
        uploaded = self.upload(content, name).json()
        receipt = self.command("AttachFile", project=self.project, sha256=uploaded["sha256"], name=name)
        assert receipt["__typename"] == "AttachmentReceipt", receipt
        return receipt["attachment"]

    def fetch(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """The response to the question for a file."""
        return self.client.ask(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture(scope="module")
def door(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("files")
    county_of(folder)
    with Instance.open(place(folder), f"{NOW}+08:00") as instance:
        assert instance.views.wait_for(instance.record.head.position, 30)
        yield Door(instance, folder)


def code_of(response: httpx.Response) -> str:
    code: str = response.json()["errors"][0]["extensions"]["code"]
    return code


def test_a_file_is_uploaded_attached_and_given_out_as_it_came(door: Door) -> None:
    content = pdf(600_000)

    uploaded = door.upload(content, SCAN)
    receipt = door.command("AttachFile", project=door.project, sha256=uploaded.json()["sha256"], name=SCAN)
    got = door.fetch(receipt["attachment"]["url"])

    assert (uploaded.status_code, uploaded.json()) == (
        201,
        {
            "sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "mediaType": "application/pdf", "name": SCAN,
        },
    )  # fmt: skip
    assert (got.status_code, got.content) == (200, content)
    assert got.headers["content-type"] == "application/pdf"
    assert unquote(got.headers["content-disposition"]) == f"attachment; filename*=UTF-8''{SCAN}"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert got.headers["cache-control"] == "private, no-cache"
    assert got.headers["etag"] == f'"{receipt["attachment"]["sha256"]}"'


def test_who_has_a_file_already_is_given_no_byte_of_it(door: Door) -> None:
    attachment = door.attached(png(7))

    again = door.fetch(attachment["url"], if_none_match=f'"{attachment["sha256"]}"')
    head = door.fetch(attachment["url"], "HEAD")

    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(png(7))))


def test_the_same_file_again_is_the_same_file(door: Door) -> None:
    first, again = door.upload(png(8)), door.upload(png(8), "另一个名字.png")

    assert first.json()["sha256"] == again.json()["sha256"]
    assert again.json()["name"] == "另一个名字.png"


def test_a_name_may_stand_in_the_header_that_is_for_it(door: Door) -> None:
    sent = {**door.token(), "content-disposition": f"attachment; filename*=UTF-8''{quote('现场.png')}"}

    assert door.client.ask("POST", "/files", content=png(), headers=sent).json()["name"] == "现场.png"


def test_what_hangs_on_nothing_is_given_to_nobody(door: Door) -> None:
    uploaded = door.upload(png(9)).json()

    unattached = door.client.ask("GET", f"/files/{uploaded['sha256']}", headers=door.token())
    unknown, nonsense = door.fetch(f"/files/{'0' * 64}"), door.fetch("/files/..%2Frecord.db")

    assert (unattached.status_code, unknown.status_code, nonsense.status_code) == (404, 404, 404)
    assert unattached.json() == unknown.json()


def test_a_withdrawn_file_is_given_to_auditors_and_supervisors_only(door: Door) -> None:
    attachment = door.attached(png(10))
    door.command("WithdrawAttachment", attachment=attachment["entityId"], reason="贴错了")

    anybody = door.fetch(attachment["url"])
    auditor = door.fetch(attachment["url"], authorization=door.token(Role.AUDITOR)["authorization"])

    assert (anybody.status_code, code_of(anybody)) == (403, "FILE_WITHDRAWN")
    assert (auditor.status_code, auditor.content) == (200, png(10))


@pytest.mark.parametrize(
    ("status", "code", "content", "name"),
    [
        (400, "EMPTY_BODY", b"", "a.png"),
        (413, "FILE_TOO_LARGE", pdf(LIMIT), "a.pdf"),
        (415, "FILE_TYPE_REFUSED", b"<html><script>alert(1)</script>", "a.txt"),
        (415, "FILE_HAS_MACROS", archive(*DOCX, "word/vbaProject.bin"), "a.docx"),
        (415, "ARCHIVE_REFUSED", archive(*DOCX, content=bytes(3_000_000)), "a.docx"),
        (400, "BAD_FILE_NAME", png(), "a.pdf"),
        (400, "BAD_FILE_NAME", png(), "../a.png"),
        (400, "BAD_FILE_NAME", png(), "fdp\u202egnp.png"),
        (400, "BAD_FILE_NAME", png(), ""),
    ],
)
def test_what_is_not_taken_is_refused_and_leaves_nothing(
    door: Door, status: int, code: str, content: bytes, name: str
) -> None:
    before = list(door.instance.record.files.hashes())

    async def in_parts() -> Any:
        for at in range(0, len(content), 60_000):
            yield content[at : at + 60_000]

    refused = door.upload(in_parts(), name)

    assert (refused.status_code, code_of(refused)) == (status, code)
    assert list(door.instance.record.files.hashes()) == before


def test_a_refusal_is_told_in_chinese_to_who_reads_it(door: Door) -> None:
    refused = door.upload(b"<html>", "a.txt", **{"accept-language": "zh-CN"})

    assert refused.json()["errors"][0]["message"].startswith("该文件不是 PDF、PNG、JPEG")


@pytest.mark.parametrize(("role", "status"), [(None, 401), (Role.READER, 403), (Role.AUDITOR, 403)])
def test_who_gives_no_commands_uploads_nothing(door: Door, role: Role | None, status: int) -> None:
    refused = door.client.ask(
        "POST", "/files?name=a.png", content=png(11), headers={} if role is None else door.token(role)
    )

    assert refused.status_code == status
    assert hashlib.sha256(png(11)).hexdigest() not in set(door.instance.record.files.hashes())


def test_a_question_that_is_none_is_told(door: Door) -> None:
    asked = ["/files?name=a.png&name=b.png", "/files?title=a.png", "/files"]

    told = [code_of(door.client.ask("POST", path, content=png(), headers=door.token())) for path in asked]
    told.append(code_of(door.fetch(f"/files/{'0' * 64}?as=x")))

    assert told == ["BAD_PARAMETER", "BAD_PARAMETER", "BAD_FILE_NAME", "BAD_PARAMETER"]


def test_a_damaged_file_is_told_and_never_given_out_as_good(door: Door) -> None:
    attachment = door.attached(png(12))
    damage(door.instance.record.files, attachment["sha256"])

    told = door.fetch(attachment["url"])

    assert (told.status_code, code_of(told)) == (500, "FILE_DAMAGED")


def test_what_was_attached_is_never_swept_even_when_it_was_withdrawn(door: Door) -> None:
    kept, withdrawn = door.attached(png(13)), door.attached(png(14))
    door.command("WithdrawAttachment", attachment=withdrawn["entityId"], reason="贴错了")
    forgotten = door.upload(png(15)).json()["sha256"]

    swept = Sweeper(door.instance.record).sweep(kept_seconds=-60)

    left = set(door.instance.record.files.hashes())
    assert forgotten in swept
    assert {kept["sha256"], withdrawn["sha256"]} <= left - set(swept)


@pytest.mark.only_on(SQLITE, because="a database forgets by itself what was not committed")
def test_a_server_that_is_killed_while_a_file_comes_in_leaves_nothing_half_written(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Served(folder) as server:
        host, _, port = server.address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(
                f"POST /files?name=a.pdf HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {server.token()}\r\n"
                f"content-length: 2000000\r\n\r\n".encode()
            )
            connection.sendall(pdf(1_000_000))
            incoming = folder / "files" / "incoming"
            while not any(path.stat().st_size > 500_000 for path in incoming.glob("*")):
                time.sleep(0.01)
            server.stop(signal.SIGKILL)
    assert [path.parent.name for path in folder.glob("files/*/*")] == ["incoming"]

    with Record.open(folder) as record:
        assert list(record.files.hashes()) == []
    assert list(folder.glob("files/*/*")) == []
